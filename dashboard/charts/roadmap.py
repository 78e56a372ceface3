"""Charts of the roadmap: its calendar, the probable dates, the successive forecasts of one
milestone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import Axis, Bar, Line, Mark, Plot, Row, Series
from dashboard.queries.roadmap import PlanAt
from dashboard.queries.waits import Awaited, still_awaited
from models.roadmap import Health, MilestoneState

# Four states share the same grey: their opacity distinguishes them in every chart and bar.
FADED = {"sans-donnee": 1.0, "en-pause": 0.75, "a-venir": 0.55, "annule": 0.35}
_TICKED = "atteint"  # shown by its symbol, without a label
_LATE = theme.STATUSES["en-difficulte"].colour.var

# --- the calendar --------------------------------------------------------------------------------


def gantt(
    milestones: Sequence[PlanAt],
    healths: Sequence[Health],
    every: Mapping[int, PlanAt],
    on: date,
) -> Plot:
    """One row per milestone: a wide bar for the plan, over it the actual or forecast one, its state
    at the end, lines to the milestones it waits for (`every`: the milestones of all programmes by
    id).
    """
    ends = [until(m) for m in milestones]
    starts = [m.schedule.start for m in milestones]
    first = min(*starts, *ends)
    last = max(*ends, *(m.schedule.end for m in milestones))
    across = plots.over_days(first, last)
    awaited = [still_awaited(m, every, on) for m in milestones]
    bars, marks = [], []
    for place, (m, health) in enumerate(zip(milestones, healths, strict=True)):
        bars += _bars(m, health, across, place, len(milestones))
        marks.append(_state(m, health, across, place, len(milestones)))
    rows = [_row(*line) for line in zip(milestones, healths, awaited, strict=True)]
    return Plot(
        28 * len(rows),
        ticks=across.places,
        rows=rows,
        day=across.at(on.toordinal()) if first <= on <= last else None,
        day_label=french.day(on),
        lines=_dependency_lines(milestones, awaited, across),
        bars=bars,
        marks=marks,
        left=plots.room_for(rows),
        right=(120, 22),
        is_ruled=True,
    )


def _bars(m: PlanAt, health: Health, across: Axis, place: int, rows: int) -> list[Bar]:
    colour = theme.STATUSES[str(health)].colour.var
    looks = (
        (m.schedule.end, 0.64, theme.MUTED.var, 0.3),
        (until(m), 0.24, colour, FADED.get(str(health), 1.0)),
    )
    bars = []
    for end, share, tint, opacity in looks:
        x, width = across.between(m.schedule.start.toordinal(), end.toordinal())
        y, height = plots.band(place, rows, share)
        bars.append(Bar(x, y, max(width, 0.3), height, tint, opacity))
    return bars


def _state(m: PlanAt, health: Health, across: Axis, place: int, rows: int) -> Mark:
    status = theme.STATUSES[str(health)]
    return Mark(
        across.within(until(m).toordinal()),
        plots.middle(place, rows),
        "" if status.code == _TICKED else status.word,
        status.colour.var,
        plots.SHAPES[status.code],
        dx=10,
        is_spare=True,
    )


def _row(m: PlanAt, health: Health, awaited: Sequence[Awaited]) -> Row:
    numbers = ", ".join(wait.other.plan.number for wait in awaited)
    tip = (
        f"{m.plan.number} {m.plan.title} : {theme.STATUSES[str(health)].word} ; prévu du"
        f" {french.day(m.schedule.start)} au {french.day(m.schedule.end)}, fin réelle ou prévue le"
        f" {french.day(until(m))}"
        f"{' ; jalon critique' if m.schedule.critical else ''}"
        f"{f' ; attend {numbers}' if awaited else ''}"
    )
    return Row(m.plan.number, m.plan.title, tip, m.schedule.critical)


def _dependency_lines(
    milestones: Sequence[PlanAt], awaited: Sequence[Sequence[Awaited]], across: Axis
) -> list[Line]:
    """From the end of one row, vertically to another, and along it to its end."""
    rows = len(milestones)
    places = {
        m.plan.number: (across.within(until(m).toordinal()), plots.middle(place, rows))
        for place, m in enumerate(milestones)
    }
    lines = []
    for m, others in zip(milestones, awaited, strict=True):
        end, own_row = places[m.plan.number]
        for wait in others:
            if wait.other.plan.number in places:
                begin, other_row = places[wait.other.plan.number]
                look = (_LATE, 1.5, "3 3") if wait.is_late else (theme.MUTED.var, 1, "")
                lines.append(Line([(begin, other_row), (begin, own_row), (end, own_row)], *look))
    return lines


def until(m: PlanAt) -> date:
    """The actual end, else the forecast or planned one."""
    return m.report.on if m.state == MilestoneState.cancelled else m.end


# --- probable dates ------------------------------------------------------------------------------


def intervals(dated: Sequence[tuple[PlanAt, date, date]], on: date) -> Plot:
    """One row per milestone: a bar from its probable to its prudent date, a cross at its due date,
    a diamond at the forecast of its owner.
    """
    days = [on]
    for m, _, prudent in dated:
        days += [prudent, m.schedule.end, _forecast_of(m) or on]
    across = plots.over_days(min(days), max(days))
    bars, marks, rows = [], [], []
    for place, (m, probable, prudent) in enumerate(dated):
        x, width = across.between(probable.toordinal(), prudent.toordinal())
        y, height = plots.band(place, len(dated), 0.4)
        bars.append(Bar(x, y, width, height, theme.ACCENT.var, 0.5))
        for day, (symbol, colour) in ((m.schedule.end, _DUE), (_forecast_of(m), _AHEAD)):
            if day:
                at = across.at(day.toordinal())
                marks.append(Mark(at, plots.middle(place, len(dated)), "", colour, symbol))
        tip = f"{m.plan.number} {m.plan.title} : probable {french.day(probable)}"
        tip += f", prudente {french.day(prudent)}"
        rows.append(Row(m.plan.number, m.plan.title, tip, m.schedule.critical))
    return Plot(
        30 * len(rows),
        ticks=across.places,
        rows=rows,
        day=across.at(on.toordinal()),
        day_label=french.day(on),
        bars=bars,
        marks=marks,
        left=plots.room_for(rows),
        right=(24, 12),
        is_ruled=True,
    )


def _forecast_of(m: PlanAt) -> date | None:
    return m.report.forecast_end if m.report and not m.actual_end else None


_DUE = (plots.CROSS, theme.INK.var)
_AHEAD = (plots.DIAMOND, theme.STATUSES["a-surveiller"].colour.var)
# --- successive forecasts of one ----------------------------------------------------------------

DUE = "Échéance"
FORECAST = "Prévision"
ACTUAL = "Fin réelle"
_TODAY = "Aujourd'hui"
_LOOKS = {
    _TODAY: plots.TODAY,
    DUE: plots.PLANNED,
    FORECAST: plots.EARNED,
    ACTUAL: plots.EARNED,
}

Announced = Mapping[str, Sequence[tuple[date, date]]]  # curve → day, end announced on it


def announced(
    due: Sequence[tuple[date, date]],
    forecasts: Sequence[tuple[date, date]],
    actual: date | None,
    on: date,
) -> Announced:
    """The due dates and forecasts of one milestone, each held until the day looked at."""
    last = min(actual, on) if actual else on
    curves = {DUE: list(due), FORECAST: list(forecasts)}
    for points in curves.values():
        if points and points[-1][0] < last:
            points.append((last, points[-1][1]))
    return curves | ({ACTUAL: [(actual, actual)]} if actual else {})


def trend(curves: Announced) -> Plot:
    """Milestone trend chart: the end announced (vertical) on each day (horizontal); a rising line
    is a receding date, reached where it meets « aujourd'hui ».
    """
    ends = [end for points in curves.values() for _, end in points]
    days = [on for points in curves.values() for on, _ in points]
    up = plots.over_dates(ends)
    begin, end = max(min(days).toordinal(), up.low), min(max(days).toordinal(), up.high)
    itself = [(date.fromordinal(int(n)), n) for n in (begin, end)] if begin < end else []
    series = {_TODAY: itself} | {name: _stepwise(points) for name, points in curves.items()}
    # The actual end replaces the last forecast.
    named = [name for name in (DUE, ACTUAL if ACTUAL in curves else FORECAST) if curves[name]]
    labels = [
        (name, on, end.toordinal(), f"{name} {french.day(end)}")
        for name in named
        for on, end in curves[name][-1:]
    ]
    return plots.curves(series, _LOOKS, labels, up)


def _stepwise(points: Sequence[tuple[date, date]]) -> Series:
    """Days as numbers: an announced date is repeated until the next one."""
    steps = [(on, day.toordinal()) for on, day in points[:1]]
    for (_, before), (on, day) in pairwise(points):
        steps += [(on, before.toordinal()), (on, day.toordinal())]
    return steps
