"""Writes a table (export) as its import reads it: CSV for French spreadsheets, XLSX, JSON.

A workbook has one sheet, for ideas a second one that explains the columns. A text longer than a
cell (32 767 UTF-16 units: an emoji takes two) continues in extra columns, so that nothing is lost
when it comes back.
"""

import json
import pickle
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dashboard.files import csvout
from dashboard.files.ideas.columns import IdeaColumn, rest_header
from dashboard.files.workbook_reading import LEGEND
from models.texts import Refused

if TYPE_CHECKING:
    from xlsxwriter import Workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CELL_MAX = 32_767
_MOST_ROWS = 1_048_575
# The calendar of workbooks starts in 1900, with a wrong 29 February.
_FIRST_DAY = date(1900, 3, 1)
_WIDTH, _REST_WIDTH = 18, 12
_WIDTHS = {"title": 50, "body": 60, "answer": 60, "reason": 40, "direction_name": 30, "theme": 30}
_BOOK = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Rows = Iterable[Sequence[object]]
FORMATS = {".csv": "CSV pour tableur", ".xlsx": "Classeur XLSX", ".json": "JSON"}
MIME = {".csv": "text/csv", ".xlsx": WORKBOOK, ".json": "application/json"}


def write(
    title: str,
    headers: Sequence[str],
    rows: Rows,
    path: Path,
    explained: Sequence[IdeaColumn] = (),
) -> int:
    """Writes the format of the file's suffix, completely or not at all; returns the number of
    rows. A workbook has a second sheet about the `explained` columns. Raises Refused.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise Refused(f"« {path.name} » doit finir par .csv, .xlsx ou .json.")
    return csvout.whole(path, lambda out: _write(title, headers, rows, suffix, out, explained))


def as_bytes(
    title: str,
    headers: Sequence[str],
    rows: Rows,
    suffix: str,
    explained: Sequence[IdeaColumn] = (),
) -> bytes:
    """The same file as bytes, for a download."""
    out = BytesIO()
    _write(title, headers, rows, suffix, out, explained)
    return out.getvalue()


def _write(
    title: str,
    headers: Sequence[str],
    rows: Rows,
    suffix: str,
    out: BinaryIO,
    explained: Sequence[IdeaColumn],
) -> int:
    if suffix == ".csv":
        return csvout.write(headers, rows, out)
    if suffix == ".json":
        return _as_json(headers, rows, out)
    return _as_workbook(title, headers, rows, out, explained)


def _as_json(headers: Sequence[str], rows: Rows, out: BinaryIO) -> int:
    """A list of objects, one per line, with the headers of the CSV; days in ISO."""
    written = 0
    out.write(b"[")
    for row in rows:
        entry = {
            header: value.isoformat() if isinstance(value, date) else value
            for header, value in zip(headers, row, strict=True)
        }
        out.write(
            (",\n" if written else "\n").encode() + json.dumps(entry, ensure_ascii=False).encode()
        )
        written += 1
    out.write(b"\n]\n")
    return written


# ── As a workbook ───────────────────────────────────────────────────────────────────────────────


def _as_workbook(
    title: str,
    headers: Sequence[str],
    rows: Rows,
    out: BinaryIO,
    explained: Sequence[IdeaColumn],
) -> int:
    """`explained` are the columns of the second sheet. Raises Refused for what a workbook cannot
    hold.
    """
    # Imported on first use: the web server rarely needs it.
    from xlsxwriter import Workbook

    with tempfile.TemporaryDirectory() as folder, Workbook(out, _BOOK | {"tmpdir": folder}) as book:
        book.set_properties({"title": title, "author": "C-Possible"})
        heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        widths = [_WIDTHS.get(column.field, _WIDTH) for column in explained]
        written, rests = _rows_sheet(book, title, headers, rows, heading, widths)
        if explained:
            _legend(book, explained, rests, heading)
    return written


def _rows_sheet(
    book: "Workbook",
    title: str,
    headers: Sequence[str],
    rows: Rows,
    heading,
    widths: Sequence[int],
) -> tuple[int, list[str]]:
    """Returns the number of rows, and the headers of continued texts. The header line comes
    first but is known last: rows are buffered in a file.
    """
    sheet = book.add_worksheet(title[:31])
    day = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
    text = book.add_format({"valign": "top"})
    with tempfile.TemporaryFile() as waiting:
        written, parts = _buffer(rows, len(headers), waiting)
        rests = [
            rest_header(header, part)
            for header, n in zip(headers, parts, strict=True)
            for part in range(1, n)
        ]
        sheet.freeze_panes(1, 0)
        all_widths = [*(widths or [_WIDTH] * len(headers)), *[_REST_WIDTH] * len(rests)]
        for x, (header, width) in enumerate(zip([*headers, *rests], all_widths, strict=True)):
            sheet.set_column(x, x, width)
            sheet.write_string(0, x, header, heading)
        for y in range(1, written + 1):
            row = pickle.load(waiting)
            for x, value in enumerate(
                [values[0] for values in row]
                + [
                    values[i] if i < len(values) else None
                    for values, n in zip(row, parts, strict=True)
                    for i in range(1, n)
                ]
            ):
                _put(sheet, y, x, value, day, text)
    sheet.autofilter(0, 0, max(written, 1), len(headers) + len(rests) - 1)
    return written, rests


def _buffer(rows: Rows, wide: int, waiting: BinaryIO) -> tuple[int, list[int]]:
    """Buffers rows in a file, values cut to the size of a cell; returns their number, and the
    most parts per column.
    """
    written = 0
    parts = [1] * wide
    for row in rows:
        if written == _MOST_ROWS:
            raise Refused("Cet export dépasse ce qu'un classeur contient : demandez-le en CSV.")
        cut = [_cut(value) for value in row]
        parts = [max(n, len(values)) for n, values in zip(parts, cut, strict=True)]
        pickle.dump(cut, waiting)
        written += 1
    waiting.seek(0)
    return written, parts


def _cut(value: object) -> list[object]:
    """A value in as many parts as cells it needs; an extra protecting character may be added,
    and no character is split.
    """
    if not isinstance(value, str) or len(value) <= _CELL_MAX // 2:
        return [value]
    parts = []
    start = 0
    units = 0
    for place, sign in enumerate(value):
        # Excel counts UTF-16 units: characters beyond the BMP take two.
        size = 2 if ord(sign) > 0xFFFF else 1
        if units + size > _CELL_MAX - 1:
            parts.append(value[start:place])
            start = place
            units = 0
        units += size
    return [*parts, value[start:]]


def _put(sheet, y: int, x: int, value: object, day, text) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(y, x, "oui" if value else "non", text)
    elif isinstance(value, int | float):
        sheet.write_number(y, x, value, text)
    elif isinstance(value, date) and value >= _FIRST_DAY:
        sheet.write_datetime(y, x, value, day)
    elif sheet.write_string(y, x, csvout.protected(str(value)), text):
        raise Refused(
            "Un texte est trop long pour une cellule de classeur : demandez cet export en CSV ou en"
            " JSON."
        )


def _legend(book: "Workbook", columns: Sequence[IdeaColumn], rests: Sequence[str], heading) -> None:
    """The meaning of each column, for later readers of the file."""
    sheet = book.add_worksheet(LEGEND)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    sheet.set_column(2, 2, 22)
    for x, header in enumerate(("Colonne", "Ce qu'elle dit", "Relue à l'import")):
        sheet.write_string(0, x, header, heading)
    lines = [(column.header, column.meaning, column.read_back) for column in columns]
    lines += [
        (rest, "Suite d'un texte plus long qu'une cellule (32 767 caractères).", True)
        for rest in rests
    ]
    for y, (header, meaning, read_back) in enumerate(lines, 1):
        sheet.write_string(y, 0, header)
        sheet.write_string(y, 1, meaning)
        sheet.write_string(y, 2, "oui" if read_back else "non")
