"""Acts on surveys (enquêtes): importing the answers of one, turning a free text into a finding,
feeding a figure.

Who answered is never kept: a sheet is a random number, and neither the order of the file nor its
hour of arrival is stored.
"""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from pathlib import Path

from sqlalchemy import case, insert, update
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.figures import measures
from dashboard.actions.figures.declared import Declared
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea, publish_idea
from dashboard.actions.ideas.imports import ImportReport, too_long
from dashboard.actions.keeping.auditing import note
from dashboard.files.ideas.values import compact
from dashboard.files.surveys import (
    KNOWN,
    LONGEST_CHOICE,
    QuestionRead,
    SurveyTable,
    as_json,
    flat,
    read_survey,
)
from dashboard.files.uploads import Problem, open_table
from dashboard.french import counted
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.cells import OTHERS
from dashboard.queries.surveys.results import by_direction, value_of
from models.clock import today
from models.directions import Tree, UnitKind
from models.errors import Invalid, Refused
from models.facts import random_id
from models.ideas import Idea, IdeaKind, clean_text, clean_title
from models.keeping import SourceKey
from models.ledger import bump
from models.progress import Tell, between, without_progress
from models.scales import are_codes, in_order, is_scale
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer

SOURCE = "enquetes"
SUBJECT = "survey"
_HOW = {
    QuestionKind.single: "à choix unique",
    QuestionKind.multiple: "à choix multiple",
    QuestionKind.scale: "sur une échelle",
    QuestionKind.free: "en texte libre",
}
SERIES_MAX = 120
FAMILY_MAX = 80
_CHUNK = 5000
_READ = 0.6  # of an import, how far one is once its file is read


@dataclass(frozen=True)
class SurveyInput:
    """What is said of a file of answers: the series its waves share, the day of the wave, how
    many were invited, who answered.
    """

    series: str
    on: date | None
    title: str = ""
    invited: int | None = None
    agents: bool = True


@dataclass
class SurveyReport(ImportReport):
    """Compte rendu: `questions` as they were understood; `unfinished` and `empty` sheets are
    left out; `left` columns never read.
    """

    questions: list[QuestionRead] = field(default_factory=list)
    unfinished: int = 0
    empty: int = 0
    left: list[str] = field(default_factory=list)
    directions: int = 0
    survey_id: int | None = None

    def as_json(self) -> dict:
        return super().as_json() | {
            "survey_id": self.survey_id,
            "unfinished": self.unfinished,
            "empty": self.empty,
            "left": self.left,
            "with_direction": self.directions,
            "questions": [
                {
                    "code": q.code,
                    "kind": str(q.kind),
                    "text": q.text,
                    "matrix": q.matrix,
                    "choices": q.choices,
                }
                for q in self.questions
            ],
        }

    def sentences(self) -> list[str]:
        head, *rest = super().sentences()
        return [head, *self.summary(), *rest]

    def summary(self) -> list[str]:
        """What the file holds, without its lines that are to be looked at."""
        sentences = [
            f"{counted(len(self.questions), 'question')} : "
            + ", ".join(
                f"{n} {_HOW[kind]}" for kind, n in Counter(q.kind for q in self.questions).items()
            )
            + "."
        ]
        if self.unfinished:
            unfinished = counted(
                self.unfinished,
                "fiche non terminée laissée de côté",
                "fiches non terminées laissées de côté",
            )
            sentences.append(f"{unfinished}.")
        if self.empty:
            empty = counted(
                self.empty, "fiche vide laissée de côté", "fiches vides laissées de côté"
            )
            sentences.append(f"{empty}.")
        sentences.append(f"{counted(self.directions, 'fiche')} avec une direction connue.")
        if self.left:
            sentences.append(
                f"Colonnes jamais lues : {', '.join(f'« {header} »' for header in self.left)}."
            )
        coded = sum(are_codes(q.choices) for q in self.questions)
        if coded:
            sentences.append(
                f"{counted(coded, 'question porte', 'questions portent')} des codes (A1, A2…) :"
                " leurs libellés se donnent après l'import."
            )
        return sentences


