"""The QR code of a slip (code QR): the address that a phone reads, as a picture inside the page."""

import base64
import struct
import zlib
from functools import lru_cache, reduce
from operator import xor

import segno

_BORDER = 3  # squares
_PIXELS = 8  # of the side of a square
_WHITE = b"\xff"
_COLOURS = bytes.maketrans(b"01", b"\xff\x00")
# PNG's own words: how a line is told, the bits of a pixel, and shades of grey.
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WHOLE, _AS_ABOVE = b"\x00", b"\x02"
_BIT, _GREY = 1, 0
_QUICK = 1
# Any of the eight masks is read by any phone; to try them all takes four times as long as the rest.
_MASK = 0
_SIGN, _BITS = "0", 7


def qr_code(address: str, code: str = "") -> str:
    """The address of the picture: dark on white in both themes. `code`: what differs, at the end of
    the address, from one slip to the next (signs of ASCII).
    """
    picture = base64.b64encode(_png(*squares(address, code))).decode()
    return f"data:image/png;base64,{picture}"


def _png(side: int, dark: int) -> bytes:
    """In black and white, of a bit each pixel and a byte each square. As a drawing in SVG it takes
    three times as long to write.
    """
    colours = f"{dark:0{side * side}b}".encode().translate(_COLOURS)
    margin, width = _WHITE * _BORDER, side + 2 * _BORDER
    # The first line of a row of squares is told whole, the others as the same as the one above.
    again = (_AS_ABOVE + bytes(width)) * (_PIXELS - 1)
    empty = (_WHOLE + _WHITE * width + again) * _BORDER
    rows = [
        _WHOLE + margin + colours[at : at + side] + margin + again
        for at in range(0, side * side, side)
    ]
    pixels = width * _PIXELS
    head = struct.pack(">IIBBBBB", pixels, pixels, _BIT, _GREY, 0, 0, 0)
    lines = zlib.compress(b"".join([empty, *rows, empty]), _QUICK)
    parts = [_part(b"IHDR", head), _part(b"IDAT", lines), _part(b"IEND", b"")]
    return b"".join([_SIGNATURE, *parts])


def _part(name: bytes, content: bytes) -> bytes:
    """A chunk of PNG."""
    named = name + content
    return struct.pack(">I", len(content)) + named + struct.pack(">I", zlib.crc32(named))


def squares(address: str, code: str) -> tuple[int, int]:
    """How many squares a side has; which are dark, row by row, as the bits of one number.

    Each bit of the text turns the same squares over, whatever the others are: the correction of
    errors and the mask are sums without carry. So the picture of a new code is put together from
    those of the signs met before, which takes a twentieth of the time.
    """
    side, dark = _made(address + _SIGN * len(code))
    for place, sign in enumerate(code):
        dark ^= _turned_over_by(address, len(code), place, sign)
    return side, dark


@lru_cache(2048)
def _turned_over_by(address: str, length: int, place: int, sign: str) -> int:
    """The squares that one sign of a code turns over."""
    differing = ord(sign) ^ ord(_SIGN)
    bits = [1 << bit for bit in range(_BITS) if differing >> bit & 1]
    return reduce(xor, (_turned_over(address, length, place, bit) for bit in bits), 0)


@lru_cache(256)
def _turned_over(address: str, length: int, place: int, bit: int) -> int:
    """The squares that one bit of it turns over."""
    plain = _SIGN * length
    other = plain[:place] + chr(ord(_SIGN) ^ bit) + plain[place + 1 :]
    return _made(address + plain)[1] ^ _made(address + other)[1]


@lru_cache(64)
def _made(text: str) -> tuple[int, int]:
    made = segno.make(
        text, error="m", mode="byte", micro=False, mask=_MASK, boost_error=False
    ).matrix
    return len(made), int("".join("1" if dark else "0" for row in made for dark in row), 2)
