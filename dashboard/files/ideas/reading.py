"""Reads ideas (idées) from a table: columns recognised by their names, rows as neutral records.

The headers of each field are in `profiles`; `IdeaRead` does not depend on the file's format.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from pydantic import ValidationError

from dashboard.files.csvout import restored
from dashboard.files.ideas.columns import (
    CONTENT,
    IDEAS,
    OWN,
    CommentRead,
    comments_of,
    is_html,
    plain_text,
    require_whole,
    text_rests,
)
from dashboard.files.ideas.rows import (
    CHANNELS,
    DETAIL_WORDS,
    HIDING,
    KINDS,
    NO_KEY,
    NOT_SHOWN,
    STATUSES,
    Hiding,
    IdeaRead,
    RefusedRow,
    RowKeys,
)
from dashboard.files.matching.fields import NONE, Correspondence
from dashboard.files.matching.layout import Matched
from dashboard.files.registers import ReadTable
from dashboard.files.tables import Problem, Row, Table
from dashboard.files.values import (
    compact,
    day_of,
    holds_objects,
    readable,
    shown,
    structure_of,
    truth_of,
    whole_of,
)
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import BODY_MAX, DETAILS, OWN_SOURCE, TITLE_MAX, IdeaInput
from models.scales import Word
from models.texts import Refused, clean_text, clean_title, too_long

W = TypeVar("W", bound=Word)

_KEY_MAX = 200
_MOST_VOICES = 10**9
# Parts of the words platforms use for a contribution that is not an idea.
_NO_IDEA = (
    "comment",
    "vote",
    "report",
    "signalement",
    "argument",
    "reaction",
    "reply",
    "news",
    "actualite",
    "source",
)


@dataclass
class IdeaTable(ReadTable):
    """The ideas of a file."""

    source: str = ""
    is_own: bool = False
    # Field → word of the file that is none of ours → ours; complete once all rows are read.
    unknown: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    # The fields that have a column in the file.
    fields: frozenset[str] = frozenset(IDEAS) | {HIDING}


def matched(
    table: Table, given: Correspondence = NONE, stored: Iterable[Correspondence] = ()
) -> Matched:
    """The columns of a table of ideas, by field."""
    columns = Matched(table, IDEAS, given, (OWN, *stored))
    places, given = columns.places, given.columns
    if "body" not in places and "answer" in places and "body" not in given:
        places["body"] = places.pop("answer")
    return columns


def read_ideas(
    table: Table, given: Correspondence = NONE, stored: Iterable[Correspondence] = ()
) -> IdeaTable:
    """The ideas of a table; `given` maps fields to headers (empty: none), and precedes the known
    names.

    Raises Unmatched without a column of titles, Refused for an export of ours that lacks
    columns.
    """
    columns = matched(table, given, stored)
    if given == NONE and "comments_alone" in columns.places:
        raise Refused(
            f"« {table.name} » est un export de commentaires : il ne contient pas d'idées. Importez"
            " d'abord les propositions, puis ce fichier comme « Des commentaires d'idées »."
        )
    is_own = columns.says.source == OWN_SOURCE and given == NONE
    reading = _Reading(columns, is_own)
    layout = columns.layout(Hiding(table.headers).headers)
    columns.require(layout)
    if is_own:
        require_whole(table)
    columns.report_absent()
    fields = frozenset(columns.places) | ({HIDING} if reading.hiding.headers else set())
    return IdeaTable(
        reading.rows(),
        columns.headers,
        table.warnings,
        lambda: table.share(),
        layout=layout,
        source=columns.says.source,
        is_own=is_own,
        unknown=reading.words,
        fields=fields,
    )


class _Reading:
    """One pass over the rows of a table."""

    def __init__(self, found: Matched, is_own: bool):
        self.matched = found
        self.table = table = found.table
        self.places = places = found.places
        self.headers = found.headers
        self.is_own = is_own
        self.keys = RowKeys()
        self.hiding = Hiding([] if is_own else table.headers)
        self.escaped = is_own and table.escapes
        self.rests = text_rests(table.headers) if is_own else {}
        self.words: dict[str, dict[str, list[str]]] = {}
        self.last_name = ""
        self.has_comments = bool({"comments", "comments_count", "comment"} & places.keys())
        self.has_lines_of_others = bool({"comment", "vote", "contribution"} & places.keys())

    def rows(self) -> Iterator[IdeaRead | RefusedRow]:
        """One row per idea; following lines with the same identifier (a comment, a vote) are
        merged into it.
        """
        last: IdeaRead | RefusedRow | None = None
        for row in self.table.rows:
            if self.has_lines_of_others and not row.problem:
                if self.belongs(row, last):
                    self.join(row, last)
                    continue
                if self.is_no_idea(row):
                    continue
            if row.problem:
                read = RefusedRow(self.problem(row.line, "", row.problem))
            else:
                read = self.row(row)
            if last is not None and read is not None:
                yield last
            last = read or last
        if last is not None:
            yield last

    def cell(self, row: Row, name: str) -> str:
        place = self.places.get(name)
        text = self.matched.cell(row, name, is_typed=not self.escaped)
        for rest in self.rests.get(place, ()) if self.rests else ():
            text += restored(row.cells[rest]) if self.escaped else row.cells[rest]
        return text

    # ── Comments and votes on lines of their own ──────────────────────────────────────────────────

    def belongs(self, row: Row, last: IdeaRead | RefusedRow | None) -> bool:
        """Whether a line is a comment or a vote of the previous idea."""
        if last is None or not (
            self.cell(row, "comment").strip() or self.cell(row, "vote").strip()
        ):
            return False
        name = clean_text(self.cell(row, "key"))
        return (name == self.last_name and bool(name)) or not (
            name or self.cell(row, "title").strip()
        )

    def is_no_idea(self, row: Row) -> bool:
        """Whether the file labels a line as a comment, a vote or the like; reported as a
        warning.
        """
        cell = self.cell(row, "contribution").strip()
        word = compact(cell)
        if not any(part in word for part in _NO_IDEA):
            return False
        self.warn(row.line, "contribution", f"« {cell[:40]} » n'est pas une idée : laissé de côté.")
        return True

    def join(self, row: Row, last: IdeaRead | RefusedRow) -> None:
        if not isinstance(last, IdeaRead):
            return
        if self.cell(row, "vote").strip() and "voices" not in self.places:
            last.voices = (last.voices or 0) + 1
        self.take_comment(row, last)

    def take_comment(self, row: Row, idea: IdeaRead) -> None:
        """The comment of a line of its own."""
        text = self.cell(row, "comment").strip()
        if not text:
            return
        for comment in self.comments_in(row, "comment", text, one=True):
            idea.comments.append(replace(comment, on=comment.on or self.day(row, "comment_on")))

    def comments_in(self, row: Row, name: str, cell: str, one: bool = False) -> list[CommentRead]:
        comments, warnings = comments_of(cell, one)
        for sentence in warnings:
            self.warn(row.line, name, sentence)
        return comments

    def problem(self, line: int, name: str, reason: str) -> Problem:
        return Problem(line, self.headers.get(name, ""), reason)

    def warn(self, line: int, name: str, reason: str) -> None:
        self.table.warnings.append(self.problem(line, name, reason))

    def row(self, row: Row) -> IdeaRead | RefusedRow | None:
        """Reads a row: an idea, or its first error; None for a duplicate."""
        source = clean_text(self.cell(row, "source")) if self.is_own else ""
        key = self.key(row, source)
        if not key:
            return None
        try:
            given = IdeaInput(title=self.text(row, "title"), body=self.text(row, "body"))
        except ValidationError as error:
            name, reason = error.errors()[0]["loc"][0], error.errors()[0]["ctx"]["error"]
            if name == "title" and not clean_text(self.cell(row, "title")).strip():
                reason = f"Le titre est vide (1 à {TITLE_MAX} caractères)."
            return RefusedRow(self.problem(row.line, name, str(reason)), key, source)
        idea = IdeaRead(row.line, key, given.title, given.body, source=source)
        for name in ("filed_on", "status_on", "answered_on"):
            if name in self.places:
                setattr(idea, name, self.day(row, name))
        self.fill(row, idea)
        for name in ("answer", "reason"):
            if reason := too_long(getattr(idea, name), BODY_MAX):
                return RefusedRow(self.problem(row.line, name, reason), key, source)
        return idea

    def day(self, row: Row, name: str) -> date | None:
        """An optional day: an invalid one is reported and left empty."""
        try:
            return day_of(self.cell(row, name))
        except ValueError as error:
            self.warn(row.line, name, f"{str(error).rstrip('.')} : laissée vide.")
            return None

    def text(self, row: Row, name: str) -> str:
        """A title or a text; HTML of other platforms becomes plain text."""
        text = self.cell(row, name)
        if not text:
            return ""
        if holds_objects(text):
            self.warn(row.line, name, f"« {shown(text)} » n'est pas un texte : laissé vide.")
            return ""
        if self.is_own or not is_html(text):
            return text
        plain = plain_text(text)
        if name == "title" and not plain:
            # A title made only of tags is left as it is.
            return text
        if CONTENT.search(text):
            self.warn(
                row.line,
                name,
                "Le texte était en HTML : images, scripts et cadres n'en sont pas repris.",
            )
        return plain

    def key(self, row: Row, source: str) -> str:
        """The row's key: its identifier (and its part, if one identifier has several), else its
        content. Empty if the identifier was already read with the same title and text.
        """
        name = self.last_name = clean_text(self.cell(row, "key"))
        base = f"{name}/{part}" if name and (part := clean_text(self.cell(row, "part"))) else name
        if not name or len(base) > _KEY_MAX:
            text = f"{base}\0{self.cell(row, 'title')}\0{self.cell(row, 'body')}"
            base = (
                NO_KEY
                + hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
            )
        content = f"{self.cell(row, 'title')}\0{self.cell(row, 'body')}"
        if self.keys.seen(source, f"{base}\0{content}", row.line) is not None and name:
            self.warn(
                row.line,
                "key",
                "Un identifiant revient avec le même titre et le même texte : une seule entrée.",
            )
            return ""
        first = self.keys.seen(source, name or base, row.line)
        if first is not None:
            what = f"L'identifiant « {name[:80]} »" if name else "Ce titre avec ce texte"
            where = "à l'élément" if self.table.header_line == 0 else "à la ligne"
            self.warn(
                row.line,
                "key",
                f"{what} figure déjà {where} {first} : gardé comme une autre entrée.",
            )
        return self.keys.unique(source, base)

    def fill(self, row: Row, idea: IdeaRead) -> None:
        """Fills the other fields."""
        idea.theme = self.cell(row, "theme").strip()
        idea.direction = self.cell(row, "direction").strip()
        idea.kind = self.word(row, "kind", KINDS, IdeaKind.idea)
        idea.status = self.word(row, "status", STATUSES, IdeaStatus.received)
        if not idea.kind.is_decided and idea.status.needs_reason and idea.status.rules.only_decided:
            self.warn(
                row.line,
                "status",
                f"Ce genre d'entrée ({idea.kind.label}) n'est pas décidé : "
                "lu comme « Prise en compte ».",
            )
            idea.status = IdeaStatus.taken_in
        if idea.status is IdeaStatus.implemented and idea.status_on is None:
            idea.status_on = self.day(row, "opened_on")
        self.order(row, idea)
        idea.filing_dated = (
            idea.filed_on is not None and truth_of(self.cell(row, "filing_dated")) is not False
        )
        idea.status_dated = (
            idea.status_on is not None and truth_of(self.cell(row, "status_dated")) is not False
        )
        idea.merged_into = clean_text(self.cell(row, "merged_into"))
        idea.voices = self.voices(row)
        for name in (detail.column for detail in DETAILS if detail.column in self.places):
            if name in DETAIL_WORDS:
                word = self.word(row, name, DETAIL_WORDS[name], None)
                idea.details[name] = None if word is None else str(word)
            else:
                idea.details[name] = clean_title(self.cell(row, name))[:TITLE_MAX] or None
        if self.is_own:
            return self.fill_own(row, idea)
        is_hidden = compact(self.cell(row, "status")) in NOT_SHOWN
        idea.published = not is_hidden and not self.hiding.hides(row.cells)
        idea.answer = clean_text(self.text(row, "answer"))
        idea.reason = clean_text(self.text(row, "reason"))
        if self.has_comments:
            self.fill_comments(row, idea)

    def voices(self, row: Row) -> int | None:
        """Votes of another platform, as voices (voix): a whole number."""
        cell = self.cell(row, "voices").strip()
        if not cell:
            return None
        voters = structure_of(cell)
        if isinstance(voters, list):
            return len(voters)
        value = readable(whole_of, cell)
        if value is None or not 0 <= value <= _MOST_VOICES:
            self.warn(
                row.line, "voices", f"« {shown(cell)} » n'est pas un nombre de votes : laissé vide."
            )
            return None
        return value

    def fill_comments(self, row: Row, idea: IdeaRead) -> None:
        """Comments in the idea's own line; if the file only has their number, it is reported."""
        cell = self.cell(row, "comments").strip()
        is_count = cell.replace(".0", "").isdecimal()
        if is_count or self.cell(row, "comments_count").strip():
            number = cell if is_count else self.cell(row, "comments_count").strip()
            if number not in ("0", "0.0") and not (cell and not is_count):
                self.warn(
                    row.line,
                    "comments" if is_count else "comments_count",
                    "Le fichier donne le nombre de commentaires, pas leurs textes : ils ne sont pas"
                    " repris.",
                )
        if cell and not is_count:
            idea.comments += self.comments_in(row, "comments", cell)
        self.take_comment(row, idea)

    def order(self, row: Row, idea: IdeaRead) -> None:
        """Drops and reports a date of state before the filing, an error of the source."""
        for name in ("status_on", "answered_on"):
            day = getattr(idea, name)
            if day and idea.filed_on and day < idea.filed_on:
                self.warn(
                    row.line,
                    name,
                    f"L'état est daté du {day:%d/%m/%Y}, avant le dépôt "
                    f"({idea.filed_on:%d/%m/%Y}) : cette date est laissée de côté.",
                )
                setattr(idea, name, None)

    def word(self, row: Row, name: str, words: Mapping[str, W], otherwise: W | None) -> W | None:
        """A word of a vocabulary; an unknown one is reported, and read as `otherwise`."""
        value = self.cell(row, name).strip()
        if not value:
            return otherwise
        code = words.get(compact(value))
        if code is None:
            effect = f"lu comme « {otherwise.label} »" if otherwise else "laissé vide"
            self.warn(row.line, name, f"« {shown(value, 80)} » n'est pas reconnu : {effect}.")
            if otherwise:
                self.words.setdefault(name, {})[value] = [each.label for each in type(otherwise)]
        return code or otherwise

    def fill_own(self, row: Row, idea: IdeaRead) -> None:
        """Fields that only our own export has."""
        idea.published = truth_of(self.cell(row, "published")) is not False
        idea.good = truth_of(self.cell(row, "good"))
        idea.channel = self.word(row, "channel", CHANNELS, None)
        number = self.cell(row, "number").strip()
        idea.number = int(number) if number.isdecimal() and len(number) <= 12 else None
        idea.reason = clean_text(self.cell(row, "reason"))
        idea.answer = clean_text(self.cell(row, "answer"))
        idea.is_own = "due_on" in self.places and "reason" in self.places
        idea.due_on = self.day(row, "due_on")
