"""Charts of one figure: its value month by month, and what was expected."""

from collections.abc import Sequence
from datetime import date
from functools import cache

import altair as alt
import pyarrow as pa

from dashboard import theme
from dashboard.charts.frames import compiled, rows

VALUE, EXPECTED = "Valeur", "Attendu"


@cache
def evolution(unit: str, with_expected: bool = True) -> dict:
    """The value, and the expected line where there is one, month by month; the axis bears the unit."""
    return compiled(lambda: _evolution(unit, with_expected))()


def _evolution(unit: str, with_expected: bool) -> alt.TopLevelMixin:
    scale = alt.Scale(domain=[VALUE, EXPECTED], range=[theme.ACCENT.var, theme.MUTED.var])
    legend = alt.Legend(orient="top", symbolType="stroke") if with_expected else None
    return alt.Chart(rows()).transform_fold(["value", "expected"] if with_expected else ["value"], as_=["which", "y"]).transform_calculate(
        kind=f"datum.which === 'value' ? '{VALUE}' : '{EXPECTED}'").mark_line(
        interpolate="linear", strokeWidth=2.5, point=alt.OverlayMarkDef(size=22)).encode(
        x=alt.X("on:T", title=None, axis=alt.Axis(format="%m/%Y", labelOverlap=True, tickCount=8)),
        y=alt.Y("y:Q", title=unit or "nombre", scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("kind:N", title=None, scale=scale, legend=legend),
        strokeDash=alt.StrokeDash("kind:N", legend=None, scale=alt.Scale(domain=[VALUE, EXPECTED], range=[[1, 0], [6, 4]])),
        tooltip=[alt.Tooltip("on:T", title="Date", format="%d/%m/%Y"), alt.Tooltip("kind:N", title="Courbe"),
                 alt.Tooltip("y:Q", title=unit or "Valeur", format=",.1f")],
    ).properties(width="container", height=280)


def evolution_rows(points: Sequence[tuple[date, float | None, float | None, float | None, float | None]]) -> pa.Table:
    """One row per date: on, value, expected, numerator, denominator."""
    columns = list(zip(*points, strict=True)) if points else [[]] * 5
    return pa.table({"on": pa.array(columns[0], pa.date32()), "value": pa.array(columns[1], pa.float64()),
                     "expected": pa.array(columns[2], pa.float64()), "numerator": pa.array(columns[3], pa.float64()),
                     "denominator": pa.array(columns[4], pa.float64())})
