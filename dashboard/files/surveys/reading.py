"""Reads the answers of a survey (enquête): an export of LimeSurvey, or a table with one row per
respondent and one column per question.

Columns that identify respondents (address, code, name, day) are ignored, unless a correspondence
names them. The kind of a question is guessed from its values: see `kind_of`.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from dashboard.files.csvout import restored
from dashboard.files.ideas.columns import IDEAS
from dashboard.files.matching.fields import NONE, Correspondence
from dashboard.files.matching.layout import Matched
from dashboard.files.registers import MILESTONES, ReadTable
from dashboard.files.surveys.columns import (
    FIELDS,
    NO_ANSWER,
    Header,
    ReadQuestion,
    are_ticks,
    asks_who,
    find_headers,
    groups_of,
    joint_of,
    kind_of,
    left_of,
    names_of,
    parts_of,
    plain_cell,
    tell_who,
)
from dashboard.files.tables import Problem, Table, Warned
from dashboard.files.values import compact
from dashboard.french import counted
from models.roadmap import Progress, between, without_progress
from models.scales import in_order, known_labels
from models.surveys import QuestionKind
from models.texts import Refused

_SOME = 250  # rows between two progress reports
# Measured shares of the progress, after reading the rows, and after interpreting the questions.
_READ = 0.5
_UNDERSTOOD = 0.8
_ABOUT = ("direction", "famille")  # fields of who answers
_SO_MANY = 4  # minimum headers of another kind to report it
Lists = Mapping[str, frozenset[int]]  # what people said of columns, by the field
_Row = tuple[int, list[str], str]  # its line in the file, cells, mark
_ANONYMOUS = "1980-01-01"  # submission date written by LimeSurvey without timestamps


@dataclass(frozen=True)
class SurveyResponse:
    """One response: per question (by position) a choice, a number, a text, or the ticked
    choices. `mark` recognises the response in a later export.
    """

    line: int
    direction: str
    family: str
    answers: dict[int, str | float | tuple[str, ...]]
    mark: str = ""


@dataclass(kw_only=True)
class SurveyTable(ReadTable):
    """The survey of a file, held in memory: the kind of a question depends on all values."""

    questions: list[ReadQuestion]
    sheets: list[SurveyResponse]
    total: int
    unfinished: int
    empty: int
    left: list[str]
    # Each column by itself, as our own export has it: header, and how often it has each answer.
    columns: list[tuple[str, Counter[str]]]
    problems: list[Problem]


def read_survey(
    table: Table,
    given: Correspondence = NONE,
    stored: Iterable[Correspondence] = (),
    progress: Progress = without_progress,
) -> SurveyTable:
    """The survey of a table. Raises Refused if the headers are ambiguous or hold no question."""
    find_headers(table)
    _report_other_kind(table)
    matched = Matched(table, FIELDS, given, stored, names_of)
    matched.report_absent()
    layout, left = matched.layout(), left_of(matched)
    rows, problems, unfinished, total = _finished_rows(matched, left, between(progress, 0, _READ))
    warnings = Warned(table.warnings)
    questions = _used_questions(
        matched, left, rows, warnings, between(progress, _READ, _UNDERSTOOD)
    )
    # Samples of what is read alone, in an order that joins none of one person.
    asked = [place for question in questions for place in question.columns]
    shown_columns = {*asked, *(matched.places.get(code) for code in _ABOUT)}
    layout = replace(
        layout,
        samples=[sorted(s) if i in shown_columns else [] for i, s in enumerate(layout.samples)],
        proposed={c: h for c, h in layout.proposed.items() if c != "soumise"},
        beside=tuple(layout.headers[place] for place in asked),
    )
    sheets = _sheets(questions, matched.places, rows, between(progress, _UNDERSTOOD, 1))
    filled = [sheet for sheet in sheets if sheet.answers]
    return SurveyTable(
        headers=matched.headers,
        warnings=warnings,
        layout=layout,
        questions=questions,
        sheets=filled,
        total=total,
        unfinished=unfinished,
        empty=len(sheets) - len(filled),
        left=[table.headers[i] for i in sorted(left) if table.headers[i]],
        columns=[
            (restored(header), Counter(cells[i] for _, cells, _ in rows if cells[i]))
            for i, header in enumerate(table.headers)
        ],
        problems=problems,
    )


def _report_other_kind(table: Table) -> None:
    """Reports a file that looks like another kind: headers of ideas or milestones."""
    for fields, what in ((IDEAS, "d'idées"), (MILESTONES, "de jalons")):
        places = Matched(table, fields).places
        if fields.telling & places.keys() and len(places) >= _SO_MANY:
            reason = f"Ceci ressemble à une liste {what} plutôt qu'à une enquête : vérifiez."
            table.warnings.append(Problem(table.header_line, "", reason))


def _finished_rows(
    matched: Matched, left: Collection[int], progress: Progress
) -> tuple[list[_Row], list[Problem], int, int]:
    """The rows of completed responses, the unreadable rows, the number of incomplete ones, and
    the total.

    Columns about persons are removed here, before anything is analysed.
    """
    rows = []
    problems = []
    unfinished = 0
    total = 0
    table, submitted = matched.table, matched.places.get("soumise")
    # The same few words are in nearly every row.
    cell = cache(plain_cell)
    for row in table.rows:
        total += 1
        if total % _SOME == 0:
            progress(table.share(), f"Lecture : {counted(total, 'fiche')}")
        if row.problem:
            problems.append(Problem(row.line, "", row.problem))
            continue
        if submitted is not None and compact(row.cells[submitted]) in ("", *NO_ANSWER):
            unfinished += 1
            continue
        cells = ["" if i in left else cell(text) for i, text in enumerate(row.cells)]
        rows.append((row.line, cells, _mark_of(row.cells, cells, matched.places)))
    return rows, problems, unfinished, total


def _mark_of(written: Sequence[str], cells: Sequence[str], places: Mapping[str, int]) -> str:
    """A hash that recognises a response in a later export: of its number, its submission time
    and its seed, none of which can be recovered.
    """
    if not {"response", "soumise"} <= places.keys():
        return ""
    identifiers = [written[places["response"]], written[places["soumise"]]]
    if "seed" in places and written[places["seed"]].strip():
        identifiers.append(written[places["seed"]])
    elif identifiers[1].startswith(_ANONYMOUS):
        # Surveys without timestamps have the same numbers: the answers distinguish them.
        identifiers += cells
    return hashlib.blake2b("\0".join(identifiers).encode(), digest_size=6).hexdigest()


def _used_questions(
    matched: Matched,
    left: Collection[int],
    rows: list[_Row],
    warnings: list[Problem],
    progress: Progress,
) -> list[ReadQuestion]:
    """The interpreted questions. Raises Refused without any."""
    table, places = matched.table, matched.places
    groups = groups_of(table.headers, {*left, *map(places.get, _ABOUT)})
    used = []
    cells = [row_cells for _, row_cells, _ in rows]
    for number, (code, headers) in enumerate(groups.items(), 1):
        progress((number - 1) / len(groups), f"Lecture : question {number} sur {len(groups)}")
        used += _understood(code, headers, cells, matched, warnings)
    if not used:
        raise Refused(
            f"« {table.name} » ne contient aucune question : une ligne par fiche, une colonne par"
            " question."
        )
    return used


def _sheets(
    questions: list[ReadQuestion],
    places: Mapping[str, int],
    rows: list[_Row],
    progress: Progress,
) -> list[SurveyResponse]:
    responses = []
    for done, (line, cells, mark) in enumerate(rows):
        if done % _SOME == 0:
            progress(done / len(rows), f"Lecture : réponses de {counted(len(rows), 'fiche')}")
        answers = {
            place: answer
            for place, question in enumerate(questions)
            if (answer := question.answer_in(cells)) is not None
        }
        about = (cells[places[code]] if code in places else "" for code in _ABOUT)
        responses.append(SurveyResponse(line, *about, answers, mark))
    progress(1, f"Lecture : {counted(len(rows), 'fiche')}")
    return responses


def _understood(
    code: str,
    headers: list[Header],
    rows: list[list[str]],
    matched: Matched,
    warnings: list[Problem],
) -> list[ReadQuestion]:
    """A question, or one per line of a matrix; none if it cannot be stored."""
    values = {
        header.place: [cells[header.place] for cells in rows if cells[header.place]]
        for header in headers
    }
    first, table, lists = headers[0], matched.table, matched.lists
    is_named = all(set(values[h.place]) <= {h.text} for h in headers) and any(values.values())
    if first.is_line and (is_named or are_ticks(values.values())):
        choices = [header.text for header in headers]
        return [ReadQuestion(code, first.stem, QuestionKind.multiple, list(values), "", choices)]
    if joint := _joint(first, values, lists):
        answers = chain.from_iterable(values.values())
        parts = (part for answer in answers for part in parts_of(answer, joint))
        about = (*_words(code, first), QuestionKind.multiple, [first.place], "")
        return [ReadQuestion(*about, list(dict.fromkeys(parts)), joint)]
    kind = _kind(first, values, lists)
    if not set(values) <= lists["textes"] | lists["choix"]:
        headers = _without_who(kind, headers, values, warnings, table)
    if kind is None and headers:
        reason = "n'est ni un choix, ni une échelle de 0 à 10, ni un texte : elle n'est pas lue."
        warnings.append(_of_column(table, headers[0].place, reason))
        return []
    choices = {value for header in headers for value in values[header.place]}
    is_choice = kind is QuestionKind.single
    labels = known_labels(choices) if is_choice else {}
    ordered = in_order(labels.get(label, label) for label in choices) if is_choice else []
    return [
        ReadQuestion(
            *_words(code, header),
            kind,
            [header.place],
            header.stem if header.is_line else "",
            ordered,
            labels=labels,
        )
        for header in headers
    ]


def _joint(first: Header, values: Mapping[int, list[str]], lists: Lists) -> str:
    """The separator of choices in a cell; empty for single choices."""
    if set(values) <= lists["plusieurs"]:
        return joint_of(values[first.place]) or ";"
    is_said = set(values) <= lists["textes"] | lists["choix"]
    if is_said or first.is_remark or first.is_line or asks_who(first.text):
        return ""
    return joint_of(values[first.place])


def _words(code: str, header: Header) -> tuple[str, str]:
    """The code and text of a column's question."""
    if header.is_line:
        return f"{code}[{header.sub}]", header.text
    return code, f"{header.stem} ({header.text})" if header.is_remark else header.text


