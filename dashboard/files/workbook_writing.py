"""Writes a workbook of one sheet, with the headers of its import."""

import io
from collections.abc import Iterable, Sequence
from datetime import date

from dashboard.files.csvout import cell, protected

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH = 18


def as_workbook(title: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The workbook as bytes, for a download."""
    # Imported on first use: the web server rarely needs it.
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(headers) - 1, 0), _WIDTH)
        for x, header in enumerate(headers):
            sheet.write_string(0, x, header, heading)
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row):
                _put(sheet, y, x, value, day)
    return out.getvalue()


def _put(sheet, y: int, x: int, value: object, day) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(y, x, value, day)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(y, x, value)
    else:
        sheet.write_string(y, x, protected(value) if isinstance(value, str) else cell(value))
