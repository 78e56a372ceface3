"""Writes CSV (fichiers exportés): `;`, UTF-8 with BOM, CRLF, cells protected against formula
injection.

A cell that would start a formula gets one apostrophe in front, and so does a cell that already
looks protected; `restored` removes exactly one, so that every text survives a round trip.
"""

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from models.texts import Refused

_FORMULA = r"\s*[=+\-@＝＋－＠\t\r\n]"
_DANGEROUS = re.compile(rf"'*{_FORMULA}")
_PROTECTED = re.compile(rf"'+{_FORMULA}")


def protected(text: str) -> str:
    """The text, protected from being run as a formula: « =1+1 » → « '=1+1 »."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def restored(text: str) -> str:
    """The original of a protected text."""
    return text[1:] if text.startswith("'") and _PROTECTED.match(text) else text


def cell(value: object) -> str:
    """A value as written in a cell: texts protected, whole numbers and ISO dates unchanged,
    decimals with a comma, None empty.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str):
        return protected(value)
    if isinstance(value, float):
        return str(value).replace(".", ",")
    return value.isoformat() if isinstance(value, date) else str(value)


def write(headers: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> int:
    """Writes the rows below their headers; returns how many."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([cell(header) for header in headers])
    written = 0
    for row in rows:
        writer.writerow([cell(value) for value in row])
        written += 1
    text.flush()
    # Otherwise the wrapper would close the file before it is renamed.
    text.detach()
    return written


def whole(path: Path, fill: Callable[[BinaryIO], int]) -> int:
    """Lets `fill` write a draft, then renames it: the file is complete or absent. Raises
    Refused.
    """
    with draft_of(path) as draft, draft.open("w+b") as out:
        return fill(out)


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A private file beside `path`, renamed to it once complete, or deleted. Raises Refused."""
    try:
        # mkstemp creates it with mode 0600.
        handle, draft = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part"
        )
        try:
            yield Path(draft)
            os.fsync(handle)
            os.replace(draft, path)
        finally:
            os.close(handle)
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"« {path} » ne peut pas être écrit : {error.strerror}.") from error


def as_bytes(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same file as bytes, for a download."""
    out = io.BytesIO()
    write(headers, rows, out)
    return out.getvalue()
