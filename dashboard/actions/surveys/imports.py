"""Acts on surveys (enquêtes): importing the answers of one.

Who answered is never kept: a sheet is a random number, and neither the order of the file nor its
hour of arrival is stored.
"""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import itemgetter
from pathlib import Path

from sqlalchemy import and_, insert, or_
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.import_reports import ImportReport, too_long
from dashboard.actions.journal import note
from dashboard.files.ideas.values import compact
from dashboard.files.surveys.columns import KNOWN
from dashboard.files.surveys.questions import QuestionRead, as_json, flat
from dashboard.files.surveys.reading import SurveyTable, read_survey
from dashboard.files.tables import Warned
from dashboard.files.uploads import Problem, open_table
from dashboard.french import counted, nth
from dashboard.queries.directions import organisation
from models.clock import today
from models.directions import Tree, UnitKind
from models.errors import Invalid, Refused
from models.facts import random_id
from models.keeping import SourceKey
from models.ledger import bump
from models.progress import Tell, between, without_progress
from models.scales import are_codes
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer
from models.texts import clean_text

SOURCE = "enquetes"
SUBJECT = "survey"
MARKS = "survey-responses"
_HOW = {
    QuestionKind.single: "à choix unique",
    QuestionKind.multiple: "à choix multiple",
    QuestionKind.scale: "sur une échelle",
    QuestionKind.free: "en texte libre",
}
_CHOICES = (QuestionKind.single, QuestionKind.multiple)
SERIES_MAX = 120
FAMILY_MAX = 80
_CHUNK = 5000
_MOST_A_DAY = 99
_READ = 0.6  # of an import, how far one is once its file is read


@dataclass(frozen=True)
class SurveyInput:
    """What is said of a file of answers: the series its waves share, the day of the wave and its
    number on that day, how many were invited, who answered.
    """

    series: str
    on: date | None
    title: str = ""
    invited: int | None = None
    agents: bool = True
    number: int = 1


@dataclass
class SurveyReport(ImportReport):
    """Compte rendu: `questions` as they were understood; `unfinished` and `empty` sheets, and those
    that came with an `earlier` wave, are left out; `left` columns never read.
    """

    questions: list[QuestionRead] = field(default_factory=list)
    unfinished: int = 0
    empty: int = 0
    earlier: int = 0
    left: list[str] = field(default_factory=list)
    directions: int = 0
    survey_id: int | None = None

    def as_json(self) -> dict:
        return super().as_json() | {
            "survey_id": self.survey_id,
            "unfinished": self.unfinished,
            "empty": self.empty,
            "earlier": self.earlier,
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

    def summary(self) -> list[str]:
        """What the file holds, without its lines that are to be looked at."""
        kinds = Counter(q.kind for q in self.questions)
        by_kind = ", ".join(f"{n} {_HOW[kind]}" for kind, n in kinds.items())
        sentences = [f"{counted(len(self.questions), 'question')} : {by_kind}."]
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
        if self.earlier:
            earlier = counted(
                self.earlier,
                "fiche déjà venue avec une vague précédente laissée de côté",
                "fiches déjà venues avec une vague précédente laissées de côté",
            )
            sentences.append(f"{earlier}.")
        sentences.append(f"{counted(self.directions, 'fiche')} avec une direction connue.")
        if self.left:
            headers = ", ".join(f"« {header} »" for header in self.left)
            sentences.append(f"Colonnes laissées de côté : {headers}.")
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
    report = _report_of(table)
    table = _new_responses(session, given, table, report)
    places = _places(organisation(session), given.on, table, report)
    report.warnings = report.warnings.by_line()
    digest = _digest(table, places)
    report.survey_id = _same_wave(session, given, digest)
    if report.survey_id is not None:
        report.unchanged = len(table.sheets)
        return report
    report.new = len(table.sheets)
    report.strict = strict
    if not table.sheets and report.earlier:
        raise Refused("Toutes les fiches de ce fichier sont venues avec une vague précédente.")
    if not table.sheets:
        raise Refused("Ce fichier ne contient aucune fiche terminée.")
    if not dry_run and not (strict and report.refused):
        report.survey_id = _write(session, reader, given, table, places, digest, tell)
        report.written = True
    return report


def _report_of(table: SurveyTable) -> SurveyReport:
    return SurveyReport(
        rows=table.rows,
        refused=table.problems,
        # A copy: this import adds warnings of its own, and the table may be imported again.
        warnings=Warned(table.warnings),
        questions=flat(table.questions),
        unfinished=table.unfinished,
        empty=table.empty,
        left=table.left,
    )


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
    if not 1 <= given.number <= _MOST_A_DAY:
        errors["number"] = f"Le numéro de la vague va de 1 à {_MOST_A_DAY}."
    if errors:
        raise Invalid(errors)
    title = title or nth(f"{series}, {given.on:%m/%Y}", given.number)
    return replace(given, series=series, title=title)


def _places(chart, on: date, table: SurveyTable, report: SurveyReport) -> dict[int, int]:
    """Line → direction, by its code or its name; a service counts for its direction. Unknown
    names are told once each.
    """
    tree: Tree = chart.at(on)
    # A wave may be older than the first chart that we know.
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


def _same_wave(session: Session, given: SurveyInput, digest: str) -> int | None:
    """Our survey of that series and day with these answers, None where the wave is new. Raises
    Refused where it holds other answers.
    """
    key = and_(
        SourceKey.source == SOURCE, SourceKey.subject == SUBJECT, SourceKey.record_id == Survey.id
    )
    of_day = session.exec(
        select(Survey.id, Survey.number, SourceKey.digest)
        .outerjoin(SourceKey, key)
        .where(Survey.series == given.series, Survey.on == given.on)
    ).all()
    for survey, _, known in of_day:
        if known == digest:
            return survey
    if given.number in {number for _, number, _ in of_day}:
        day = nth(f"{given.on:%d/%m/%Y}", given.number)
        raise Refused(
            f"Une enquête « {given.series} » du {day} est déjà là, avec d'autres réponses :"
            " une vague ne se remplace pas. Donnez une autre date ou,"
            " pour une autre vague du même jour, un autre numéro."
        )
    return None


def _new_responses(
    session: Session, given: SurveyInput, table: SurveyTable, report: SurveyReport
) -> SurveyTable:
    """The table without the responses that other waves of the series brought: an export of a survey
    that stays open holds those of before, too.
    """
    others = select(Survey.id).where(
        Survey.series == given.series,
        or_(Survey.on != given.on, Survey.number != given.number),
    )
    marks = session.exec(
        select(SourceKey.digest).where(
            SourceKey.source == SOURCE, SourceKey.subject == MARKS, SourceKey.record_id.in_(others)
        )
    ).all()
    known = {mark for wave in marks for mark in wave.split()}
    fresh = [sheet for sheet in table.sheets if not sheet.mark or sheet.mark not in known]
    report.earlier = len(table.sheets) - len(fresh)
    return replace(table, sheets=fresh)


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
        number=given.number,
        invited=given.invited,
        answered=len(table.sheets),
        agents=given.agents,
    )
    session.add(survey)
    session.flush()
    _write_answers(session, survey, table, places, tell)
    _write_keys(session, survey, table, digest)
    note(
        session, reader, today(session), "enquête", given.title, "réponses", None, len(table.sheets)
    )
    bump(session, "surveys")
    return survey.id


