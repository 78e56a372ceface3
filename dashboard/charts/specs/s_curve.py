"""The S-curve (courbe en S) as a live chart."""

import altair as alt

from dashboard import theme
from dashboard.charts.s_curve import EARNED, ENDS, PLANNED
from dashboard.charts.specs.frames import compiled, day_rule, haloed, label_at, months, rows


@compiled
def chart() -> alt.TopLevelMixin:
    """Planned and earned progress, month by month; the vertical line is the day looked at."""
    source = alt.Chart(rows())
    kinds = alt.Scale(
        domain=[PLANNED, EARNED, *ENDS],
        range=[theme.MUTED.var, theme.ACCENT.var, theme.ACCENT.var, theme.ACCENT.var],
    )
    dashes = alt.Scale(domain=[PLANNED, EARNED, *ENDS], range=[[6, 4], [1, 0], [2, 4], [2, 4]])
    base = source.encode(
        x=alt.X("on:T", title=None, axis=months()),
        y=alt.Y("value:Q", title="% du poids des jalons", scale=alt.Scale(domain=[0, 100])),
        color=alt.Color("kind:N", legend=None, scale=kinds),
        tooltip=[
            alt.Tooltip("on:T", title="Date", format="%d/%m/%Y"),
            alt.Tooltip("kind:N", title="Courbe"),
            alt.Tooltip("value:Q", title="Avancement (%)", format=".1f"),
        ],
    )
    curves = base.mark_line(interpolate="monotone", strokeWidth=2.5).encode(
        strokeDash=alt.StrokeDash("kind:N", legend=None, scale=dashes)
    )
    ends = base.transform_filter("isValid(datum.label)")
    # Both curves rise: above and before a point of the upper one, below and after one of the lower
    # one, nothing is drawn.
    # Under it stand the months.
    low = "scale('y', datum.value) > height - 45"
    above = label_at(
        ends.transform_filter("datum.upper"),
        "label",
        width=110,
        x="on",
        before=True,
        dy=alt.ExprRef(f"{low} ? -28 : -6"),
        baseline="bottom",
    )
    below = haloed(
        ends.transform_filter("!datum.upper"),
        "label",
        align="left",
        baseline="top",
        dy=alt.ExprRef(f"{low} ? -24 : 9"),
        lineBreak="\n",
        fontWeight=600,
        dx=alt.ExprRef("min(9, width - scale('x', datum.on) - 48)"),
    )
    return alt.layer(
        day_rule(source), curves, ends.mark_point(filled=True, size=70, opacity=1), *above, *below
    ).properties(width="container", height=300)
