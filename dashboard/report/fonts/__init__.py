"""The house's fonts for paper, as TrueType files: Typst reads no WOFF2.

They are the files of `static/fonts`, converted once (fontTools) and renamed: a family has one file,
so the letters of the east (Ł, ő) stand in a family of their own. Their licences lie beside them.
"""

from pathlib import Path

from dashboard import theme

FOLDER = Path(__file__).resolve().parent
TEXT = (theme.TEXT_FONT, f"{theme.TEXT_FONT} Ext")
TITLE = (theme.TITLE_FONT, f"{theme.TITLE_FONT} Ext")
