"""Reading the answers of a survey (enquête): an export of LimeSurvey, or any table of one row a
respondent and one column a question.

Columns that tell who answered, from where or when (address, code, name, day) are recognised to be
left, unless a correspondence names them. What a column asks is told by its values: see `kind_of`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from dashboard.files.ideas.values import compact
from dashboard.files.surveys.columns import (
    Places,
    cell_at,
    places_of,
    plain_cell,
    questions_of,
    refuse_headers,
)
from dashboard.files.surveys.persons import asks_who, tell_who
from dashboard.files.surveys.questions import (
    NO_ANSWER,
    QuestionRead,
    answers_of,
    are_ticks,
    kind_of,
)
from dashboard.files.tables import Problem, Table, Warned
from dashboard.french import counted
from models.errors import Refused
from models.progress import Tell, between, without_progress
from models.scales import in_order, known_labels
from models.surveys import QuestionKind

_SOME = 250  # rows between two words on how far one is
# How far one is, as measured, once the rows are read, and once the questions are understood.
_READ = 0.5
_UNDERSTOOD = 0.8
_Row = tuple[int, list[str], str]  # its line in the file, its cells, its mark
_ANONYMOUS = "1980-01-01"  # the day of submission that LimeSurvey writes where it keeps none


@dataclass(frozen=True)
class SurveyResponse:
    """One respondent: per question (by its place in the survey) a choice, a number, a text, or
    the choices that were ticked. `mark` knows the same response again in a later export.
    """

    line: int
    direction: str
    family: str
    answers: dict[int, str | float | tuple[str, ...]]
    mark: str = ""


@dataclass
class SurveyTable:
    """The file's survey: all of it is held, since what a column asks is told by its values."""

    questions: list[QuestionRead]
    sheets: list[SurveyResponse]
    rows: int
    unfinished: int = 0
    empty: int = 0
    left: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: Warned = field(default_factory=Warned)


def read_survey(
    table: Table, columns: Mapping[str, str] | None = None, tell: Tell = without_progress
) -> SurveyTable:
    """The survey of a table. Raises Refused where the headers cannot be told apart, or ask
    nothing.
    """
    refuse_headers(table)
    places = places_of(table, columns or {})
    rows, problems, unfinished, total = _finished_rows(table, places, between(tell, 0, _READ))
    warnings = Warned(table.warnings)
    stored_questions = _used_questions(
        table, places, rows, warnings, between(tell, _READ, _UNDERSTOOD)
    )
    sheets = _sheets(stored_questions, places, rows, between(tell, _UNDERSTOOD, 1))
    filled = [sheet for sheet in sheets if sheet.answers]
    left = [table.headers[i] for i in sorted(places.left) if table.headers[i]]
    return SurveyTable(
        stored_questions,
        filled,
        total,
        unfinished,
        len(sheets) - len(filled),
        left,
        problems,
        warnings,
    )


def _finished_rows(
    table: Table, places: Places, tell: Tell
) -> tuple[list[_Row], list[Problem], int, int]:
    """The rows of finished sheets, the rows that cannot be read, how many sheets are unfinished,
    and how many rows there are.

    All columns that tell about persons go here, before anything is looked at.
    """
    rows = []
    problems = []
    unfinished = 0
    total = 0
    # The same few words come back in nearly every row.
    cell = cache(plain_cell)
    for row in table.rows:
        total += 1
        if total % _SOME == 0:
            tell(table.share(), f"Lecture : {counted(total, 'fiche')}")
        if row.problem:
            problems.append(Problem(row.line, "", row.problem))
            continue
        if places.submitted is not None and not _is_sent(row.cells[places.submitted]):
            unfinished += 1
            continue
        cells = ["" if i in places.left else cell(text) for i, text in enumerate(row.cells)]
        rows.append((row.line, cells, _mark_of(row.cells, cells, places)))
    return rows, problems, unfinished, total


def _is_sent(day: str) -> bool:
    return bool(compact(day)) and compact(day) not in NO_ANSWER


def _mark_of(written: Sequence[str], cells: Sequence[str], places: Places) -> str:
    """What knows a response again in a later export of the same survey: its number, the second in
    which it was sent and the seed that the tool drew, none of which can be read back from it.
    """
    if places.response is None or places.submitted is None:
        return ""
    told = [written[place] for place in (places.response, places.submitted)]
    if places.seed is not None and written[places.seed].strip():
        told.append(written[places.seed])
    elif written[places.submitted].startswith(_ANONYMOUS):
        # Of two surveys that keep no time, the numbers are the same: the answers tell them apart.
        told += cells
    return hashlib.blake2b("\0".join(told).encode(), digest_size=6).hexdigest()


