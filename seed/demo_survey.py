"""The surveys of the demonstration: two waves of the agents' barometer and one of the citizens;
every answer is invented.
"""

import json
from collections import Counter, defaultdict
from datetime import date
from random import Random

from models.roadmap import Ambition, Measure
from models.surveys import (
    Question,
    QuestionKind,
    Survey,
    SurveyAnswer,
    SurveyState,
    WaitingSheets,
)
from seed.stage import DATA, CsvRow, Stage, read

_SILENT = 0.04  # share of missing answers
_SPLIT = "bien-etre.favorable"  # reported separately for those without a computer at work
_UNPLACED = 0.06  # share of sheets without a direction
_TILTED = 0.35  # deviation of a direction's answers
_FAVOURABLE = 2  # the last two of four steps


def load_surveys(stage: Stage) -> None:
    """Surveys, their questions and answers; the measures that the programme office recorded from
    them; and questionnaires that take answers on the frozen day.
    """
    ambitions = stage.ids_by(Ambition.code)
    questions = defaultdict(list)
    texts = defaultdict(list)
    for row in read(DATA / "enquete-questions.csv"):
        questions[row.need("series")].append(row)
    for row in read(DATA / "enquete-textes.csv"):
        texts[row.need("series"), row.need("on", date), row.need("code")].append(
            (row.need("text"), stage.units.get(row.get("direction")))
        )
    waves: Counter[str] = Counter()
    opened = 0
    for row in read(DATA / "enquetes.csv"):
        series = row.need("series")
        if row.get("closes_on"):
            chance = stage.chance(f"questionnaire {opened}" if opened else "questionnaire")
            opened += 1
            key = f"{chance.getrandbits(48):012x}"
            survey = stage.add_line(Survey, row, state=SurveyState.open, key=key, reference=key)
            for position, item in enumerate(questions[series]):
                _add_question(stage, survey, item, position, ambitions)
            stage.add(WaitingSheets, survey_id=survey["id"])
        else:
            _load(stage, row, questions[series], texts, waves[series], ambitions)
            waves[series] += 1


def _load(
    stage: Stage,
    row: CsvRow,
    items: list[CsvRow],
    texts: dict,
    wave: int,
    ambitions: dict[str, int],
) -> None:
    series, on, agents = row.need("series"), row.need("on", date), row.get("agents", bool)
    chance = stage.chance(f"enquête {series} {on}")
    sheets = _sheets(stage, chance, on, row.need("sheets", int), agents)
    survey = stage.add_line(Survey, row, answered=len(sheets), source="LimeSurvey")
    answers = []
    for position, item in enumerate(items):
        kind = QuestionKind(item.need("kind"))
        choices = kind.steps or item.words("choices")
        question = _add_question(stage, survey, item, position, ambitions)
        figure = question["figure"]
        if kind is QuestionKind.free:
            written = texts.get((series, on, question["code"]), [])
            given = _written(chance, sheets, written)
        else:
            weights = [int(weight) for weight in item.words("second" if wave else "first")]
            given = _answers_on_sheets(chance, kind, choices, weights, sheets)
        answers += [
            _answer(stage, chance, survey, question["id"], sheet, kind, value)
            for sheet, value in given
        ]
        if figure:
            _add_measure(stage, survey, figure, kind, choices, given)
        # Those with a computer at work, and the others.
        if figure == _SPLIT:
            for side, with_computer in (("@bureau", True), ("@terrain", False)):
                of_side = [(sheet, value) for sheet, value in given if sheet[3] is with_computer]
                _add_measure(stage, survey, f"{figure}{side}", kind, choices, of_side)
    # As the import does: the order of the answers reveals nothing about the sheets.
    chance.shuffle(answers)
    for answer in answers:
        stage.add(SurveyAnswer, **answer)