def _write_answers(
    session: Session, survey: Survey, table: SurveyTable, places: Mapping[int, int], tell: Tell
) -> None:
    ids = _write_questions(session, survey, flat(table.questions))
    rows = []
    for sheet in table.sheets:
        rows += _rows(survey, sheet, places.get(sheet.line), ids)
    # By their random ids: their order in the database says nothing of the file's, and they are
    # written faster.
    rows.sort(key=itemgetter("id"))
    for start in range(0, len(rows), _CHUNK):
        tell(start / len(rows), f"Écriture : {counted(len(table.sheets), 'fiche')}")
        session.execute(insert(SurveyAnswer.__table__), rows[start : start + _CHUNK])
    tell(1, f"Écriture : {counted(len(table.sheets), 'fiche')}")


def _write_keys(session: Session, survey: Survey, table: SurveyTable, digest: str) -> None:
    """By what the wave and its responses are known when a file comes again."""
    wave = f"{survey.series}|{survey.on.isoformat()}"
    if survey.number > 1:
        wave += f"|{survey.number}"
    session.add(
        SourceKey(
            source=SOURCE,
            key=wave,
            subject=SUBJECT,
            record_id=survey.id,
            digest=digest,
        )
    )
    marks = sorted(sheet.mark for sheet in table.sheets if sheet.mark)
    if marks:
        session.add(
            SourceKey(
                source=SOURCE,
                key=f"{wave}|{MARKS}",
                subject=MARKS,
                record_id=survey.id,
                # In an order that says nothing of who was first.
                digest=" ".join(marks),
            )
        )


def _write_questions(
    session: Session, survey: Survey, questions: Sequence[QuestionRead]
) -> list[tuple[int, QuestionKind, dict[str, str]]]:
    """Our number of each question, its kind and the labels of its codes, in the order of the
    file.
    """
    found = []
    for position, read in enumerate(questions):
        question = Question(
            survey_id=survey.id,
            code=read.code,
            matrix=read.matrix,
            text=read.text,
            kind=str(read.kind),
            choices=as_json(read.choices),
            position=position,
        )
        session.add(question)
        session.flush()
        found.append((question.id, read.kind, read.labels))
    return found


def _rows(
    survey: Survey,
    sheet,
    direction: int | None,
    ids: list[tuple[int, QuestionKind, dict[str, str]]],
) -> list[dict]:
    # What its answers have in common, so that a cut can count persons; drawn, so that it says
    # nothing of who answered or when.
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
                    "choice": labels.get(item, item) if kind in _CHOICES else None,
                    "number": item if kind is QuestionKind.scale else None,
                    "text": item if kind is QuestionKind.free else None,
                    "idea_id": None,
                }
            )
    return rows
