"""Reading any CSV or JSON file (fichier à importer): bytes in, rows with their line numbers out, one at a time.

`line` is the physical line where a CSV record starts (1 = header), or the index of a JSON element (from 0).
Whatever cannot be read as a whole raises Refused with one sentence; a row that cannot be read says why.
"""

import csv
import io
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

from dashboard.exchange.detection import ALONE, SAMPLE, encoding_of, foreign_nature, separator_of
from dashboard.french import counted
from models.errors import Refused

EXTENSIONS = {".csv": "CSV", ".tsv": "CSV", ".json": "JSON"}
_DAMAGED = "\N{REPLACEMENT CHARACTER}"
csv.field_size_limit(1 << 24)  # a text that is too long is refused by name with its length, not by the reader


@dataclass(frozen=True, slots=True)
class Problem:
    """Problème: what is wrong with one line, in one sentence; `column` is the file's own header, or empty."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: as many cells as the table has headers. `problem` says why it could not be read, if so."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass
class Table:
    """Tableau lu: `rows` can be walked once; `warnings` is complete when the walk ends."""

    name: str
    headers: list[str]
    rows: Iterator[Row]
    header_line: int = 1
    warnings: list[Problem] = field(default_factory=list)
    share: Callable[[], float] = lambda: 0.0  # how much of the file has been read, from 0 to 1


def open_table(file: Path | bytes, name: str = "") -> Table:
    """The table in a CSV or JSON file, or in the bytes of one called `name`. Raises Refused."""
    name = name or (file.name if isinstance(file, Path) else "fichier")
    expected = EXTENSIONS.get(Path(name).suffix.lower())
    if expected is None:
        raise Refused(f"« {name} » ne peut pas être importé : un fichier CSV ou JSON (.csv, .json) est attendu.")
    stream = _open(file, name)
    try:
        if not stream.read(1):
            raise Refused(f"« {name} » est vide.")
        nature = foreign_nature(stream, expected)
        if nature:
            raise Refused(f"« {name} » n'est pas un fichier {expected} : son contenu est {nature}.")
        encoding = encoding_of(stream, name)
        stream.seek(0)
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        if expected == "JSON":
            return _json_table(text, name)
        table = _csv_table(text, name)
        table.share = _share_of(stream)
        return table
    except Exception:
        stream.close()
        raise


def _open(file: Path | bytes, name: str) -> BinaryIO:
    if isinstance(file, bytes):
        return io.BytesIO(file)
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise Refused(f"Le fichier « {name} » est introuvable.") from None
    except OSError as error:
        raise Refused(f"Le fichier « {name} » ne peut pas être ouvert : {error.strerror}.") from error


def _share_of(stream: BinaryIO) -> Callable[[], float]:
    here = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return lambda: 1.0 if stream.closed else stream.tell() / size


# --- CSV ---------------------------------------------------------------------------------------------------------

class _Lines:
    """Physical lines, counted; those of the record under way are kept, so that a broken one can be read again."""

    def __init__(self, text: TextIO, warnings: list[Problem], above: int = 0):
        self.text, self.warnings = text, warnings
        self.number = above
        self.record: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self._again:
            line = self._again.popleft()
            self.number += 1
        else:
            line = next(self.text)
            self.number += 1
            line = self._cleaned(line)
        self.record.append(line)
        return line

    def _cleaned(self, line: str) -> str:
        if "\0" in line:
            self.warnings.append(Problem(self.number, "", "Des caractères nuls ont été retirés de cette ligne."))
            line = line.replace("\0", "")
        if _DAMAGED in line:
            self.warnings.append(Problem(self.number, "", "Cette ligne contient des caractères illisibles (�)."))
        return line

    def step_back(self) -> str:
        """The first line of the record under way; the next ones will be read again as records of their own."""
        first, *others = self.record
        self.number -= len(others)
        self._again.extendleft(reversed(others))
        return first


def _csv_table(text: TextIO, name: str) -> Table:
    table = Table(name, [], iter(()))
    separator, above = _separator(text)
    lines = _Lines(text, table.warnings, above)
    records = _records(lines, separator)
    for line, cells, problem in records:
        if problem:
            raise Refused(f"L'en-tête de « {name} » n'est pas lisible : {problem}")
        if any(cell.strip() for cell in cells):
            table.headers, table.header_line = [_header(cell) for cell in cells], line
            break
    else:
        raise Refused(f"« {name} » est vide : aucune ligne d'en-tête.")
    _report_repeats(table)
    table.rows = _csv_rows(records, table, separator)
    return table


def _separator(text: TextIO) -> tuple[str, int]:
    """The separator and the number of lines above the header: one where Excel's own « sep= » line stands there."""
    sample = text.read(SAMPLE)
    complete = sample[:max(sample.rfind("\n"), sample.rfind("\r")) + 1] if len(sample) == SAMPLE else sample
    text.seek(0)
    first = sample.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    if len(first) == 5 and first.lower().startswith("sep="):
        text.readline()
        return first[4], 1
    return separator_of((complete or sample).lstrip("\ufeff").replace("\0", "")), 0


