"""Acts on surveys (enquêtes): importing the answers of one, turning a free text into a finding, feeding a figure.

Who answered is never kept: a sheet is a random number, and neither the order of the file nor its hour of arrival is stored.
"""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions import measures
from dashboard.actions.auditing import note
from dashboard.actions.declared import Declared
from dashboard.actions.ideas import Circumstances, checked_input, file_idea, publish_idea
from dashboard.actions.imports import ImportReport, too_long
from dashboard.exchange.files import Problem, open_table
from dashboard.exchange.surveys import QuestionRead, SurveyTable, as_json, flat, read_survey
from dashboard.exchange.values import compact
from dashboard.french import counted
from dashboard.queries.directions import organisation
from dashboard.queries.surveys import by_direction, value_of
from models.clock import today
from models.directions import Tree, UnitKind
from models.errors import Invalid, Refused
from models.facts import random_id
from models.ideas import Idea, IdeaKind, clean_text
from models.keeping import SourceKey
from models.ledger import bump
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer

SOURCE, SUBJECT = "enquetes", "survey"
SERIES_MAX, FAMILY_MAX, _CHUNK = 120, 80, 5000


@dataclass(frozen=True)
class SurveyInput:
    """What is said of a file of answers: the series its waves share, the day of the wave, how many were invited, who answered."""

    series: str
    on: date | None
    title: str = ""
    invited: int | None = None
    agents: bool = True


@dataclass
class SurveyReport(ImportReport):
    """Compte rendu: `questions` as they were understood; `unfinished` and `empty` sheets are left out; `left` columns never read."""

    questions: list[QuestionRead] = field(default_factory=list)
    unfinished: int = 0
    empty: int = 0
    left: list[str] = field(default_factory=list)
    directions: int = 0
    survey_id: int | None = None

    def as_json(self) -> dict:
        return super().as_json() | {
            "unfinished": self.unfinished, "empty": self.empty, "left": self.left, "with_direction": self.directions,
            "questions": [{"code": q.code, "kind": str(q.kind), "text": q.text, "matrix": q.matrix, "choices": q.choices} for q in self.questions]}

    def sentences(self) -> list[str]:
        head, *rest = super().sentences()
        said = [head, f"{counted(len(self.questions), 'question')} : " + ", ".join(
            f"{n} {kind.label.lower()}" for kind, n in Counter(q.kind for q in self.questions).items()) + "."]
        if self.unfinished:
            said.append(f"{counted(self.unfinished, 'fiche non terminée laissée de côté', 'fiches non terminées laissées de côté')}.")
        if self.empty:
            said.append(f"{counted(self.empty, 'fiche vide laissée de côté', 'fiches vides laissées de côté')}.")
        said.append(f"{counted(self.directions, 'fiche')} avec une direction connue.")
        if self.left:
            said.append(f"Colonnes jamais lues : {', '.join(f'« {header} »' for header in self.left)}.")
        return said + rest


def import_survey(session: Session, reader: Reader, file: Path | bytes, given: SurveyInput, name: str = "", *, dry_run: bool = False,
                  strict: bool = False, columns: Mapping[str, str] | None = None, most: int | None = None) -> SurveyReport:
    """Imports the answers of one survey into the open `writing()` transaction; importing the same answers twice changes nothing.

    Other answers under a known series and day are refused: sheets bear no name, so that nobody could say which one has changed,
    and the figures that were fed from the first ones would no longer be true. Raises Invalid per field, Refused for the file.
    """
    require(reader, "survey.import")
    given = _checked(session, given)
    table = read_survey(open_table(file, name), columns)
    if most is not None and table.rows > most:
        raise too_long(most)
    report = SurveyReport(rows=table.rows, refused=table.problems, warnings=table.warnings, questions=flat(table.questions),
                          unfinished=table.unfinished, empty=table.empty, left=table.left)
    places = _places(organisation(session), given.on, table, report)
    report.warnings.sort(key=lambda problem: problem.line)
    known, digest = _known(session, given), _digest(table, places)
    if known is not None and known[1] != digest:
        raise Refused(f"Une enquête « {given.series} » du {given.on:%d/%m/%Y} est déjà là, avec d'autres réponses : une vague ne se remplace pas. "
                      "Donnez une autre date.")
    if known is not None:
        report.unchanged, report.survey_id = len(table.sheets), known[0]
        return report
    report.new = len(table.sheets)
    report.strict = strict
    if not table.sheets:
        raise Refused("Ce fichier ne contient aucune fiche terminée.")
    if not dry_run and not (strict and report.refused):
        report.survey_id, report.written = _write(session, reader, given, table, places, digest), True
    return report


