"""Writing a file of the PST: nothing leaves that its schema refuses or that reads as another."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from xml.sax.saxutils import XMLGenerator

from dashboard.files.pst import markup, schema
from dashboard.files.pst.elements import elements_of, repeated
from dashboard.files.pst.markup import Document
from models.errors import Refused

ODS = "application/vnd.oasis.opendocument.spreadsheet"
XML = "application/xml"


def checked(document: Document) -> bytes:
    """The file of a tree, read back and looked at before it leaves. Raises Refused with its first
    fault.
    """
    content = markup.written(document)
    back = markup.parse(content, "PST")
    found = schema.faults(back.root) or list(repeated(elements_of(back.root)))
    if found:
        first = found[0]
        raise Refused(
            f"Ce PST ne peut pas partir : ligne {first.line}, « {first.column} » : {first.reason}"
        )
    if back.root.means() != document.root.means():
        raise Refused("Ce PST ne peut pas partir : relu, il ne dit pas la même chose.")
    return content


# ── A workbook of OpenDocument ────────────────────────────────────────────────────────────────────

_NAMES = {
    "xmlns:office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "xmlns:table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "xmlns:text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "office:version": "1.3",
}
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def as_ods(title: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet, in memory: no library of ours writes this format."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        # First and not compressed: by it the format is recognised.
        archive.writestr("mimetype", ODS, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", _manifest())
        archive.writestr("content.xml", _content(title, [headers, *rows]))
    return out.getvalue()


def _manifest() -> bytes:
    out = io.BytesIO()
    writer = XMLGenerator(out, "UTF-8", short_empty_elements=True)
    writer.startDocument()
    writer.startElement("manifest:manifest", {"xmlns:manifest": _MANIFEST, **_VERSION})
    for path, kind in (("/", ODS), ("content.xml", "text/xml")):
        entry = {"manifest:full-path": path, "manifest:media-type": kind}
        writer.startElement("manifest:file-entry", entry)
        writer.endElement("manifest:file-entry")
    writer.endElement("manifest:manifest")
    return out.getvalue()


_VERSION = {"manifest:version": "1.3"}


def _content(title: str, rows: Iterable[Sequence[object]]) -> bytes:
    out = io.BytesIO()
    writer = XMLGenerator(out, "UTF-8", short_empty_elements=True)
    writer.startDocument()
    outer = ("office:document-content", "office:body", "office:spreadsheet", "table:table")
    attributes = (_NAMES, {}, {}, {"table:name": title})
    for tag, own in zip(outer, attributes, strict=True):
        writer.startElement(tag, own)
    for row in rows:
        writer.startElement("table:table-row", {})
        for value in row:
            _cell(writer, value)
        writer.endElement("table:table-row")
    for tag in reversed(outer):
        writer.endElement(tag)
    return out.getvalue()


def _cell(writer: XMLGenerator, value: object) -> None:
    kind, text = _typed(value)
    writer.startElement("table:table-cell", kind)
    for line in text.split("\n") if text else ():
        writer.startElement("text:p", {})
        writer.characters(line)
        writer.endElement("text:p")
    writer.endElement("table:table-cell")


def _typed(value: object) -> tuple[dict[str, str], str]:
    """The attributes of a cell, and what it shows."""
    if value in (None, ""):
        return {}, ""
    if isinstance(value, date):
        day = {"office:value-type": "date", "office:date-value": value.isoformat()}
        return day, f"{value:%d/%m/%Y}"
    if isinstance(value, int | float):
        number = {"office:value-type": "float", "office:value": f"{value:g}"}
        return number, f"{value:g}".replace(".", ",")
    return {"office:value-type": "string"}, str(value)
