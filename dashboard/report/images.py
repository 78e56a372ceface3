"""The program that makes an image: it reads texts and a drawing, and writes a PNG. It imports
nothing of the product but its fonts, since imports would cost a second.
"""

import sys
from pathlib import Path

import typst

from dashboard.report import fonts

_DOTS_AN_INCH = 144  # twice as many dots as points, so that print stays sharp


def main() -> None:
    png = typst.compile(
        Path(__file__).with_name("picture.typ"),
        format="png",
        ppi=_DOTS_AN_INCH,
        font_paths=[fonts.FOLDER],
        ignore_system_fonts=True,
        sys_inputs={"data": sys.stdin.read()},
    )
    sys.stdout.buffer.write(png)


if __name__ == "__main__":
    main()
