"""Reads workbooks (classeurs XLSX, XLS, ODS): the sheet with the expected headers; the others
are reported.

The size of an archive says little about its content: it is read twice by python-calamine, first in
a process with limits.
"""

import html
import json
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from typing import BinaryIO

import python_calamine

from dashboard.files.detection import inside_zip
from dashboard.files.processes import Unanswered, answer_of
from dashboard.files.tables import (
    Known,
    Problem,
    Row,
    Table,
    filled,
    find_table,
    report_repeats,
)
from dashboard.files.values import quoted
from dashboard.french import counted, number
from models.texts import Refused

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
LEGEND = "Colonnes"  # the explanatory sheet of our own exports
_MOST_ENTRIES = 5000
_UNPACKED_MB = 100  # megabytes


def sheet_table(stream: BinaryIO, name: str, known: Known) -> Table:
    """The table of the sheet with known headers, else of the first non-empty one. Raises
    Refused.
    """
    _refuse_bomb(stream, name)
    refuse_far_cells(stream, name)
    book = _opened(stream, name)
    rows = {title: _rows_of(book, stream, title, name) for title in book.sheet_names}
    tables = {title: Table(name, [], iter(())) for title in rows if rows[title]}
    if not tables:
        raise Refused(f"« {name} » est vide : aucune feuille ne contient de ligne.")
    for title, found in tables.items():
        find_table(found, iter(rows[title]), known)
    chosen = max(
        tables,
        key=lambda title: (
            known.has_main(tables[title].headers),
            known.how_many(tables[title].headers),
        ),
    )
    table = tables[chosen]
    about = _about_sheets(book, stream, chosen)
    found_there = [Problem(table.header_line, "", reason) for reason in about]
    table.warnings[:0] = found_there
    report_repeats(table, known)
    table.rows = _walked(table, table.rows, rows[chosen][-1].line)
    return table


def _about_sheets(
    book: python_calamine.CalamineWorkbook, stream: BinaryIO, chosen: str
) -> Iterator[str]:
    """What is said of the other sheets, and of hidden parts, which are read too."""
    others = [title for title in book.sheet_names if title not in (chosen, LEGEND)]
    if others:
        named = quoted(title[:80] for title in others[:10])
        more = f" et {len(others) - 10} de plus" if len(others) > 10 else ""
        left = "laissée" if len(others) == 1 else "laissées"
        yield f"La feuille « {chosen[:80]} » est lue ; {left} de côté : {named}{more}."
    sheet = next(metadata for metadata in book.sheets_metadata if metadata.name == chosen)
    if sheet.visible is not python_calamine.SheetVisibleEnum.Visible:
        yield f"La feuille « {chosen[:80]} » est masquée dans le classeur : elle est lue."
    if has_hidden_parts(stream, chosen):
        yield (
            "Des lignes ou des colonnes sont masquées ou filtrées dans le classeur : elles sont"
            " lues comme les autres."
        )


def _opened(stream: BinaryIO, name: str) -> python_calamine.CalamineWorkbook:
    stream.seek(0)
    try:
        return python_calamine.CalamineWorkbook.from_filelike(stream)
    except python_calamine.PasswordError:
        raise Refused(
            f"« {name} » est protégé par un mot de passe : enregistrez-le sans mot de passe."
        ) from None
    # The library is written in Rust: damaged files raise many kinds of exceptions.
    except Exception as error:
        raise _damaged(name) from error


def _damaged(name: str) -> Refused:
    return Refused(
        f"« {name} » n'est pas un classeur lisible : il est abîmé, ou d'un format inconnu."
    )


def _rows_of(
    book: python_calamine.CalamineWorkbook, stream: BinaryIO, title: str, name: str
) -> list[Row]:
    """The non-empty rows of one sheet as texts, with their lines and the blank ones between
    them; empty for an empty sheet.
    """
    try:
        sheet = book.get_sheet_by_name(title)
        rows = [
            Row(line, [_text(value) for value in cells])
            for line, cells in enumerate(sheet.iter_rows(), 1)
        ]
        # « 45 % » for a stored 0.45; texts are unchanged.
        for line, column in percent_cells(stream, title):
            with suppress(ValueError, IndexError):
                cells = rows[line].cells
                cells[column] = f"{100 * float(cells[column]):.12g} %"
    except python_calamine.WorksheetNotFound:
        # A chart sheet.
        return []
    except Exception as error:
        raise _damaged(name) from error
    return rows if any(filled(row.cells) for row in rows) else []