def _checked(session: Session, given: SurveyInput) -> SurveyInput:
    series, title, day = clean_text(given.series), clean_text(given.title), today(session)
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
    return SurveyInput(series, given.on, title or f"{series}, {given.on:%m/%Y}", given.invited, given.agents)


def _places(chart, on: date, table: SurveyTable, report: SurveyReport) -> dict[int, int]:
    """Line → direction, by its code or its name; a service counts for its direction. Unknown names are told once each."""
    tree: Tree = chart.at(on)
    tree = tree if tree.units else chart.at(date.max)
    units = {compact(word): unit for unit in tree.units for word in (unit.label, unit.name, unit.code)}
    found, unknown = {}, {}
    for sheet in table.sheets:
        unit = units.get(compact(sheet.direction))
        direction = tree.ancestor(unit.id, UnitKind.direction) if unit else None
        if direction:
            found[sheet.line] = direction.id
        elif sheet.direction:
            unknown.setdefault(sheet.direction, sheet.line)
    report.directions = len(found)
    report.warnings += [Problem(line, "", f"« {name[:80]} » n'est pas une de nos directions : ces fiches restent sans direction.")
                        for name, line in unknown.items()]
    return found


def _known(session: Session, given: SurveyInput) -> tuple[int, str] | None:
    """(our survey, the digest of its answers) of that series and day."""
    survey = session.exec(select(Survey.id).where(Survey.series == given.series, Survey.on == given.on)).first()
    if survey is None:
        return None
    digest = session.exec(select(SourceKey.digest).where(SourceKey.source == SOURCE, SourceKey.subject == SUBJECT, SourceKey.record_id == survey)).first()
    return survey, digest or ""


def _digest(table: SurveyTable, places: Mapping[int, int]) -> str:
    """The same answers in another order, or in another format, are the same answers."""
    sheets = sorted(json.dumps([places.get(s.line), s.family, sorted(s.answers.items())], ensure_ascii=False) for s in table.sheets)
    questions = [(q.code, str(q.kind)) for q in flat(table.questions)]
    return hashlib.blake2b(json.dumps([questions, sheets]).encode(), digest_size=16).hexdigest()


def _write(session: Session, reader: Reader, given: SurveyInput, table: SurveyTable, places: Mapping[int, int], digest: str) -> int:
    survey = Survey(series=given.series, title=given.title, on=given.on, invited=given.invited, answered=len(table.sheets), agents=given.agents)
    session.add(survey)
    session.flush()
    ids = []
    for position, q in enumerate(flat(table.questions)):
        question = Question(survey_id=survey.id, code=q.code, matrix=q.matrix, text=q.text, kind=str(q.kind), choices=as_json(q.choices), position=position)
        session.add(question)
        session.flush()
        ids.append((question.id, q.kind))
    rows = [row for sheet in table.sheets for row in _rows(survey, sheet, places.get(sheet.line), ids)]
    secrets.SystemRandom().shuffle(rows)  # their order in the database says nothing of the file's
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(SurveyAnswer.__table__), rows[start:start + _CHUNK])
    session.add(SourceKey(source=SOURCE, key=f"{given.series}|{given.on.isoformat()}", subject=SUBJECT, record_id=survey.id, digest=digest))
    note(session, reader, today(session), "enquête", given.title, "réponses", None, len(table.sheets))
    bump(session, "surveys")
    return survey.id


