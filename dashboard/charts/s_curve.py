"""The S-curve (courbe en S): planned and earned progress month by month, and where it leads."""

from collections.abc import Sequence
from datetime import date

import altair as alt
import pyarrow as pa

from dashboard import french, theme
from dashboard.charts.frames import compiled, day_rule, haloed, label_at, months, rows
from dashboard.charts.plots import Line, Mark

PLANNED = "Prévu"
EARNED = "Acquis"
ENDS = ("Date probable", "Date prudente")  # where what is earned leads, if the past repeats itself


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


_CURVE = pa.schema(
    {
        "on": pa.date32(),
        "kind": pa.string(),
        "value": pa.float64(),
        "label": pa.string(),
        "upper": pa.bool_(),
        "day": pa.date32(),
    }
)


def curve_rows(
    planned: Sequence[tuple[date, float | None]],
    earned: Sequence[tuple[date, float | None]],
    on: date,
) -> pa.Table:
    """One row per point: on, kind (Prévu, Acquis), value in %; what is written at the day looked
    at, and whether above.
    """
    planned_now = dict(planned).get(on) or 0
    earned_now = dict(earned).get(on) or 0
    higher = EARNED if earned_now > planned_now else PLANNED

    def label(day: date, kind: str, value: float | None) -> str | None:
        if day != on or value is None:
            return None
        # The lower one on two lines: it stays between its point and the edge of a phone.
        between = " " if kind == higher else "\n"
        return f"{kind}{between}{french.percent(value)}"

    lines = [
        {
            "on": day,
            "kind": kind,
            "value": value,
            "label": label(day, kind, value),
            "upper": kind == higher,
            "day": on,
        }
        for kind, series in ((PLANNED, planned), (EARNED, earned))
        for day, value in series
    ]
    return pa.Table.from_pylist(lines, schema=_CURVE)


def with_ends(curves: pa.Table, on: date, probable: date, prudent: date) -> pa.Table:
    """The same curves and, from what is earned on the day looked at, the way to each end: two rows
    for the date probable, two for the date prudente. As they were where nothing is earned yet.
    """
    now = next((row for row in curves.to_pylist() if row["kind"] == EARNED and row["label"]), None)
    if now is None:
        return curves
    ways = [
        {**now, "on": day, "kind": kind, "value": value, "label": None}
        for kind, end in zip(ENDS, (probable, prudent), strict=True)
        for day, value in ((on, now["value"]), (end, 100.0))
    ]
    return pa.concat_tables([curves, pa.Table.from_pylist(ways, schema=_CURVE)])


def fan_of(curves: pa.Table) -> list[Line]:
    """What lies between the way to the probable end and the way to the prudent one; empty where
    there is no forecast.
    """
    ways = {row["kind"]: (row["on"], row["value"]) for row in curves.to_pylist()}
    if not ways.keys() >= set(ENDS):
        return []
    start = next((row["on"], row["value"]) for row in curves.to_pylist() if row["kind"] in ENDS)
    return [Line("fan", [start, *(ways[kind] for kind in ENDS)])]


def lines_of(curves: pa.Table) -> tuple[list[Line], list[Mark]]:
    """The same rows as lines and as the two points of the day looked at."""
    found = curves.to_pylist()
    drawn = [
        Line(tone, [(row["on"], row["value"]) for row in found if row["kind"] == kind])
        for kind, tone in _TONES.items()
    ]
    marks = [
        Mark(_TONES[row["kind"]], row["on"], row["value"], row["label"], row["upper"])
        for row in found
        if row["label"]
    ]
    return drawn, marks


_TONES = {PLANNED: "planned", EARNED: "earned"} | dict.fromkeys(ENDS, "forecast")


def in_words(curves: pa.Table) -> str:
    """« Acquis 80,6 %, prévu 88,3 % au 30/06/2023 ; prévu 100,0 % au 31/12/2023 »."""
    labelled = {row["kind"]: row for row in curves.to_pylist() if row["label"]}
    planned = [
        row for row in curves.to_pylist() if row["kind"] == PLANNED and row["value"] is not None
    ]
    there = [kind for kind in (EARNED, PLANNED) if kind in labelled]
    now = ", ".join(f"{kind.lower()} {french.percent(labelled[kind]['value'])}" for kind in there)
    now = now[:1].upper() + now[1:]
    if not now or not planned:
        return "Pas encore de point à cette date."
    end = f" ; prévu {french.percent(planned[-1]['value'])} au {french.day(planned[-1]['on'])}"
    return f"{now} au {french.day(planned[0]['day'])}{end}."
