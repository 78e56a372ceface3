"""The QR code of a slip (code QR): the address that a phone reads, as a picture inside the page."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import segno

from dashboard.rendering import render

_BORDER, _SCALE = 3, 4
# Any of the eight masks is read by any phone; to try them all takes four times as long as the rest.
_MASK = 0
_DARK = re.compile(b"\x01+")
_PLAIN = " /:='()"


def qr_code(text: str) -> str:
    """The address of the picture: dark on white in both themes."""
    made = segno.make(text, error="m", micro=False, mask=_MASK, boost_error=False)
    side = len(made.matrix) + 2 * _BORDER
    svg = render(
        "light/qr.svg",
        side=side,
        pixels=side * _SCALE,
        lines="".join(_lines(made.matrix)),
    )
    return f"data:image/svg+xml,{quote(svg, _PLAIN)}"


def _lines(rows: tuple[bytearray, ...]) -> Iterator[str]:
    """The dark squares of each row, as strokes of its path."""
    for down, row in enumerate(rows):
        for dark in _DARK.finditer(row):
            yield f"M{dark.start() + _BORDER} {down + _BORDER}.5h{dark.end() - dark.start()}"
