"""Draws charts as SVG (dessin): marks placed in per cent of an area.

Pages, images and PDFs share the drawing: letters keep their size, positions stretch with the width,
colours are CSS variables. In a PDF the width is fixed and the variables are replaced by their
values.
"""

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from math import ceil, floor, log10

from markupsafe import Markup

from dashboard import french, theme
from dashboard.queries.figures.events import Event
from dashboard.rendering import render
from models.clock import add_months, month_start, months

_MOST_TICKS = 7
_LEVELS = 5
_MOST_OF_NAMES = 400  # px
_LETTER = 7.5  # px, estimated
_LETTERS = 47  # of a text above its bar, on a phone's line
_TEXT, _BETWEEN = 17, 16  # px of such a line, and below its bar

CIRCLE = "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1-1 0Z"
SQUARE = "M-.9-.9H.9V.9H-.9Z"
DIAMOND = "M0-1.2L1.2 0L0 1.2L-1.2 0Z"
CROSS = "M-1.1-.4H-.4V-1.1H.4V-.4H1.1V.4H.4V1.1H-.4V.4H-1.1Z"
# The symbols of theme.STATUSES as shapes: none of our fonts contains them.
SHAPES = {
    "a-jour": CIRCLE,
    "a-surveiller": "M0-1.1L1.1.8H-1.1Z",
    "en-difficulte": SQUARE,
    "sans-donnee": "M0-1L1 0L0 1L-1 0ZM0-.5L-.5 0L0 .5L.5 0Z",
    "atteint": "M-.9 0L-.3 .7L.9-.7L.7-.95L-.3 .25L-.7-.2Z",
    "a-venir": "M-.9 0A.9 .9 0 1 1 .9 0A.9 .9 0 1 1-.9 0ZM-.5 0A.5 .5 0 1 0 .5 0A.5 .5 0 1 0-.5 0Z",
    "en-pause": "M-.7-.9H-.2V.9H-.7ZM.2-.9H.7V.9H.2Z",
    "annule": "M-.9-.7L-.7-.9L0-.2L.7-.9L.9-.7L.2 0L.9 .7L.7 .9L0 .2L-.7 .9L-.9 .7L-.2 0Z",
}

Series = Sequence[tuple[date, float | None]]


