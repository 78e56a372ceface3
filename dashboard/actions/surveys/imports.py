"""Acts on surveys (enquêtes): importing the answers of one.

Who answered is never kept: a sheet is a random number, and neither the order of the file nor its
hour of arrival is stored.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import and_, or_
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.acts import add_record
from dashboard.actions.register_imports import (
    ImportOptions,
    ImportReport,
    RegisterImport,
    too_long,
    units_by_word,
)
from dashboard.actions.surveys.answering import rows_of_sheet, write_rows
from dashboard.files.matching.fields import Correspondence
from dashboard.files.surveys.columns import FIELDS, ReadQuestion, as_json, plain_cell
from dashboard.files.surveys.reading import SurveyResponse, SurveyTable, read_survey
from dashboard.files.uploads import Problem
from dashboard.files.values import compact
from dashboard.french import counted, nth
from dashboard.queries.directions import Organisation, organisation
from dashboard.queries.surveys.results import answer_columns
from dashboard.scope import Scope
from models.clock import today
from models.directions import Tree, UnitKind
from models.ideas import SourceKey
from models.roadmap import Progress
from models.scales import are_codes
from models.surveys import Question, QuestionKind, Survey
from models.texts import Refused, clean_text, refuse

SOURCE = "enquetes"
SUBJECT = "survey"
MARKS = "survey-responses"
_HOW = {
    QuestionKind.single: "à choix unique",
    QuestionKind.multiple: "à choix multiple",
    QuestionKind.one_to_five: "sur une échelle de 1 à 5",
    QuestionKind.zero_to_ten: "sur une échelle de 0 à 10",
    QuestionKind.free: "en texte libre",
}
SERIES_MAX = 120
FAMILY_MAX = 80
_MOST_A_DAY = 99
_LEFT_OUT = {
    "unfinished": ("fiche non terminée laissée de côté", "fiches non terminées laissées de côté"),
    "empty": ("fiche vide laissée de côté", "fiches vides laissées de côté"),
    "earlier": (
        "fiche déjà venue avec une vague précédente laissée de côté",
        "fiches déjà venues avec une vague précédente laissées de côté",
    ),
}


class SurveyImport(RegisterImport):
    """Imports the answers of one wave of a survey.

    Other answers under a known series and day are refused: sheets bear no name, so that nobody
    could say which one has changed, and the figures that were fed from the first ones would no
    longer be true. Raises Invalid per field, Refused for the file.
    """

    kind = "enquetes"
    register = FIELDS

    @classmethod
    def rows_of(cls, table, how: ImportOptions, stored: Sequence[Correspondence]) -> SurveyTable:
        return read_survey(table, how.given, stored, how.progress)

    @classmethod
    def whole(cls, table: SurveyTable, how: ImportOptions) -> SurveyTable:
        if how.most is not None and table.total > how.most:
            raise too_long(how.most)
        return table

    def run(self, table: SurveyTable) -> ImportReport:
        how, report = self.how, self.report
        about = _wave_of(self.session, how)
        report.table = table
        report.rows, report.refused = table.total, list(table.problems)
        sheets = _new_sheets(self.session, about, table)
        earlier = len(table.sheets) - len(sheets)
        places = _places(organisation(self.session), about.on, sheets, report)
        self.close(table)
        digest = _digest(table.questions, sheets, places)
        survey_id = _same_wave(self.session, self.reader, about, digest, table)
        if survey_id is not None:
            report.unchanged, report.written = len(sheets), False
        else:
            report.new = len(sheets)
            if not sheets:
                none = "Ce fichier ne contient aucune fiche terminée."
                came = "Toutes les fiches de ce fichier sont venues avec une vague précédente."
                raise Refused(came if earlier else none)
            if self.writes:
                read = table.questions, sheets, places, digest
                _write(self.session, about, *read, how.progress)
                self.note("enquête", about.title, "réponses", None, about.answered)
                survey_id = about.id
        left_out = {"unfinished": table.unfinished, "empty": table.empty, "earlier": earlier}
        report.more = left_out | {"survey_id": survey_id, "with_direction": len(places)}
        self.tell(table, left_out)
        return report

    def tell(self, table: SurveyTable, left_out: Mapping[str, int]) -> None:
        """What the file holds: for programs, and one sentence each."""
        report = self.report
        report.more |= {
            "left": table.left,
            "questions": [
                {
                    "code": q.code,
                    "kind": str(q.kind),
                    "text": q.text,
                    "matrix": q.matrix,
                    "choices": q.kind.steps or q.choices,
                }
                for q in table.questions
            ],
        }
        kinds = Counter(q.kind for q in table.questions)
        by_kind = ", ".join(f"{n} {_HOW[kind]}" for kind, n in kinds.items())
        report.told.append(f"{counted(len(table.questions), 'question')} : {by_kind}.")
        report.told += [f"{counted(n, *_LEFT_OUT[name])}." for name, n in left_out.items() if n]
        report.told.append(
            f"{counted(report.more['with_direction'], 'fiche')} avec une direction connue."
        )
        if table.left:
            headers = ", ".join(f"« {header} »" for header in table.left)
            report.told.append(f"Colonnes laissées de côté : {headers}.")
        if coded := sum(are_codes(q.choices) for q in table.questions):
            report.told.append(
                f"{counted(coded, 'question porte', 'questions portent')} des codes (A1, A2…) :"
                " leurs libellés se donnent après l'import."
            )


def _wave_of(session: Session, how: ImportOptions) -> Survey:
    """What was said of a wave (series, day and number, title, how many were invited, who
    answered), cleaned, as a record. Raises Invalid per field.
    """
    series, title = clean_text(how.series), clean_text(how.title)
    day = today(session)
    no_day = how.on is None and "Donnez la date de l'enquête."
    is_day = no_day or date(2000, 1, 1) <= how.on <= day
    is_invited = how.invited is None or 0 < how.invited <= 10**7
    refuse(
        {
            "series": not 0 < len(series) <= SERIES_MAX
            and f"Donnez le nom de la série d'enquêtes (1 à {SERIES_MAX} caractères).",
            "title": len(title) > 255 and "Le titre peut compter 255 caractères.",
            "on": no_day or (not is_day and f"L'enquête se date au plus tard du {day:%d/%m/%Y}."),
            "invited": not is_invited and "Le nombre de personnes invitées est un nombre positif.",
            "number": not 1 <= how.number <= _MOST_A_DAY
            and f"Le numéro de la vague va de 1 à {_MOST_A_DAY}.",
        }
    )
    return Survey(
        series=series,
        title=title or nth(f"{series}, {how.on:%m/%Y}", how.number),
        on=how.on,
        number=how.number,
        invited=how.invited,
        agents=not how.citizens,
    )


def _places(
    chart: Organisation, on: date, sheets: Sequence[SurveyResponse], report: ImportReport
) -> dict[int, int]:
    """Line → direction, by its code or its name; a service counts for its direction. Unknown
    names are told once each.
    """
    tree: Tree = chart.at(on)
    # A wave may be older than the first chart that we know.
    tree = tree if tree.units else chart.at(date.max)
    units = units_by_word(tree)
    found = {}
    for sheet in sheets:
        unit = units.get(compact(sheet.direction))
        direction = tree.ancestor(unit.id, UnitKind.direction) if unit else None
        if direction:
            found[sheet.line] = direction.id
        elif sheet.direction:
            reason = (
                f"« {sheet.direction[:80]} » n'est pas une de nos directions : ces fiches restent"
                " sans direction."
            )
            report.warnings.append(Problem(sheet.line, "", reason))
    return found


def _same_wave(
    session: Session, reader: Reader, given: Survey, digest: str, table: SurveyTable
) -> int | None:
    """Our survey of that series and day with these answers, or with these columns as we export
    them; None where the wave is new. Raises Refused where it holds other answers.
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
        if known == digest or _is_exported(session, reader, survey, table):
            return survey
    if given.number in {number for _, number, _ in of_day}:
        day = nth(f"{given.on:%d/%m/%Y}", given.number)
        raise Refused(
            f"Une enquête « {given.series} » du {day} est déjà là, avec d'autres réponses :"
            " une vague ne se remplace pas. Donnez une autre date ou,"
            " pour une autre vague du même jour, un autre numéro."
        )
    return None


