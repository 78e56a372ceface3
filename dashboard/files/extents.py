"""The extent of a workbook's sheets: the library allocates every cell between the first and last
one, so a single distant cell would exhaust the memory without an exception.

XLSX cells hold their positions. Without them, and for the other formats, the workbook is first
read in a separate process: see `extent_trial.py`.
"""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from dashboard.files.processes import Unanswered, answer_of
from dashboard.french import number
from models.errors import Refused

MOST_CELLS = 10_000_000
_MEGABYTES = 768
_SECONDS = 60
_TRIAL = "dashboard.files.extent_trial"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# Empty cells with only a style are not allocated.
_PLACED = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\sr=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>(?!\s*</(?:\w+:)?c>)"""
)
_CELLS = (b"<c ", b"<c>", b"<c/>", b":c ", b":c>", b":c/>")
_REFERENCE = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d{1,7})["']""")


def refuse_far_cells(stream: BinaryIO, name: str) -> None:
    """Raises Refused, with the cell, if a sheet reaches too far."""
    for rows, columns in _extents_from_cells(stream) or _extents_from_process(stream, name):
        if rows * columns > MOST_CELLS:
            raise Refused(
                f"« {name} » ne peut pas être lu : une de ses feuilles va jusqu'à la cellule"
                f" {_letters(columns)}{rows}, loin des autres ({number(rows * columns)} cellules,"
                f" {number(MOST_CELLS)} au plus). Effacez ce qui s'y trouve, puis enregistrez le"
                " classeur."
            )


def _extents_from_cells(stream: BinaryIO) -> list[tuple[int, int]] | None:
    """(rows, columns) of each sheet by the positions of its cells; None if some have none."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            sheets = [name for name in archive.namelist() if _SHEET.fullmatch(name)]
            extents = [_reach(archive.read(name)) for name in sheets]
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError):
        return None
    return None if None in extents else extents


def _reach(sheet: bytes) -> tuple[int, int] | None:
    places = _REFERENCE.findall(sheet)
    if sum(map(sheet.count, _CELLS)) > len(places):
        return None
    rows, columns = _corner(places)
    # Styled cells at the end of a sheet are common: only then is each cell checked.
    return (rows, columns) if rows * columns <= MOST_CELLS else _corner(_PLACED.findall(sheet))


def _corner(places: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    columns = {letters for letters, _ in places}
    rows = {row for _, row in places}
    return max(map(int, rows), default=0), max(map(_column, columns), default=0)


def _column(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _extents_from_process(stream: BinaryIO, name: str) -> Iterator[tuple[int, int]]:
    """(rows, columns) of each sheet, read in a process that may fail. Raises Refused."""
    ending = _ending(stream)
    stream.seek(0)
    try:
        answer = answer_of(_TRIAL, str(_MEGABYTES), ending, stdin=stream.read(), seconds=_SECONDS)
    except Unanswered:
        raise Refused(
            f"« {name} » ne peut pas être lu : une de ses cellules est très loin des autres, ou il"
            " demande trop de mémoire. Enregistrez la feuille utile en CSV."
        ) from None
    return (tuple(sheet) for sheet in json.loads(answer))


def _ending(stream: BinaryIO) -> str:
    """The suffix for this content; the file name may differ."""
    if not zipfile.is_zipfile(stream):
        return ".xls"
    with zipfile.ZipFile(stream) as archive:
        return ".ods" if "content.xml" in archive.namelist() else ".xlsx"
