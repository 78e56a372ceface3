"""Reads workbooks (classeurs XLSX, XLS, ODS): the sheet with the expected headers; the others
are reported.

The size of an archive says little about its content. It is unpacked twice: first to check its
size and extent against limits, then by python-calamine.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

import python_calamine

from dashboard.files.extents import refuse_far_cells
from dashboard.files.hidden_parts import hidden_parts
from dashboard.files.percent_cells import percent_cells
from dashboard.files.tables import (
    Framed,
    Known,
    Problem,
    Record,
    Row,
    Table,
    filled,
    report_repeats,
)
from dashboard.french import counted
from models.errors import Refused

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
LEGEND = "Colonnes"  # the explanatory sheet of our own exports
_MOST_ENTRIES = 5000
_UNPACKED_MB = 100  # megabytes
_PIECE = 1 << 16
_MEGA = 1 << 20
_SHARED = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>|<(?:\w+:)?si\s*/>", re.DOTALL)
_REFERENCE = re.compile(rb"""<(?:\w+:)?c\b[^>]*\bt=["']s["'][^>]*>\s*<(?:\w+:)?v>\s*(\d{1,9})""")
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*)>(.*?)</table:table-row>", re.DOTALL)
_ODS_CELL = re.compile(
    rb"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)",
    re.DOTALL,
)
_ROWS_REPEATED = re.compile(rb"""number-rows-repeated=["'](\d+)""")
_CELLS_REPEATED = re.compile(rb"""number-columns-repeated=["'](\d+)""")


def sheet_table(stream: BinaryIO, name: str, known: Known) -> Table:
    """The table of the sheet with known headers, else of the first non-empty one. Raises
    Refused.
    """
    _refuse_bomb(stream, name)
    refuse_far_cells(stream, name)
    book = _opened(stream, name)
    table = Table(name, [], iter(()))
    sheets = [
        (title, rows) for title in book.sheet_names if (rows := _rows_of(book, stream, title, name))
    ]
    if not sheets:
        raise Refused(f"« {name} » est vide : aucune feuille ne contient de ligne.")
    warned = {title: [] for title, _ in sheets}
    framed = {title: Framed(iter(rows), known, warned[title]) for title, rows in sheets}
    chosen = max(
        framed,
        key=lambda title: (
            known.has_main(framed[title].headers),
            known.how_many(framed[title].headers),
        ),
    )
    others = [title for title in book.sheet_names if title not in (chosen, LEGEND)]
    if others:
        reason = f"La feuille « {chosen[:80]} » est lue ; {_left(others)}."
        table.warnings.append(Problem(framed[chosen].line, "", reason))
    rows = dict(sheets)[chosen]
    _report_hidden(book, stream, chosen, rows, framed[chosen], table)
    table.warnings += warned[chosen]
    framed[chosen].warnings = table.warnings
    table.headers = framed[chosen].headers
    table.header_line = framed[chosen].line
    report_repeats(table, known)
    table.rows = _walked(framed[chosen], table, rows)
    return table


def _report_hidden(
    book: python_calamine.CalamineWorkbook,
    stream: BinaryIO,
    title: str,
    rows: list[Record],
    framed: Framed,
    table: Table,
) -> None:
    """Reports hidden parts, which are read too."""
    sheet = next(metadata for metadata in book.sheets_metadata if metadata.name == title)
    if sheet.visible is not python_calamine.SheetVisibleEnum.Visible:
        reason = f"La feuille « {title[:80]} » est masquée dans le classeur : elle est lue."
        table.warnings.append(Problem(framed.line, "", reason))
    hidden = hidden_parts(stream, title)
    for line, cells, _ in rows:
        if line in hidden.rows and filled(cells):
            reason = "Cette ligne est masquée dans le classeur : elle est lue."
            table.warnings.append(Problem(line, "", reason))
    for place, header in enumerate(framed.headers, 1):
        if place in hidden.columns and header:
            reason = f"La colonne « {header[:80]} » est masquée dans le classeur : elle est lue."
            table.warnings.append(Problem(framed.line, header, reason))


