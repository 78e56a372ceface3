"""Writing ideas (export des idées): CSV for a French spreadsheet, XLSX with a sheet that explains the columns, JSON.

Each comes back whole: what a spreadsheet would run is protected as in CSV, and a text longer than a cell of a workbook
(32 767 characters) goes on in a column of its own.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dashboard.exchange import csvout
from dashboard.exchange.columns import REST_HEADERS, IdeaColumn
from dashboard.exchange.csvout import protected
from dashboard.exchange.sheets import LEGEND
from models.errors import Refused

if TYPE_CHECKING:
    from xlsxwriter import Workbook

FORMATS = {".csv": "CSV", ".xlsx": "XLSX", ".json": "JSON"}
MIME = {".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".json": "application/json"}
_CELL_MAX = 32_767
_MOST_ROWS = 1_048_575
_WIDTHS = {"title": 50, "body": 60, "answer": 60, "reason": 40, "direction_name": 30, "theme": 30}
_BOOK = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write(columns: Sequence[IdeaColumn], rows: Iterable[Sequence[object]], path: Path) -> int:
    """Writes the file that its name asks for, whole or not at all; the number of rows. Raises Refused."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise Refused(f"« {path.name} » doit finir par .csv, .xlsx ou .json.")
    if suffix == ".csv":
        return csvout.write([column.header for column in columns], rows, path)
    return csvout.whole(path, lambda out: _WRITERS[suffix](columns, rows, out))


def as_bytes(columns: Sequence[IdeaColumn], rows: Iterable[Sequence[object]], suffix: str) -> bytes:
    """The same file in memory, for a download."""
    if suffix == ".csv":
        return csvout.as_bytes([column.header for column in columns], rows)
    out = BytesIO()
    _WRITERS[suffix](columns, rows, out)
    return out.getvalue()


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_json(columns: Sequence[IdeaColumn], rows: Iterable[Sequence[object]], out: BinaryIO) -> int:
    """A list of objects, a line for each, under the headers of the CSV; days in ISO."""
    headers, written = [column.header for column in columns], 0
    out.write(b"[")
    for row in rows:
        entry = {header: value.isoformat() if isinstance(value, date) else value for header, value in zip(headers, row, strict=True)}
        out.write((",\n" if written else "\n").encode() + json.dumps(entry, ensure_ascii=False).encode())
        written += 1
    out.write(b"\n]\n")
    return written


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_workbook(columns: Sequence[IdeaColumn], rows: Iterable[Sequence[object]], out: BinaryIO) -> int:
    from xlsxwriter import Workbook  # at the first workbook: the serving process has no use for it

    with tempfile.TemporaryDirectory() as folder, Workbook(out, _BOOK | {"tmpdir": folder}) as book:
        book.set_properties({"title": "Idées", "author": "C-Possible"})
        heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        written = _ideas_sheet(book, columns, rows, heading)
        _legend(book, columns, heading)
    return written


def _ideas_sheet(book: "Workbook", columns: Sequence[IdeaColumn], rows: Iterable[Sequence[object]], heading) -> int:
    sheet = book.add_worksheet("Idées")
    day, text = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"}), book.add_format({"valign": "top"})
    rests = [i for i, column in enumerate(columns) if column.field in REST_HEADERS]
    headers = [column.header for column in columns] + [REST_HEADERS[columns[i].field] for i in rests]
    sheet.freeze_panes(1, 0)
    for x, header in enumerate(headers):
        sheet.set_column(x, x, _WIDTHS.get(columns[x].field, 18) if x < len(columns) else 12)
        sheet.write_string(0, x, header, heading)
    written = 0
    for row in rows:
        if written == _MOST_ROWS:
            raise Refused("Cet export dépasse ce qu'un classeur contient : demandez-le en CSV.")
        written += 1
        for x, value in enumerate(_spread(row, rests)):
            _put(sheet, written, x, value, day, text)
    sheet.autofilter(0, 0, max(written, 1), len(headers) - 1)
    return written


def _spread(row: Sequence[object], rests: Sequence[int]) -> Iterator[object]:
    """The row with its long texts cut at what a cell holds, then what is left of each. A cell may get one sign in front."""
    room = _CELL_MAX - 1
    cut = {i: str(row[i] or "") for i in rests if len(str(row[i] or "")) > room}
    yield from (cut[i][:room] if i in cut else value for i, value in enumerate(row))
    yield from (cut[i][room:] if i in cut else None for i in rests)


def _put(sheet, y: int, x: int, value: object, day, text) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(y, x, "oui" if value else "non", text)
    elif isinstance(value, int | float):
        sheet.write_number(y, x, value, text)
    elif isinstance(value, date):
        _put_day(sheet, y, x, value, day)
    elif sheet.write_string(y, x, protected(str(value)), text):
        raise Refused("Un texte est trop long pour une cellule de classeur : demandez cet export en CSV ou en JSON.")


def _put_day(sheet, y: int, x: int, value: date, day) -> None:
    if value.year < 1900 or value < date(1900, 3, 1):  # a workbook's calendar begins there, with a day that never was
        sheet.write_string(y, x, value.isoformat())
    else:
        sheet.write_datetime(y, x, value, day)


def _legend(book: "Workbook", columns: Sequence[IdeaColumn], heading) -> None:
    """What each column says, for who opens the file a year later."""
    sheet = book.add_worksheet(LEGEND)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    sheet.set_column(2, 2, 22)
    for x, header in enumerate(("Colonne", "Ce qu'elle dit", "Relue à l'import")):
        sheet.write_string(0, x, header, heading)
    lines = [(column.header, column.meaning, column.read_back) for column in columns]
    lines += [(REST_HEADERS[c.field], f"Fin de la colonne « {c.header} » quand le texte dépasse une cellule (32 767 caractères).", True)
              for c in columns if c.field in REST_HEADERS]
    for y, (header, meaning, read_back) in enumerate(lines, 1):
        sheet.write_string(y, 0, header)
        sheet.write_string(y, 1, meaning)
        sheet.write_string(y, 2, "oui" if read_back else "non")


_WRITERS = {".json": _as_json, ".xlsx": _as_workbook}
