"""Cells of an XLSX formatted in per cent: « 100 % » is stored as 1, and only the style shows it."""

import re
import zipfile
import zlib
from typing import BinaryIO

from dashboard.files.hidden_parts import attributes, path_of

_STYLES = "xl/styles.xml"
_OF_ITS_OWN = (9, 10)  # built-in formats « 0 % » and « 0,00 % »
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b([^>]*)>")
_OF_CELLS = re.compile(rb"<(?:\w+:)?cellXfs\b[^>]*>(.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_QUOTED = re.compile(r'"[^"]*"|\\.')

Place = tuple[int, int]


def percent_cells(stream: BinaryIO, title: str) -> frozenset[Place]:
    """(line, column), from 1, of the cells in per cent of a sheet; empty if the file does not
    say.
    """
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            if _STYLES not in archive.namelist():
                return frozenset()
            styles = _in_percent(archive.read(_STYLES))
            path = path_of(archive, title) if styles else ""
            return _of_styles(archive.read(path), styles) if path else frozenset()
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, KeyError, ValueError):
        return frozenset()


def _in_percent(styles: bytes) -> frozenset[str]:
    """The ids of the styles in per cent."""
    formats = set(_OF_ITS_OWN)
    for given in map(attributes, _FORMAT.findall(styles)):
        if "%" in _QUOTED.sub("", given.get("formatCode", "")):
            formats.add(int(given["numFmtId"]))
    cells = _OF_CELLS.search(styles)
    style_attributes = map(attributes, _STYLE.findall(cells[1])) if cells else ()
    return frozenset(
        str(place)
        for place, style in enumerate(style_attributes)
        if int(style.get("numFmtId", "0")) in formats
    )


def _of_styles(sheet: bytes, styles: frozenset[str]) -> frozenset[Place]:
    return frozenset(
        _place(cell["r"])
        for cell in map(attributes, _CELL.findall(sheet))
        if cell.get("s") in styles and "r" in cell
    )


def _place(reference: str) -> Place:
    letters, line = _PLACE.fullmatch(reference).groups()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(line), column