def _kind(first: Header, values: Mapping[int, list[str]], lists: Lists) -> QuestionKind | None:
    """The kind of a question by correspondence, else by header, else by values."""
    columns = set(values)
    if columns <= lists["choix"]:
        return QuestionKind.single
    if columns <= lists["textes"] or first.is_remark:
        return QuestionKind.free
    return kind_of([value for column in values.values() for value in column])


def _without_who(
    kind: QuestionKind | None,
    headers: list[Header],
    values: Mapping[int, list[str]],
    warnings: list[Problem],
    table: Table,
) -> list[Header]:
    """The columns that do not identify respondents; the others are reported."""
    stay = []
    for header in headers:
        if not _tells_who(kind, table.headers[header.place], values[header.place]):
            stay.append(header)
            continue
        reason = (
            "semble dire qui répond : elle n'est pas lue, sauf si une correspondance la nomme dans"
            " « textes » ou « choix »."
        )
        warnings.append(_of_column(table, header.place, reason))
    return stay


def _tells_who(kind: QuestionKind | None, header: str, values: list[str]) -> bool:
    """Whether a column identifies respondents. A scale or yes/no does not; repeated words do if
    the header asks for them.
    """
    if kind is not None and kind.is_scale:
        return False
    if kind is QuestionKind.single:
        return len(set(values)) > 2 and asks_who(header)
    return asks_who(header) or (kind is QuestionKind.free and tell_who(values))


def _of_column(table: Table, place: int, reason: str) -> Problem:
    header = table.headers[place]
    return Problem(table.header_line, header, f"La colonne « {header[:80]} » {reason}")
