"""The roadmap as live charts: its calendar, the dates of one milestone or of several."""

from collections.abc import Mapping

import altair as alt

from dashboard import theme
from dashboard.charts.roadmap import ACTUAL, DUE, FIRST_DUE, FORECAST
from dashboard.charts.specs.frames import (
    NARROW,
    compiled,
    day_rule,
    haloed,
    label_at,
    months,
    rows,
)

# The shapes of theme.STATUSES as Vega draws them, beside the words.
_SHAPES = {
    "a-jour": "circle",
    "a-surveiller": "triangle-up",
    "en-difficulte": "square",
    "sans-donnee": "M0,-1L1,0L0,1L-1,0ZM0,-.5L-.5,0L0,.5L.5,0Z",
    "atteint": "M-.9,0L-.3,.7L.9,-.7L.7,-.95L-.3,.25L-.7,-.2Z",
    "a-venir": (
        "M-.9,0A.9,.9,0,1,1,.9,0A.9,.9,0,1,1,-.9,0ZM-.5,0A.5,.5,0,1,0,.5,0A.5,.5,0,1,0,-.5,0Z"
    ),
    "en-pause": "M-.7,-.9L-.2,-.9L-.2,.9L-.7,.9ZM.2,-.9L.7,-.9L.7,.9L.2,.9Z",
    "annule": "M-.9,-.7L-.7,-.9L0,-.2L.7,-.9L.9,-.7L.2,0L.9,.7L.7,.9L0,.2L-.7,.9L-.9,.7L-.2,0Z",
}


# Written beside the bar; a tick needs no word.
_WRITTEN = [status.word for code, status in theme.STATUSES.items() if code != "atteint"]


_NAMES = alt.Axis(
    labelLimit=300,
    domain=False,
    ticks=False,
    labelExpr=f"{NARROW} ? split(datum.label, ' ')[0] : datum.label",
)


@compiled
def gantt() -> alt.TopLevelMixin:
    """One row per milestone: the planned bar, over it the actual or forecast one, and a line for
    the day.
    """
    # One source for all layers: their data are then named once, above them.
    source = alt.Chart(rows())
    base = source.encode(y=alt.Y("name:N", sort=None, title=None, axis=_NAMES))
    span = alt.X("start:T", title=None, axis=months(orient="top"))
    tooltip = [
        alt.Tooltip("title:N", title="Jalon"),
        alt.Tooltip("state:N", title="État"),
        alt.Tooltip("start:T", title="Début prévu", format="%d/%m/%Y"),
        alt.Tooltip("end:T", title="Échéance", format="%d/%m/%Y"),
        alt.Tooltip("until:T", title="Fin réelle ou prévue", format="%d/%m/%Y"),
    ]
    colour = alt.Color("state:N", title=None, legend=None, scale=alt.Scale(**theme.status_scale()))
    planned = base.mark_bar(height=16, color=theme.MUTED.var, opacity=0.3, cornerRadius=3).encode(
        x=span, x2="end:T", tooltip=tooltip
    )
    actual = base.mark_bar(height=6, cornerRadius=3).encode(
        x=span,
        x2="until:T",
        tooltip=tooltip,
        color=colour,
        opacity=alt.Opacity("left:Q", legend=None, scale=None),
    )
    ends = base.mark_point(filled=True, size=100, opacity=1).encode(
        x="until:T",
        tooltip=tooltip,
        color=colour,
        shape=alt.Shape("state:N", title=None, legend=None, scale=_state_scale(_SHAPES)),
    )
    # A word past the edge makes the plot narrower; a phone has no room for it.
    words = base.transform_filter(alt.FieldOneOfPredicate("state", _WRITTEN)).transform_calculate(
        word=f"{NARROW} ? '' : datum.state"
    )
    labels = haloed(
        words.encode(x="until:T", color=colour),
        "word",
        align="left",
        baseline="middle",
        dx=10,
        fontWeight=600,
    )
    return alt.layer(planned, actual, ends, day_rule(source), *labels).properties(
        width="container", height=alt.Step(25)
    )


def _state_scale(values: Mapping[str, float | str]) -> alt.Scale:
    return alt.Scale(
        type="ordinal",
        domain=[status.word for status in theme.STATUSES.values()],
        range=[values[code] for code in theme.STATUSES],
    )


# Milliseconds: below, six ticks stand less than a month apart.
_SHORT = 200 * 24 * 3600 * 1000


def _days_or_months(scale: str) -> str:
    """Ticks closer than a month are days: a month would be written several times."""
    short = f"domain('{scale}')[1] - domain('{scale}')[0] < {_SHORT}"
    return f"{short} ? timeFormat(datum.value, '%d/%m/%Y') : timeFormat(datum.value, '%m/%Y')"


