"""The house's fonts for paper: the WOFF2 files of the screens, opened as TrueType (Typst and
vl-convert read no WOFF2).

WOFF2 is Brotli over the font's tables, with the outlines (`glyf`) taken apart into seven streams
(W3C, « WOFF File Format 2.0 », §5). Keeping the TrueType files as well would keep every font twice.
"""

import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dashboard import theme

FOLDER = Path(__file__).resolve().parent.parent / "static" / "fonts"
# Typst takes one file per family: the letters of the east (Ł, ő) bear a name of their own.
TEXT, TITLE = (
    (theme.TEXT_FONT, f"{theme.TEXT_FONT} Ext"),
    (theme.TITLE_FONT, f"{theme.TITLE_FONT} Ext"),
)
FILES = dict(
    zip(
        (*TEXT, *TITLE),
        (
            "atkinson-hyperlegible-next-latin-wght-normal",
            "atkinson-hyperlegible-next-latin-ext-wght-normal",
            "bricolage-grotesque-latin-700-normal",
            "bricolage-grotesque-latin-ext-700-normal",
        ),
        strict=True,
    )
)

_TAGS = [
    tag.ljust(4)
    for tag in (
        "cmap head hhea hmtx maxp name OS/2 post cvt fpgm glyf loca prep CFF VORG EBDT EBLC gasp"
        " hdmx kern LTSH PCLT VDMX vhea vmtx BASE GDEF GPOS GSUB EBSC JSTF MATH CBDT CBLC COLR CPAL"
        " SVG sbix acnt avar bdat bloc bsln cvar fdsc feat fmtx fvar gvar hsty just lcar mort morx"
        " opbd prop trak Zapf Silf Glat Gloc Feat Sill"
    ).split()
]
_ARGS_ARE_WORDS, _MORE, _SCALE, _TWO_SCALES, _MATRIX, _INSTRUCTIONS = (
    0x1,
    0x20,
    0x8,
    0x40,
    0x80,
    0x100,
)
_ON_CURVE, _OVERLAP = 0x01, 0x40


