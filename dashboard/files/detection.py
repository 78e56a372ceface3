"""Detects what a file is: its type by content, its encoding (encodage) and its separator
(séparateur).

File names are not trusted: a picture named .csv is refused before anything is read.
"""

import codecs
import csv
import re
import zipfile
from collections import Counter
from typing import BinaryIO

import charset_normalizer

from models.texts import Refused

SAMPLE = 1 << 16
# The separator of a file with one column: a character absent from texts.
ALONE = "\x1f"
_SEPARATORS = ";,\t|"
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ["cp1252", "mac_roman", "cp850"]
_MAGIC = (
    (b"\x89PNG\r\n", "une image PNG"),
    (b"\xff\xd8\xff", "une image JPEG"),
    (b"GIF8", "une image GIF"),
    (b"BM\x00", "une image BMP"),
    (b"RIFF", "un fichier multimédia (RIFF)"),
    (b"%PDF-", "un document PDF"),
    (b"{\\rtf", "un document RTF"),
    (b"\xd0\xcf\x11\xe0", "un ancien document de bureautique (XLS, DOC ou PPT)"),
    (b"\x1f\x8b", "une archive GZIP"),
    (b"7z\xbc\xaf", "une archive 7-Zip"),
    (b"Rar!", "une archive RAR"),
    (b"SQLite format 3", "une base de données SQLite"),
    (b"\x7fELF", "un programme"),
    (b"MZ", "un programme"),
    (b"PAR1", "un fichier Parquet"),
)
_OFFICE = (
    ("xl/", "un classeur XLSX"),
    ("word/", "un document DOCX"),
    ("ppt/", "une présentation PPTX"),
)
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.spreadsheet": "un classeur ODS",
    b"application/vnd.oasis.opendocument.text": "un document ODT",
}
WORKBOOKS = ("un classeur XLSX", "un classeur ODS")
_MARKUP = re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE)
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f]")


def foreign_nature(stream: BinaryIO, expected: str) -> str | None:
    """The real type of a file that is not the CSV, JSON or workbook its name says: « une image
    PNG »; else None.
    """
    stream.seek(0)
    head = stream.read(1024)
    if expected == "classeur" and head.startswith(b"\xd0\xcf\x11\xe0"):
        return None
    if head.startswith(b"PK\x03\x04"):
        nature = inside_zip(stream)
        return None if expected == "classeur" and nature in WORKBOOKS else nature
    # « MZ » alone may start a header; a program has zero bytes nearby.
    found = next(
        (
            nature
            for magic, nature in _MAGIC
            if head.startswith(magic) and (len(magic) > 2 or b"\0" in head)
        ),
        None,
    )
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if found is None and _MARKUP.match(text):
        return "une page HTML"
    if found is None and text.startswith(b"<?xml"):
        return "un document XML"
    if found is None and expected == "CSV" and re.match(rb'\[\s*\{\s*"|\{\s*"', text):
        return "du JSON"
    return found or ("du texte, ou un format inconnu" if expected == "classeur" else None)


def inside_zip(stream: BinaryIO) -> str:
    """The kind of office document in a ZIP archive, by its entry names; only 100 bytes are
    unpacked.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                return _OPEN_DOCUMENT.get(
                    archive.read("mimetype").strip(), "un document OpenDocument"
                )
            return next(
                (
                    nature
                    for folder, nature in _OFFICE
                    if any(name.startswith(folder) for name in names)
                ),
                "une archive ZIP",
            )
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return "une archive ZIP"


def encoding_of(stream: BinaryIO, name: str) -> str:
    """The encoding of a text file: by BOM, UTF-16 without BOM, UTF-8, else a western one. Raises
    Refused.
    """
    stream.seek(0)
    head = stream.read(SAMPLE)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    encoding = _wide(head) or _utf8_or_western(stream, name)
    text = head.decode(encoding, "replace")
    is_controlled = len(_CONTROL.findall(text)) > max(2, len(text) // 200)
    if is_controlled or text.count("\0") > max(2, len(text) // 20):
        raise Refused(f"« {name} » n'est pas un fichier de texte : son contenu est binaire.")
    return encoding


def _wide(head: bytes) -> str | None:
    """UTF-16 without a BOM, recognised by zeros in every other byte."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    even = head[0::2].count(0) / pairs
    odd = head[1::2].count(0) / pairs
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _utf8_or_western(stream: BinaryIO, name: str) -> str:
    bad = _first_bad_byte(stream)
    if bad is None:
        return "utf-8"
    stream.seek(max(0, bad - SAMPLE // 2))
    sample = stream.read(SAMPLE)
    text = sample.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    if sum(c > "\x7f" for c in text) - broken > 4 * broken:
        # UTF-8 with a few damaged bytes: read as western, every accent would become two characters
        return "utf-8"
    if sum(byte > 0x7F for byte in sample) >= 8:
        best = charset_normalizer.from_bytes(sample, cp_isolation=_WESTERN).best()
        if best:
            return best.encoding
    # Too little to decide: Windows writes cp1252, which includes the letters of latin-1.
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        raise Refused(
            f"L'encodage de « {name} » n'est pas reconnu : enregistrez le fichier en UTF-8."
        ) from None
    return "cp1252"


def _first_bad_byte(stream: BinaryIO) -> int | None:
    """The position of the first byte that is not UTF-8, read in chunks; None if all is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    position = 0
    while True:
        piece = stream.read(1 << 20)
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            return max(0, position + error.start)
        if not piece:
            return None
        position += len(piece)


def separator_of(sample: str) -> str:
    """The separator for which the sample's rows best match its header; `ALONE` if the header has
    one cell.
    """
    scores = {separator: _agreement(sample, separator) for separator in _SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])
    return best if scores[best] > (0.0, 0) else ALONE


def separator_below(sample: str) -> str:
    """The separator of a file that starts with title lines: most rows below have the same number
    of cells, more than one.
    """
    for separator in _SEPARATORS:
        rows = [
            row
            for row in csv.reader(sample.splitlines(keepends=True)[:200], delimiter=separator)
            if any(row)
        ]
        # Title lines.
        while rows and len(rows[0]) == 1:
            rows.pop(0)
        if (
            len(rows) > 1
            and len(rows[0]) > 2
            and sum(len(row) == len(rows[0]) for row in rows) >= 0.9 * len(rows)
        ):
            return separator
    return ALONE


def _agreement(sample: str, separator: str) -> tuple[float, int]:
    """(share of the first records with as many cells as the header, number of cells); (0, 0) if
    the header is not split.
    """
    widths = []
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=separator, strict=True)
    while len(widths) < 200:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            # Misplaced quotes rule out this separator.
            cells = ["?"]
        if cells:
            widths.append(len(cells))
    if not widths or widths[0] < 2:
        return 0.0, 0
    # Rounded to a tenth, so that a few odd rows do not decide; at equal shares the separator with
    # more cells wins.
    return round(Counter(widths)[widths[0]] / len(widths), 1), widths[0]
