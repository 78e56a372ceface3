"""The QR code of a slip (code QR): the address that a phone reads, as a picture inside the page."""

import base64
import struct
import zlib
from functools import lru_cache, reduce
from operator import xor

import segno

_BORDER = 3  # squares
# PNG's own words: the bits of a pixel, shades of grey, a line told as it is.
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BIT, _GREY = 1, 0
_WHOLE = b"\x00"
# And those of zlib: its head, one last block that is not compressed.
_ZLIB, _PLAIN = b"\x78\x01", b"\x01"
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
    """In black and white, of a pixel each square, which the style enlarges with hard edges. As a
    drawing in SVG it takes three times as long to write.
    """
    width = side + 2 * _BORDER
    length = -(-width // 8)  # bytes of a line
    before = 8 * length - _BORDER - side  # bits behind the dark squares of a line
    whole, line = (1 << 8 * length) - 1, (1 << side) - 1
    rows = [whole ^ ((dark >> at & line) << before) for at in range(side * (side - 1), -1, -side)]
    empty = [whole] * _BORDER
    lines = b"".join(_WHOLE + row.to_bytes(length) for row in (*empty, *rows, *empty))
    head = struct.pack(">IIBBBBB", width, width, _BIT, _GREY, 0, 0, 0)
    parts = [_part(b"IHDR", head), _part(b"IDAT", _stored(lines)), _part(b"IEND", b"")]
    return b"".join([_SIGNATURE, *parts])


def _stored(content: bytes) -> bytes:
    """As zlib writes it without compressing: these few bytes are not worth it, and its compressor
    lets other threads go first, each time.
    """
    lengths = [length.to_bytes(2, "little") for length in (len(content), len(content) ^ 0xFFFF)]
    check = struct.pack(">I", zlib.adler32(content))
    return b"".join([_ZLIB, _PLAIN, *lengths, content, check])


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