def read_file(
    file: Path | bytes,
    name: str = "",
    columns: Mapping[str, str] | None = None,
    most: int | None = None,
    tell: Tell = without_progress,
) -> SurveyTable:
    """The survey in a file, read to its end. Raises Refused for a file that is none, and for
    more than `most` rows.
    """
    table = read_survey(open_table(file, name, KNOWN), columns, tell)
    if most is not None and table.rows > most:
        raise too_long(most)
    return table


def import_survey(
    session: Session,
    reader: Reader,
    file: Path | bytes | SurveyTable,
    given: SurveyInput,
    name: str = "",
    *,
    dry_run: bool = False,
    strict: bool = False,
    columns: Mapping[str, str] | None = None,
    tell: Tell = without_progress,
) -> SurveyReport:
    """Imports the answers of one survey into the open `writing()` transaction; importing the same
    answers twice changes nothing. A table that was read is taken as it is.

    Other answers under a known series and day are refused: sheets bear no name, so that nobody
    could say which one has changed, and the figures that were fed from the first ones would no
    longer be true. Raises Invalid per field, Refused for the file.
    """
    require(reader, "survey.import")
    given = checked(session, given)
    if isinstance(file, SurveyTable):
        table = file
    else:
        reading_ends = 1 if dry_run else _READ
        table = read_file(file, name, columns, tell=between(tell, 0, reading_ends))
        tell = between(tell, reading_ends, 1)
    report = SurveyReport(
        rows=table.rows,
        refused=table.problems,
        warnings=list(table.warnings),
        questions=flat(table.questions),
        unfinished=table.unfinished,
        empty=table.empty,
        left=table.left,
    )
    places = _places(organisation(session), given.on, table, report)
    report.warnings.sort(key=lambda problem: problem.line)
    known = _known(session, given)
    digest = _digest(table, places)
    if known is not None and known[1] != digest:
        raise Refused(
            f"Une enquête « {given.series} » du {given.on:%d/%m/%Y} est déjà là, avec d'autres"
            " réponses : une vague ne se remplace pas. Donnez une autre date."
        )
    if known is not None:
        report.unchanged = len(table.sheets)
        report.survey_id = known[0]
        return report
    report.new = len(table.sheets)
    report.strict = strict
    if not table.sheets:
        raise Refused("Ce fichier ne contient aucune fiche terminée.")
    if not dry_run and not (strict and report.refused):
        report.survey_id = _write(session, reader, given, table, places, digest, tell)
        report.written = True
    return report


def checked(session: Session, given: SurveyInput) -> SurveyInput:
    """What was said of a survey, cleaned. Raises Invalid per field."""
    series = clean_text(given.series)
    title = clean_text(given.title)
    day = today(session)
    errors = {}
    if not 0 < len(series) <= SERIES_MAX:
        errors["series"] = f"Donnez le nom de la série d'enquêtes (1 à {SERIES_MAX} caractères)."
    if len(title) > 255:
        errors["title"] = "Le titre peut compter 255 caractères."
    if given.on is None:
        errors["on"] = "Donnez la date de l'enquête."
    elif not date(2000, 1, 1) <= given.on <= day:
        errors["on"] = f"L'enquête se date au plus tard du {day:%d/%m/%Y}."
    if given.invited is not None and not 0 < given.invited <= 10**7:
        errors["invited"] = "Le nombre de personnes invitées est un nombre positif."
    if errors:
        raise Invalid(errors)
    return SurveyInput(
        series, given.on, title or f"{series}, {given.on:%m/%Y}", given.invited, given.agents
    )


def _places(chart, on: date, table: SurveyTable, report: SurveyReport) -> dict[int, int]:
    """Line → direction, by its code or its name; a service counts for its direction. Unknown
    names are told once each.
    """
    tree: Tree = chart.at(on)
    tree = tree if tree.units else chart.at(date.max)
    units = {
        compact(word): unit for unit in tree.units for word in (unit.label, unit.name, unit.code)
    }
    found = {}
    unknown = {}
    for sheet in table.sheets:
        unit = units.get(compact(sheet.direction))
        direction = tree.ancestor(unit.id, UnitKind.direction) if unit else None
        if direction:
            found[sheet.line] = direction.id
        elif sheet.direction:
            unknown.setdefault(sheet.direction, sheet.line)
    report.directions = len(found)
    report.warnings += [
        Problem(
            line,
            "",
            f"« {name[:80]} » n'est pas une de nos directions : ces fiches restent sans direction.",
        )
        for name, line in unknown.items()
    ]
    return found


