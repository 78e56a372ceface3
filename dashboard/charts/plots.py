"""Charts as the page itself draws them (dessins): lines as SVG that stretches, words and bars as
HTML that does not.

Light where Vega is heavy: there at once, in the colours of the theme, at any width. Each is a
picture for a screen reader, with its alternative text; the table beside it has the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

from markupsafe import Markup

from dashboard import french, theme
from dashboard.rendering import render
from models.clock import add_months, month_start

_HEIGHT = 100  # both sides of the drawing are measured in per cent
_MOST_TICKS = 7
_LEVELS = 5
_SAYS_ITSELF = "atteint"  # a tick needs no word


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
class Bullet:
    """A value beside what is aimed at, and what was expected by now where that is known: each a
    number and what is written there.
    """

    value: tuple[float, str]
    target: tuple[float, str]
    expected: tuple[float, str] | None


@dataclass(frozen=True, slots=True)
class Span:
    """One row of a calendar: what it is, from when to when it was planned, until when it lasts, and
    its state (a code of `theme.STATUSES`).
    """

    number: str
    title: str
    start: date
    end: date
    until: date
    state: str
    left: float  # of the colour of the state: what is grey is told apart by it
    is_critical: bool = False
    waits: tuple["SpanWait", ...] = ()


@dataclass(frozen=True, slots=True)
class SpanWait:
    """The number of the row that a row waits for; `is_late`: it ends too late for this one."""

    number: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class _Tick:
    """A place on an axis, in per cent, and its words."""

    at: float
    text: str


def numbers(
    drawn: Sequence[Line], marks: Sequence[Mark], *, alt: str, most: float | None = None
) -> Markup:
    """Lines over time of a number, between round levels around its lowest and highest; none of them
    above `most`, where no value is.
    """
    known = [value for line in drawn for _, value in line.points if value is not None]
    levels = _under(most, _levels(min(known), max(known)), max(known))
    return _lines(
        drawn, marks, day=None, levels=[(level, french.number(level)) for level in levels], alt=alt
    )


def _under(most: float | None, levels: list[float], highest: float) -> list[float]:
    """The same levels moved down, so that the last one is `most`."""
    if most is None or levels[-1] <= most or highest > most:
        return levels
    return [level - (levels[-1] - most) for level in levels]


def _levels(low: float, high: float) -> list[float]:
    """Round numbers, one apart at least, from below the lowest to above the highest."""
    rough = max((high - low) / _LEVELS, 1)
    size = 10 ** floor(log10(rough))
    step = size * next(n for n in (1, 2, 5, 10) if rough <= n * size)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    return [n * step for n in range(first, last + 1)]


def dates(drawn: Sequence[Line], marks: Sequence[Mark], *, alt: str) -> Markup:
    """Lines over time of a day, by its number (`toordinal`), between beginnings of months; where it
    would be the day itself there is a rule.
    """
    known = [day for line in drawn for _, day in line.points]
    known += [mark.value for mark in marks]
    levels = _month_levels(date.fromordinal(int(min(known))), date.fromordinal(int(max(known))))
    days = [on for line in drawn for on, _ in line.points] + [mark.on for mark in marks]
    begin, end = max(min(days), levels[0]), min(max(days), levels[-1])
    itself = [(begin, begin.toordinal()), (end, end.toordinal())]
    today = [Line("today", itself)] if begin < end else []
    return _lines(
        [*today, *drawn],
        marks,
        day=None,
        levels=[(level.toordinal(), _month(level)) for level in levels],
        alt=alt,
        is_wide=True,
    )


def _month_levels(low: date, high: date) -> list[date]:
    """Beginnings of months at equal distances, from before the first day to after the last."""
    first = month_start(low)
    apart = (high.year - first.year) * 12 + high.month - first.month + 1
    step = next(n for n in (1, 2, 3, 6, 12, 24, 1000) if apart <= n * _LEVELS)
    return [add_months(first, n) for n in range(0, apart + step, step)]


def lines(
    drawn: Sequence[Line],
    marks: Sequence[Mark],
    *,
    day: date,
    most: float,
    alt: str,
    areas: Sequence[Line] = (),
) -> Markup:
    """Lines over time between nought and `most`, both in per cent; the day looked at is a rule.
    `areas` are filled, from their last point back to their first.
    """
    levels = [(level, french.percent(level, 0)) for level in (0, 25, 50, 75, 100) if level <= most]
    return _lines(drawn, marks, day=day, levels=levels, alt=alt, areas=areas)


def _lines(
    drawn: Sequence[Line],
    marks: Sequence[Mark],
    *,
    day: date | None,
    levels: Sequence[tuple[float, str]],
    alt: str,
    areas: Sequence[Line] = (),
    is_wide: bool = False,
) -> Markup:
    days = [on for line in drawn for on, _ in line.points] + [mark.on for mark in marks]
    first, last = min(days), max(days)
    across = _Axis(first.toordinal(), max(last.toordinal(), first.toordinal() + 1))
    up = _Axis(levels[0][0], levels[-1][0])
    return render(
        "charts/lines.html",
        alt=alt,
        is_wide=is_wide,
        areas=[(area.tone, f"{_path(area, across, up)}Z") for area in areas],
        lines=[(line.tone, _path(line, across, up)) for line in drawn],
        marks=[(mark, across.at(mark.on.toordinal()), up.at(mark.value)) for mark in marks],
        day=across.at(day.toordinal()) if day and first <= day <= last else None,
        levels=[_Tick(up.at(level), words) for level, words in levels],
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


def bullet(drawn: Bullet, *, alt: str, most: float | None = None) -> Markup:
    """A bar from nought, a thick mark over it, a thin one under it; as far as `most`, where no
    number goes beyond.
    """
    marks = [("target", drawn.target), ("expected", drawn.expected)]
    marks = [(kind, mark) for kind, mark in marks if mark]
    known = [drawn.value[0], *(n for _, (n, _) in marks)]
    low, high = min(0.0, *known), max(0.0, *known)
    if most is not None and low >= 0 and high <= most:
        high = most
    levels = _under(most, _levels(low, high), high)
    across = _Axis(levels[0], levels[-1])
    begin, end = sorted((across.at(0.0), across.at(drawn.value[0])))
    return render(
        "charts/bullet.html",
        alt=alt,
        levels=[_Tick(across.at(level), french.number(level)) for level in levels],
        left=begin,
        width=round(end - begin, 2),
        words=drawn.value[1],
        marks=[(kind, _Tick(across.at(n), words)) for kind, (n, words) in marks],
    )


def spans(
    drawn: Sequence[Span], *, day: date, alt: str, window: tuple[date, date] | None = None
) -> Markup:
    """A calendar: the plan as a wide bar, over it what became of it, its state at the end; the day
    looked at is a rule. `window`: what lies outside these two days is cut off.
    """
    first = window[0] if window else min(min(span.start, span.until) for span in drawn)
    last = window[1] if window else max(max(span.end, span.until) for span in drawn)
    across = _Axis(first.toordinal(), max(last.toordinal(), first.toordinal() + 1))
    return render(
        "charts/spans.html",
        alt=alt,
        rows=[_row(span, across) for span in drawn],
        waits=_waits(drawn, across),
        day=across.at(day.toordinal()) if first <= day <= last else None,
        months=[
            _Tick(across.at(month.toordinal()), _month(month)) for month in _months(first, last)
        ],
    )


@dataclass(frozen=True, slots=True)
class _SpanView:
    """A row in per cent of the whole width, and in words."""

    number: str
    title: str
    is_critical: bool
    words: str
    planned: tuple[float, float]
    became: tuple[float, float]
    end: float
    left: float
    status: theme.Status
    word: str  # of the state, beside the end of the bar; empty where the shape says it


@dataclass(frozen=True, slots=True)
class _WaitView:
    """A line from the end of one row down or up to another, and along it to its end: in per cent
    across, in rows down.
    """

    path: str
    is_late: bool


def _waits(drawn: Sequence[Span], across: "_Axis") -> list[_WaitView]:
    places = {span.number: (across.within(span.until), row) for row, span in enumerate(drawn)}
    found = []
    for span in drawn:
        for wait in span.waits:
            if wait.number not in places:
                continue
            (begin, above), (end, here) = places[wait.number], places[span.number]
            path = f"M{begin:g} {above + 0.5:g}V{here + 0.5:g}H{end:g}"
            found.append(_WaitView(path, wait.is_late))
    return found


def _row(span: Span, across: "_Axis") -> _SpanView:
    status = theme.STATUSES[span.state]
    awaited = ", ".join(wait.number for wait in span.waits)
    words = (
        f"{span.number} {span.title} : {status.word} ; prévu du {french.day(span.start)} au"
        f" {french.day(span.end)}, fin réelle ou prévue le {french.day(span.until)}"
        f"{' ; jalon critique' if span.is_critical else ''}"
        f"{f' ; attend {awaited}' if awaited else ''}"
    )
    return _SpanView(
        span.number,
        span.title,
        span.is_critical,
        words,
        across.between(span.start, span.end),
        across.between(span.start, span.until),
        across.within(span.until),
        span.left,
        status,
        "" if span.state == _SAYS_ITSELF else status.word,
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """From a value to its place along a side, in per cent."""

    low: float
    high: float

    def at(self, value: float) -> float:
        return round(_HEIGHT * (value - self.low) / (self.high - self.low), 2)

    def within(self, day: date) -> float:
        """The place of a day, at the edge where it lies outside."""
        return min(max(self.at(day.toordinal()), 0.0), float(_HEIGHT))

    def between(self, one: date, other: date) -> tuple[float, float]:
        """Where a bar from one day to another begins, and how long it is."""
        begin, end = sorted((self.within(one), self.within(other)))
        return begin, round(end - begin, 2)


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
