"""Which column of a table holds which field: said by a person, stored by the town, known of a tool,
headed as people head it, or proposed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from dashboard.files.csvout import restored
from dashboard.files.matching.correspondences import NONE, Correspondence, tools
from dashboard.files.matching.fields import Field, Fields
from dashboard.files.matching.guessing import guessed, is_surely
from dashboard.files.quoting import quoted, shown
from dashboard.files.tables import Known, Problem, Row, Table, is_number
from dashboard.files.values import compact
from models.errors import Refused

_LOOKED_AT = 100  # rows from which columns are guessed
_SAMPLES = 3


@dataclass(frozen=True)
class Layout:
    """Disposition d'un fichier: its headers with a few values of each, the headers read (field →
    header), those that are proposed for the other fields, which nobody has confirmed, and what is
    still missing.
    """

    profile: str
    headers: list[str]
    samples: list[list[str]]
    columns: dict[str, str]
    proposed: dict[str, str]
    fixed: dict[str, str]
    values: dict[str, dict[str, str]]
    missing: list[str]
    # Columns that are read beside the fields.
    beside: tuple[str, ...] = ()
    # Proposed, and almost certain.
    sure: tuple[str, ...] = ()
    # The columns of the fields that hold several.
    lists: dict[str, list[str]] = field(default_factory=dict)

    @property
    def left(self) -> list[str]:
        """The headers that fill no field."""
        used = {*self.columns.values(), *self.beside}
        return [header for header in self.headers if header and header not in used]

    @property
    def may_hold_words(self) -> bool:
        """Whether some column holds words: a person may then say which column is which."""
        return any(
            not is_number(value)
            for header, values in zip(self.headers, self.samples, strict=True)
            for value in values
            if header
        )

    def read_as(self, fields: Fields) -> str:
        """Which columns were read as what, and which were left."""
        source = f"Disposition reconnue : {self.profile}. " if self.profile else ""
        read = ", ".join(
            f"{field.called} ← « {self.columns[field.code]} »"
            for field in fields.asked
            if field.code in self.columns
        )
        left = f" Colonnes laissées de côté : {quoted(self.left)}." if self.left else ""
        return f"{source}Colonnes lues : {read}.{left}"


class Unmatched(Refused):
    """Fields that a file may not lack have no column; the layout says what there is."""

    def __init__(self, sentence: str, layout: Layout):
        super().__init__(sentence)
        self.layout = layout


class Matched:
    """A table with the column of each field."""

    def __init__(
        self,
        table: Table,
        fields: Fields,
        given: Correspondence = NONE,
        stored: Iterable[Correspondence] = (),
        names_of: Callable[[str], Iterable[str]] = lambda header: (header,),
    ):
        headers = [restored(header) for header in table.headers]
        candidates = (*stored, *tools(fields.kind))
        found = next((each for each in candidates if each.fits(headers)), NONE)
        self.table = table
        self.fields = fields
        self.given = given
        self.says = given.over(found)
        names = [set(map(compact, names_of(header))) - {""} for header in headers]
        self.places = _places(names, fields, given, found)
        # The fields that several columns hold.
        self.lists = {
            code: _having(names, self.says.columns.get(code, field.spellings))
            for code, field in fields.items()
            if field.holds_columns
        }
        self._words = {
            code: {compact(theirs): ours for theirs, ours in words.items()}
            for code, words in self.says.values.items()
        }

    @property
    def headers(self) -> dict[str, str]:
        """Field → the file's own header."""
        return {code: self.table.headers[place] for code, place in self.places.items()}

    def cell(self, row: Row, code: str, is_typed: bool = False) -> str:
        """What a row says of a field: its cell, our word for the file's, or what every row has."""
        if code not in self.places:
            return self.says.fixed.get(code, "")
        cell = row.cells[self.places[code]]
        text = cell if is_typed else restored(cell)
        words = self._words.get(code)
        return words.get(compact(text), text) if words else text

    def layout(self, beside: Sequence[str] = ()) -> Layout:
        """What the first rows show; they are put back before the others."""
        table = self.table
        first = list(islice(table.rows, _LOOKED_AT))
        table.rows = chain(first, table.rows)
        cells = [row.cells for row in first if not row.problem]
        # A row may be shorter than the headers: spreadsheets drop the empty cells at its end.
        by_column = [[row[i] for row in cells if i < len(row)] for i, _ in enumerate(table.headers)]
        headers = [restored(header) for header in table.headers]
        used = {*self.places.values(), *chain.from_iterable(self.lists.values())}
        free = {i: header for i, header in enumerate(headers) if header and i not in used}
        there = self.places.keys() | self.says.fixed.keys()
        known = there | self.given.columns.keys() | self.lists.keys()
        asked = [field for field in self.fields.asked if field.code not in known]
        found = guessed(free, {i: by_column[i] for i in free}, asked)
        sure = [
            code
            for code, i in found.items()
            if is_surely(self.fields[code], headers[i], by_column[i])
        ]
        return Layout(
            self.says.name,
            headers,
            [_samples(values) for values in by_column],
            {code: headers[place] for code, place in self.places.items()},
            {code: headers[i] for code, i in found.items()},
            dict(self.says.fixed),
            dict(self.says.values),
            [self.fields.told(field) for field in self.fields.missing(there)],
            tuple(beside),
            tuple(sure),
            {code: [headers[i] for i in sorted(there)] for code, there in self.lists.items()},
        )

    def require(self, layout: Layout) -> None:
        """Raises Unmatched where a field that a file may not lack has neither column nor value."""
        if layout.missing:
            raise Unmatched(self._missing(layout), layout)

    def _missing(self, layout: Layout) -> str:
        """All that is missing, what is expected, what the file has, what it may be."""
        there = self.places.keys() | self.says.fixed.keys()
        wanted = [
            code for field in self.fields.missing(there) for code in (field.code, *field.instead)
        ]
        may_be = [code for code in wanted if code in layout.proposed]
        named = ", ".join(
            f"« {layout.proposed[code]} » ({self.fields[code].called})" for code in may_be
        )
        if not may_be:
            more = ""
        elif self.fields.missing(there | set(layout.sure)):
            more = f" Peut-être {named} : dites-le par une correspondance des colonnes."
        else:
            more = (
                f" C'est presque certainement {named} : la commande le prend avec --yes, une"
                " correspondance des colonnes aussi."
            )
        return (
            f"« {self.table.name} » n'a pas de colonne {quoted(layout.missing)}."
            f" Colonnes attendues : {', '.join(self.fields.columns)}."
            f" Colonnes du fichier : {quoted(filter(None, layout.headers)) or 'aucune'}.{more}"
        )

    def report_absent(self) -> None:
        """Tells the columns that a correspondence names and the file has not."""
        there = {compact(restored(header)) for header in self.table.headers}
        for headers in self.given.columns.values():
            if headers and not there & set(map(compact, headers)):
                reason = (
                    f"La correspondance nomme la colonne « {headers[0][:80]} », que le fichier n'a"
                    " pas."
                )
                self.table.warnings.append(Problem(self.table.header_line, headers[0], reason))


