"""Interactive chart of curves (explorer), made with Altair, which takes 25 MiB and half a second to
import: imported only when somebody opens it.
"""

import json
from collections.abc import Mapping
from datetime import date
from io import BytesIO

import altair as alt
import pyarrow
from pyarrow import json as arrow_json

from dashboard import theme
from dashboard.charts.plots import Series

_COLOURS = (theme.ACCENT, theme.STATUSES["a-surveiller"].colour, theme.INK)
_PLANNED = ("Prévu", "Attendu")  # as grey as in the drawing
_ROWS = pyarrow.schema(
    {"on": pyarrow.date32(), "kind": pyarrow.string(), "value": pyarrow.float64()}
)
_FIRST_DAY = date(1970, 1, 1)


def explorer(curves: Mapping[str, Series], unit: str) -> alt.LayerChart:
    """The curves: the pointer shows the values of the nearest day, the legend highlights a curve,
    the mouse wheel and dragging choose the months.
    """
    chosen = alt.selection_point(fields=["kind"], bind="legend")
    months = alt.selection_interval(bind="scales", encodings=["x"])
    near = alt.selection_point(
        nearest=True, on="pointerover", clear="pointerout", fields=["on"], empty=False
    )
    others = iter(_COLOURS)
    shades = [theme.MUTED if name in _PLANNED else next(others) for name in curves]
    colours = alt.Scale(domain=list(curves), range=[shade.var for shade in shades])
    base = alt.Chart(_table(curves)).encode(
        x=alt.X("on:T", title=None, axis=alt.Axis(format="%m/%Y", labelOverlap=True, tickCount=8)),
        y=alt.Y("value:Q", title=unit, scale=alt.Scale(zero=False)),
        color=alt.Color("kind:N", title=None, scale=colours),
        tooltip=[
            alt.Tooltip("on:T", title="Date", format="%d/%m/%Y"),
            alt.Tooltip("kind:N", title="Courbe"),
            alt.Tooltip("value:Q", title=unit, format=",.1f"),
        ],
    )
    lines = base.mark_line().encode(
        opacity=alt.when(chosen).then(alt.value(1)).otherwise(alt.value(0.2))
    )
    points = base.mark_point(filled=True, size=80).encode(
        opacity=alt.when(near).then(alt.value(1)).otherwise(alt.value(0))
    )
    return alt.layer(lines.add_params(chosen, months), points.add_params(near)).properties(
        width="container", height=320
    )


def _table(curves: Mapping[str, Series]) -> pyarrow.Table:
    # Arrow reads JSON by itself; from Python lists it would import pandas, another 40 MiB, to check
    # whether they are pandas objects.
    rows = (
        {"on": (on - _FIRST_DAY).days, "kind": kind, "value": value}
        for kind, points in curves.items()
        for on, value in points
        if value is not None
    )
    return arrow_json.read_json(
        BytesIO("\n".join(map(json.dumps, rows)).encode()),
        read_options=arrow_json.ReadOptions(use_threads=False),
        parse_options=arrow_json.ParseOptions(explicit_schema=_ROWS),
    )