def _text(value: object) -> str:
    """A cell as in a CSV file: dates in ISO, whole numbers without a decimal point."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        # Spreadsheets have no integers; beyond 1e15 digits are lost.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _walked(table: Table, rows: Iterator[Row], last: int) -> Iterator[Row]:
    """The rows as wide as the table, up to the last line, with the share that is read."""
    wide = len(table.headers)
    for line, cells, problem in rows:
        table.share = lambda done=line: done / last
        yield Row(line, (cells + [""] * wide)[:wide], problem)


# ── What comes out of the archive ─────────────────────────────────────────────────────────────────


def _refuse_bomb(stream: BinaryIO, name: str) -> None:
    """Raises Refused if the archive says that it expands beyond the limit, or lies about it; what
    its cells repeat is found by `refuse_far_cells`.
    """
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        return
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if len(entries) > _MOST_ENTRIES or size > _UNPACKED_MB << 20:
                raise Refused(
                    f"« {name} » est trop volumineux une fois décompressé :"
                    f" {counted(_UNPACKED_MB, 'Mo', 'Mo')} au plus. Enregistrez-le en CSV,"
                    " ou en plusieurs fichiers."
                )
            if not any(entry.flag_bits & 1 for entry in entries) and archive.testzip():
                raise _damaged(name)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise _damaged(name) from error


_STYLES = "xl/styles.xml"
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b([^>]*)>")
_OF_CELLS = re.compile(rb"<(?:\w+:)?cellXfs\b[^>]*>(.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_QUOTED = re.compile(r'"[^"]*"|\\.')


def percent_cells(stream: BinaryIO, title: str) -> frozenset[tuple[int, int]]:
    """(line, column), from 0, of the cells in per cent of a sheet; empty if the file does not
    say.
    """
    # Imported on first use, as in `writing`.
    from xlsxwriter.utility import xl_cell_to_rowcol

    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            if _STYLES not in archive.namelist():
                return frozenset()
            styles = _in_percent(archive.read(_STYLES))
            path = path_of(archive, title) if styles else ""
            cells = map(attributes, _CELL.findall(archive.read(path))) if path else ()
            return frozenset(
                xl_cell_to_rowcol(cell["r"])
                for cell in cells
                if cell.get("s") in styles and "r" in cell
            )
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, KeyError, ValueError):
        return frozenset()


def _in_percent(styles: bytes) -> frozenset[str]:
    """The ids of the styles in per cent."""
    formats = {9, 10}  # built-in formats « 0 % » and « 0,00 % »
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


MOST_CELLS = 10_000_000
_MEGABYTES = 512
_SECONDS = 60


def refuse_far_cells(stream: BinaryIO, name: str) -> None:
    """Raises Refused if a sheet reaches too far, or needs too much memory."""
    # The suffix for this content; the file name may differ.
    endings = {"un classeur XLSX": ".xlsx", "un classeur ODS": ".ods"}
    ending = endings.get(inside_zip(stream), ".xls")
    stream.seek(0)
    try:
        answer = answer_of(
            "dashboard.files.extent_trial",
            str(_MEGABYTES),
            ending,
            stdin=stream.read(),
            seconds=_SECONDS,
        )
    except Unanswered:
        raise Refused(
            f"« {name} » ne peut pas être lu : une de ses cellules est très loin des autres"
            " (Ctrl+Fin y mène), ou il demande trop de mémoire. Effacez ce qui s'y trouve, ou"
            " enregistrez la feuille utile en CSV."
        ) from None
    for rows, columns in json.loads(answer):
        if rows * columns > MOST_CELLS:
            raise Refused(
                f"« {name} » ne peut pas être lu : une de ses feuilles compte"
                f" {number(rows * columns)} cellules, {number(MOST_CELLS)} au plus. Effacez ce qui"
                " est très loin du reste (Ctrl+Fin y mène), puis enregistrez le classeur."
            )