# ── Parts of a drawing ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """One line through points (x, y from the top left; None: a gap), or the area it encloses."""

    points: Sequence[tuple[float, float] | None]
    colour: str
    width: float = 2.5
    dash: str = ""
    is_area: bool = False

    def path(self, across: float, down: float) -> str:
        """The SVG path, with the points stretched to these two sides."""
        steps, letter = [], "M"
        for point in self.points:
            if point:
                steps.append(f"{letter}{point[0] * across:g} {point[1] * down:g}")
            letter = "L" if point else "M"
        return "".join(steps) + ("Z" if self.is_area else "")


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle with its tooltip."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    opacity: float = 1
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol with a label; `dx` and `dy` move the label by pixels. `is_spare` marks are left out
    of a narrow drawing.
    """

    x: float
    y: float
    text: str = ""
    colour: str = theme.INK.var
    symbol: str = ""
    dx: float = 0
    dy: float = 4.5
    anchor: str = "start"
    has_halo: bool = True
    is_spare: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The name of a row: its short form, the rest where there is room, and its tooltip."""

    short: str
    rest: str = ""
    tip: str = ""
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """Converts a value to its position along a side; `ticks` are values with their labels."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]] = ()

    def at(self, value: float) -> float:
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def within(self, value: float) -> float:
        """The position of a value, clipped to the edge."""
        return min(max(self.at(value), 0.0), 100.0)

    def between(self, first: float, second: float) -> tuple[float, float]:
        """The start and the length of a bar from one value to another."""
        begin, end = sorted((self.within(first), self.within(second)))
        return begin, round(end - begin, 2)

    @property
    def places(self) -> list[tuple[float, str]]:
        return [(self.at(value), words) for value, words in self.ticks]


@dataclass(frozen=True, slots=True)
class Plot:
    """One drawing. `levels` are horizontal lines with labels at the left, `ticks` are labels below
    it (above it if there are rows, with the label of its `day`). `left` and `right` are margins in
    pixels: wide, and on a phone.
    """

    height: int
    levels: Sequence[tuple[float, str]] = ()
    ticks: Sequence[tuple[float, str]] = ()
    rows: Sequence[Row] = ()
    day: float | None = None
    day_label: str = ""
    lines: Sequence[Line] = ()
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()
    left: tuple[int, int] = (44, 44)
    right: tuple[int, int] = (12, 12)
    is_ruled: bool = False  # a vertical line at each tick


def on_page(plot: Plot, alt: str) -> Markup:
    """The drawing at any width, in the theme of the reader."""
    return render("charts/plot.html", plot=plot, alt=alt, across=1, down=1, width=None, height=None)


def on_paper(plot: Plot, width: int, height: int | None = None) -> str:
    """The drawing as a file of this width, in the light colours."""
    height = height or plot.height + _ABOVE + _BELOW
    down = height - _ABOVE - _BELOW
    inner_width = width - plot.left[0] - plot.right[0]
    drawn = render(
        "charts/plot.html",
        plot=plot,
        alt="",
        across=inner_width / 100,
        down=down / 100,
        width=width,
        height=height,
    )
    return theme.for_print(str(drawn))


_ABOVE, _BELOW = 24, 28


# ── Axes ────────────────────────────────────────────────────────────────────────────────────────


def over_days(first: date, last: date) -> Axis:
    """A day axis, with ticks at the start of months, as many as fit."""
    starts = [month for month in months(first, last) if month >= first]
    step = next(n for n in (1, 2, 3, 4, 6, 12, 24, 48, 1000) if len(starts) <= n * _MOST_TICKS)
    return Axis(
        first.toordinal(), max(last.toordinal(), first.toordinal() + 1), _dated(starts[::step])
    )


def over_dates(days: Sequence[date]) -> Axis:
    """A vertical day axis with ticks at the start of months, from before the first day to after the
    last.
    """
    first = month_start(min(days))
    span = len(months(first, max(days)))
    step = next(n for n in (1, 2, 3, 6, 12, 24, 1000) if span <= n * _LEVELS)
    ticks = _dated([add_months(first, n) for n in range(0, span + step, step)])
    return Axis(ticks[0][0], ticks[-1][0], ticks)


def over_numbers(values: Sequence[float], most: float | None = None) -> Axis:
    """An axis between round numbers at least one apart; no tick above `most`, the highest possible
    value.
    """
    low, high = min(values), max(values)
    rough = max((high - low) / _LEVELS, 1)
    size = 10 ** floor(log10(rough))
    step = size * next(n for n in (1, 2, 5, 10) if rough <= n * size)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    levels = [n * step for n in range(first, last + 1)]
    if most is not None and high <= most < levels[-1]:
        levels = [level - (levels[-1] - most) for level in levels]
    return Axis(levels[0], levels[-1], [(level, french.number(level)) for level in levels])


def _dated(days: Sequence[date]) -> list[tuple[float, str]]:
    return [(day.toordinal(), f"{day:%m/%Y}") for day in days]


# ── Kinds of drawings ───────────────────────────────────────────────────────────────────────────

# Name of a style → colour, width, dash.
PLANNED = (theme.MUTED.var, 2.5, "6 4")
EARNED = (theme.ACCENT.var, 2.5, "")
FORECAST = (theme.ACCENT.var, 1.5, "2 4")
TODAY = (theme.STATUSES["a-surveiller"].colour.var, 1.5, "2 4")
# The name of a curve, and its label: the day, the value, the text.
Label = tuple[str, date, float, str]


def curves(
    series: Mapping[str, Series],
    looks: Mapping[str, tuple[str, float, str]],
    labels: Sequence[Label],
    up: Axis,
    *,
    day: date | None = None,
    fan: Sequence[tuple[date, float]] = (),
    written: Callable[[float], str] | None = None,
) -> Plot:
    """Lines over time, each with a label at a point; the label of the highest is above it. `fan` is
    a filled area; `day` is a vertical rule; `written` writes the values under the pointer.
    """
    days = [on for points in series.values() for on, _ in points]
    across = over_days(min(days), max(days))

    def place(on: date, value: float | None) -> tuple[float, float] | None:
        if value is None:
            return None
        return across.at(on.toordinal()), round(100 - up.at(value), 2)

    lines = [Line([place(*point) for point in fan], theme.ACCENT.var, is_area=True)] if fan else []
    lines += [
        Line([place(*point) for point in points], *looks[name]) for name, points in series.items()
    ]
    highest = max(labels, key=lambda label: label[2], default=None)
    return Plot(
        224,
        levels=[(round(100 - at, 2), words) for at, words in up.places],
        ticks=across.places,
        day=across.at(day.toordinal()) if day and min(days) <= day <= max(days) else None,
        lines=lines,
        bars=_tooltips(series, across, written) if written else (),
        marks=[
            _labelled(*place(label[1], label[2]), label[3], looks[label[0]][0], label is highest)
            for label in labels
        ],
        left=(64, 64) if any(len(words) > 6 for _, words in up.ticks) else (44, 44),
    )


def _tooltips(
    series: Mapping[str, Series], across: Axis, written: Callable[[float], str]
) -> list[Bar]:
    """An invisible band around each day, with the values of that day."""
    found: dict[date, list[str]] = {}
    for name, points in series.items():
        for on, value in points:
            if value is not None:
                found.setdefault(on, []).append(f"{name.lower()} {written(value)}")
    days = sorted(found)
    if not days:
        return []
    edges = [across.at(on.toordinal()) for on in days]
    middles = [0.0, *(round((a + b) / 2, 2) for a, b in pairwise(edges)), 100.0]
    return [
        Bar(
            a,
            0,
            round(b - a, 2),
            100,
            "transparent",
            tip=f"{french.day(on)} : {', '.join(found[on])}",
        )
        for on, (a, b) in zip(days, pairwise(middles), strict=True)
    ]


def _labelled(x: float, y: float, text: str, colour: str, is_above: bool) -> Mark:
    """A point with a label that its own line does not cross: above it to the left, or below it to
    the right, inside the drawing.
    """
    if is_above:
        dx, dy, anchor = (9, -9, "start") if x <= 25 else (-7, -9, "end")
    else:
        dx, dy, anchor = (9, 18, "start") if x <= 75 else (0, 24, "middle")
        if x > 90:
            dx, anchor = 5, "end"
    return Mark(x, y, text, colour, CIRCLE, dx, dy, anchor)


def bars(by_month: Mapping[date, int], noun: str) -> Plot:
    """One bar per month; the highest and the last one show their number."""
    named = sorted(by_month)
    most, wide = max(by_month.values(), default=0) or 1, 100 / max(len(named), 1)
    highest = max(named, key=lambda month: (by_month[month], month), default=None)
    # Counted from the last month, which readers look for first.
    every = max(1, -(-len(named) // _MOST_TICKS))
    rectangles = [
        Bar(
            round(place * wide + 0.15, 2),
            round(100 - 100 * by_month[month] / most, 2),
            round(wide - 0.3, 2),
            round(100 * by_month[month] / most, 2),
            theme.ACCENT.var,
            tip=f"{french.month(month)} : {french.counted(by_month[month], noun)}",
        )
        for place, month in enumerate(named)
    ]
    return Plot(
        224,
        levels=[(100, "")],
        ticks=[
            (round((place + 0.5) * wide, 2), f"{named[place]:%m/%Y}")
            for place in range(len(named) - 1, -1, -every)
        ],
        bars=rectangles,
        marks=[
            Mark(
                round(bar.x + bar.width / 2, 2),
                bar.y,
                french.number(by_month[month]),
                dy=-5,
                anchor="middle",
            )
            for month, bar in zip(named, rectangles, strict=True)
            if by_month[month] and month in (highest, named[-1])
        ],
        left=(24, 24),
        right=(24, 24),
    )


def bullet(
    value: tuple[float, str],
    target: tuple[float, str],
    expected: tuple[float, str] | None,
    most: float | None = None,
) -> Plot:
    """A bar from zero, a thick mark above it for the target, a thin one below it for the expected
    value; up to `most`, the highest possible value. Each is a number and its label.
    """
    numbers = [0.0, value[0], target[0], *([expected[0]] if expected else [])]
    if most is not None and min(numbers) >= 0 and max(numbers) <= most:
        numbers.append(most)
    across = over_numbers(numbers, most)
    begin, width = across.between(0, value[0])
    is_long = width > 30
    lines = []
    marks = [
        Mark(
            begin + width,
            44.5,
            value[1],
            theme.SURFACE.var if is_long else theme.INK.var,
            dx=-10 if is_long else 8,
            anchor="end" if is_long else "start",
            has_halo=not is_long,
        )
    ]
    for entry, colour, thick, half, dy in (
        (target, theme.INK.var, 4, 24, -7),
        (expected, theme.STATUSES["a-surveiller"].colour.var, 2.5, 18, 17),
    ):
        if entry:
            at = across.at(entry[0])
            y = 44.5 + half * (1 if dy > 0 else -1)
            lines.append(Line([(at, 44.5 - half), (at, 44.5 + half)], colour, thick))
            anchor = "start" if at <= 50 else "end"
            marks.append(Mark(at, y, entry[1], dy=dy, anchor=anchor))
    return Plot(
        88,
        levels=[(100, "")],
        ticks=across.places,
        lines=lines,
        bars=[Bar(begin, 32, width, 25, theme.ACCENT.var)],
        marks=marks,
        left=(8, 8),
        right=(20, 20),
        is_ruled=True,
    )


def heat(
    names: Sequence[str], columns: Sequence[str], cells: Mapping[tuple[int, int], tuple[int, str]]
) -> Plot:
    """A cell per row and column, by place: its step of colour, 0 to 4, and its number."""
    rows = [Row(textwrap.shorten(name, 20, placeholder="…"), tip=name) for name in names]
    wide, rectangles, marks = 100 / len(columns), [], []
    for (row, column), (step, text) in cells.items():
        y, thick = band(row, len(rows), 0.9)
        left, middle = round(column * wide + 0.5, 2), round((column + 0.5) * wide, 2)
        colour = (theme.SURFACE if step > 2 else theme.INK).var
        rectangles.append(Bar(left, y, round(wide - 1, 2), thick, theme.HEAT[step].var))
        marks.append(Mark(middle, y + thick / 2, text, colour, anchor="middle", has_halo=False))
    return Plot(
        26 * len(rows),
        ticks=[(round((n + 0.5) * wide, 2), text) for n, text in enumerate(columns)],
        rows=rows,
        bars=rectangles,
        marks=marks,
        left=(160, 140),
    )


def middle(place: int, rows: int) -> float:
    """The middle of one of so many rows."""
    return round(100 * (place + 0.5) / rows, 3)


def band(place: int, rows: int, share: float) -> tuple[float, float]:
    """The start and thickness of a bar in one of so many rows, as a share of the row."""
    thick = 100 * share / rows
    return round(100 * (place + 0.5) / rows - thick / 2, 3), round(thick, 3)


def captioned(
    texts: Iterable[str], thick: int = 24
) -> tuple[int, list[Mark], list[tuple[float, float]]]:
    """Bars each under its text: the height of the drawing, the texts, and the start and thickness
    of each bar.
    """
    written = [textwrap.wrap(french.typo(text), _LETTERS) for text in texts]
    height = sum(_TEXT * len(lines) + thick + _BETWEEN for lines in written)
    marks, bands, at = [], [], 0
    for lines in written:
        for line in lines:
            at += _TEXT
            marks.append(Mark(0, 100 * at / height, line, dy=-3, has_halo=False))
        bands.append((100 * at / height, 100 * thick / height))
        at += thick + _BETWEEN
    return height, marks, bands


def room_for(rows: Sequence[Row]) -> tuple[int, int]:
    """The pixels that the row names take: wide, and on a phone."""
    longest = max((len(f"{row.short} {row.rest}") for row in rows), default=0)
    short = max((len(row.short) for row in rows), default=0)
    return min(int(_LETTER * longest) + 12, _MOST_OF_NAMES), int(_LETTER * short) + 12


@dataclass(frozen=True, slots=True)
class Chart:
    """`code` names it in keys and files; `title` is its message, `message` explains how to read it,
    `alt` describes it to screen readers. `rows` follow the headings `columns`. `curves` (in `unit`)
    can be explored interactively. `events`: those that may explain them, with the number of their
    mark.
    """

    code: str
    title: str
    message: str
    alt: str
    plot: Plot
    columns: Sequence[str]
    rows: Sequence[tuple]
    curves: Mapping[str, Series] = field(default_factory=dict)
    unit: str = ""
    events: Sequence[tuple[int, Event]] = ()