def _known(session: Session, given: SurveyInput) -> tuple[int, str] | None:
    """(our survey, the digest of its answers) of that series and day."""
    survey = session.exec(
        select(Survey.id).where(Survey.series == given.series, Survey.on == given.on)
    ).first()
    if survey is None:
        return None
    digest = session.exec(
        select(SourceKey.digest).where(
            SourceKey.source == SOURCE, SourceKey.subject == SUBJECT, SourceKey.record_id == survey
        )
    ).first()
    return survey, digest or ""


def _digest(table: SurveyTable, places: Mapping[int, int]) -> str:
    """The same answers in another order, or in another format, are the same answers."""
    sheets = sorted(
        json.dumps([places.get(s.line), s.family, sorted(s.answers.items())], ensure_ascii=False)
        for s in table.sheets
    )
    questions = [(q.code, str(q.kind)) for q in flat(table.questions)]
    return hashlib.blake2b(json.dumps([questions, sheets]).encode(), digest_size=16).hexdigest()


def _write(
    session: Session,
    reader: Reader,
    given: SurveyInput,
    table: SurveyTable,
    places: Mapping[int, int],
    digest: str,
    tell: Tell,
) -> int:
    survey = Survey(
        series=given.series,
        title=given.title,
        on=given.on,
        invited=given.invited,
        answered=len(table.sheets),
        agents=given.agents,
    )
    session.add(survey)
    session.flush()
    ids = []
    for position, q in enumerate(flat(table.questions)):
        question = Question(
            survey_id=survey.id,
            code=q.code,
            matrix=q.matrix,
            text=q.text,
            kind=str(q.kind),
            choices=as_json(q.choices),
            position=position,
        )
        session.add(question)
        session.flush()
        ids.append((question.id, q.kind, q.labels))
    rows = [
        row for sheet in table.sheets for row in _rows(survey, sheet, places.get(sheet.line), ids)
    ]
    # By their random ids: their order in the database says nothing of the file's, and they are
    # written faster.
    rows.sort(key=itemgetter("id"))
    for start in range(0, len(rows), _CHUNK):
        tell(start / len(rows), f"Écriture : {counted(len(table.sheets), 'fiche')}")
        session.execute(insert(SurveyAnswer.__table__), rows[start : start + _CHUNK])
    tell(1, f"Écriture : {counted(len(table.sheets), 'fiche')}")
    session.add(
        SourceKey(
            source=SOURCE,
            key=f"{given.series}|{given.on.isoformat()}",
            subject=SUBJECT,
            record_id=survey.id,
            digest=digest,
        )
    )
    note(
        session, reader, today(session), "enquête", given.title, "réponses", None, len(table.sheets)
    )
    bump(session, "surveys")
    return survey.id


def _rows(
    survey: Survey,
    sheet,
    direction: int | None,
    ids: list[tuple[int, QuestionKind, dict[str, str]]],
) -> list[dict]:
    number = secrets.randbits(62)
    rows = []
    for place, answer in sheet.answers.items():
        question, kind, labels = ids[place]
        # A multiple choice where nothing was ticked is an answer all the same: an empty choice.
        for item in (answer or ("",)) if kind is QuestionKind.multiple else (answer,):
            rows.append(
                {
                    "id": random_id(survey.on),
                    "survey_id": survey.id,
                    "question_id": question,
                    "sheet": number,
                    "direction_id": direction,
                    "family": sheet.family[:FAMILY_MAX],
                    "choice": (
                        labels.get(item, item)
                        if kind in (QuestionKind.single, QuestionKind.multiple)
                        else None
                    ),
                    "number": item if kind is QuestionKind.scale else None,
                    "text": item if kind is QuestionKind.free else None,
                    "idea_id": None,
                }
            )
    return rows


