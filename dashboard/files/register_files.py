"""Writing a register (export d'un référentiel) as its import takes it: CSV for a French
spreadsheet, or XLSX.
"""

import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from dashboard.files import csvout
from dashboard.files.ideas.writing import BOOK, MIME, put_cell
from models.errors import Refused

__all__ = ["FORMATS", "MIME", "as_bytes", "write"]

FORMATS = {".csv": "CSV", ".xlsx": "XLSX"}
_WIDTH = 24
_TITLE_MAX = 31  # what a workbook allows for the name of a sheet
Rows = Sequence[Sequence[object]]


def write(title: str, headers: Sequence[str], rows: Rows, path: Path) -> int:
    """Writes the file that its name asks for, whole or not at all; the number of rows. Raises
    Refused.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise Refused(f"« {path.name} » doit finir par .csv ou .xlsx.")
    if suffix == ".csv":
        return csvout.write(headers, rows, path)
    return csvout.whole(path, lambda out: _as_workbook(title, headers, rows, out))


def as_bytes(title: str, headers: Sequence[str], rows: Rows, suffix: str) -> bytes:
    """The same file in memory, for a download."""
    if suffix == ".csv":
        return csvout.as_bytes(headers, rows)
    out = BytesIO()
    _as_workbook(title, headers, rows, out)
    return out.getvalue()


def _as_workbook(title: str, headers: Sequence[str], rows: Rows, out: BinaryIO) -> int:
    # At the first workbook: the serving process has no use for it.
    from xlsxwriter import Workbook

    with tempfile.TemporaryDirectory() as folder, Workbook(out, BOOK | {"tmpdir": folder}) as book:
        book.set_properties({"title": title, "author": "C-Possible"})
        sheet = book.add_worksheet(title[:_TITLE_MAX])
        heading = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        day = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
        text = book.add_format({"valign": "top", "text_wrap": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headers) - 1, _WIDTH)
        for x, header in enumerate(headers):
            sheet.write_string(0, x, header, heading)
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row):
                put_cell(sheet, y, x, value, day, text)
    return len(rows)
