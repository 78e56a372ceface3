"""Reads a file of the PST, XML or a table."""

import io
from collections.abc import Iterator
from pathlib import Path

from dashboard.files.detection import encoding_of
from dashboard.files.matching.layout import known_for
from dashboard.files.pst import elements, markup, schema
from dashboard.files.pst.elements import PstFile, elements_of, repeated
from dashboard.files.uploads import open_table
from models.errors import Refused

LAYOUT = f"XML d'eComptes, version {schema.VERSION}"
_SHEETS = frozenset((".ods", ".xlsx", ".xls"))
_SAMPLE = 4096


def read_pst(content: bytes, name: str) -> PstFile:
    """The elements of a file, and its errors by line. Raises Refused if it is neither, or
    unreadable.
    """
    if not content.strip():
        raise Refused(f"« {name} » est vide.")
    if Path(name).suffix.lower() in _SHEETS:
        return elements.read_sheet(content, name)
    if _is_markup(content, name):
        return _read_xml(content, name)
    raise Refused(
        f"« {name} » n'est pas un PST que nous sachions lire : le XML d'eComptes"
        f" ({schema.VERSION}) ou l'« État d'avancement » (ODS, XLSX)."
    )


def _is_markup(content: bytes, name: str) -> bool:
    start = content[:_SAMPLE].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return start.startswith(b"<") or Path(name).suffix.lower() == ".xml"


def _read_xml(content: bytes, name: str) -> PstFile:
    document = markup.parse(content, name)
    faults = schema.faults(document.root)
    if faults:
        return PstFile(LAYOUT, (), tuple(faults), document)
    elements = elements_of(document.root)
    return PstFile(LAYOUT, elements, tuple(repeated(elements)), document)


def texts_of(content: bytes, name: str) -> Iterator[str]:
    """All texts of a file, including unused ones such as the person in charge. Raises Refused if
    unreadable.
    """
    if Path(name).suffix.lower() in _SHEETS:
        for row in open_table(content, name, known_for(elements.SHEET)).rows:
            yield from row.cells
    elif _is_markup(content, name):
        for node in markup.parse(content, name).root.walk():
            yield node.text
    else:
        yield content.decode(encoding_of(io.BytesIO(content), name), errors="replace")


XML = "application/xml"


def checked(document: markup.Document) -> bytes:
    """The serialised tree, validated and read back. Raises Refused with its first error."""
    content = markup.written(document)
    back = markup.parse(content, "PST")
    faults = schema.faults(back.root) or list(repeated(elements_of(back.root)))
    if faults:
        first = faults[0]
        raise Refused(
            f"Ce PST ne peut pas partir : ligne {first.line}, « {first.column} » : {first.reason}"
        )
    if back.root.means() != document.root.means():
        raise Refused("Ce PST ne peut pas partir : relu, il ne dit pas la même chose.")
    return content
