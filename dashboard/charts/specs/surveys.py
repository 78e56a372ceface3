"""The statements of a matrix as a live chart."""

import altair as alt

from dashboard import theme
from dashboard.charts.specs.frames import compiled, rows
from dashboard.charts.surveys import ASIDE, HIDDEN

_COLOURS = {
    "−−": theme.MUTED,
    "−": theme.LINE,
    "=": theme.HEAT[1],
    "+": theme.HEAT[3],
    "++": theme.HEAT[4],
    ASIDE: theme.TRACK,
    HIDDEN: theme.HEAT[0],
}


_DARK = ("−−", "+", "++")


@compiled
def agreement() -> alt.TopLevelMixin:
    """One bar per statement, its words above it, the sign and the share of each step written
    inside.
    """
    # The words stand over the bars: beside them they would leave no room on a phone.
    base = alt.Chart(rows()).encode(y=alt.Y("statement:N", sort=None, title=None, axis=None))
    layers = (_bars(base), *_written_inside(base), _statements(base))
    return alt.layer(*layers).properties(width="container", height=alt.Step(58))


def _bars(base: alt.Chart) -> alt.Chart:
    return base.mark_bar(height=24, yOffset=10, stroke=theme.PAPER.var, strokeWidth=1.5).encode(
        x=alt.X(
            "start:Q",
            title="Part des réponses (%)",
            scale=alt.Scale(domain=[0, 100], nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        x2="end:Q",
        color=alt.Color(
            "sign:N",
            legend=None,
            scale=alt.Scale(
                domain=list(_COLOURS), range=[colour.var for colour in _COLOURS.values()]
            ),
        ),
        tooltip=[
            alt.Tooltip("statement:N", title="Phrase"),
            alt.Tooltip("answer:N", title="Réponse"),
            alt.Tooltip("text:N", title="Part"),
        ],
    )


def _written_inside(base: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """The sign and the share of each step, where its bar is wide enough."""
    wide = "scale('x', datum['end']) - scale('x', datum['start'])"
    dark = " || ".join(f"datum.sign == '{sign}'" for sign in _DARK)
    written = {
        "baseline": "middle",
        "yOffset": 10,
        "fontWeight": 600,
        "color": alt.ExprRef(f"{dark} ? '{theme.SURFACE.var}' : '{theme.INK.var}'"),
    }
    signs = base.mark_text(
        align="left", dx=6, opacity=alt.ExprRef(f"{wide} > 22 ? 1 : 0"), **written
    ).encode(x=alt.X("start:Q", title=None), text="sign:N")
    shares = (
        base.transform_filter("isValid(datum.label)")
        .mark_text(align="right", dx=-6, opacity=alt.ExprRef(f"{wide} > 66 ? 1 : 0"), **written)
        .encode(x=alt.X("end:Q", title=None), text="label:N")
    )
    return signs, shares


def _statements(base: alt.Chart) -> alt.Chart:
    return (
        base.transform_filter("datum.start == 0")
        .mark_text(
            align="left",
            dx=1,
            yOffset=-14,
            fontSize=14,
            limit=alt.ExprRef("width"),
            color=theme.INK.var,
        )
        .encode(x=alt.X("start:Q", title=None), text="statement:N")
    )
