"""Charts of the roadmap: the S-curve (courbe en S) and the Gantt with planned and actual on one row."""

from collections.abc import Sequence
from datetime import date

import altair as alt
import pyarrow as pa

from dashboard import theme
from dashboard.charts.frames import compiled, rows
from dashboard.queries.roadmap import MilestoneAt
from models.roadmap import Health, MilestoneState

PLANNED, EARNED = "Prévu", "Acquis"
# Four states share the quiet greys: how much of the colour is left tells them apart, in every chart and bar alike.
FADED = {"sans-donnee": 1.0, "en-pause": 0.75, "a-venir": 0.55, "annule": 0.35}
# The shapes of theme.STATUSES as Vega draws them, beside the words.
_SHAPES = {"a-jour": "circle", "a-surveiller": "triangle-up", "en-difficulte": "square",
           "sans-donnee": "M0,-1L1,0L0,1L-1,0ZM0,-.5L-.5,0L0,.5L.5,0Z",
           "atteint": "M-.9,0L-.3,.7L.9,-.7L.7,-.95L-.3,.25L-.7,-.2Z",
           "a-venir": "M-.9,0A.9,.9,0,1,1,.9,0A.9,.9,0,1,1,-.9,0ZM-.5,0A.5,.5,0,1,0,.5,0A.5,.5,0,1,0,-.5,0Z",
           "en-pause": "M-.7,-.9L-.2,-.9L-.2,.9L-.7,.9ZM.2,-.9L.7,-.9L.7,.9L.2,.9Z",
           "annule": "M-.9,-.7L-.7,-.9L0,-.2L.7,-.9L.9,-.7L.2,0L.9,.7L.7,.9L0,.2L-.7,.9L-.9,.7L-.2,0Z"}
# On a phone the names would leave no room for the bars: the numbers stay, the table below has the names.
_NARROW = "containerSize()[0] < 600"


@compiled
def s_curve() -> alt.TopLevelMixin:
    """Planned and earned progress, month by month; the vertical line is the day looked at."""
    base = alt.Chart(rows()).encode(
        x=alt.X("on:T", title=None, axis=alt.Axis(format="%m/%Y", labelOverlap=True, tickCount=8)),
        tooltip=[alt.Tooltip("on:T", title="Date", format="%d/%m/%Y"), alt.Tooltip("kind:N", title="Courbe"),
                 alt.Tooltip("value:Q", title="Avancement (%)", format=".1f")])
    curve = base.transform_filter("datum.kind != 'jour'").mark_line(interpolate="monotone", strokeWidth=2.5).encode(
        y=alt.Y("value:Q", title="% du poids des jalons", scale=alt.Scale(domain=[0, 100])),
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=[PLANNED, EARNED], range=[theme.MUTED.var, theme.ACCENT.var]),
                        legend=alt.Legend(orient="top")),
        strokeDash=alt.StrokeDash("kind:N", legend=None, scale=alt.Scale(domain=[PLANNED, EARNED], range=[[6, 4], [1, 0]])))
    day = base.transform_filter("datum.kind == 'jour'").mark_rule(color=theme.STATUSES["a-surveiller"].colour.var, strokeDash=[2, 3]).encode(tooltip=[])
    return (curve + day).properties(width="container", height=280)


def s_curve_rows(planned: Sequence[tuple[date, float | None]], earned: Sequence[tuple[date, float | None]],
                 on: date) -> pa.Table:
    """One row per point: on, kind (Prévu, Acquis, jour), value in %."""
    points = [(day, PLANNED, value) for day, value in planned] + [(day, EARNED, value) for day, value in earned]
    points.append((on, "jour", None))
    return pa.table({"on": pa.array([p[0] for p in points], pa.date32()), "kind": [p[1] for p in points],
                     "value": pa.array([p[2] for p in points], pa.float64())})


