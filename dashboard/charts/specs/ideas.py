"""The ideas as live charts: month by month, the life of an idea, directions by months."""

from functools import cache

import altair as alt

from dashboard import theme
from dashboard.charts.specs.frames import NARROW, compiled, rows


@compiled
def filed_by_month() -> alt.TopLevelMixin:
    """Entries filed each month; the highest month and the last one bear their number."""
    month = alt.X(
        "month:T",
        timeUnit="yearmonth",
        title=None,
        axis=alt.Axis(format="%m/%Y", labelOverlap=True, labelSeparation=8),
    )
    base = alt.Chart(rows()).encode(
        x=month,
        y=alt.Y("n:Q", title="Dépôts par mois", axis=alt.Axis(tickMinStep=1)),
        tooltip=[
            alt.Tooltip("month:T", title="Mois", format="%B %Y"),
            alt.Tooltip("n:Q", title="Dépôts"),
        ],
    )
    bars = base.mark_bar(color=theme.ACCENT.var, cornerRadiusTopLeft=3, cornerRadiusTopRight=3)
    numbers = (
        base.transform_filter("isValid(datum.label)")
        .mark_text(dy=-9, fontWeight=600)
        .encode(
            x=alt.X("month:T", timeUnit="yearmonth", title=None, bandPosition=0.5), text="label:N"
        )
    )
    return alt.layer(bars, numbers).properties(width="container", height=240)


@compiled
def funnel() -> alt.TopLevelMixin:
    """One bar per stage of an idea's life, with how many came that far and the share of those
    filed.
    """
    base = alt.Chart(rows()).encode(
        y=alt.Y(
            "stage:N",
            sort=None,
            title=None,
            axis=alt.Axis(domain=False, ticks=False, labelFontSize=14, labelColor=theme.INK.var),
        ),
        x=alt.X(
            "n:Q",
            title="Nombre d'idées et de suggestions",
            axis=alt.Axis(tickMinStep=1, tickCount=5, grid=True, format=",d"),
        ),
        tooltip=[
            alt.Tooltip("stage:N", title="Étape"),
            alt.Tooltip("n:Q", title="Idées et suggestions", format=",d"),
            alt.Tooltip("share:N", title="Part des déposées"),
            alt.Tooltip("kept:N", title="Part de l'étape précédente"),
        ],
    )
    bars = base.mark_bar(height=30, color=theme.ACCENT.var)
    inside = "scale('x', datum.n) > width - 120"
    numbers = base.mark_text(
        baseline="middle",
        fontWeight=600,
        align=alt.ExprRef(f"{inside} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{inside} ? -10 : 8"),
        color=alt.ExprRef(f"{inside} ? '{theme.SURFACE.var}' : '{theme.INK.var}'"),
    ).encode(text="label:N")
    return alt.layer(bars, numbers).properties(width="container", height=alt.Step(42))


@cache
def heat_map(steps: tuple[int, ...]) -> dict:
    """One cell per direction and month: the number is written in it, the colour has its steps at
    `steps`.
    """
    return compiled(lambda: _heat_map(steps))()


def _heat_map(steps: tuple[int, ...]) -> alt.TopLevelMixin:
    base = alt.Chart(rows()).encode(
        x=alt.X("label:N", sort=None, title=None, axis=_months()),
        y=alt.Y("place:N", sort=None, title=None, axis=_places()),
        tooltip=[
            alt.Tooltip("name:N", title="Direction concernée"),
            alt.Tooltip("month_name:N", title="Mois"),
            alt.Tooltip("n:Q", title="Dépôts", format=",d"),
        ],
    )
    cells = base.mark_rect(stroke=theme.PAPER.var, strokeWidth=2, cornerRadius=3).encode(
        color=alt.Color(
            "n:Q",
            legend=None,
            scale=alt.Scale(
                type="threshold", domain=list(steps), range=[colour.var for colour in theme.HEAT]
            ),
        )
    )
    numbers = (
        base.transform_filter("datum.n > 0")
        .mark_text(
            baseline="middle",
            fontSize=alt.ExprRef(f"{NARROW} ? 11 : 13"),
            color=alt.ExprRef(f"datum.n >= {steps[2]} ? '{theme.SURFACE.var}' : '{theme.INK.var}'"),
        )
        .encode(text=alt.Text("n:Q", format=",d"))
    )
    return alt.layer(cells, numbers).properties(width="container", height=alt.Step(26))


def _months() -> alt.Axis:
    # On a phone the months are numbers, and the year stands under January and under the first one.
    year = "(datum.index == 0 || slice(datum.label, 0, 2) == '01') ? slice(datum.label, 3) : ''"
    name = (
        f"{NARROW} ? slice(datum.label, 0, 2) : timeFormat(datetime(+slice(datum.label, 3),"
        " +slice(datum.label, 0, 2) - 1, 1), '%b')"
    )
    return alt.Axis(
        orient="top",
        labelExpr=f"[{name}, {year}]",
        labelAngle=0,
        labelOverlap=False,
        ticks=False,
        domain=False,
        labelLineHeight=15,
        labelPadding=22,
    )


def _places() -> alt.Axis:
    return alt.Axis(
        domain=False,
        ticks=False,
        labelLimit=alt.ExprRef(f"{NARROW} ? 76 : 420"),
        labelExpr=(
            f"{NARROW} ? split(datum.label, ' · ')[0] : (split(datum.label, ' · ')[1] ||"
            " datum.label)"
        ),
    )
