"""Charts as the page itself draws them (dessins): lines as SVG that stretches, words and bars as
HTML that does not.

Light where Vega is heavy: there at once, in the colours of the theme, at any width. Each is a
picture for a screen reader, with its alternative text; the table beside it has the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from dashboard import french
from dashboard.rendering import render
from models.clock import add_months, month_start

_HEIGHT = 100  # both sides of the drawing are measured in per cent
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its tone (a class of the stylesheet) and its points (day, value; None: a gap)."""

    tone: str
    points: Sequence[tuple[date, float | None]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point that stands out, with what is written beside it, above the line or below."""

    tone: str
    on: date
    value: float
    text: str
    is_above: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: how many, and what is written over it (empty: nothing)."""

    month: date
    n: int
    text: str


@dataclass(frozen=True, slots=True)
class _Tick:
    """A place on an axis, in per cent, and its words."""

    at: float
    text: str


def lines(
    drawn: Sequence[Line], marks: Sequence[Mark], *, day: date, most: float, alt: str
) -> Markup:
    """Lines over time between nought and `most`, both in per cent; the day looked at is a rule."""
    days = [on for line in drawn for on, _ in line.points]
    first, last = min(days), max(days)
    across = _Axis(first.toordinal(), max(last.toordinal(), first.toordinal() + 1))
    up = _Axis(0, most)
    return render(
        "charts/lines.html",
        alt=alt,
        lines=[(line.tone, _path(line, across, up)) for line in drawn],
        marks=[(mark, across.at(mark.on.toordinal()), up.at(mark.value)) for mark in marks],
        day=across.at(day.toordinal()) if first <= day <= last else None,
        levels=[_Tick(up.at(level), french.percent(level, 0)) for level in (0, 25, 50, 75, 100)],
        months=[
            _Tick(across.at(month.toordinal()), _month(month)) for month in _months(first, last)
        ],
    )


def bars(drawn: Sequence[Bar], *, alt: str, unit: str) -> Markup:
    """One bar a month."""
    most = max((bar.n for bar in drawn), default=0) or 1
    # Counted from the last month, which is the one that readers look for.
    every = max(1, -(-len(drawn) // _MOST_TICKS))
    named = [bar.month for bar in list(reversed(drawn))[::every]]
    # Where the chart is narrow, each second one finds no room.
    spare = named[1::2]
    return render(
        "charts/bars.html",
        alt=alt,
        bars=[
            (
                f"{_HEIGHT * bar.n / most:.1f}",
                bar.text,
                f"{french.month(bar.month)} : {french.counted(bar.n, unit)}",
                _month(bar.month) if bar.month in named else "",
                bar.month in spare,
            )
            for bar in drawn
        ],
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """From a value to its place along a side, in per cent."""

    low: float
    high: float

    def at(self, value: float) -> float:
        return round(_HEIGHT * (value - self.low) / (self.high - self.low), 2)


def _path(line: Line, across: _Axis, up: _Axis) -> str:
    """The line as SVG, from the top left; an unknown point is a gap, never a straight line."""
    steps = []
    is_drawing = False
    for on, value in line.points:
        if value is None:
            is_drawing = False
            continue
        x, y = across.at(on.toordinal()), round(_HEIGHT - up.at(value), 2)
        steps.append(f"{'L' if is_drawing else 'M'}{x:g} {y:g}")
        is_drawing = True
    return "".join(steps)


def _months(first: date, last: date) -> list[date]:
    """Beginnings of months between two days, at equal distances, so many as find room."""
    begin = month_start(first)
    begin = begin if begin >= first else add_months(begin, 1)
    months = []
    while begin <= last:
        months.append(begin)
        begin = add_months(begin, 1)
    step = next(n for n in (1, 2, 3, 4, 6, 12, 24, 48, 1000) if len(months) <= n * _MOST_TICKS)
    return months[::step]


def _month(day: date) -> str:
    return f"{day:%m/%Y}"