@compiled
def gantt() -> alt.TopLevelMixin:
    """One row per milestone: the planned bar, over it the actual or forecast one, and a line for the day."""
    source = alt.Chart(rows())  # one source for all layers: their data are then named once, above them
    base = source.encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=300, domain=False, ticks=False,
                                                               labelExpr=f"{_NARROW} ? split(datum.label, ' ')[0] : datum.label")))
    span = alt.X("start:T", title=None, axis=alt.Axis(format="%m/%Y", orient="top", labelOverlap=True, tickCount=8))
    tooltip = [alt.Tooltip("title:N", title="Jalon"), alt.Tooltip("state:N", title="État"),
               alt.Tooltip("start:T", title="Début prévu", format="%d/%m/%Y"),
               alt.Tooltip("end:T", title="Échéance", format="%d/%m/%Y"),
               alt.Tooltip("until:T", title="Fin réelle ou prévue", format="%d/%m/%Y")]
    planned = base.mark_bar(height=14, color=theme.MUTED.var, opacity=0.3, cornerRadius=3).encode(x=span, x2="end:T", tooltip=tooltip)
    legend = alt.Legend(orient="top", columns=alt.ExprRef(f"{_NARROW} ? 2 : 4"))
    actual = base.mark_bar(height=6, cornerRadius=3).encode(
        x=span, x2="until:T", tooltip=tooltip,
        color=alt.Color("state:N", title=None, legend=legend, scale=alt.Scale(**theme.status_scale())),
        opacity=alt.Opacity("state:N", legend=None, scale=_state_scale({code: FADED.get(code, 1.0) for code in theme.STATUSES})))
    slip = base.mark_point(filled=True, size=90, opacity=1).encode(
        x="until:T", tooltip=tooltip,
        color=alt.Color("state:N", legend=None, scale=alt.Scale(**theme.status_scale())),
        shape=alt.Shape("state:N", title=None, legend=legend, scale=_state_scale(_SHAPES)))
    day = source.transform_aggregate(today="max(day)").mark_rule(
        color=theme.STATUSES["a-surveiller"].colour.var, strokeDash=[2, 3], strokeWidth=1.5).encode(x="today:T")
    return (planned + actual + slip + day).properties(width="container", height=alt.Step(22))


def _state_scale(values: dict[str, float | str]) -> alt.Scale:
    return alt.Scale(type="ordinal", domain=[status.word for status in theme.STATUSES.values()], range=[values[code] for code in theme.STATUSES])


def gantt_rows(milestones: Sequence[MilestoneAt], healths: Sequence[Health], on: date) -> pa.Table:
    """One row per milestone: number and title, planned start and end, actual or forecast end, state in words, the day."""
    ends = [_until(m) for m in milestones]
    return pa.table({
        "name": [f"{m.milestone.number} {m.milestone.title}" for m in milestones],
        "title": [m.milestone.title for m in milestones],
        "start": pa.array([m.schedule.start for m in milestones], pa.date32()),
        "end": pa.array([m.schedule.end for m in milestones], pa.date32()),
        "until": pa.array(ends, pa.date32()),
        "state": [health.label for health in healths],
        "day": pa.array([on] * len(milestones), pa.date32())})


def _until(m: MilestoneAt) -> date:
    if m.state == MilestoneState.cancelled:
        return m.report.on
    return m.actual_end or (m.report.forecast_end if m.report else None) or m.schedule.end


# --- one milestone, one workstream ------------------------------------------------------------------------------------

DUE, FORECAST, ACTUAL, FIRST_DUE = "Échéance", "Prévision", "Fin réelle", "Échéance initiale"


def milestone_trend(reached: bool) -> dict:
    """Milestone-trend chart: what was announced as the end (upwards) on each day (to the right); a line that rises is a
    date that recedes, and the milestone is reached where it meets the diagonal « aujourd'hui »."""
    return _trend_of_reached() if reached else _trend_of_open()


@compiled
def _trend_of_reached() -> alt.TopLevelMixin:
    """With the actual end, and a word for it."""
    return _trend({DUE: theme.MUTED.var, FORECAST: theme.ACCENT.var, ACTUAL: theme.INK.var})


@compiled
def _trend_of_open() -> alt.TopLevelMixin:
    """What is not drawn has no place in the legend."""
    return _trend({DUE: theme.MUTED.var, FORECAST: theme.ACCENT.var})


def _days_or_months(scale: str) -> str:
    """Ticks closer than a month are days: a month would be written several times."""
    short = f"domain('{scale}')[1] - domain('{scale}')[0] < {_SHORT}"
    return f"{short} ? timeFormat(datum.value, '%d/%m/%Y') : timeFormat(datum.value, '%m/%Y')"


_SHORT = 200 * 24 * 3600 * 1000  # milliseconds: below, six ticks stand less than a month apart


def _trend(colours: dict[str, str]) -> alt.TopLevelMixin:
    kinds = alt.Scale(domain=list(colours), range=list(colours.values()))
    source = alt.Chart(rows())
    base = source.encode(
        x=alt.X("on:T", title="Date du rapport", axis=alt.Axis(labelExpr=_days_or_months("x"), labelOverlap=True, tickCount=6)),
        # One tick above the last date: nothing is drawn against the legend.
        y=alt.Y("day:T", title="Date annoncée", scale=alt.Scale(padding=12, nice=True),
                axis=alt.Axis(labelExpr=_days_or_months("y"), labelOverlap=True, tickCount=6)),
        color=alt.Color("kind:N", title=None, scale=kinds, legend=alt.Legend(orient="top", columns=alt.ExprRef(f"{_NARROW} ? 2 : 3"))),
        tooltip=[alt.Tooltip("on:T", title="Au", format="%d/%m/%Y"), alt.Tooltip("kind:N", title="Courbe"),
                 alt.Tooltip("day:T", title="Date annoncée", format="%d/%m/%Y")])
    today = source.transform_aggregate(a="min(on)", b="max(on)").mark_rule(
        color=theme.STATUSES["a-surveiller"].colour.var, strokeDash=[2, 3]).encode(x="a:T", x2="b:T", y="a:T", y2="b:T")
    due = base.transform_filter(f"datum.kind == '{DUE}'").mark_line(interpolate="step-after", strokeDash=[6, 4])
    forecast = base.transform_filter(f"datum.kind == '{FORECAST}'").mark_line(interpolate="step-after")
    points = base.transform_filter(f"datum.kind == '{FORECAST}' && datum.told").mark_point(filled=True, size=50, opacity=1)
    actual = base.transform_filter(f"datum.kind == '{ACTUAL}'").mark_point(filled=True, size=160, shape="diamond", opacity=1)
    return (today + due + forecast + points + actual).properties(width="container", height=300)


