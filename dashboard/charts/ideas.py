"""Charts of the ideas: entries filed month by month."""

from collections.abc import Mapping
from datetime import date

import altair as alt
import pyarrow as pa

from dashboard import theme
from dashboard.charts.frames import compiled, rows


@compiled
def filed_by_month() -> alt.TopLevelMixin:
    """Entries filed each month."""
    return alt.Chart(rows()).mark_bar(color=theme.ACCENT.var, cornerRadiusTopLeft=3, cornerRadiusTopRight=3).encode(
        x=alt.X("month:T", timeUnit="yearmonth", title=None, axis=alt.Axis(format="%m/%Y", labelOverlap=True)),
        y=alt.Y("n:Q", title="Idées et constats déposés", axis=alt.Axis(tickMinStep=1)),
        tooltip=[alt.Tooltip("month:T", title="Mois", format="%B %Y"), alt.Tooltip("n:Q", title="Dépôts")],
    ).properties(width="container", height=220)


def filed_rows(by_month: Mapping[date, int]) -> pa.Table:
    """One row per month: month (its first day), n."""
    months = sorted(by_month)
    return pa.table({"month": pa.array(months, pa.date32()), "n": pa.array([by_month[m] for m in months], pa.int32())})