@contextmanager
def unpacked() -> Iterator[Path]:
    """A folder with the fonts as TrueType files, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="cp-fonts-") as folder:
        for family, name in FILES.items():
            (Path(folder) / f"{name}.ttf").write_bytes(
                truetype((FOLDER / f"{name}.woff2").read_bytes(), family)
            )
        yield Path(folder)


def truetype(woff2: bytes, family: str) -> bytes:
    """The TrueType file inside a WOFF2 one, under the name of `family`. Raises ValueError for
    anything else.
    """
    if woff2[:4] != b"wOF2":
        raise ValueError("not a WOFF2 file")
    flavour, count = struct.unpack(">4s4xH", woff2[4:14])
    packed_size = struct.unpack(">I", woff2[20:24])[0]
    directory, start = _directory(woff2, count)
    sizes = [stored for _, _, stored in directory]
    raw = pa.Codec("brotli").decompress(
        woff2[start : start + packed_size], sum(sizes), asbytes=True
    )
    tables, at = {}, 0
    for tag, transformed, size in directory:
        tables[tag] = raw[at : at + size]
        at += size
        if transformed and tag not in ("glyf", "loca"):
            raise ValueError(f"table {tag} is packed in a way this reader does not know")
    if any(transformed for tag, transformed, _ in directory if tag == "glyf"):
        tables["glyf"], tables["loca"] = _outlines(tables["glyf"])
        tables["head"] = (
            tables["head"][:50] + b"\0\1" + tables["head"][52:]
        )  # long offsets in `loca`
    tables["name"] = _named(family)
    return _assembled(flavour, tables)


def _named(family: str) -> bytes:
    """A table of names with the family alone: the files call themselves by optical size and
    weight.
    """
    text = family.encode("utf-16-be")
    records = b"".join(struct.pack(">6H", 3, 1, 0x409, name, len(text), 0) for name in (1, 2, 4, 6))
    return struct.pack(">3H", 0, 4, 6 + len(records)) + records + text


def _directory(woff2: bytes, count: int) -> tuple[list[tuple[str, bool, int]], int]:
    """(tag, transformed, size as stored) of each table, and where the packed data begin."""
    reader, found = _Reader(woff2, 48), []
    for _ in range(count):
        flags = reader.byte()
        tag = _TAGS[flags & 63] if flags & 63 != 63 else reader.take(4).decode("ascii")
        size, version = reader.base128(), flags >> 6
        transformed = version != 3 if tag in ("glyf", "loca") else version != 0
        found.append((tag, transformed, reader.base128() if transformed else size))
    return found, reader.at


def _assembled(flavour: bytes, tables: dict[str, bytes]) -> bytes:
    """The tables behind their directory, each on a multiple of four bytes."""
    power = len(tables).bit_length() - 1
    head = flavour + struct.pack(
        ">4H", len(tables), 16 << power, power, 16 * len(tables) - (16 << power)
    )
    records, body, at = b"", b"", 12 + 16 * len(tables)
    for tag in sorted(tables):
        records += tag.encode("ascii") + struct.pack(">3I", 0, at + len(body), len(tables[tag]))
        body += tables[tag] + b"\0" * (-len(tables[tag]) % 4)
    return head + records + body


@dataclass
class _Reader:
    """Bytes read from the front, with the three variable-length numbers of the format."""

    data: bytes
    at: int = 0

    def take(self, n: int) -> bytes:
        self.at += n
        return self.data[self.at - n : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def word(self) -> int:
        return struct.unpack(">H", self.take(2))[0]

    def base128(self) -> int:
        value, byte = 0, 0x80
        while byte & 0x80:
            byte = self.byte()
            value = value << 7 | byte & 0x7F
        return value

    def short255(self) -> int:
        code = self.byte()
        if code == 253:
            return self.word()
        return code if code < 253 else self.byte() + (253 if code == 255 else 506)


def _outlines(packed: bytes) -> tuple[bytes, bytes]:
    """The tables `glyf` and `loca` from the seven streams."""
    _, flags, glyphs, _, *sizes = struct.unpack(">4H7I", packed[:36])
    whole = _Reader(packed, 36)
    contours, points, kinds, places, parts, boxes, code = (
        _Reader(whole.take(size)) for size in sizes
    )
    streams = (points, kinds, places, code)
    bitmap = boxes.take(4 * ((glyphs + 31) >> 5))
    overlapping = whole.take((glyphs + 7) >> 3) if flags & 1 else bytes((glyphs + 7) >> 3)
    body, offsets = bytearray(), [0]
    for number in range(glyphs):
        bit = 0x80 >> (number & 7)
        box = boxes.take(8) if bitmap[number >> 3] & bit else b""
        count = contours.word()
        if count == 0xFFFF:
            body += b"\xff\xff" + box + _composite(parts, places, code)
        elif count:
            body += struct.pack(">h", count) + _simple(
                count, box, bool(overlapping[number >> 3] & bit), *streams
            )
        body += b"\0" * (-len(body) % 4)
        offsets.append(len(body))
    return bytes(body), struct.pack(f">{len(offsets)}I", *offsets)


def _composite(parts: _Reader, places: _Reader, code: _Reader) -> bytes:
    """A glyph made of others (an accented letter): its records as they are, then its
    instructions.
    """
    start, flags, instructed = parts.at, _MORE, False
    while flags & _MORE:
        flags = parts.word()
        instructed |= bool(flags & _INSTRUCTIONS)
        parts.take(
            2
            + (4 if flags & _ARGS_ARE_WORDS else 2)
            + (2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _MATRIX else 0)
        )
    records = parts.data[start : parts.at]
    if not instructed:
        return records
    size = places.short255()
    return records + struct.pack(">H", size) + code.take(size)


def _simple(
    count: int,
    box: bytes,
    overlaps: bool,
    points: _Reader,
    kinds: _Reader,
    places: _Reader,
    code: _Reader,
) -> bytes:
    """A glyph of curves, every step written as two words: nobody keeps these files, so their
    size does not matter.
    """
    ends, total = [], 0
    for _ in range(count):
        total += points.short255()
        ends.append(total - 1)
    steps = [(kind < 0x80, *_step(kind & 0x7F, places)) for kind in kinds.take(total)]
    size = places.short255()
    flags = bytearray(_ON_CURVE if on_curve else 0 for on_curve, _, _ in steps)
    if overlaps:
        flags[0] |= _OVERLAP
    return b"".join(
        (
            box or _box(steps),
            struct.pack(f">{count}H", *ends),
            struct.pack(">H", size),
            code.take(size),
            flags,
            struct.pack(f">{total}h", *(x for _, x, _ in steps)),
            struct.pack(f">{total}h", *(y for _, _, y in steps)),
        )
    )


def _step(kind: int, places: _Reader) -> tuple[int, int]:
    """dx, dy of one point (§5.2, « triplet encoding »): few bits for short steps, which are most
    of them.
    """
    a = places.byte()
    if kind < 10:
        return 0, _signed(kind, ((kind & 14) << 7) + a)
    if kind < 20:
        return _signed(kind, (((kind - 10) & 14) << 7) + a), 0
    if kind < 84:
        k = kind - 20
        return _signed(kind, 1 + (k & 0x30) + (a >> 4)), _signed(
            kind >> 1, 1 + ((k & 0x0C) << 2) + (a & 15)
        )
    b = places.byte()
    if kind < 120:
        k = kind - 84
        return _signed(kind, 1 + (k // 12 << 8) + a), _signed(kind >> 1, 1 + (k % 12 >> 2 << 8) + b)
    c = places.byte()
    if kind < 124:
        return _signed(kind, (a << 4) + (b >> 4)), _signed(kind >> 1, ((b & 15) << 8) + c)
    return _signed(kind, (a << 8) + b), _signed(kind >> 1, (c << 8) + places.byte())


def _signed(kind: int, size: int) -> int:
    return size if kind & 1 else -size


def _box(steps: list[tuple[bool, int, int]]) -> bytes:
    x, y, xs, ys = 0, 0, [], []
    for _, dx, dy in steps:
        x, y = x + dx, y + dy
        xs.append(x)
        ys.append(y)
    return struct.pack(">4h", min(xs), min(ys), max(xs), max(ys))
