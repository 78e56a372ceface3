"""Charts on paper and as images: the specs of dashboard/charts drawn by vl-convert, with their
alternative texts.

As a program it reads one chart from its input and writes a PNG: that is how `picture.py` asks for
one.
"""

import json
import re
import sys
import textwrap
from typing import TypedDict

import vl_convert

from dashboard import french, theme
from dashboard.charts.rows import ChartRows
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


def chart(spec: dict, rows: ChartRows, width: int, height: int, alt: str) -> Image:
    """The chart of `spec` over `rows`, in the light colours."""
    svg = vl_convert.vegalite_to_svg(
        on_paper({**spec, "width": width, "height": height}, rows.for_vega()), **_FRENCH
    )
    return {"svg": svg, "alt": alt}


def png(spec: dict, rows: list[dict], title: str, message: str, note: str) -> bytes:
    """The chart as an image that says by itself what it shows: title and sentence above, scope
    and day below. `rows` are as Vega reads them.
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


def on_paper(spec: dict, rows: list[dict]) -> dict:
    """The whole spec, with its rows and without a colour variable."""
    config = {name: value for name, value in theme.vega_config().items() if name != "locale"}
    return theme.for_print(
        {
            "config": config,
            **spec,
            "data": {"name": "rows", "values": rows},
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


def main() -> None:
    sys.stdout.buffer.write(png(**json.load(sys.stdin.buffer)))


if __name__ == "__main__":
    main()
