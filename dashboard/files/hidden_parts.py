"""Hidden or filtered rows and columns of a sheet: they are read like the others, with a warning.

XLSX and ODS store them in their XML; for XLS only hidden sheets are known.
"""

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_XLSX_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_XLSX_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_XLSX_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_ODS_TABLE = re.compile(rb"<table:table\b([^>]*)>(.*?)</table:table>", re.DOTALL)
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*)>")
_ODS_COLUMN = re.compile(rb"<table:table-column\b([^>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_YES = ("1", "true")
_SHOWN = ("", "visible")
_WIDEST = 16384
_DEEPEST = 1 << 20


@dataclass(frozen=True)
class HiddenParts:
    """Lines and columns, both counted from 1."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


def hidden_parts(stream: BinaryIO, title: str) -> HiddenParts:
    """The hidden parts of a sheet; empty if the file does not say."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            if "content.xml" in archive.namelist():
                return _in_ods(archive.read("content.xml"), title)
            path = path_of(archive, title)
            return _in_xlsx(archive.read(path)) if path else HiddenParts()
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, KeyError, ValueError):
        return HiddenParts()


def attributes(tag: bytes) -> dict[str, str]:
    """Name → value of the attributes of a tag of XML."""
    return {
        name.decode(): html.unescape((double or single).decode("utf-8", "replace"))
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


def path_of(archive: zipfile.ZipFile, title: str) -> str:
    """The path of the sheet in an XLSX; empty if not found."""
    sheets = map(attributes, _XLSX_SHEET.findall(archive.read("xl/workbook.xml")))
    relation = next((sheet.get("r:id") for sheet in sheets if sheet.get("name") == title), None)
    links = map(attributes, _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")))
    target = next((link.get("Target", "") for link in links if link.get("Id") == relation), "")
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") if target else ""


def _in_xlsx(sheet: bytes) -> HiddenParts:
    if b"hidden" not in sheet:
        return HiddenParts()
    rows = set()
    for line, tag in enumerate(_XLSX_ROW.findall(sheet), 1):
        if b"hidden" in tag:
            row = attributes(tag)
            if row.get("hidden") in _YES:
                rows.add(int(row.get("r", line)))
    columns: set[int] = set()
    for column in map(attributes, _XLSX_COLUMN.findall(sheet)):
        if column.get("hidden") in _YES:
            last = min(int(column["max"]), _WIDEST)
            columns.update(range(int(column["min"]), last + 1))
    return HiddenParts(frozenset(rows), frozenset(columns))


def _in_ods(content: bytes, title: str) -> HiddenParts:
    for tag, inside in _ODS_TABLE.findall(content):
        if attributes(tag).get("table:name") == title:
            rows = _ods_hidden(_ODS_ROW.findall(inside), "rows", _DEEPEST)
            columns = _ods_hidden(_ODS_COLUMN.findall(inside), "columns", _WIDEST)
            return HiddenParts(frozenset(rows), frozenset(columns))
    return HiddenParts()


def _ods_hidden(tags: list[bytes], what: str, most: int) -> Iterator[int]:
    place = 1
    for tag in map(attributes, tags):
        times = int(tag.get(f"table:number-{what}-repeated", "1"))
        if tag.get("table:visibility", "") not in _SHOWN:
            yield from range(place, min(place + times, most))
        place += times
