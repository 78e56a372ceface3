"""Reads CSV, JSON, XLSX, XLS or ODS (fichier à importer) as rows with their line numbers.

`line` is the physical line where a CSV record starts (1 = header), the line of a sheet, or the
index of a JSON element (from 0). CSV is streamed; the others are held in memory, within the
limit of the settings. An unreadable file raises Refused with one sentence; an unreadable row has
its reason.
"""

import csv
import io
import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from dashboard.files.detection import (
    ALONE,
    SAMPLE,
    encoding_of,
    foreign_nature,
    separator_below,
    separator_of,
)
from dashboard.files.tables import (
    NOTHING_KNOWN,
    Known,
    Problem,
    Row,
    Table,
    find_table,
    header_of,
    report_repeats,
)
from dashboard.files.values import compact
from dashboard.files.workbook_reading import SHEETS, sheet_table
from dashboard.french import counted
from models.texts import Refused

__all__ = ["Known", "Problem", "Row", "Table", "open_table"]
EXTENSIONS = {".csv": "CSV", ".tsv": "CSV", ".txt": "CSV", ".json": "JSON"} | dict.fromkeys(
    SHEETS, "classeur"
)
# An overlong text is refused later with its column and length, not by the parser.
LONGEST_CELL = 1 << 24
csv.field_size_limit(LONGEST_CELL)


def open_table(file: Path | bytes, name: str = "", known: Known = NOTHING_KNOWN) -> Table:
    """The table in a file, or in bytes called `name`; `known` headers help to find it. Raises
    Refused.
    """
    name = name or (file.name if isinstance(file, Path) else "fichier")
    expected = EXTENSIONS.get(Path(name).suffix.lower())
    if expected is None:
        raise Refused(
            f"« {name} » ne peut pas être importé : un fichier CSV ou JSON, ou un classeur XLSX,"
            " XLS ou ODS est attendu."
        )
    stream = opened(file, name)
    try:
        if not stream.read(1):
            raise Refused(f"« {name} » est vide.")
        nature = foreign_nature(stream, expected)
        if nature:
            raise Refused(
                f"« {name} » n'est pas un"
                f" {'classeur' if expected == 'classeur' else f'fichier {expected}'} : son contenu"
                f" est {nature}."
            )
        if expected == "classeur":
            with stream:
                return sheet_table(stream, name, known)
        encoding = encoding_of(stream, name)
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        # A damaged byte affects its line, which is reported, not the file; line ends are unchanged,
        # since a cell may contain some.
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        if expected == "JSON":
            return _json_table(text, name, known)
        table = _csv_table(text, name, known)
        table.share = lambda: 1.0 if stream.closed else stream.tell() / size
        return table
    # The rows of a returned table close the file at their end; otherwise it is closed here.
    except Exception:
        stream.close()
        raise


def opened(file: Path | bytes, name: str) -> BinaryIO:
    """A file, or bytes called `name`. Raises Refused where it cannot be opened."""
    if isinstance(file, bytes):
        return io.BytesIO(file)
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise Refused(f"Le fichier « {name} » est introuvable.") from None
    except OSError as error:
        raise Refused(
            f"Le fichier « {name} » ne peut pas être ouvert : {error.strerror}."
        ) from error


# --- CSV ------------------------------------------------------------------------------------------


class _Lines:
    """Physical lines, counted; those of the current record are retained, so that a broken one
    can be read again.
    """

    def __init__(self, text: TextIO, warnings: list[Problem], above: int = 0):
        self.text = text
        self.warnings = warnings
        self.number = above
        self.record: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        # Lines read again were already cleaned and warned about.
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
            self.warnings.append(
                Problem(self.number, "", "Des caractères nuls ont été retirés de cette ligne.")
            )
            line = line.replace("\0", "")
        if "\N{REPLACEMENT CHARACTER}" in line:
            self.warnings.append(
                Problem(self.number, "", "Cette ligne contient des caractères illisibles (�).")
            )
        return line

    def step_back(self) -> str:
        """Returns the first line of the current record; the next ones are read again as separate
        records.
        """
        first, *others = self.record
        self.number -= len(others)
        self._again.extendleft(reversed(others))
        return first


def _csv_table(text: TextIO, name: str, known: Known) -> Table:
    table = Table(name, [], iter(()))
    separator, above = _separator(text, known)
    lines = _Lines(text, table.warnings, above)
    find_table(table, _records(lines, separator), known)
    if not table.header_line:
        raise Refused(f"« {name} » est vide : aucune ligne d'en-tête.")
    report_repeats(table, known)
    table.rows = _fitted(table.rows, table, separator)
    return table


def _separator(text: TextIO, known: Known) -> tuple[str, int]:
    """The separator, and the number of lines above the header: one with Excel's « sep= » line."""
    sample = text.read(SAMPLE)
    if len(sample) == SAMPLE:
        # The sample may end inside a record, whose half would count too few separators.
        complete = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1]
    else:
        complete = sample
    text.seek(0)
    first = sample.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    if len(first) == 5 and first.lower().startswith("sep="):
        text.readline()
        return first[4], 1
    sample = (complete or sample).lstrip("\ufeff").replace("\0", "")
    separator = separator_of(sample)
    if separator == ALONE and known is not NOTHING_KNOWN and not known.has_main([first]):
        separator = separator_below(sample)
    return separator, 0