def _add_question(
    stage: Stage, survey: dict, item: CsvRow, position: int, ambitions: dict[str, int]
) -> dict:
    return stage.add_line(
        Question,
        item,
        survey_id=survey["id"],
        choices=json.dumps(item.words("choices"), ensure_ascii=False),
        position=position,
        ambition_id=ambitions.get(item.get("ambition")),
    )


def _sheets(
    stage: Stage, chance: Random, on: date, wanted: int, agents: bool
) -> list[tuple[int, int | None, str, bool]]:
    """(random number, direction, family of functions, with a computer at work) of each respondent;
    citizens have none.
    """
    if not agents:
        return [(chance.getrandbits(62), None, "", False) for _ in range(wanted)]
    present = stage.present(on)
    # Agents with a computer at work answer more often: a third of the others returned the paper
    # version.
    present.sort(
        key=lambda agent: chance.random() ** (1.6 if agent.has_workstation else 0.9), reverse=True
    )
    sheets = []
    for agent in chance.sample(present[: 3 * wanted], min(wanted, len(present) // 2)):
        service = stage.services[agent.service_on(on)]
        place = None if chance.random() < _UNPLACED else stage.units[service.direction]
        family = service.family if place else ""
        sheets.append((chance.getrandbits(62), place, family, agent.has_workstation))
    return sheets


def _answers_on_sheets(
    chance: Random,
    kind: QuestionKind,
    choices: list[str],
    weights: list[int],
    sheets: list,
) -> list[tuple]:
    """(sheet, answer), for the sheets with one."""
    answers = []
    lean = {}
    for sheet in sheets:
        if chance.random() < _SILENT:
            continue
        if kind is QuestionKind.multiple:
            ticked = [
                choice
                for choice, weight in zip(choices, weights, strict=True)
                if chance.randrange(100) < weight
            ]
            answers += [(sheet, choice) for choice in ticked or ("",)]
            continue
        at = chance.choices(range(len(choices)), weights)[0]
        way = lean.setdefault(sheet[1], chance.choice((-1, 0, 0, 1)))
        if chance.random() < _TILTED and 0 <= at + way < len(choices) and len(choices) > 3:
            at += way
        answers.append((sheet, choices[at]))
    return answers


def _written(chance: Random, sheets: list, texts: list[tuple]) -> list[tuple]:
    """Each text on a sheet of its own; one about a place, on a sheet from there."""
    free_sheets = chance.sample(sheets, len(sheets))
    answers = []
    for text, place in texts:
        sheet = next((item for item in free_sheets if place in (None, item[1])), None)
        if sheet:
            free_sheets.remove(sheet)
            answers.append((sheet, text))
    return answers


def _answer(
    stage: Stage,
    chance: Random,
    survey: dict,
    question: int,
    sheet: tuple,
    kind: QuestionKind,
    value: str,
) -> dict:
    number, place, family, _ = sheet
    is_choice = not kind.is_scale and kind is not QuestionKind.free
    return {
        "id": stage.random_id(chance, survey["on"]),
        "survey_id": survey["id"],
        "question_id": question,
        "sheet": number,
        "direction_id": place,
        "family": family,
        "choice": value if is_choice else None,
        "number": float(value) if kind.is_scale else None,
        "text": value if kind is QuestionKind.free else None,
    }


def _add_measure(
    stage: Stage,
    survey: dict,
    figure: str,
    kind: QuestionKind,
    choices: list[str],
    given: list[tuple],
) -> None:
    """The measure recorded by the programme office from this question, for the whole: a share of
    favourable answers, or a recommendation score.
    """
    answers = [value for _, value in given]
    if kind.is_scale:
        value = sum(int(mark) > 8 for mark in answers) - sum(int(mark) < 7 for mark in answers)
    else:
        value = sum(word in choices[_FAVOURABLE:] for word in answers)
    stage.add(
        Measure,
        on=survey["on"],
        figure=figure,
        value=100 * value / len(answers),
        n=len(answers),
        source=survey["title"],
    )
