"""The product's look, as plain values: colours, type, the chart configuration and one stylesheet.

A colour exists twice, for the light and the dark theme, and is used by its CSS variable
(`ACCENT.var`). Streamlit sets `color-scheme` on the application, so that the browser picks the
right one by itself; a chart holds the variable too and follows the reader's theme. What is not a
browser (PDF, image) cannot read variables: `for_print(drawn)` writes the light colours in their
place.

Streamlit's own widgets take their colours from `.streamlit/config.toml`; `tests/test_templates.py`
keeps both in step and measures every contrast.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TEXT_FONT = "Atkinson Hyperlegible Next"
TITLE_FONT = "Bricolage Grotesque"
FALLBACK_FONTS = "'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Colour:
    """One colour of the palette under both themes, written in CSS and in charts as
    `var(--cp-<code>)`.
    """

    code: str
    light: str
    dark: str

    @property
    def var(self) -> str:
        return f"var(--cp-{self.code})"


@dataclass(frozen=True)
class Status:
    """What a reader must see without colour: a shape and a word, always together."""

    code: str
    word: str
    shape: str
    colour: Colour

    @property
    def label(self) -> str:
        return f"{self.shape} {self.word}"


INK = Colour("ink", "#16233A", "#E9EEF5")
MUTED = Colour("muted", "#4C5869", "#B3BECC")  # secondary text, axis labels
ACCENT = Colour("accent", "#0B5A6E", "#6FC6DA")
PRIMARY = Colour("primary", "#0B5A6E", "#1F7C94")  # what Streamlit fills and writes on in white
PAPER = Colour("paper", "#F7F5F0", "#12181F")  # the page
SURFACE = Colour("surface", "#FFFFFF", "#1A222C")  # a card, a field
LINE = Colour("line", "#E1DCD1", "#303B48")  # decorative hairlines: no information hangs on them
# Edges that carry meaning (fields, empty part of a bar): 3:1.
EDGE = Colour("edge", "#7F8794", "#788595")
TRACK = Colour("track", "#E9E5DC", "#2A3541")  # the empty part of a bar
WASH = Colour("wash", "#E6F0F2", "#183039")  # a tint of the accent behind what deserves a look

# What an ambition may be given as its colour: each reads as text on both themes. The first five are
# those that the ambitions have as long as nobody chose.
PALETTE = {
    name: Colour(f"tint-{name}", light, dark)
    for name, light, dark in (
        ("bleu", "#0A66C2", "#6FB1FF"),
        ("brique", "#B5442E", "#FF9B85"),
        ("violet", "#6B4FA3", "#C0A8FF"),
        ("sarcelle", "#0B7A75", "#5FD0C8"),
        ("olive", "#5C7A0B", "#B4D34A"),
        ("framboise", "#A61E5B", "#FF9CC4"),
        ("ocre", "#8A5A00", "#F0BE5A"),
        ("ardoise", "#4A5568", "#B7C3D3"),
    )
}


# Code of an ambition → its own colour.
AMBITIONS = {
    code: Colour(code, PALETTE[tint].light, PALETTE[tint].dark)
    for code, tint in (
        ("citoyens", "bleu"),
        ("bien-etre", "brique"),
        ("modernisation", "violet"),
        ("competences", "sarcelle"),
        ("durable", "olive"),
    )
}

# Blue, amber and vermilion stay apart under every colour-vision deficiency and in grey print. The
# last four are states, not verdicts: they use the quiet colours.
STATUSES = {
    s.code: s
    for s in (
        Status("a-jour", "À jour", "●", Colour("a-jour", "#1F5FA8", "#7DB7FF")),
        Status("a-surveiller", "À surveiller", "▲", Colour("a-surveiller", "#9A5B00", "#F2B84B")),
        Status(
            "en-difficulte", "En difficulté", "■", Colour("en-difficulte", "#B3261E", "#FF8A80")
        ),
        Status("sans-donnee", "Sans donnée", "◇", Colour("sans-donnee", "#5F6773", "#A6B0BD")),
        Status("atteint", "Atteint", "✓", ACCENT),
        Status("a-venir", "À venir", "○", MUTED),
        Status("en-pause", "En pause", "‖", MUTED),
        Status("annule", "Annulé", "×", MUTED),
    )
}

# An image cannot read the page's variables: one tone for sparklines that reaches 3:1 on both
# surfaces.
SPARK = "#2F86A0"

# The head of the front page has its own background in both themes.
HERO = Colour("hero", "#0B4A5C", "#0E3646")
HERO_DEEP = Colour("hero-deep", "#083A49", "#0A2833")
HERO_BAR = Colour("hero-bar", "#7FD3E2", "#7FD3E2")
CALL = Colour("call", "#F6C453", "#F6C453")  # the first call on that ground, written on in ink
CALL_INK = Colour("call-ink", "#16233A", "#16233A")

# Steps of a heat map, from none to most. A threshold or quantize scale takes them as they are
# (nothing to interpolate between variables).
HEAT = (
    Colour("heat-0", "#EEF1EC", "#1E2832"),
    Colour("heat-1", "#C3DDE1", "#24485A"),
    Colour("heat-2", "#86BCC6", "#2F7086"),
    Colour("heat-3", "#33808F", "#52A3B9"),
    Colour("heat-4", "#0B5A6E", "#8FD8E8"),
)

COLOURS: dict[str, Colour] = {
    c.code: c
    for c in (
        INK,
        MUTED,
        ACCENT,
        PRIMARY,
        PAPER,
        SURFACE,
        LINE,
        EDGE,
        TRACK,
        WASH,
        HERO,
        HERO_DEEP,
        HERO_BAR,
        CALL,
        CALL_INK,
        *AMBITIONS.values(),
        *PALETTE.values(),
        *(s.colour for s in STATUSES.values()),
        *HEAT,
    )
}

# Type grows by a fourth, space by half steps of 8 px: enough sizes for a card and a page, no more.
TYPE = {
    "small": "0.875rem",
    "text": "1rem",
    "lead": "1.125rem",
    "h3": "1.125rem",
    "h2": "1.375rem",
    "h1": "2rem",
    "figure": "2.125rem",
}
SPACE = {"1": "0.25rem", "2": "0.5rem", "3": "0.75rem", "4": "1rem", "5": "1.5rem", "6": "2.5rem"}


def vega_config() -> dict:
    """The `config` of a chart that is explored: our fonts and colours, legible axes, French
    numbers. It replaces Streamlit's theme, whose axis labels reach a contrast of 3.7:1 only.
    """
    quiet = {"labelColor": MUTED.var, "titleColor": MUTED.var, "labelFontSize": 13}
    lines = {"domainColor": EDGE.var, "tickColor": EDGE.var, "gridColor": LINE.var}
    return {
        "background": "transparent",
        "font": f"'{TEXT_FONT}', {FALLBACK_FONTS}",
        "locale": {
            "number": {
                "decimal": ",",
                "thousands": "\u202f",
                "grouping": [3],
                "currency": ["", "\u00a0€"],
                "minus": "\u2212",
            }
        },
        "axis": quiet | lines | {"titleFontSize": 13, "titleFontWeight": "normal"},
        "axisX": {"grid": False},
        "legend": quiet | {"orient": "top"},
        "view": {"stroke": None},
    }


def for_print(drawn: str) -> str:
    """A drawing for paper: every colour variable replaced by its light value, on white."""
    drawn = drawn.replace(PAPER.var, "#FFFFFF")
    for colour in COLOURS.values():
        drawn = drawn.replace(colour.var, colour.light)
    return drawn


def css() -> str:
    """The stylesheet of the components: the palette as variables, then `styles/`. Class names
    start with `cp-`.
    """
    return f"{_variables()}\n{_STYLESHEET}"


def light_css() -> str:
    """The stylesheet of the light pages: the same variables, their part of `styles/`, and the
    fonts, which nothing waits for.
    """
    config = tomllib.loads(_CONFIG.read_text(encoding="utf-8"))["theme"]
    font_faces = "\n".join(
        f"@font-face{{font-family:'{face['family']}';src:url('/{face['url']}') format('woff2');"
        f"font-weight:{face['weight']};font-display:swap;unicode-range:{face['unicodeRange']}}}"
        for face in config["fontFaces"]
    )
    parts = (_variables(), font_faces, _without_layout(_joined(LIGHT_STYLES)))
    return "\n".join(parts)


def _without_layout(style: str) -> str:
    """Comments and indentation are for who reads the file: on a slow line a kilobyte is felt."""
    bare = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", bare)


_CONFIG = Path(__file__).parent / ".streamlit" / "config.toml"


def _variables() -> str:
    """The palette and sizes, and the colour of each ambition where it is named: a tile, a row of a
    workshop, a button.
    """
    palette = "".join(f"--cp-{c.code}:light-dark({c.light},{c.dark});" for c in COLOURS.values())
    sizes = "".join(f"--cp-size-{name}:{size};" for name, size in TYPE.items())
    spaces = "".join(f"--cp-space-{name}:{size};" for name, size in SPACE.items())
    fonts = f"--cp-titles:'{TITLE_FONT}',{FALLBACK_FONTS};"
    ambitions = "\n".join(
        f"[data-ambition={code}],"
        f"[class*=_ambition] [data-testid=stButtonGroup] button:nth-of-type({n})"
        f"{{--cp-of:var(--cp-{code})}}"
        for n, code in enumerate(AMBITIONS, start=1)
    )
    return f":root{{{palette}{sizes}{spaces}{fonts}}}\n{ambitions}"


def on_paper(chosen: Mapping[str, str]) -> dict[str, str]:
    """Code of a colour → what it is on paper, an ambition in the colour that was chosen for it."""
    colours = {c.code: c.light for c in COLOURS.values()}
    given = {code: PALETTE[name].light for code, name in chosen.items() if name in PALETTE}
    return colours | given


def css_of_ambitions(chosen: Mapping[str, str]) -> str:
    """The rules that give ambitions (by code) the colours of the palette that were chosen for them;
    empty where each has its own. Charts follow: they hold the same variables.
    """
    rules = "".join(
        f"--cp-{code}:{PALETTE[name].var};"
        for code, name in chosen.items()
        if code in AMBITIONS and name in PALETTE
    )
    return f":root{{{rules}}}" if rules else ""


# One file a subject; the order is that of the cascade.
STYLES = (
    "base frame cards workstreams cockpit roadmap lists desk search charts tables streamlit"
    " records forms files front jobs notices atelier reference communities groups agenda"
    " academy plots filters phone access embed"
).split()
# Those of the light pages, which Streamlit does not surround.
LIGHT_STYLES = (
    "base frame cards workstreams tables records front agenda access embed light guide"
).split()


def _joined(names: Sequence[str]) -> str:
    folder = Path(__file__).parent / "styles"
    return "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in names)


_STYLESHEET = _without_layout(_joined(STYLES))