def _left(others: list[str]) -> str:
    named = ", ".join(f"« {title[:80]} »" for title in others[:10])
    more = f" et {len(others) - 10} de plus" if len(others) > 10 else ""
    return f"laissée de côté : {named}" if len(others) == 1 else f"laissées de côté : {named}{more}"


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
) -> list[Record]:
    """The non-empty rows of one sheet as texts, with their lines and the blank ones between
    them; empty for an empty sheet.
    """
    try:
        sheet = book.get_sheet_by_name(title)
        rows = [
            (line, [_text(value) for value in cells], "")
            for line, cells in enumerate(sheet.iter_rows(), 1)
        ]
        for line, column in percent_cells(stream, title):
            _format_percent(rows, line, column)
    except python_calamine.WorksheetNotFound:
        # A chart sheet.
        return []
    except Exception as error:
        raise _damaged(name) from error
    return rows if any(filled(cells) for _, cells, _ in rows) else []


def _format_percent(rows: list[Record], line: int, column: int) -> None:
    """« 45 % » for a stored 0.45; texts are unchanged."""
    cells = rows[line - 1][1] if line <= len(rows) else []
    if column <= len(cells):
        with suppress(ValueError):
            cells[column - 1] = f"{100 * float(cells[column - 1]):.12g} %"


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
    if not isinstance(value, timedelta):
        return str(value)
    return f"{value}"


def _walked(framed: Framed, table: Table, rows: list[Record]) -> Iterator[Row]:
    last = max(rows[-1][0], 1)
    wide = len(table.headers)
    for line, cells, problem in framed.rows():
        table.share = lambda done=line: done / last
        yield Row(line, (cells + [""] * wide)[:wide], problem)


# ── What comes out of the archive ─────────────────────────────────────────────────────────────────


def _refuse_bomb(stream: BinaryIO, name: str) -> None:
    """Raises Refused if the archive or its repetitions expand beyond the limit."""
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        return
    most = _UNPACKED_MB * _MEGA
    too_large = Refused(
        f"« {name} » est trop volumineux une fois décompressé :"
        f" {counted(_UNPACKED_MB, 'Mo', 'Mo')} au plus. Enregistrez-le en CSV,"
        " ou en plusieurs fichiers."
    )
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > most:
                raise too_large
            # The declared sizes are summed first, at no cost; only then is each entry unpacked to
            # verify it.
            if any(
                _real_size(stream, entry, most) != entry.file_size
                for entry in entries
                if not entry.flag_bits & 1
            ):
                raise _damaged(name)
            if _unfolded(archive) > most:
                raise too_large
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        RuntimeError,
        NotImplementedError,
        struct.error,
    ) as error:
        raise _damaged(name) from error


def _real_size(stream: BinaryIO, entry: zipfile.ZipInfo, most: int) -> int:
    """The real size of an entry, counted without storing it: a bomb lies about its declared
    size.
    """
    stream.seek(entry.header_offset)
    names, extras = struct.unpack("<26xHH", stream.read(30))
    stream.seek(names + extras, 1)
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size
    unpacking = zlib.decompressobj(-15)
    left = entry.compress_size
    size = 0
    while left > 0 and size <= most and not unpacking.eof:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            break
        left -= len(piece)
        while piece and size <= most:
            size += len(unpacking.decompress(piece, _MEGA))
            piece = unpacking.unconsumed_tail
    return size


def _unfolded(archive: zipfile.ZipFile) -> int:
    """The characters of the cells with all shared texts and repetitions expanded."""
    names = archive.namelist()
    if "content.xml" in names:
        return sum(_ods_size(row) for row in _ODS_ROW.finditer(archive.read("content.xml")))
    shared = next((name for name in names if name.lower().endswith("sharedstrings.xml")), None)
    if shared is None:
        return 0
    lengths = [len(matches.group()) for matches in _SHARED.finditer(archive.read(shared))]
    sheets = [
        name for name in names if "worksheets/" in name.lower() and name.lower().endswith(".xml")
    ]
    return sum(
        lengths[place]
        for name in sheets
        for matches in _REFERENCE.finditer(archive.read(name))
        if (place := int(matches[1])) < len(lengths)
    )


def _ods_size(row: re.Match) -> int:
    if b"office:value" not in row[2] and b"<text:" not in row[2]:
        # Empty rows that fill a sheet to its end.
        return 0
    cells = sum(
        _times(_CELLS_REPEATED, cell[1]) * len(cell[2] or b"")
        for cell in _ODS_CELL.finditer(row[2])
    )
    return _times(_ROWS_REPEATED, row[1]) * cells


def _times(pattern: re.Pattern, attributes: bytes) -> int:
    match = pattern.search(attributes)
    return int(match[1]) if match else 1
