"""Reads a French CSV (`;`, UTF-8 with or without BOM): every mistake is one sentence with file and
line.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from models.errors import Refused
from models.search import fold
from models.words import Word

W = TypeVar("W", bound=Word)
_YES = frozenset({"oui", "x", "1", "vrai"})
_NO = frozenset({"", "non", "0", "faux"})
_DATE_FORMATS = {10: "%d/%m/%Y", 8: "%d/%m/%y"}


@dataclass(frozen=True)
class CsvRow:
    """One line of a file: its number (the header is line 1) and its cells by column."""

    file: str
    line: int
    cells: dict[str, str]

    def refuse(self, sentence: str) -> Refused:
        return Refused(f"{self.file}, ligne {self.line} : {sentence}")

    def text(self, column: str) -> str:
        """The cell, which may be empty. Raises Refused if the file lacks the column."""
        if _key(column) not in self.cells:
            raise Refused(f"{self.file}, ligne 1 : il manque la colonne « {column} ».")
        return self.cells[_key(column)]

    def needed(self, column: str) -> str:
        value = self.text(column)
        if not value:
            raise self.refuse(f"la colonne « {column} » est vide.")
        return value

    def maybe_day(self, column: str) -> date | None:
        value = self.text(column)
        if not value:
            return None
        try:
            return datetime.strptime(value, _DATE_FORMATS[len(value)]).date()
        except (KeyError, ValueError):
            raise self.refuse(f"« {value} » n'est pas une date ({column}, jj/mm/aaaa).") from None

    def day(self, column: str) -> date:
        self.needed(column)
        return self.maybe_day(column)

    def maybe_number(self, column: str) -> float | None:
        value = self.text(column).replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
        if not value:
            return None
        try:
            number = float(value.replace(",", "."))
        except ValueError:
            number = float("nan")
        # Also refuses « nan » and « inf », which float() reads.
        if not abs(number) < 1e15:
            raise self.refuse(f"« {value} » n'est pas un nombre ({column}).")
        return number

    def number(self, column: str) -> float:
        self.needed(column)
        return self.maybe_number(column)

    def whole(self, column: str) -> int:
        number = self.number(column)
        if number != int(number):
            raise self.refuse(f"« {self.text(column)} » n'est pas un nombre entier ({column}).")
        return int(number)

    def is_yes(self, column: str) -> bool:
        value = fold(self.text(column))
        if value not in _YES | _NO:
            raise self.refuse(f"« {self.text(column)} » n'est ni « oui » ni « non » ({column}).")
        return value in _YES

    def word(self, column: str, vocabulary: type[W]) -> W:
        """The word of a vocabulary whose label is in the cell."""
        label = self.needed(column)
        member = vocabulary.of_label(label) or vocabulary.of_label(label.capitalize())
        if member is None:
            raise self.refuse(f"« {label} » n'est pas connu ({column}).")
        return member

    def words(self, column: str, separator: str = "/") -> list[str]:
        return [word.strip() for word in self.text(column).split(separator) if word.strip()]


def read(path: Path, key: str = "") -> list[CsvRow]:
    """The lines of a file; values of the column `key` must be unique. Raises Refused."""
    lines = _lines(path)
    header = [_key(cell) for _, cells in lines[:1] for cell in cells]
    rows = [_row(path, line, header, cells) for line, cells in lines[1:] if any(cells)]
    if key:
        _refuse_repeats(rows, key)
    return rows


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Refused(f"{path.name} ne peut pas être lu : {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise Refused(f"{path.name}, ligne {line} : le fichier n'est pas en UTF-8.") from error
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        start = 1
        for cells in reader:
            lines.append((start, [cell.strip() for cell in cells]))
            # A cell may contain line breaks: report the first line of the row.
            start = reader.line_num + 1
    except csv.Error as error:
        raise Refused(
            f"{path.name}, ligne {reader.line_num} : guillemets ou séparateurs illisibles."
        ) from error
    return lines


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> CsvRow:
    if len(cells) > len(header) and any(cells[len(header) :]):
        raise Refused(
            f"{path.name}, ligne {line} : {len(cells)} cellules pour {len(header)} colonnes."
        )
    return CsvRow(path.name, line, dict(zip(header, cells + [""] * len(header), strict=False)))


def _refuse_repeats(rows: list[CsvRow], key: str) -> None:
    first_lines: dict[str, int] = {}
    for row in rows:
        value = row.needed(key)
        if value in first_lines:
            raise row.refuse(f"« {value} » se trouve déjà à la ligne {first_lines[value]}.")
        first_lines[value] = row.line


def _key(column: str) -> str:
    """« Échéance », « échéance » and « echeance » are one column."""
    return fold(column.strip())
