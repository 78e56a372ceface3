"""Which column of a table holds which field: said by a person, stored by the town, known of a tool,
headed as people head it, or proposed.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from rapidfuzz import fuzz

from dashboard.files.csvout import restored
from dashboard.files.matching.fields import NONE, Correspondence, Field, Fields, tools
from dashboard.files.tables import Known, Problem, Row, Table, is_number
from dashboard.files.values import READS, compact, day_of, number_of, quoted, readable, shown
from models.ideas import TITLE_MAX
from models.search import fold
from models.texts import Refused

_DAY_OF_TITLE = re.compile(r"\bau (\d[^:;]*)$")
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
        self.above = self._above()
        self.says = replace(self.says, fixed=self.above | self.says.fixed)
        # The fields that several columns hold.
        self.lists = {
            code: frozenset(i for i, there in enumerate(names) if there & set(map(compact, words)))
            for code, field in fields.items()
            if field.holds_columns
            for words in [self.says.columns.get(code, field.spellings)]
        }
        self._words = {
            code: {compact(theirs): ours for theirs, ours in words.items()}
            for code, words in self.says.values.items()
        }

    def _above(self) -> dict[str, str]:
        """What the lines above the headers say of a field that has no column: « Formation : Excel
        », « Effectifs au 30/09/2026 ».
        """
        told: dict[str, str] = {}
        for cells in self.table.above:
            words = [cell.strip() for cell in cells if cell.strip()]
            parts = words[0].split(":", 1) if len(words) == 1 else words
            told |= {compact(parts[0]): parts[1].strip()} if len(parts) == 2 else {}
            if len(words) == 1 and (day := _DAY_OF_TITLE.search(words[0])):
                told[compact("au")] = day[1]
        there = self.places.keys() | self.says.fixed.keys() | self.given.columns.keys()
        missing = self.fields.missing(there)
        codes = {code for field in missing for code in (field.code, *field.instead)} | {"on"}
        found = {
            code: next((told[name] for name in map(compact, field.spellings) if name in told), "")
            for code, field in self.fields.items()
            if code in codes - there and field.kind not in ("title", "indented")
        }
        return {code: value for code, value in found.items() if value}

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
        # A column that can hardly be anything else, by its header and what stands under it.
        sure = [
            code
            for code, i in found.items()
            if any(map(str.strip, by_column[i]))
            and _score(self.fields[code], headers[i], by_column[i]) >= _SURE
        ]
        # The first values that say something, as far as a screen shows them.
        told = ([shown(cell.strip(), 80) for cell in cells if cell.strip()] for cells in by_column)
        samples = [list(dict.fromkeys(values))[:_SAMPLES] for values in told]
        return Layout(
            self.says.name,
            headers,
            samples,
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
        if not layout.missing:
            return
        there = self.places.keys() | self.says.fixed.keys()
        wanted = [
            code for field in self.fields.missing(there) for code in (field.code, *field.instead)
        ]
        may_be = [code for code in wanted if code in layout.proposed]
        named = ", ".join(
            f"« {layout.proposed[code]} » ({self.fields[code].called})" for code in may_be
        )
        if not may_be:
            head = " Enregistrez-le avec une ligne d'en-têtes, puis une ligne par élément."
            more = "" if self.places else head
        elif self.fields.missing(there | set(layout.sure)):
            more = f" Peut-être {named} : dites-le par une correspondance des colonnes."
        else:
            more = (
                f" C'est presque certainement {named} : la commande le prend avec --yes, une"
                " correspondance des colonnes aussi."
            )
        # All that is missing, what is expected, what the file has, what it may be.
        sentence = (
            f"« {self.table.name} » n'a pas de colonne {quoted(layout.missing)}."
            f" Colonnes attendues : {', '.join(self.fields.columns)}."
            f" Colonnes du fichier : {quoted(filter(None, layout.headers)) or 'aucune'}.{more}"
        )
        raise Unmatched(sentence, layout)

    def report_absent(self) -> None:
        """Tells the columns that a correspondence names and the file has not; what stood above."""
        for code, value in self.above.items():
            called = self.fields[code].called
            reason = f"Lu au-dessus de l'en-tête : {called} « {shown(value, 80)} »."
            self.table.warnings.append(Problem(self.table.header_line, "", reason))
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


_ENOUGH = 0.5
_SURE = 0.9
_LIKE = 75  # per cent of the letters of a header


def guessed(
    headers: Mapping[int, str], values: Mapping[int, Sequence[str]], asked: Sequence[Field]
) -> dict[str, int]:
    """Field → column, for the fields `asked` of which one is likely; each column serves one field,
    the surest first.
    """
    scores = []
    for i, header in headers.items():
        # The place is negated for the order alone: of two equal scores the first column wins.
        scores += [(_score(field, header, values[i]), -i, field.code) for field in asked]
    scores.sort(reverse=True)
    found: dict[str, int] = {}
    for score, place, code in scores:
        if score >= _ENOUGH and code not in found and -place not in found.values():
            found[code] = -place
    return found


def _score(field: Field, header: str, cells: Sequence[str]) -> float:
    """From 0 to 1: half by the header, half by what stands under it; 0 where the values
    contradict the field.
    """
    values = [cell.strip() for cell in cells if cell.strip()]
    fits = _fits(field.kind, values) if values else 0.3
    return 0.55 * _likeness(field, header) + 0.45 * fits if fits else 0.0


def _likeness(field: Field, header: str) -> float:
    plain = fold(header).translate(str.maketrans("_/'.-", "     "))
    words = set(plain.split())
    if any(
        word == hint or (len(hint) > 4 and word.startswith(hint))
        for word in words
        for hint in field.hints
    ):
        return 0.7 if field.kind in ("text", "reference") and len(words) > 3 else 1.0
    around = f" {' '.join(plain.split())} "
    if not field.hints and any(f" {fold(known)} " in around for known in field.spellings):
        return 0.9
    best = max(
        (fuzz.ratio(compact(header), compact(known)) for known in field.spellings), default=0.0
    )
    return best / 100 if best >= _LIKE else 0.0


def _fits(kind: str, values: list[str]) -> float:
    """How well values are of a kind."""
    if kind in _FITS:
        return _FITS[kind](values)
    share = _share(values, READS[kind])
    is_decimal = kind == "whole" and any("," in value for value in values)
    return share if share >= 0.8 and not is_decimal else 0.0


def _share(values: Sequence[str], reads: Callable[[str], object]) -> float:
    """The part of the values that can be read so."""
    return sum(readable(reads, value[:100]) is not None for value in values) / len(values)


def _are_figures(values: Sequence[str]) -> bool:
    return _share(values, number_of) > 0.5 or _share(values, day_of) > 0.5


def _as_title(values: list[str]) -> float:
    if _are_figures(values) or any(len(value) > 4 * TITLE_MAX for value in values):
        return 0.0
    mean = sum(map(len, values)) / len(values)
    return (0.6 if 8 <= mean <= 120 else 0.2) + 0.4 * len(set(values)) / len(values)


def _as_body(values: list[str]) -> float:
    mean = sum(map(len, values)) / len(values)
    if _are_figures(values):
        return 0.0
    return min(mean / 150, 1.0) if mean > 25 else 0.1


def _as_key(values: list[str]) -> float:
    unique = len(set(values)) == len(values)
    return 1.0 if unique and all(len(value) <= 40 and " " not in value for value in values) else 0.0


def _as_choice(values: list[str]) -> float:
    """A few short words that come again."""
    if _are_figures(values) or max(map(len, values)) > 120:
        return 0.0
    return 0.9 if len(set(values)) < max(len(values) * 0.6, 2) else 0.4


def _as_names(values: list[str]) -> float:
    """« DUPONT Anne »."""
    named = (len(v.split()) > 1 and not any(map(str.isdigit, v)) for v in values)
    return sum(named) / len(values)


def _as_text(values: list[str]) -> float:
    return 0.0 if _are_figures(values) else 0.5


_FITS: dict[str, Callable[[list[str]], float]] = {
    "title": _as_title,
    "indented": _as_title,
    "family_first": _as_names,
    "given_first": _as_names,
    "body": _as_body,
    "key": _as_key,
    "choice": _as_choice,
    "text": _as_text,
    "long": _as_text,
    "reference": lambda values: 0.5 if _share(values, number_of) > 0.5 else 0.2,
}
