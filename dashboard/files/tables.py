"""Finds a table (tableau) in a file: its headers, the right one of several tables, its end.

Foreign files have titles above the headers, headers on two lines, several tables one below the
other. The caller gives the expected headers (`Known`); skipped parts are reported.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import attrgetter
from typing import NamedTuple

from dashboard.files.values import compact
from dashboard.french import counted
from models.texts import Refused

_LOOKED_AT = 2000  # records searched for the headers
_LABEL_MAX = 80
_HEADER_WORDS = 3  # words of a header, « date de dépôt »: a title of an idea has more
_NUMBER = re.compile(r"[\d\s.,:/%€+-]+")
_VALUE = re.compile(r"(?<=« )[^»]*(?= »)|\d+")
_MOST_ALIKE = 100
_FIRST_LINES = 5


@dataclass(slots=True)
class Problem:
    """A problem (problème) of one line, in one sentence; `column` is the file's own header, or
    empty. If it holds for several lines, `times` counts them and `lines` are the first.
    """

    line: int
    column: str
    reason: str
    times: int = 1
    lines: tuple[int, ...] = ()

    @property
    def where(self) -> str:
        """« , ligne 3 »; nothing for a problem of the whole file."""
        return f", ligne {self.line}" if self.line else ""

    @property
    def message(self) -> str:
        """The sentence, with its lines."""
        if self.times == 1:
            return self.reason
        more = "…" if self.times > len(self.lines) else ""
        listed = ", ".join(map(str, self.lines))
        return f"{self.reason.rstrip('.')} ({counted(self.times, 'ligne')} : {listed}{more})."


class Warned(list[Problem]):
    """The warnings of a file: one for many lines is one sentence with their number; of sentences
    that differ only by a value, the first ones are retained.
    """

    def __init__(self, problems: Iterable[Problem] = ()):
        super().__init__()
        self._known: dict[tuple[str, str], Problem] = {}
        self._alike: Counter[tuple[str, str]] = Counter()
        self.extend(problems)

    def append(self, problem: Problem) -> None:
        key = problem.column, problem.reason
        if key not in self._known:
            alike = problem.column, _VALUE.sub("…", problem.reason)
            self._alike[alike] += 1
            key = alike if self._alike[alike] > _MOST_ALIKE else key
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Problem(problem.line, *key, times=0)
            super().append(known)
        if problem.line in known.lines:
            return
        known.times += problem.times
        known.lines = (*known.lines, *(problem.lines or (problem.line,)))[:_FIRST_LINES]

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.append(problem)

    def __iadd__(self, problems: Iterable[Problem]) -> "Warned":
        self.extend(problems)
        return self

    def by_line(self, *others: Iterable[Problem]) -> "Warned":
        """All warnings, in the order of the file."""
        return Warned(sorted(chain(self, *others), key=attrgetter("line")))


class Row(NamedTuple):
    """One row: of a table, as many cells as headers. `problem`: why it could not be read."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass
class Table:
    """A table (tableau): `rows` is an iterator; `warnings` is complete at its end. `escapes`:
    our own exports protect texts in this format.
    """

    name: str
    headers: list[str]
    rows: Iterator[Row]
    header_line: int = 1
    warnings: Warned = field(default_factory=Warned)
    # The share of the file already read, from 0 to 1.
    share: Callable[[], float] = lambda: 0.0
    escapes: bool = True
    above: Sequence[list[str]] = ()  # the lines above the headers


@dataclass(frozen=True)
class Known:
    """Expected headers (en-têtes attendus), compacted: `names` are all known ones, `main` those
    of the required column, `lists` those whose lists are separate texts. `repeats`: columns with
    the same header are all read.
    """

    names: frozenset[str] = frozenset()
    main: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    repeats: bool = False

    def has_main(self, cells: Iterable[str]) -> bool:
        return any(compact(cell) in self.main for cell in cells if len(cell) <= _LABEL_MAX)

    def how_many(self, cells: Iterable[str]) -> int:
        return len({compact(cell) for cell in cells if len(cell) <= _LABEL_MAX} & self.names)


NOTHING_KNOWN = Known()


def header_of(cell: str) -> str:
    """The header on one line, without a BOM."""
    return " ".join(cell.replace("\ufeff", "").split())


def report_repeats(table: Table, known: Known) -> None:
    """Reports repeated headers, of which only the first column is read."""
    for header, times in Counter(table.headers).items():
        if header and times > 1 and not known.repeats:
            reason = f"La colonne « {header} » figure {times} fois : la première est lue."
            table.warnings.append(Problem(table.header_line, header, reason))