def milestone_trend_rows(due: Sequence[tuple[date, date]], forecasts: Sequence[tuple[date, date]], actual: date | None,
                         on: date) -> pa.Table:
    """One row per point: on, kind, day announced, told (a report or a revision says so that day)."""
    until = min(actual, on) if actual else on
    points = [(day, DUE, end, True) for day, end in due] + [(day, FORECAST, end, True) for day, end in forecasts]
    for kind, series in ((DUE, due), (FORECAST, forecasts)):
        if series and series[-1][0] < until:
            points.append((until, kind, series[-1][1], False))
    if actual:
        points.append((actual, ACTUAL, actual, True))
    return pa.table({"on": pa.array([p[0] for p in points], pa.date32()), "kind": [p[1] for p in points],
                     "day": pa.array([p[2] for p in points], pa.date32()), "told": [p[3] for p in points]})


@compiled
def dumbbell() -> alt.TopLevelMixin:
    """One row per milestone: from the first due date over the one in force to the actual or forecast end."""
    domain = [FIRST_DUE, DUE, ACTUAL, FORECAST]
    shapes = alt.Scale(domain=domain, range=["circle", "cross", "square", "diamond"])
    colours = alt.Scale(domain=domain, range=[theme.MUTED.var, theme.INK.var, theme.ACCENT.var, theme.STATUSES["a-surveiller"].colour.var])
    names = alt.Y("name:N", title=None, sort=None, axis=alt.Axis(
        labelLimit=300, labelExpr=f"{_NARROW} ? split(datum.label, ' ')[0] : datum.label"))
    source = alt.Chart(rows())
    base = source.encode(y=names)
    bar = base.mark_rule(strokeWidth=3, opacity=0.45).encode(x=alt.X("low:T", title=None), x2="high:T")
    words = " : ".join(f"datum.key == '{field}' ? '{kind}'" for field, kind in zip(_DUMBBELL, domain, strict=True))
    points = base.transform_fold(list(_DUMBBELL), as_=["key", "day"]).transform_filter("isValid(datum.day)").transform_calculate(
        kind=f"{words} : ''").mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(format="%m/%Y", orient="top", labelOverlap=True, tickCount=8)),
        shape=alt.Shape("kind:N", title=None, scale=shapes, legend=alt.Legend(orient="top", columns=alt.ExprRef(f"{_NARROW} ? 2 : 4"))),
        color=alt.Color("kind:N", title=None, scale=colours),
        tooltip=[alt.Tooltip("name:N", title="Jalon"), alt.Tooltip("kind:N", title="Date"),
                 alt.Tooltip("day:T", title="Le", format="%d/%m/%Y")])
    day = source.transform_aggregate(today="max(day_seen)").mark_rule(
        color=theme.STATUSES["a-surveiller"].colour.var, strokeDash=[2, 3], strokeWidth=1.5).encode(x="today:T")
    return (bar + points + day).properties(width="container", height=alt.Step(26))


_DUMBBELL = ("revised", "due", "actual", "forecast")


def dumbbell_rows(milestones: Sequence[MilestoneAt], on: date) -> pa.Table:
    """One row per milestone not cancelled: first and current due date, actual or forecast end, the span of them.

    `revised` is the first due date where another has replaced it: drawn twice on one spot it would only hide.
    """
    shown = [m for m in milestones if m.is_counted]
    forecasts = [m.report.forecast_end if m.report and not m.actual_end else None for m in shown]
    dates = [[d for d in (m.first.end, m.schedule.end, m.actual_end, forecast) if d]
             for m, forecast in zip(shown, forecasts, strict=True)]
    columns = {"first": [m.first.end for m in shown],
               "revised": [m.first.end if m.first.end != m.schedule.end else None for m in shown], "due": [m.schedule.end for m in shown],
               "actual": [m.actual_end for m in shown], "forecast": forecasts, "low": [min(d) for d in dates],
               "high": [max(d) for d in dates], "day_seen": [on] * len(shown)}
    return pa.table({"name": [f"{m.milestone.number} {m.milestone.title}" for m in shown]}
                    | {name: pa.array(days, pa.date32()) for name, days in columns.items()})
