"""Writes a register (export d'un référentiel) as its import reads it: CSV for French
spreadsheets, or XLSX.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from dashboard.files import csvout
from dashboard.files.workbook_writing import as_workbook
from models.errors import Refused

FORMATS = (".csv", ".xlsx")
Rows = Sequence[Sequence[object]]


def write(title: str, headers: Sequence[str], rows: Rows, path: Path) -> int:
    """Writes the format of the file's suffix, completely or not at all; returns the number of
    rows. Raises Refused.
    """
    if path.suffix.lower() not in FORMATS:
        raise Refused(f"« {path.name} » doit finir par .csv ou .xlsx.")
    content = as_bytes(title, headers, rows, path.suffix.lower())

    def fill(out: BinaryIO) -> int:
        out.write(content)
        return len(rows)

    return csvout.whole(path, fill)


def as_bytes(title: str, headers: Sequence[str], rows: Rows, suffix: str) -> bytes:
    """The same file as bytes."""
    if suffix == ".csv":
        return csvout.as_bytes(headers, rows)
    return as_workbook(title, headers, rows)
