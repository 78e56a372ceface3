"""Writes a table (export) as its import reads it: CSV for French spreadsheets, XLSX, JSON."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from dashboard.files import csvout
from dashboard.files.ideas.columns import IdeaColumn
from dashboard.files.workbook_writing import WORKBOOK, write_workbook
from models.errors import Refused

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
    return write_workbook(title, headers, rows, out, explained)


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
