"""Charts of the ideas: filings month by month, the life of an idea as a funnel, directions by
months as a heat map.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import altair as alt
import pyarrow as pa

from dashboard import french, theme
from dashboard.charts.frames import NARROW, compiled, rows
from dashboard.charts.plots import Bar
from models.ideas import FunnelStage, IdeaStatus

# --- month by month -------------------------------------------------------------------------------


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


def filed_rows(by_month: Mapping[date, int]) -> pa.Table:
    """One row per month: month (its first day), n, what is written over it."""
    months = sorted(by_month)
    highest = max(months, key=lambda month: (by_month[month], month), default=None)
    labels = [
        french.number(by_month[m]) if by_month[m] and m in (highest, months[-1]) else None
        for m in months
    ]
    return pa.table(
        {
            "month": pa.array(months, pa.date32()),
            "n": pa.array([by_month[m] for m in months], pa.int32()),
            "label": pa.array(labels, pa.string()),
        }
    )


def filed_bars(rows: pa.Table) -> list[Bar]:
    """The same rows as bars."""
    return [Bar(row["month"], row["n"], row["label"] or "") for row in rows.to_pylist()]


def filed_alt(by_month: Mapping[date, int]) -> str:
    """« 480 dépôts en 24 mois ; le plus en mars 2023 (41), 12 en juin 2023 »."""
    total = (
        f"{french.counted(sum(by_month.values()), 'dépôt')} en"
        f" {french.counted(len(by_month), 'mois')}"
    )
    if not any(by_month.values()):
        return f"{total}."
    highest = max(by_month, key=lambda month: (by_month[month], month))
    last = max(by_month)
    end = "" if highest == last else f", {french.number(by_month[last])} en {french.month(last)}"
    return (
        f"{total} ; le plus en {french.month(highest)} ({french.number(by_month[highest])}){end}."
    )


# --- the life of an idea --------------------------------------------------------------------------


def _reaching(stage: FunnelStage) -> frozenset[IdeaStatus]:
    return frozenset(status for status in IdeaStatus if status.rules.stage >= stage)


# FunnelStage → the states of which an idea has come that far. What is merged, redirected or
# withdrawn goes no further than its filing: its life is another's, or over.
STAGES: Mapping[str, frozenset[IdeaStatus]] = {
    stage.label: _reaching(stage) for stage in FunnelStage
}


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


_FUNNEL = pa.schema(
    {
        "stage": pa.string(),
        "n": pa.int32(),
        "share": pa.string(),
        "kept": pa.string(),
        "label": pa.string(),
    }
)


def funnel_rows(states: Mapping[str, int]) -> pa.Table:
    """One row per stage: stage, n that came that far, its share of those filed and of the stage
    before, both on the bar.
    """
    lines = []
    filed = None
    before = None
    for stage, reached in STAGES.items():
        n = sum(states.get(str(state), 0) for state in reached)
        # The first stage is the filing, of which the others are shares: 100 % would say nothing.
        is_first = filed is None
        if is_first:
            filed = n
        share = _share(n, filed)
        lines.append(
            {
                "stage": stage,
                "n": n,
                "share": share,
                "kept": None if is_first else _share(n, before),
                "label": french.number(n) if is_first else f"{french.number(n)} · {share}",
            }
        )
        before = n
    return pa.Table.from_pylist(lines, schema=_FUNNEL)


def _share(n: int, of: int) -> str:
    return french.percent(100 * n / of, 0) if of else french.UNKNOWN


def funnel_alt(stages: pa.Table) -> str:
    """« Déposées : 186 ; lues : 170 (91 %) ; … »."""
    tooltip = [
        f"{row['stage'] if i == 0 else row['stage'][0].lower() + row['stage'][1:]} :"
        f" {french.number(row['n'])}" + (f" ({row['share']})" if i else "")
        for i, row in enumerate(stages.to_pylist())
    ]
    return " ; ".join(tooltip) + "."


# --- directions by months -------------------------------------------------------------------------

_NICE = [n * 10**power for power in range(7) for n in (1, 2, 3, 4, 5, 6, 8)]


def steps_for(most: int) -> tuple[int, ...]:
    """Where the colours change: none, then four equal steps that reach `most` (« 1 à 5 », « 6 à
    10 »…).
    """
    step = next(n for n in _NICE if 4 * n >= most)
    return tuple(step * k + 1 for k in range(4))


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


_HEAT = pa.schema(
    {
        "place": pa.string(),
        "code": pa.string(),
        "name": pa.string(),
        "month": pa.date32(),
        "month_name": pa.string(),
        "label": pa.string(),
        "n": pa.int32(),
    }
)


def heat_rows(
    places: Sequence[tuple[str, str]],
    months: Sequence[date],
    counts: Mapping[tuple[str, date], int],
) -> pa.Table:
    """One row per place and month, in the order given: code and name of the place, month as it is
    read and as a label, n.

    `places` are (code, name) pairs; `counts` goes from (code, month) to the entries filed.
    """
    cells = [
        {
            "place": f"{code} · {name}",
            "code": code,
            "name": name,
            "month": month,
            "month_name": french.month(month),
            "label": f"{month:%m/%Y}",
            "n": counts.get((code, month), 0),
        }
        for code, name in places
        for month in months
    ]
    return pa.Table.from_pylist(cells, schema=_HEAT)


def heat_table(cells: pa.Table) -> tuple[pa.Table, dict[str, str]]:
    """The same as one row per place, a column per month and their sum; and the headings of the
    columns, in order.
    """
    lines: dict[str, dict] = {}
    for row in cells.to_pylist():
        line = lines.setdefault(row["code"], {"code": row["code"], "name": row["name"]})
        line[row["label"]] = row["n"]
        line["total"] = line.get("total", 0) + row["n"]
    months = {row["label"]: row["month_name"] for row in cells.to_pylist()}
    headings = {"code": "Code", "name": "Direction concernée"} | months | {"total": "Douze mois"}
    # Arrow takes its columns from the first line, in that line's order.
    ordered = [{name: line[name] for name in headings} for line in lines.values()]
    return pa.Table.from_pylist(ordered), headings


def heat_alt(cells: pa.Table) -> str:
    """« 264 dépôts : Secrétariat général : 3 ; Communication : 5… », in the order of the chart."""
    by_place: dict[str, int] = {}
    for row in cells.to_pylist():
        by_place[row["name"]] = by_place.get(row["name"], 0) + row["n"]
    in_words = " ; ".join(f"{name} : {french.number(n)}" for name, n in by_place.items())
    return f"{french.counted(sum(by_place.values()), 'dépôt')} : {in_words}."