def known_for(
    fields: Fields, given: Correspondence = NONE, stored: Iterable[Correspondence] = ()
) -> Known:
    """The headers by which a table of a kind is found in a file."""
    names = {code: list(field.spellings) for code, field in fields.items()}
    for says in (given, *stored, *tools(fields.kind)):
        for code, headers in says.columns.items():
            names.setdefault(code, []).extend(headers)
    main = chain.from_iterable(names[code] for code in fields.telling)
    every = chain.from_iterable(names.values())
    parts = (every, main, names.get("comments", ()))
    repeats = any(field.holds_columns for field in fields.values())
    return Known(*(frozenset(map(compact, part)) - {""} for part in parts), repeats)


def _having(names: Sequence[set[str]], wanted: Iterable[str]) -> frozenset[int]:
    """The columns that have one of these names."""
    words = set(map(compact, wanted))
    return frozenset(i for i, there in enumerate(names) if there & words)


def _places(
    names: Sequence[set[str]],
    fields: Mapping[str, Field],
    given: Correspondence,
    tool: Correspondence,
) -> dict[str, int]:
    """Field → column. A column is used once, for the first field that claims it."""
    at: dict[str, int] = {}
    for index, name in ((i, name) for i, there in enumerate(names) for name in there):
        # Of two columns under one header the first is read; a warning of the table says so.
        at.setdefault(name, index)
    places: dict[str, int] = {}
    silent = given.columns.keys() | given.fixed.keys()
    unread = silent | {code for code, spellings in tool.columns.items() if not spellings}
    spelled = {code: field.spellings for code, field in fields.items()}
    for known, passed_over in ((given.columns, ()), (tool.columns, silent), (spelled, unread)):
        for code, spellings in known.items():
            found = next((at[s] for s in map(compact, spellings) if s in at), None)
            is_free = code in fields and code not in places and code not in passed_over
            if found is not None and is_free and not fields[code].holds_columns:
                places[code] = found
                at = {name: index for name, index in at.items() if index != found}
    return places


def _samples(values: Iterable[str]) -> list[str]:
    """The first values that say something, as far as a screen shows them."""
    told = (shown(value.strip(), 80) for value in values if value.strip())
    return list(islice(dict.fromkeys(told), _SAMPLES))