def _used_questions(
    table: Table, places: Places, rows: list[_Row], warnings: list[Problem], tell: Tell
) -> list[QuestionRead]:
    """The questions that could be understood. Raises Refused where there is none."""
    questions = questions_of(table.headers, places)
    stored_questions = []
    cells = [row_cells for _, row_cells, _ in rows]
    for number, question in enumerate(questions, 1):
        tell((number - 1) / len(questions), f"Lecture : question {number} sur {len(questions)}")
        if _settle(question, cells, places, warnings, table):
            stored_questions.append(question)
    if not stored_questions:
        raise Refused(
            f"« {table.name} » ne contient aucune question : une ligne par fiche, une colonne par"
            " question."
        )
    return stored_questions


def _sheets(
    stored_questions: list[QuestionRead], places: Places, rows: list[_Row], tell: Tell
) -> list[SurveyResponse]:
    found = []
    for done, (line, cells, mark) in enumerate(rows):
        if done % _SOME == 0:
            tell(done / len(rows), f"Lecture : réponses de {counted(len(rows), 'fiche')}")
        found.append(
            SurveyResponse(
                line,
                cell_at(cells, places.direction),
                cell_at(cells, places.family),
                answers_of(stored_questions, cells),
                mark,
            )
        )
    tell(1, f"Lecture : {counted(len(rows), 'fiche')}")
    return found


def _settle(
    question: QuestionRead,
    rows: list[list[str]],
    places: Places,
    warnings: list[Problem],
    table: Table,
) -> bool:
    """Gives a question its kind and its choices; whether it can be kept."""
    values = [[cells[i] for cells in rows if cells[i]] for i in question.columns]
    question.kind = _kind(question, values, places)
    if question.kind is QuestionKind.multiple:
        question.choices = list(question.subs)
        return True
    if not set(question.columns) <= places.texts | places.choices:
        values = _leave_who(question, values, warnings, table)
    if question.kind is None and question.columns:
        reason = "n'est ni un choix, ni une échelle de 0 à 10, ni un texte : elle n'est pas lue."
        warnings.append(_of_column(table, question.columns[0], reason))
        return False
    if not question.columns:
        return False
    if question.kind is QuestionKind.single:
        choices = {value for column in values for value in column}
        question.labels = known_labels(choices)
        question.choices = in_order(question.labels.get(choice, choice) for choice in choices)
    return True


def _kind(question: QuestionRead, values: list[list[str]], places: Places) -> QuestionKind | None:
    """What the correspondence says of a question, else its header, else its values."""
    columns = set(question.columns)
    told = QuestionKind.free if columns <= places.texts else question.kind
    if columns <= places.choices:
        told = QuestionKind.single
    if question.subs and are_ticks(values):
        return QuestionKind.multiple
    return told or kind_of([value for column in values for value in column])


def _leave_who(
    question: QuestionRead, values: list[list[str]], warnings: list[Problem], table: Table
) -> list[list[str]]:
    """Takes the columns that tell who answered out of a question, and tells; the values of the
    others.
    """
    stays = []
    for place, i in enumerate(question.columns):
        if not _tells_who(question.kind, table.headers[i], values[place]):
            stays.append(place)
            continue
        reason = (
            "semble dire qui répond : elle n'est pas lue, sauf si une correspondance la nomme dans"
            " « textes » ou « choix »."
        )
        warnings.append(_of_column(table, i, reason))
    question.columns = [question.columns[place] for place in stays]
    if question.subs:
        question.subs = [question.subs[place] for place in stays]
        question.codes = [question.codes[place] for place in stays]
    return [values[place] for place in stays]


def _tells_who(kind: QuestionKind | None, header: str, values: list[str]) -> bool:
    """Whether a column tells who answered. A scale does not, nor does a yes or no; words that come
    back do where they are asked for.
    """
    if kind is not None and kind.is_scale:
        return False
    if kind is QuestionKind.single:
        return len(set(values)) > 2 and asks_who(header)
    return asks_who(header) or (kind is QuestionKind.free and tell_who(values))


def _of_column(table: Table, place: int, reason: str) -> Problem:
    header = table.headers[place]
    return Problem(table.header_line, header, f"La colonne « {header[:80]} » {reason}")