# ── What is made of the answers ───────────────────────────────────────────────────────────────────


def labels_in(text: str, choices: Sequence[str]) -> dict[str, str]:
    """Code → label of « A1 = Tout à fait d'accord », one a line; a line without a label changes
    nothing. Raises Invalid.
    """
    found = {}
    longest_first = sorted(choices, key=len, reverse=True)
    for number, line in enumerate(clean_text(text).splitlines(), 1):
        if not line.strip():
            continue
        code = next(
            (
                c
                for c in longest_first
                if line.strip().startswith(c) and line.strip()[len(c) :].lstrip().startswith("=")
            ),
            None,
        )
        if code is None:
            raise Invalid(
                {
                    "labels": (
                        f"Ligne {number} : écrivez une réponse de cette question, puis « = », puis"
                        " son libellé."
                    )
                }
            )
        label = clean_title(line.strip()[len(code) :].lstrip()[1:])
        if label and label != code:
            found[code] = label
    return found


def name_answers(
    session: Session, reader: Reader, question_ids: Sequence[int], labels: Mapping[str, str]
) -> int:
    """Nommer les réponses: labels take the place of codes, for one question or for the lines of one
    matrix; how many answers got one. Steps of a known scale make the question a scale. Raises
    Invalid, and Refused for a question that feeds a figure.
    """
    require(reader, "survey.import")
    questions = session.exec(
        select(Question).where(Question.id.in_(question_ids)).with_for_update()
    ).all()
    survey = session.get(Survey, questions[0].survey_id) if questions else None
    if (
        survey is None
        or len(questions) < len(set(question_ids))
        or any(q.survey_id != survey.id or q.kind == QuestionKind.free for q in questions)
    ):
        raise Refused("Cette question n'a pas de réponses à nommer.")
    if not labels:
        raise Invalid({"labels": "Donnez un libellé au moins."})
    fed = next((q for q in questions if q.figure), None)
    if fed is not None:
        raise Refused(
            f"« {fed.text} » alimente un chiffre : ses réponses gardent les libellés sous lesquels"
            " il a été calculé."
        )
    unknown = set(labels) - {
        choice for question in questions for choice in json.loads(question.choices)
    }
    if unknown:
        raise Invalid(
            {
                "labels": (
                    f"« {min(unknown)[:LONGEST_CHOICE]} » n'est pas une réponse de cette question."
                )
            }
        )
    too_much = next(
        (
            label
            for label in labels.values()
            if not 0 < len(label) <= LONGEST_CHOICE or label == OTHERS
        ),
        None,
    )
    if too_much is not None:
        raise Invalid(
            {
                "labels": (
                    f"« {too_much[:40]} » ne peut pas être un libellé : {LONGEST_CHOICE} caractères"
                    f" au plus, et autre chose que « {OTHERS} »."
                )
            }
        )
    for question in questions:
        _name(session, reader, survey, question, labels)
    bump(session, "surveys")
    return len(labels)


def _name(
    session: Session, reader: Reader, survey: Survey, question: Question, labels: Mapping[str, str]
) -> None:
    """One question: its choices, its answers, a line of the journal."""
    was = json.loads(question.choices)
    held = SurveyAnswer.choice
    if question.kind == QuestionKind.scale:
        # Marks that are codes of words: the steps that nobody gave need no word.
        held = SurveyAnswer.number
        given = session.exec(
            select(SurveyAnswer.number).where(SurveyAnswer.question_id == question.id).distinct()
        ).all()
        nameless = [str(int(mark)) for mark in sorted(given) if str(int(mark)) not in labels]
        if nameless:
            raise Invalid(
                {
                    "labels": (
                        f"Donnez un libellé à chaque note reçue : il manque {', '.join(nameless)}."
                    )
                }
            )
        was = [step for step in was if step in labels]
    of = {choice: labels[choice] for choice in was if choice in labels}
    named = [of.get(choice, choice) for choice in was]
    twice = next((label for label in named if named.count(label) > 1), None)
    if twice is not None:
        raise Invalid({"labels": f"Deux réponses porteraient le libellé « {twice} »."})
    if not of:
        return
    keys = {code: float(code) if held is SurveyAnswer.number else code for code in of}
    session.execute(
        update(SurveyAnswer)
        .where(SurveyAnswer.question_id == question.id, held.in_(list(keys.values())))
        .values(
            choice=case({keys[code]: label for code, label in of.items()}, value=held), number=None
        )
    )
    if question.kind != QuestionKind.multiple:
        question.kind = str(QuestionKind.single)
        named = (
            in_order(named) if is_scale(named) else named
        )  # else in the order of their codes, which is the questionnaire's
    question.choices = as_json(named)
    session.add(question)
    note(
        session,
        reader,
        today(session),
        "enquête",
        survey.title,
        f"libellés de {question.code}"[:80],
        " · ".join(was),
        " · ".join(of.get(c, c) for c in was),
    )


