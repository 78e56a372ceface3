"""Marks of events on a curve (ce qui explique la courbe): numbered, with the same numbers in the
list beneath.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.chart import Chart
from dashboard.charts.plots import Line, Mark
from dashboard.queries.figures.events import Event, EventKind
from models.clock import month_start

_MOST = 12
_APART = 16  # marks that fit side by side on a phone
_BESIDE = 3  # per cent: a mark at the edge would lie over the level's label
_DISC = "M-1.6 0A1.6 1.6 0 1 1 1.6 0A1.6 1.6 0 1 1-1.6 0Z"


def with_events(chart: Chart, found: Sequence[Event]) -> Chart:
    """The chart of curves with a numbered mark at each of the chosen days, and the events with the
    number of the nearest mark; those far from any are left out.
    """
    days = [on for points in chart.curves.values() for on, _ in points]
    across = plots.over_days(min(days), max(days))
    apart = (across.high - across.low) / _APART
    # The first point is often a month end: what happened in that month may explain it.
    since = month_start(min(days))
    chosen = _chosen([event for event in found if event.on >= since], apart)
    lines, marks = [], []
    for number, day in enumerate(chosen, 1):
        x = across.within(day.toordinal())
        lines.append(Line([(x, 0), (x, 100)], theme.EDGE.var, 1, "1 4"))
        x = max(x, _BESIDE)
        marks.append(Mark(x, 100, "", theme.INK.var, _DISC))
        label = {"anchor": "middle", "has_halo": False}
        marks.append(Mark(x, 100, str(number), theme.SURFACE.var, **label))
    plot = chart.plot
    plot = replace(plot, lines=[*lines, *plot.lines], marks=[*plot.marks, *marks])
    return replace(chart, plot=plot, events=_numbered(found, chosen, apart))


def in_words(chart: Chart) -> list[str]:
    """« 3. 31/05/2022, 28/06/2022 : Comité de co-pilotage », for paper."""
    days = defaultdict(list)
    for number, event in chart.events:
        days[number, event.text].append(french.day(event.on))
    return [f"{number}. {', '.join(on)} : {text}" for (number, text), on in days.items()]


def _chosen(found: Sequence[Event], apart: float) -> list[date]:
    """The days with a mark: of the weightiest kinds first, then the latest, apart from each
    other.
    """
    kinds, days = list(EventKind), []
    for event in sorted(found, key=lambda event: (kinds.index(event.kind), -event.on.toordinal())):
        is_free = all(abs((event.on - day).days) > apart for day in days)
        if is_free and len(days) < _MOST:
            days.append(event.on)
    return sorted(days)


def _numbered(
    found: Sequence[Event], days: Sequence[date], apart: float
) -> list[tuple[int, Event]]:
    nearest = ((min(days, key=lambda day: abs(event.on - day)), event) for event in found if days)
    return [
        (days.index(day) + 1, event) for day, event in nearest if abs(event.on - day).days <= apart
    ]
