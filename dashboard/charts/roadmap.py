"""Charts of the roadmap: S-curve (courbe en S), Gantt with planned and actual on one row, dates
of one milestone or several.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from itertools import pairwise

from dashboard import french
from dashboard.charts.plots import Line, Mark, Span, SpanWait
from dashboard.charts.rows import ChartRows, Kind, live
from dashboard.formulas import slip
from dashboard.queries.roadmap import PlanAt
from dashboard.queries.waits import still_awaited
from models.roadmap import Health, MilestoneState

# Four states share the quiet greys: how much of the colour is left tells them apart, in every chart
# and bar alike.
FADED = {"sans-donnee": 1.0, "en-pause": 0.75, "a-venir": 0.55, "annule": 0.35}


# --- the calendar ---------------------------------------------------------------------------------

gantt = partial(live, "roadmap.gantt")

_GANTT = {
    "name": Kind.TEXT,
    "title": Kind.TEXT,
    "start": Kind.DAY,
    "end": Kind.DAY,
    "until": Kind.DAY,
    "state": Kind.TEXT,
    "left": Kind.NUMBER,
    "day": Kind.DAY,
}


def gantt_rows(milestones: Sequence[PlanAt], healths: Sequence[Health], on: date) -> ChartRows:
    """One row per milestone: number and title, planned start and end, actual or forecast end,
    state in words, what is left of its colour, the day.
    """
    lines = [
        {
            "name": _name_of(m),
            "title": m.plan.title,
            "start": m.schedule.start,
            "end": m.schedule.end,
            "until": _until(m),
            "state": health.label,
            "left": FADED.get(str(health), 1.0),
            "day": on,
        }
        for m, health in zip(milestones, healths, strict=True)
    ]
    return ChartRows.of(_GANTT, lines)


def gantt_spans(
    milestones: Sequence[PlanAt],
    healths: Sequence[Health],
    every: Mapping[int, PlanAt],
    on: date,
) -> list[Span]:
    """The same rows as the page itself draws them, with what each still waits for: `every` holds
    the milestones of all programmes by their ids.
    """
    return [
        Span(
            m.plan.number,
            m.plan.title,
            m.schedule.start,
            m.schedule.end,
            _until(m),
            str(health),
            FADED.get(str(health), 1.0),
            m.schedule.critical,
            _waits(m, every, on),
        )
        for m, health in zip(milestones, healths, strict=True)
    ]


def _waits(m: PlanAt, every: Mapping[int, PlanAt], on: date) -> tuple[SpanWait, ...]:
    return tuple(
        SpanWait(one.other.plan.number, one.is_late) for one in still_awaited(m, every, on)
    )


def _name_of(m: PlanAt) -> str:
    return f"{m.plan.number} {m.plan.title}"


def _until(m: PlanAt) -> date:
    if m.state == MilestoneState.cancelled:
        return m.report.on
    return m.actual_end or (m.report.forecast_end if m.report else None) or m.schedule.end


# --- one milestone, one workstream ----------------------------------------------------------------

DUE = "Échéance"
FORECAST = "Prévision"
ACTUAL = "Fin réelle"
FIRST_DUE = "Échéance initiale"

milestone_trend = partial(live, "roadmap.milestone_trend")

# The day, the curve, the end announced on it, whether a report or a revision says so that day.
_Point = tuple[date, str, date, bool]
_TREND = {
    "on": Kind.DAY,
    "kind": Kind.TEXT,
    "day": Kind.DAY,
    "reported": Kind.YES_NO,
    "label": Kind.TEXT,
    "upper": Kind.YES_NO,
}


def milestone_trend_rows(
    due: Sequence[tuple[date, date]],
    forecasts: Sequence[tuple[date, date]],
    actual: date | None,
    on: date,
) -> ChartRows:
    """One row per point: on, kind, day announced, reported (a report or a revision says so that
    day), what is written there.

    The actual end is written in place of the last forecast, which it ends.
    """
    until = min(actual, on) if actual else on
    points: list[_Point] = [(day, DUE, end, True) for day, end in due]
    points += [(day, FORECAST, end, True) for day, end in forecasts]
    for kind, series in ((DUE, due), (FORECAST, forecasts)):
        # What was announced last still holds on the day looked at: its line goes on to it.
        if series and series[-1][0] < until:
            points.append((until, kind, series[-1][1], False))
    if actual:
        points.append((actual, ACTUAL, actual, True))
    labelled = _last_points(points, (DUE, ACTUAL if actual else FORECAST))
    # Two labels at one height would cover each other: the later date bears its own above.
    ahead = max(labelled, key=lambda p: (p[2], p[1] == DUE), default=None)
    marked = {id(point) for point in labelled}
    lines = [_trend_row(point, id(point) in marked, point is ahead) for point in points]
    return ChartRows.of(_TREND, lines)


def _trend_row(point: _Point, is_labelled: bool, is_upper: bool) -> dict[str, object]:
    day, kind, end, is_reported = point
    return {
        "on": day,
        "kind": kind,
        "day": end,
        "reported": is_reported,
        "label": f"{kind} {french.day(end)}" if is_labelled else None,
        "upper": is_upper,
    }


def _last_points(points: Sequence[_Point], kinds: Sequence[str]) -> list[_Point]:
    """The last point of each of these curves, where it has one."""
    found = []
    for kind in kinds:
        of_kind = [point for point in points if point[1] == kind]
        if of_kind:
            found.append(max(of_kind, key=lambda point: point[0]))
    return found


_TONES = {DUE: "planned", FORECAST: "earned", ACTUAL: "earned"}


def trend_lines(rows: ChartRows) -> tuple[list[Line], list[Mark]]:
    """The same rows as the page itself draws them, each day announced by its number: it holds until
    another is.
    """
    lines = []
    for kind in (DUE, FORECAST):
        said = [(row["on"], row["day"].toordinal()) for row in rows.lines if row["kind"] == kind]
        if said:
            lines.append(Line(_TONES[kind], _stepwise(said)))
    marks = [
        Mark(_TONES[row["kind"]], row["on"], row["day"].toordinal(), row["label"], row["upper"])
        for row in rows.lines
        if row["label"]
    ]
    return lines, marks


def _stepwise(said: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    """What was said holds until something else is."""
    points = [said[0]]
    for (_, before), (on, day) in pairwise(said):
        points += [(on, before), (on, day)]
    return points


dumbbell = partial(live, "roadmap.dumbbell")

_DUMBBELL_ROWS = {
    "name": Kind.TEXT,
    "first": Kind.DAY,
    "revised": Kind.DAY,
    "due": Kind.DAY,
    "actual": Kind.DAY,
    "forecast": Kind.DAY,
    "low": Kind.DAY,
    "high": Kind.DAY,
    "day": Kind.DAY,
    "slip": Kind.TEXT,
}


def dumbbell_rows(milestones: Sequence[PlanAt], on: date) -> ChartRows:
    """One row per milestone not cancelled: first and current due date, actual or forecast end, the
    span of them, the slip.

    `revised` is the first due date where another has replaced it: drawn twice on one spot it would
    only hide.
    """
    shown = [m for m in milestones if m.is_counted]
    return ChartRows.of(_DUMBBELL_ROWS, [_dumbbell_row(m, on) for m in shown])


def _dumbbell_row(m: PlanAt, on: date) -> dict[str, object]:
    first = m.first.end
    due = m.schedule.end
    forecast = m.report.forecast_end if m.report and not m.actual_end else None
    known = [day for day in (first, due, m.actual_end, forecast) if day]
    days_late = slip(m.facts())
    return {
        "name": _name_of(m),
        "first": first,
        "revised": first if first != due else None,
        "due": due,
        "actual": m.actual_end,
        "forecast": forecast,
        "low": min(known),
        "high": max(known),
        "day": on,
        "slip": None if days_late is None else _days_in_words(days_late),
    }


def _days_in_words(days: int) -> str:
    return f"{french.signed(days, decimals=0)}{french.NO_BREAK}j"


def slips_in_words(dates: ChartRows) -> str:
    """« 1.2 : +31 j ; 1.3 : −4 j », of the milestones that have an end."""
    tooltip = [f"{row['name'].split(' ')[0]} : {row['slip']}" for row in dates.lines if row["slip"]]
    return f"Écarts à l'échéance : {' ; '.join(tooltip)}." if tooltip else ""
