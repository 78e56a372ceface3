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

from dashboard.files.values import compact
from dashboard.french import counted

# Line, cells, and the reason if it could not be read.
Record = tuple[int, list[str], str]
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


@dataclass(frozen=True, slots=True)
class Row:
    """One row: as many cells as headers. `problem`: why it could not be read."""

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
    if known.repeats:
        return
    for header in dict.fromkeys(table.headers):
        times = table.headers.count(header)
        if header and times > 1:
            reason = f"La colonne « {header} » figure {times} fois : la première est lue."
            table.warnings.append(Problem(table.header_line, header, reason))


def filled(cells: Sequence[str]) -> int:
    """The number of non-empty cells."""
    return sum(1 for cell in cells if cell.strip())


def width_of(cells: Sequence[str]) -> int:
    """The width of a row, without empty cells at its end."""
    return next((i for i in range(len(cells), 0, -1) if cells[i - 1].strip()), 0)


class Framed:
    """The records of a file and the table in them: `headers`, `line`, then `rows()`; `line` is 0
    if none was found.
    """

    def __init__(self, records: Iterator[Record], known: Known, warnings: list[Problem]):
        self.records = records
        self.known = known
        self.warnings = warnings
        self.headers: list[str] = []
        self.line = 0
        self.problem = ""
        self.above: list[list[str]] = []
        self._ahead: deque[Record] = deque()
        self._skipped: list[int] = []
        self._joined = 0
        self._find()

    # ── Finding the headers ───────────────────────────────────────────────────────────────────────

    def _find(self) -> None:
        seen = self._first_records()
        place = self._header_index(seen)
        if place is None:
            return
        self.line, cells, self.problem = seen[place]
        cells = self._on_two_lines(seen, place, cells)
        self.headers = [header_of(cell) for cell in cells]
        self._ahead.extend(seen[place + 1 :])
        self.above = [above for _, above, _ in seen[:place]]
        self._report_above(seen[:place])

    def _first_records(self) -> list[Record]:
        """The first records, up to known headers and two more, since headers may take two lines."""
        seen: list[Record] = []
        for record in self.records:
            seen.append(record)
            enough = self.known is NOTHING_KNOWN and filled(record[1])
            is_sure = self.known.has_main(record[1]) and self.known.how_many(record[1]) > 1
            if enough or is_sure or len(seen) >= _LOOKED_AT:
                seen += islice(self.records, 2)
                break
        return seen

    def _header_index(self, seen: list[Record]) -> int | None:
        """The index of the header record: the first possible one with known names, else the
        first non-empty one.
        """
        first = next((i for i, (_, cells, _) in enumerate(seen) if filled(cells)), None)
        if first is None or self.known is NOTHING_KNOWN or seen[first][2]:
            return first
        possible = [
            i
            for i, (_, cells, problem) in enumerate(seen)
            if not problem and self._may_be_headers(seen, i, cells)
        ]
        with_main = [i for i in possible if self.known.has_main(seen[i][1])]
        with_two_names = [i for i in possible if self.known.how_many(seen[i][1]) >= 2]
        # A main name alone may be « Cours : Excel » above the table.
        with_both = [i for i in with_main if i in with_two_names]
        for candidates in (with_both, with_main, with_two_names):
            if candidates:
                below = candidates[0] + 1
                is_second = (
                    below < len(seen)
                    and below in candidates
                    and seen[below][1] != seen[candidates[0]][1]
                )
                known = self.known.how_many(seen[candidates[0]][1])
                more = is_second and self.known.how_many(seen[below][1]) >= max(2, known)
                return below if more else candidates[0]
        return self._below_titles(seen, first)

    def _may_be_headers(self, seen: list[Record], place: int, cells: list[str]) -> bool:
        """Whether headers may be here: at the start of their block, below narrower lines only (a
        title, merged cells).
        """
        wide = filled(cells)
        known = self.known.how_many(cells)
        for _, above, _ in reversed(seen[:place]):
            if not filled(above):
                break
            is_group = self.known.how_many(above) and known >= 2
            if not self._heads(cells) or (filled(above) >= wide and not is_group):
                return False
        return wide > 0

    def _below_titles(self, seen: list[Record], first: int) -> int:
        """For unknown headers: the first line, or the first with several cells if most lines
        have several.
        """
        wide = [i for i, (_, cells, _) in enumerate(seen) if filled(cells) > 1]
        is_table = len(wide) > 1 and len(wide) * 2 > sum(1 for _, cells, _ in seen if filled(cells))
        return wide[0] if is_table and filled(seen[first][1]) == 1 else first

    def _on_two_lines(self, seen: list[Record], place: int, cells: list[str]) -> list[str]:
        """Fills empty headers from the line above: cells merged over two lines."""
        above = seen[place - 1][1] if place else []
        if self.known is NOTHING_KNOWN or filled(above) < 2:
            return cells
        both = [
            cell if cell.strip() or i >= len(above) else above[i] for i, cell in enumerate(cells)
        ]
        self.warnings.append(
            Problem(
                self.line,
                "",
                f"L'en-tête occupe les lignes {seen[place - 1][0]} et {self.line} : la seconde "
                "est lue, complétée par la première.",
            )
        )
        self._joined = seen[place - 1][0]
        return both

    def _report_above(self, above: list[Record]) -> None:
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
                "ligne au-dessus de l’en-tête n’est pas lue",
                "lignes au-dessus de l’en-tête ne sont pas lues",
            )
            self.warnings.append(Problem(left[0], "", f"{reason} (en-tête : ligne {self.line})."))

    def _heads(self, cells: list[str]) -> bool:
        return filled(cells) > 1 and all(is_label(cell) for cell in cells if cell.strip())

    # ── Its rows ──────────────────────────────────────────────────────────────────────────────────

    def rows(self) -> Iterator[Record]:
        """The records below the headers, up to another table; without blank lines and repeated
        headers.
        """
        after_blank = is_other = False
        repeated = doubtful = 0
        for record in self._remaining():
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
                "ligne qui répète l’en-tête n’est pas lue",
                "lignes qui répètent l’en-tête ne sont pas lues",
            )
            self.warnings.append(Problem(self.line, "", f"{reason}."))
        if doubtful:
            reason = (
                f"Après une ligne vide, la ligne {doubtful} ressemble à un en-tête, et elle est lue"
                " comme les autres : si un autre tableau commence là, ôtez-le du fichier."
            )
            self.warnings.append(Problem(doubtful, "", reason))
        if self._skipped:
            lines = sorted([*self._skipped, self.line])
            listed = f"{', '.join(map(str, lines[:-1][:9]))} et {lines[-1]}"
            reason = (
                f"{counted(len(lines), 'tableau', 'tableaux')} dans ce fichier (lignes {listed}) :"
                f" celui de la ligne {self.line} est lu, les autres sont laissés de côté."
            )
            self.warnings.append(Problem(self.line, "", reason))

    def _remaining(self) -> Iterator[Record]:
        while self._ahead:
            yield self._ahead.popleft()
        yield from self.records

    def _repeats(self, cells: list[str]) -> bool:
        wide = len(self.headers)
        if (
            wide < 2
            or len(cells) < wide
            or len(cells[0]) > 4 * _LABEL_MAX
            or header_of(cells[0]) != self.headers[0]
        ):
            return False
        return [header_of(cell) for cell in cells[:wide]] == self.headers

    def _starts_other_table(self, cells: list[str]) -> bool:
        """Whether labels after a blank line start another table: known names, or labels above a
        block of another width.
        """
        if self.known.how_many(cells) >= (2 if self.known.has_main(cells) else 3):
            return True
        while len(self._ahead) < 2 and (record := next(self.records, None)):
            # Records read ahead are returned by _remaining.
            self._ahead.append(record)
        below = [row_cells for _, row_cells, _ in list(self._ahead)[:2]]
        wide = width_of(cells)
        ours = width_of(self.headers)
        if (
            wide == ours
            or len(below) < 2
            or any(width_of(row_cells) != wide for row_cells in below)
        ):
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
