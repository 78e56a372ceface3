"""Whether rows or columns of a sheet are hidden or filtered: they are read like the others, with a
warning. XLSX and ODS store it in their XML; for XLS only hidden sheets are known.
"""

import html
import posixpath
import re
import zipfile
import zlib
from typing import BinaryIO

_XLSX_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_XLSX_HIDDEN = re.compile(rb"""<(?:\w+:)?(?:row|col)\b[^>]*\bhidden=["'](?:1|true)["']""")
_ODS_TABLE = re.compile(rb"<table:table\b([^>]*)>(.*?)</table:table>", re.DOTALL)
_ODS_HIDDEN = re.compile(
    rb"""<table:table-(?:row|column)\b[^>]*\btable:visibility=["'](?:collapse|filter)["']"""
)
_ATTRIBUTE = re.compile(rb"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def has_hidden_parts(stream: BinaryIO, title: str) -> bool:
    """Whether a sheet has hidden rows or columns; no if the file does not say."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            if "content.xml" not in archive.namelist():
                path = path_of(archive, title)
                return bool(path and _XLSX_HIDDEN.search(archive.read(path)))
            return any(
                attributes(tag).get("table:name") == title and _ODS_HIDDEN.search(inside)
                for tag, inside in _ODS_TABLE.findall(archive.read("content.xml"))
            )
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, KeyError, ValueError):
        return False


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