def _header(cell: str) -> str:
    return " ".join(cell.replace("\ufeff", "").split())


def _report_repeats(table: Table) -> None:
    for header in dict.fromkeys(table.headers):
        times = table.headers.count(header)
        if header and times > 1:
            reason = f"La colonne « {header} » figure {times} fois : la première est lue."
            table.warnings.append(Problem(table.header_line, header, reason))


def _records(lines: _Lines, separator: str) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, problem): a record whose quotes do not close is one broken line, and the next line is read."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.record.clear()
        first = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            lines.text.close()
            return
        except csv.Error:
            line = lines.step_back()
            # Quotes inside a text, not doubled: « Un "banc" public ». Read as they stand when they pair on one line.
            loose = next(csv.reader([line], delimiter=separator)) if line.count('"') % 2 == 0 else []
            yield first, loose, "Les guillemets de cette ligne ne se referment pas comme il faut."
        else:
            yield first, cells, ""


def _csv_rows(records: Iterator[tuple[int, list[str], str]], table: Table, separator: str) -> Iterator[Row]:
    width = len(table.headers)
    for line, cells, problem in records:
        if len(cells) != width or problem:
            if not any(cell.strip() for cell in cells) and not problem:
                continue
            cells, problem = _fitted(line, cells, problem, table, separator)
        elif not any(cells):
            continue
        yield Row(line, cells, problem)


def _fitted(line: int, cells: list[str], problem: str, table: Table, separator: str) -> tuple[list[str], str]:
    """Cells brought to the table's width, with a warning; or the reason why the row cannot be read."""
    width = len(table.headers)
    if problem and len(cells) != width:
        return [], problem
    if problem:
        reason = "Les guillemets de cette ligne ne sont pas doublés : texte lu tel quel."
        table.warnings.append(Problem(line, "", reason))
        return cells, ""
    told = f"La ligne compte {counted(len(cells), 'cellule')} pour {counted(width, 'colonne')}"
    if any(cell.strip() for cell in cells[width:]):
        sign = "" if separator == ALONE else f" : un « {separator.replace(chr(9), 'tabulation')} » manque de guillemets"
        return [], f"{told}{sign}."
    if len(cells) < width:
        table.warnings.append(Problem(line, "", f"{told} : les dernières sont lues vides."))
    return (cells + [""] * width)[:width], ""


# --- JSON --------------------------------------------------------------------------------------------------------

def _json_table(text: TextIO, name: str) -> Table:
    """A list of objects, alone or as the only list of the outer object. Inner objects become « title/fr »."""
    with text:
        try:
            content = json.loads(text.read().lstrip("\ufeff"))
        except json.JSONDecodeError as error:
            raise Refused(f"« {name} » n'est pas un fichier JSON lisible : erreur à la ligne {error.lineno}, "
                          f"colonne {error.colno}.") from None
        except (ValueError, RecursionError):
            raise Refused(f"« {name} » n'est pas un fichier JSON lisible.") from None
    elements = _elements(content, name)
    headers: dict[str, int] = {}
    for element in elements:
        if isinstance(element, dict):
            for key in _flat(element):
                headers.setdefault(key, len(headers))
    table = Table(name, list(headers), iter(()), header_line=0)
    table.rows = _json_rows(elements, headers, table)
    return table


def _elements(content: object, name: str) -> list:
    if isinstance(content, dict):
        lists = [value for value in content.values() if isinstance(value, list)]
        content = lists[0] if len(lists) == 1 else None
    if not isinstance(content, list):
        raise Refused(f"« {name} » ne contient pas de liste d'éléments : un tableau JSON d'objets est attendu.")
    if not content:
        raise Refused(f"« {name} » est vide : la liste ne contient aucun élément.")
    return content


def _json_rows(elements: list, headers: dict[str, int], table: Table) -> Iterator[Row]:
    for index, element in enumerate(elements):
        table.share = partial(_share, index + 1, len(elements))
        if not isinstance(element, dict):
            yield Row(index, [], "Cet élément n'est pas un objet JSON.")
            continue
        cells = [""] * len(headers)
        for key, value in _flat(element).items():
            cells[headers[key]] = value
        yield Row(index, cells)


def _share(done: int, known: int) -> float:
    return done / known


def _flat(element: dict, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in element.items():
        header = f"{prefix}{_header(key)}"
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{header}/")
        else:
            flat[header] = _cell(value)
    return flat


def _cell(value: object) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(_cell(item) if not isinstance(item, dict) else json.dumps(item, ensure_ascii=False)
                         for item in value)
    return str(value)