def _is_exported(session: Session, reader: Reader, survey: int, table: SurveyTable) -> bool:
    """Whether the file is our own export of this survey."""
    day = today(session)
    scope = Scope(reader, day, tree=organisation(session).at(day))
    columns = answer_columns(session, scope, session.get(Survey, survey))
    ours = [
        (" ".join(header.split()), Counter(filter(None, map(plain_cell, cells))))
        for header, cells in columns
    ]
    return bool(ours) and ours == [(" ".join(h.split()), cells) for h, cells in table.columns]


def _new_sheets(session: Session, given: Survey, table: SurveyTable) -> list[SurveyResponse]:
    """Without the responses that other waves of the series brought: an export of a survey that
    stays open holds those of before, too.
    """
    others = (
        select(Survey.id)
        .filter_by(series=given.series)
        .where(or_(Survey.on != given.on, Survey.number != given.number))
    )
    marks = session.exec(
        select(SourceKey.digest)
        .filter_by(source=SOURCE, subject=MARKS)
        .where(SourceKey.record_id.in_(others))
    ).all()
    known = {mark for wave in marks for mark in wave.split()}
    return [sheet for sheet in table.sheets if not sheet.mark or sheet.mark not in known]


def _digest(
    questions: Sequence[ReadQuestion],
    sheets: Sequence[SurveyResponse],
    places: Mapping[int, int],
) -> str:
    """The same answers in another order, or in another format, are the same answers."""
    given = sorted(
        json.dumps([places.get(s.line), s.family, sorted(s.answers.items())], ensure_ascii=False)
        for s in sheets
    )
    # Whatever its steps a scale bears the one word that the digests of earlier imports have.
    asked = [(q.code, "echelle" if q.kind.is_scale else str(q.kind)) for q in questions]
    return hashlib.blake2b(json.dumps([asked, given]).encode(), digest_size=16).hexdigest()


