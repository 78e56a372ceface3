"""The QR code of a slip (code QR): the address that a phone reads, as a picture inside the page."""

import re
from collections.abc import Iterator
from functools import lru_cache

import segno

from dashboard.rendering import render

_BORDER, _SCALE = 3, 4
# Any of the eight masks is read by any phone; to try them all takes four times as long as the rest.
_MASK = 0
_DARK = re.compile("1+")
_SIGN, _BITS = "0", 7


def qr_code(address: str, code: str = "") -> str:
    """The address of the picture: dark on white in both themes. `code`: what differs, at the end of
    the address, from one slip to the next (signs of ASCII).
    """
    side, dark = squares(address, code)
    around = side + 2 * _BORDER
    svg = render(
        "light/qr.svg",
        side=around,
        pixels=around * _SCALE,
        lines="".join(_lines(f"{dark:0{side * side}b}", side)),
    )
    return "data:image/svg+xml," + str(svg).replace("<", "%3C").replace(">", "%3E")


def squares(address: str, code: str) -> tuple[int, int]:
    """How many squares a side has; which are dark, row by row, as the bits of one number.

    Each bit of the text turns the same squares over, whatever the others are: the correction of
    errors and the mask are sums without carry. So the picture of a new code is put together from
    those of the signs met before, which takes a twentieth of the time.
    """
    side, dark = _made(address + _SIGN * len(code))
    for place, sign in enumerate(code):
        differing = ord(sign) ^ ord(_SIGN)
        for bit in range(_BITS):
            if differing >> bit & 1:
                dark ^= _turned_over(address, len(code), place, 1 << bit)
    return side, dark


@lru_cache(2048)
def _turned_over(address: str, length: int, place: int, bit: int) -> int:
    """The squares that one bit of one sign of a code turns over."""
    plain = _SIGN * length
    other = plain[:place] + chr(ord(_SIGN) ^ bit) + plain[place + 1 :]
    return _made(address + plain)[1] ^ _made(address + other)[1]


@lru_cache(64)
def _made(text: str) -> tuple[int, int]:
    made = segno.make(
        text, error="m", mode="byte", micro=False, mask=_MASK, boost_error=False
    ).matrix
    return len(made), int("".join("1" if dark else "0" for row in made for dark in row), 2)


def _lines(bits: str, side: int) -> Iterator[str]:
    """The dark squares of each row, as strokes of its path."""
    for down in range(side):
        for dark in _DARK.finditer(bits[down * side : (down + 1) * side]):
            yield f"M{dark.start() + _BORDER} {down + _BORDER}.5h{dark.end() - dark.start()}"
