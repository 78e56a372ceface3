"""Charts on paper and as images: the specs of dashboard/charts drawn by vl-convert, with their
alternative texts.

As a program it reads one chart from its input and writes a PNG: that is how `picture.py` asks for
one.
"""

import json
import re
import sys
import textwrap
from datetime import date, datetime, time
from typing import TypedDict

import pyarrow as pa
import vl_convert

from dashboard import french, theme
from dashboard.report import fonts

# Of an image, in CSS pixels; SCALE draws twice as many dots, so that print stays sharp.
WIDTH = 900
HEIGHT = 320
SCALE = 2
# Letters that fit on a line of it.
_TITLE_LETTERS = 88
_TEXT_LETTERS = 120

vl_convert.register_font_directory(str(fonts.FOLDER))


class Image(TypedDict):
    """One chart: its SVG and what it says to those who do not see it."""

    svg: str
    alt: str


def chart(spec: dict, rows: pa.Table, width: int, height: int, alt: str) -> Image:
    """The chart of `spec` over `rows`, in the light colours."""
    svg = vl_convert.vegalite_to_svg(
        on_paper({**spec, "width": width, "height": height}, rows), **_FRENCH
    )
    return {"svg": svg, "alt": alt}


def png(spec: dict, rows: pa.Table, title: str, message: str, note: str) -> bytes:
    """The chart as an image that says by itself what it shows: title and sentence above, scope
    and day below.
    """
    height = spec.get("height", HEIGHT)
    framed = {
        **spec,
        "width": WIDTH,
        "height": height,
        "background": "white",
        "padding": 24,
        "title": {
            "text": _lines(title, _TITLE_LETTERS),
            "subtitle": [*_lines(message, _TEXT_LETTERS), *_lines(note, _TEXT_LETTERS)],
            "offset": 18,
            "frame": "bounds",
            "subtitlePadding": 6,
            "subtitleLineHeight": 18,
            "lineHeight": 21,
        },
    }
    return vl_convert.vegalite_to_png(on_paper(framed, rows), scale=SCALE, ppi=72, **_FRENCH)


def on_paper(spec: dict, rows: pa.Table) -> dict:
    """The whole spec, with its rows and without a colour variable."""
    config = {name: value for name, value in theme.vega_config().items() if name != "locale"}
    return theme.for_print(
        {
            "config": config,
            **spec,
            "data": {"name": "rows", "values": [_plain(row) for row in rows.to_pylist()]},
        }
    )


_FORMATS = {name: value for name, value in theme.VEGA_LOCALE["number"].items() if name != "nan"}
_FRENCH = {
    "format_locale": _FORMATS,
    "time_format_locale": theme.VEGA_LOCALE["time"],
    # A chart fetches nothing from anywhere.
    "allowed_base_urls": [],
}


def _lines(text: str, letters: int) -> list[str]:
    # A sign that our fonts do not have would take its whole line to another one.
    return textwrap.wrap(
        re.sub("[●▲■◇✓○‖] ", "", french.typo(text)), letters, break_on_hyphens=False
    )


def _plain(row: dict) -> dict:
    """Days as local midnights, in milliseconds: a bare date is read as UTC, and a text not at
    all once it is folded.
    """
    return {
        name: (
            datetime.combine(value, time()).timestamp() * 1000 if isinstance(value, date) else value
        )
        for name, value in row.items()
    }


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
    rows = pa.ipc.open_stream(sys.stdin.buffer.read()).read_all()
    sys.stdout.buffer.write(
        png(asked["spec"], rows, asked["title"], asked["message"], asked["note"])
    )


if __name__ == "__main__":
    main()