def _records(lines: _Lines, separator: str) -> Iterator[Row]:
    """The records: one with an unclosed quote is one broken line, and reading goes on with the next
    line.
    """
    # Strict, to detect an unclosed quote, which would swallow the rest of the file as one cell.
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
            yield Row(first, *_read_loosely(lines.step_back(), separator))
        else:
            yield Row(first, cells)


def _read_loosely(line: str, separator: str) -> tuple[list[str], str]:
    """(cells, problem) of a line that the strict parser refuses. Undoubled quotes inside a text,
    as in « Un "banc" public », are literal if they pair on one line; of an overlong line, only
    the beginning.
    """
    problem = "Les guillemets de cette ligne ne se referment pas comme il faut."
    if len(line) > LONGEST_CELL:
        return [
            line[:80]
        ], f"Un texte de cette ligne dépasse {LONGEST_CELL >> 20} millions de caractères."
    if line.count('"') % 2:
        return [], problem
    return next(csv.reader([line], delimiter=separator)), problem


def _fitted(records: Iterator[Row], table: Table, separator: str) -> Iterator[Row]:
    """The records adjusted to the table's width, with a warning, or the reason why they cannot be
    read.
    """
    width = len(table.headers)
    columns = counted(width, "colonne")
    sign = f" : un « {separator.replace(chr(9), 'tabulation')} » manque de guillemets"
    for line, cells, problem in records:
        if len(cells) == width:
            if problem:
                reason = "Les guillemets de cette ligne ne sont pas doublés : texte lu tel quel."
                table.warnings.append(Problem(line, "", reason))
            yield Row(line, cells)
            continue
        reason = f"La ligne compte {counted(len(cells), 'cellule')} pour {columns}"
        if problem:
            yield Row(line, [], problem)
        elif any(cell.strip() for cell in cells[width:]):
            yield Row(line, [], f"{reason}{'' if separator == ALONE else sign}.")
        else:
            # Spreadsheets omit empty cells at the end of a row.
            if len(cells) < width:
                reason += " : les dernières sont lues vides."
                table.warnings.append(Problem(line, "", reason))
            yield Row(line, (cells + [""] * width)[:width])


# --- JSON -----------------------------------------------------------------------------------------


def _json_table(text: TextIO, name: str, known: Known) -> Table:
    """A list of objects, at the top or the only one inside. Nested objects become « title/fr »."""
    with text:
        try:
            content = json.loads(text.read().lstrip("\ufeff"))
        except json.JSONDecodeError as error:
            raise Refused(
                f"« {name} » n'est pas un fichier JSON lisible : erreur à la ligne {error.lineno}, "
                f"colonne {error.colno}."
            ) from None
        except (ValueError, RecursionError):
            raise Refused(f"« {name} » n'est pas un fichier JSON lisible.") from None
    elements = [_bare(element) for element in _elements(content, name, known)]
    headers: dict[str, int] = {}
    for element in elements:
        if isinstance(element, dict):
            for key in _flat(element, known):
                headers.setdefault(key, len(headers))
    table = Table(name, list(headers), iter(()), header_line=0, escapes=False)
    table.rows = _json_rows(elements, headers, table, known)
    return table


def _elements(content: object, name: str, known: Known) -> list:
    """The list of the file: the whole, the nested one, or of several the one with known headers."""
    if not isinstance(content, list):
        lists = list(_lists_in(content))
        known_ones = [
            candidates for candidates in lists if known.has_main(_flat(_bare(candidates[0]), known))
        ]
        chosen = lists if len(lists) == 1 else known_ones
        if not lists and isinstance(content, dict) and [] in content.values():
            content = []
        else:
            content = chosen[0] if len(chosen) == 1 else None
    if not isinstance(content, list):
        raise Refused(
            f"« {name} » ne contient pas de liste d'éléments : un tableau JSON d'objets est"
            " attendu."
        )
    if not content:
        raise Refused(f"« {name} » est vide : la liste ne contient aucun élément.")
    return content


def _lists_in(content: object, depth: int = 6) -> Iterator[list]:
    """Lists of objects nested in objects, outermost only."""
    for value in content.values() if isinstance(content, dict) and depth else ():
        if isinstance(value, list):
            if value and isinstance(value[0], dict):
                yield value
        else:
            yield from _lists_in(value, depth - 1)


def _bare(element: object) -> object:
    """The object inside an element of a GraphQL list of « edges », called « node »."""
    if isinstance(element, dict) and "node" in element and isinstance(element["node"], dict):
        return element["node"]
    return element


def _json_rows(
    elements: list, headers: dict[str, int], table: Table, known: Known
) -> Iterator[Row]:
    for index, element in enumerate(elements):
        table.share = lambda done=index + 1: done / len(elements)
        if not isinstance(element, dict):
            yield Row(index, [], "Cet élément n'est pas un objet JSON.")
            continue
        cells = [""] * len(headers)
        for key, value in _flat(element, known).items():
            cells[headers[key]] = value
        yield Row(index, cells)


def _flat(element: dict, known: Known, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in element.items():
        header = f"{prefix}{header_of(key)}"
        if isinstance(value, dict) and value:
            flat |= _flat(value, known, f"{header}/")
        elif (
            isinstance(value, list)
            and value
            and (compact(header) in known.lists or any(isinstance(item, dict) for item in value))
        ):
            # Left to the reader of the column: comments have a text and a day.
            flat[header] = json.dumps(value, ensure_ascii=False)
        else:
            flat[header] = _cell(value)
    return flat


def _cell(value: object) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return ", ".join(map(_cell, value)) if isinstance(value, list) else str(value)