def _rows(survey: Survey, sheet, direction: int | None, ids: list[tuple[int, QuestionKind]]) -> list[dict]:
    number = secrets.randbits(62)
    rows = []
    for place, said in sheet.answers.items():
        question, kind = ids[place]
        # A multiple choice where nothing was ticked is an answer all the same: an empty choice.
        for one in (said or ("",)) if kind is QuestionKind.multiple else (said,):
            rows.append({"id": random_id(survey.on), "survey_id": survey.id, "question_id": question, "sheet": number, "direction_id": direction,
                         "family": sheet.family[:FAMILY_MAX], "choice": one if kind in (QuestionKind.single, QuestionKind.multiple) else None,
                         "number": one if kind is QuestionKind.scale else None, "text": one if kind is QuestionKind.free else None, "idea_id": None})
    return rows


# ── What is made of the answers ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class FindingInput:
    """What a person says of a free text: a title, the ambition it is about, whether it goes well, the text itself where names
    had to go."""

    title: str
    body: str
    ambition_id: int | None = None
    good: bool | None = None


def file_finding(session: Session, reader: Reader, answer_id: int, given: FindingInput) -> int:
    """En faire un constat: a free text, read by a person, is filed as an anonymous finding and shown; its number.

    Nothing of the sheet follows it: neither direction nor function. Raises Refused where it was done before.
    """
    require(reader, "survey.import")
    answer = session.get(SurveyAnswer, answer_id, with_for_update=True)
    if answer is None or not answer.text:
        raise Refused("Cette réponse n'existe pas.")
    if answer.idea_id is not None:
        raise Refused("Cette réponse est déjà devenue un constat.")
    # The answer itself is locked and told apart: no form needs to be.
    idea = checked_input(kind=IdeaKind.finding, title=given.title, body=given.body, ambition_id=given.ambition_id, good=given.good, anonymous=True)
    filed = file_idea(session, reader, idea, secrets.token_urlsafe(24), Circumstances(survey=True))
    publish_idea(session, reader, filed.number, organisation(session).at(today(session)))
    answer.idea_id = session.exec(select(Idea.id).where(Idea.number == filed.number)).one()
    session.add(answer)
    bump(session, "surveys")
    return filed.number


def feed_figure(session: Session, reader: Reader, question_id: int, figure: Declared) -> int:
    """Alimenter un chiffre: what a question says becomes a measure of the day of its survey, for the whole and for the directions
    that may be shown; how many were recorded. A measure that stands with the same value is left.

    Raises Refused for a question that says nothing of this figure.
    """
    require(reader, "survey.import")
    question = session.get(Question, question_id)
    survey = session.get(Survey, question.survey_id) if question else None
    if survey is None:
        raise Refused("Cette question n'existe pas.")
    if survey.agents == figure.code.startswith("citoyens"):
        raise Refused(f"« {figure.label} » se mesure auprès {'des citoyens' if survey.agents else 'des agents'}.")
    whole = value_of(session, question, figure.code)
    if whole is None:
        raise Refused(f"Cette question ne mesure pas « {figure.label} », ou compte trop peu de réponses.")
    found = [(None, *whole)]
    if figure.by_direction and survey.agents:
        found += [(direction, *of) for direction, of in by_direction(session, question, figure.code).items()]
    question.figure = figure.code
    session.add(question)
    recorded = sum(_measure(session, reader, survey, figure, *one) for one in found)
    bump(session, "surveys")
    return recorded


def _measure(session: Session, reader: Reader, survey: Survey, figure: Declared, direction: int | None, value: float, n: int) -> bool:
    given = measures.MeasureInput(survey.on, value, n, survey.title[:measures.SOURCE_MAX], direction)
    known = measures.standing(session, figure.code, survey.on, direction)
    if known is not None and measures.in_words(known) == measures.in_words(given):
        return False
    measures.record(session, reader, figure, given)
    return True