@compiled
def milestone_trend() -> alt.TopLevelMixin:
    """Milestone-trend chart: what was announced as the end (upwards) on each day (to the right);
    a line that rises is a date that recedes, and the milestone is reached where it meets the
    diagonal « aujourd'hui ».
    """
    source = alt.Chart(rows())
    base = _announced(source)
    due = base.transform_filter(f"datum.kind == '{DUE}'").mark_line(
        interpolate="step-after", strokeDash=[6, 4]
    )
    forecast = base.transform_filter(f"datum.kind == '{FORECAST}'").mark_line(
        interpolate="step-after"
    )
    points = base.transform_filter(f"datum.kind == '{FORECAST}' && datum.reported").mark_point(
        filled=True, size=50, opacity=1
    )
    actual = base.transform_filter(f"datum.kind == '{ACTUAL}'").mark_point(
        filled=True, size=160, shape="diamond", opacity=1
    )
    return alt.layer(
        _diagonal_of_today(source), due, forecast, points, actual, *_names_of_ends(base)
    ).properties(width="container", height=320)


def _announced(source: alt.Chart) -> alt.Chart:
    """Day of the report → day that was announced, a colour for each of the three curves."""
    kinds = alt.Scale(
        domain=[DUE, FORECAST, ACTUAL], range=[theme.MUTED.var, theme.ACCENT.var, theme.INK.var]
    )
    return source.encode(
        x=alt.X(
            "on:T",
            title="Date du rapport",
            axis=alt.Axis(
                labelExpr=_days_or_months("x"),
                labelOverlap=True,
                labelSeparation=12,
                labelFlush=True,
                labelBound=True,
                tickCount=alt.ExprRef(f"{NARROW} ? 3 : 6"),
            ),
        ),
        y=alt.Y(
            "day:T",
            title="Date annoncée",
            scale=alt.Scale(padding=24, nice=True),
            axis=alt.Axis(labelExpr=_days_or_months("y"), labelOverlap=True, tickCount=6),
        ),
        color=alt.Color("kind:N", legend=None, scale=kinds),
        tooltip=[
            alt.Tooltip("on:T", title="Au", format="%d/%m/%Y"),
            alt.Tooltip("kind:N", title="Courbe"),
            alt.Tooltip("day:T", title="Date annoncée", format="%d/%m/%Y"),
        ],
    )


def _diagonal_of_today(source: alt.Chart) -> alt.Chart:
    """Where the day announced is the day of the report."""
    first = {"aggregate": "min", "title": None}
    last = {"aggregate": "max"}
    rule = source.mark_rule(color=theme.STATUSES["a-surveiller"].colour.var, strokeDash=[2, 3])
    return rule.encode(
        x=alt.X("on:T", **first),
        x2=alt.X2("on", **last),
        y=alt.Y("on:T", **first),
        y2=alt.Y2("on", **last),
    )


def _names_of_ends(base: alt.Chart) -> list[alt.Chart]:
    """The name of each curve at its last point, above or below it."""
    return [
        layer
        for upper, sign, baseline in (("", -1, "bottom"), ("!", 1, "top"))
        for layer in label_at(
            base.transform_filter(f"isValid(datum.label) && {upper}datum.upper"),
            "label",
            width=150,
            x="on",
            dy=sign * 8,
            baseline=baseline,
        )
    ]


@compiled
def dumbbell() -> alt.TopLevelMixin:
    """One row per milestone: from the first due date over the one in force to the actual or
    forecast end; the slip at the edge.
    """
    domain = [FIRST_DUE, DUE, ACTUAL, FORECAST]
    shapes = alt.Scale(domain=domain, range=["circle", "cross", "square", "diamond"])
    colours = alt.Scale(
        domain=domain,
        range=[
            theme.MUTED.var,
            theme.INK.var,
            theme.ACCENT.var,
            theme.STATUSES["a-surveiller"].colour.var,
        ],
    )
    source = alt.Chart(rows())
    base = source.encode(y=alt.Y("name:N", title=None, sort=None, axis=_NAMES))
    bar = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        x=alt.X("low:T", title=None), x2="high:T"
    )
    words = " : ".join(
        f"datum.key == '{field}' ? '{kind}'" for field, kind in zip(_DUMBBELL, domain, strict=True)
    )
    points = (
        base.transform_fold(list(_DUMBBELL), as_=["key", "date"])
        .transform_filter("isValid(datum.date)")
        .transform_calculate(kind=f"{words} : ''")
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=alt.X("date:T", title=None, axis=months(orient="top"), scale=alt.Scale(padding=10)),
            shape=alt.Shape(
                "kind:N",
                title=None,
                scale=shapes,
                legend=alt.Legend(orient="top", columns=alt.ExprRef(f"{NARROW} ? 2 : 4")),
            ),
            color=alt.Color("kind:N", title=None, scale=colours),
            tooltip=[
                alt.Tooltip("name:N", title="Jalon"),
                alt.Tooltip("kind:N", title="Date"),
                alt.Tooltip("date:T", title="Le", format="%d/%m/%Y"),
            ],
        )
    )
    slips = base.mark_text(align="right", dx=58, fontWeight=600).encode(
        x=alt.value("width"), text="slip:N"
    )
    return alt.layer(bar, points, day_rule(source), slips).properties(
        width="container", height=alt.Step(30)
    )


_DUMBBELL = ("revised", "due", "actual", "forecast")