def filled(cells: Sequence[str]) -> int:
    """The number of non-empty cells."""
    return sum(1 for cell in cells if cell.strip())


def width_of(cells: Sequence[str]) -> int:
    """The width of a row, without empty cells at its end."""
    return next((i for i in range(len(cells), 0, -1) if cells[i - 1].strip()), 0)


def find_table(table: Table, records: Iterator[Row], known: Known) -> None:
    """Fills a table with what the records of a file hold; without any, its header line is 0. Raises
    Refused if the line of headers is unreadable.
    """
    finder = _Finder(records, known, table)
    table.header_line = 0
    finder.find()
    table.rows = finder.rows()


class _Finder:
    """Finds the headers of a table in the records of a file, then its rows."""

    def __init__(self, records: Iterator[Row], known: Known, table: Table):
        self.records = records
        self.known = known
        self.table = table
        self._ahead: deque[Row] = deque()
        self._skipped: list[int] = []
        self._joined = 0

    # ── Finding the headers ───────────────────────────────────────────────────────────────────────

    def find(self) -> None:
        seen = self._first_records()
        place = self._header_index(seen)
        if place is None:
            return
        self.table.header_line, cells, problem = seen[place]
        if problem:
            raise Refused(f"L'en-tête de « {self.table.name} » n'est pas lisible : {problem}")
        cells = self._on_two_lines(seen, place, cells)
        self.table.headers = [header_of(cell) for cell in cells]
        self._ahead.extend(seen[place + 1 :])
        self.table.above = [row.cells for row in seen[:place]]
        self._report_above(seen[:place])

    def _warn(self, line: int, reason: str) -> None:
        self.table.warnings.append(Problem(line, "", reason))

    def _first_records(self) -> list[Row]:
        """The first records, up to known headers and two more, since headers may take two lines."""
        seen: list[Row] = []
        for record in self.records:
            seen.append(record)
            enough = self.known is NOTHING_KNOWN and filled(record[1])
            is_sure = self.known.has_main(record[1]) and self.known.how_many(record[1]) > 1
            if enough or is_sure or len(seen) >= _LOOKED_AT:
                seen += islice(self.records, 2)
                break
        return seen

    def _header_index(self, seen: list[Row]) -> int | None:
        """The index of the header record: the first possible one with known names, else the
        first non-empty one.
        """
        first = next((i for i, (_, cells, _) in enumerate(seen) if filled(cells)), None)
        if first is None or self.known is NOTHING_KNOWN or seen[first][2]:
            return first
        possible = [
            i for i, row in enumerate(seen) if not row.problem and self._may_be_headers(seen, i)
        ]
        with_main = [i for i in possible if self.known.has_main(seen[i].cells)]
        with_two_names = [i for i in possible if self.known.how_many(seen[i].cells) >= 2]
        # A main name alone may be « Cours : Excel » above the table.
        with_both = [i for i in with_main if i in with_two_names]
        if candidates := with_both or with_main or with_two_names:
            # The second line of headers on two lines may know more.
            place, below = candidates[0], candidates[0] + 1
            known = max(2, self.known.how_many(seen[place].cells))
            is_second = below in candidates and seen[below].cells != seen[place].cells
            return below if is_second and self.known.how_many(seen[below].cells) >= known else place
        # For unknown headers: the first line, or the first with several cells if most have several.
        wide = [i for i, (_, cells, _) in enumerate(seen) if filled(cells) > 1]
        is_table = len(wide) > 1 and len(wide) * 2 > sum(filled(row.cells) > 0 for row in seen)
        return wide[0] if is_table and filled(seen[first].cells) == 1 else first

    def _may_be_headers(self, seen: list[Row], place: int) -> bool:
        """Whether headers may be here: at the start of their block, below narrower lines only (a
        title, merged cells).
        """
        cells = seen[place].cells
        wide, known = filled(cells), self.known.how_many(cells)
        for _, above, _ in reversed(seen[:place]):
            if not filled(above):
                break
            is_group = self.known.how_many(above) and known >= 2
            if not self._heads(cells) or (filled(above) >= wide and not is_group):
                return False
        return wide > 0

    def _on_two_lines(self, seen: list[Row], place: int, cells: list[str]) -> list[str]:
        """Fills empty headers from the line above: cells merged over two lines."""
        above = seen[place - 1][1] if place else []
        if self.known is NOTHING_KNOWN or filled(above) < 2:
            return cells
        both = [
            cell if cell.strip() or i >= len(above) else above[i] for i, cell in enumerate(cells)
        ]
        self._joined, line = seen[place - 1].line, seen[place].line
        self._warn(
            line,
            f"L'en-tête occupe les lignes {self._joined} et {line} : la seconde est lue, complétée"
            " par la première.",
        )
        return both

    def _report_above(self, above: list[Row]) -> None:
        """Reports the lines above the headers; other tables there are reported with the
        following ones.
        """
        after_blank = True
        left = []
        for line, cells, _ in above:
            if not filled(cells):
                after_blank = True
            elif line != self._joined:
                left.append(line)
                if after_blank and self._heads(cells):
                    self._skipped.append(line)
                after_blank = False
        if left and not self._skipped:
            reason = counted(
                len(left),
                "ligne au-dessus de l'en-tête n'est pas lue",
                "lignes au-dessus de l'en-tête ne sont pas lues",
            )
            self._warn(left[0], f"{reason} (en-tête : ligne {self.table.header_line}).")

    def _heads(self, cells: list[str]) -> bool:
        return filled(cells) > 1 and all(is_label(cell) for cell in cells if cell.strip())

    # ── Its rows ──────────────────────────────────────────────────────────────────────────────────

    def rows(self) -> Iterator[Row]:
        """The records below the headers, up to another table; without blank lines and repeated
        headers.
        """
        after_blank = is_other = False
        repeated = doubtful = 0
        while record := self._ahead.popleft() if self._ahead else next(self.records, None):
            line, cells, problem = record
            if not problem and not filled(cells):
                after_blank = True
                continue
            watches = self.known is not NOTHING_KNOWN and not problem
            may_be_headers = watches and after_blank and self._heads(cells)
            after_blank = False
            if is_other or (may_be_headers and self._starts_other_table(cells)):
                is_other = True
                self._skipped += [line] if may_be_headers else []
            elif watches and self._repeats(cells):
                repeated += 1
            else:
                if may_be_headers and all(len(cell.split()) <= _HEADER_WORDS for cell in cells):
                    doubtful = doubtful or line
                yield record
        self._report_rows(repeated, doubtful)

    def _report_rows(self, repeated: int, doubtful: int) -> None:
        """Reports how many lines repeat the headers, and the line that resembles others."""
        if repeated:
            reason = counted(
                repeated,
                "ligne qui répète l'en-tête n'est pas lue",
                "lignes qui répètent l'en-tête ne sont pas lues",
            )
            self._warn(self.table.header_line, f"{reason}.")
        if doubtful:
            reason = (
                f"Après une ligne vide, la ligne {doubtful} ressemble à un en-tête, et elle est lue"
                " comme les autres : si un autre tableau commence là, ôtez-le du fichier."
            )
            self._warn(doubtful, reason)
        if self._skipped:
            lines = sorted([*self._skipped, self.table.header_line])
            listed = f"{', '.join(map(str, lines[:-1][:9]))} et {lines[-1]}"
            reason = (
                f"{counted(len(lines), 'tableau', 'tableaux')} dans ce fichier (lignes {listed}) :"
                f" celui de la ligne {self.table.header_line} est lu, les autres sont laissés de"
                " côté."
            )
            self._warn(self.table.header_line, reason)

    def _repeats(self, cells: list[str]) -> bool:
        headers = self.table.headers
        wide = len(headers)
        is_like = 2 <= wide <= len(cells) and len(cells[0]) <= 4 * _LABEL_MAX
        # The first cell first: nearly every row differs there.
        return (
            is_like
            and header_of(cells[0]) == headers[0]
            and [header_of(cell) for cell in cells[:wide]] == headers
        )

    def _starts_other_table(self, cells: list[str]) -> bool:
        """Whether labels after a blank line start another table: known names, or labels above a
        block of another width.
        """
        if self.known.how_many(cells) >= (2 if self.known.has_main(cells) else 3):
            return True
        while len(self._ahead) < 2 and (record := next(self.records, None)):
            # Records read ahead are returned by `rows`.
            self._ahead.append(record)
        below = [row.cells for row in list(self._ahead)[:2]]
        wide, ours = width_of(cells), width_of(self.table.headers)
        if wide == ours or [width_of(row_cells) for row_cells in below] != [wide, wide]:
            return False
        # Narrower rows may belong to this table, with empty cells; labels above numbers do not.
        return wide > ours or any(
            all(i < len(row_cells) and is_number(row_cells[i]) for row_cells in below)
            for i in range(wide)
        )


def is_label(cell: str) -> bool:
    """Whether a cell may be a header: short, one line, neither number nor date."""
    text = cell.strip()
    return 0 < len(text) <= _LABEL_MAX and "\n" not in text and not is_number(text)


def is_number(cell: str) -> bool:
    """Whether a cell is a number, a date or a time, made of digits and signs."""
    return _NUMBER.fullmatch(cell.strip()) is not None