@dataclass(frozen=True)
class FindingInput:
    """What a person says of a free text: a title, the ambition it is about, whether it goes
    well, the text itself where names had to go.
    """

    title: str
    body: str
    ambition_id: int | None = None
    good: bool | None = None


def file_finding(session: Session, reader: Reader, answer_id: int, given: FindingInput) -> int:
    """En faire un constat: a free text, read by a person, is filed as an anonymous finding and
    shown; its number.

    Nothing of the sheet follows it: neither direction nor function. Raises Refused where it was
    done before.
    """
    require(reader, "survey.import")
    answer = session.get(SurveyAnswer, answer_id, with_for_update=True)
    if answer is None or not answer.text:
        raise Refused("Cette réponse n'existe pas.")
    if answer.idea_id is not None:
        raise Refused("Cette réponse est déjà devenue un constat.")
    # The answer itself is locked and told apart: no form needs to be.
    idea = checked_input(
        kind=IdeaKind.finding,
        title=given.title,
        body=given.body,
        ambition_id=given.ambition_id,
        good=given.good,
        anonymous=True,
    )
    filed = file_idea(session, reader, idea, secrets.token_urlsafe(24), Circumstances(survey=True))
    publish_idea(session, reader, filed.number, organisation(session).at(today(session)))
    answer.idea_id = session.exec(select(Idea.id).where(Idea.number == filed.number)).one()
    session.add(answer)
    bump(session, "surveys")
    return filed.number


def feed_figure(session: Session, reader: Reader, question_id: int, figure: Declared) -> int:
    """Alimenter un chiffre: what a question says becomes a measure of the day of its survey, for
    the whole and for the directions that may be shown; how many were recorded. A measure that
    stands with the same value is left.

    Raises Refused for a question that says nothing of this figure.
    """
    require(reader, "survey.import")
    question = session.get(Question, question_id)
    survey = session.get(Survey, question.survey_id) if question else None
    if survey is None:
        raise Refused("Cette question n'existe pas.")
    if survey.agents == figure.code.startswith("citoyens"):
        raise Refused(
            f"« {figure.label} » se mesure auprès"
            f" {'des citoyens' if survey.agents else 'des agents'}."
        )
    whole = value_of(session, question, figure.code)
    if whole is None:
        raise Refused(
            f"Cette question ne mesure pas « {figure.label} », ou compte trop peu de réponses."
        )
    found = [(None, *whole)]
    if figure.by_direction and survey.agents:
        found += [
            (direction, *of)
            for direction, of in by_direction(session, question, figure.code).items()
        ]
    question.figure = figure.code
    session.add(question)
    recorded = sum(_measure(session, reader, survey, figure, *item) for item in found)
    bump(session, "surveys")
    return recorded


def _measure(
    session: Session,
    reader: Reader,
    survey: Survey,
    figure: Declared,
    direction: int | None,
    value: float,
    n: int,
) -> bool:
    given = measures.MeasureInput(
        survey.on, value, n, survey.title[: measures.SOURCE_MAX], direction
    )
    known = measures.standing(session, figure.code, survey.on, direction)
    if known is not None and measures.in_words(known) == measures.in_words(given):
        return False
    measures.record(session, reader, figure, given)
    return True
