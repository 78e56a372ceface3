"""The S-curve (courbe en S): planned and earned progress month by month, and where it leads."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from dashboard import french
from dashboard.charts.plots import Line, Mark
from dashboard.charts.rows import ChartRows, Kind, live

PLANNED = "Prévu"
EARNED = "Acquis"
ENDS = ("Date probable", "Date prudente")  # where what is earned leads, if the past repeats itself

chart = partial(live, "s_curve.chart")

_CURVE = {
    "on": Kind.DAY,
    "kind": Kind.TEXT,
    "value": Kind.NUMBER,
    "label": Kind.TEXT,
    "upper": Kind.YES_NO,
    "day": Kind.DAY,
}


def curve_rows(
    planned: Sequence[tuple[date, float | None]],
    earned: Sequence[tuple[date, float | None]],
    on: date,
) -> ChartRows:
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
    return ChartRows.of(_CURVE, lines)


def with_ends(curves: ChartRows, on: date, probable: date, prudent: date) -> ChartRows:
    """The same curves and, from what is earned on the day looked at, the way to each end: two rows
    for the date probable, two for the date prudente. As they were where nothing is earned yet.
    """
    now = next((row for row in curves.lines if row["kind"] == EARNED and row["label"]), None)
    if now is None:
        return curves
    ways = [
        {**now, "on": day, "kind": kind, "value": value, "label": None}
        for kind, end in zip(ENDS, (probable, prudent), strict=True)
        for day, value in ((on, now["value"]), (end, 100.0))
    ]
    return ChartRows.of(_CURVE, [*curves.lines, *ways])


def fan_of(curves: ChartRows) -> list[Line]:
    """What lies between the way to the probable end and the way to the prudent one; empty where
    there is no forecast.
    """
    ways = {row["kind"]: (row["on"], row["value"]) for row in curves.lines}
    if not ways.keys() >= set(ENDS):
        return []
    start = next((row["on"], row["value"]) for row in curves.lines if row["kind"] in ENDS)
    return [Line("fan", [start, *(ways[kind] for kind in ENDS)])]


def lines_of(curves: ChartRows) -> tuple[list[Line], list[Mark]]:
    """The same rows as lines and as the two points of the day looked at."""
    found = curves.lines
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


def in_words(curves: ChartRows) -> str:
    """« Acquis 80,6 %, prévu 88,3 % au 30/06/2023 ; prévu 100,0 % au 31/12/2023 »."""
    labelled = {row["kind"]: row for row in curves.lines if row["label"]}
    planned = [row for row in curves.lines if row["kind"] == PLANNED and row["value"] is not None]
    there = [kind for kind in (EARNED, PLANNED) if kind in labelled]
    now = ", ".join(f"{kind.lower()} {french.percent(labelled[kind]['value'])}" for kind in there)
    now = now[:1].upper() + now[1:]
    if not now or not planned:
        return "Pas encore de point à cette date."
    end = f" ; prévu {french.percent(planned[-1]['value'])} au {french.day(planned[-1]['on'])}"
    return f"{now} au {french.day(planned[0]['day'])}{end}."