def _write(
    session: Session,
    survey: Survey,
    questions: Sequence[ReadQuestion],
    sheets: Sequence[SurveyResponse],
    places: Mapping[int, int],
    digest: str,
    progress: Progress,
) -> None:
    """The survey, its questions in the order of the file, its answers; and by what the wave and its
    responses are known when a file comes again.
    """
    survey.answered = len(sheets)
    add_record(session, survey)
    asked = []
    for position, read in enumerate(questions):
        question = Question(
            survey_id=survey.id,
            code=read.code,
            matrix=read.matrix,
            text=read.text,
            kind=read.kind,
            choices=as_json(read.choices),
            position=position,
        )
        asked.append((add_record(session, question), read.labels))

    def rows(sheet: SurveyResponse) -> Iterator[dict[str, object]]:
        answers = []
        for place, answer in sheet.answers.items():
            question, labels = asked[place]
            answers.append((question, labels.get(answer, answer)))
        return rows_of_sheet(survey, answers, places.get(sheet.line), sheet.family[:FAMILY_MAX])

    all_rows = (row for sheet in sheets for row in rows(sheet))
    write_rows(session, all_rows, progress, f"Écriture : {counted(len(sheets), 'fiche')}")
    wave = f"{survey.series}|{survey.on.isoformat()}" + f"|{survey.number}" * (survey.number > 1)
    # In an order that says nothing of who was first.
    marks = " ".join(sorted(sheet.mark for sheet in sheets if sheet.mark))
    keys = {(SUBJECT, wave): digest, (MARKS, f"{wave}|{MARKS}"): marks}
    for (subject, key), known in keys.items():
        if known:
            about = {"source": SOURCE, "subject": subject, "record_id": survey.id}
            session.add(SourceKey(key=key, digest=known, **about))
