"""Charts of the ideas: filings month by month, the life of an idea as a funnel, directions by
months as a heat map.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from dashboard import french
from dashboard.charts.plots import Bar
from dashboard.charts.rows import ChartRows, Kind, live
from models.idea_states import FunnelStage, IdeaStatus

# --- month by month -------------------------------------------------------------------------------

filed_by_month = partial(live, "ideas.filed_by_month")

_FILED = {"month": Kind.DAY, "n": Kind.WHOLE, "label": Kind.TEXT}


def filed_rows(by_month: Mapping[date, int]) -> ChartRows:
    """One row per month: month (its first day), n, what is written over it."""
    months = sorted(by_month)
    highest = max(months, key=lambda month: (by_month[month], month), default=None)
    labels = [
        french.number(by_month[m]) if by_month[m] and m in (highest, months[-1]) else None
        for m in months
    ]
    return ChartRows.of(
        _FILED,
        [
            {"month": month, "n": by_month[month], "label": label}
            for month, label in zip(months, labels, strict=True)
        ],
    )


def filed_bars(rows: ChartRows) -> list[Bar]:
    """The same rows as bars."""
    return [Bar(row["month"], row["n"], row["label"] or "") for row in rows.lines]


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

funnel = partial(live, "ideas.funnel")

_FUNNEL = {
    "stage": Kind.TEXT,
    "n": Kind.WHOLE,
    "share": Kind.TEXT,
    "kept": Kind.TEXT,
    "label": Kind.TEXT,
}


def funnel_rows(states: Mapping[str, int]) -> ChartRows:
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
    return ChartRows.of(_FUNNEL, lines)


def _share(n: int, of: int) -> str:
    return french.percent(100 * n / of, 0) if of else french.UNKNOWN


def funnel_alt(stages: ChartRows) -> str:
    """« Déposées : 186 ; lues : 170 (91 %) ; … »."""
    tooltip = [
        f"{row['stage'] if i == 0 else row['stage'][0].lower() + row['stage'][1:]} :"
        f" {french.number(row['n'])}" + (f" ({row['share']})" if i else "")
        for i, row in enumerate(stages.lines)
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


heat_map = partial(live, "ideas.heat_map")

_HEAT = {
    "place": Kind.TEXT,
    "code": Kind.TEXT,
    "name": Kind.TEXT,
    "month": Kind.DAY,
    "month_name": Kind.TEXT,
    "label": Kind.TEXT,
    "n": Kind.WHOLE,
}


def heat_rows(
    places: Sequence[tuple[str, str]],
    months: Sequence[date],
    counts: Mapping[tuple[str, date], int],
) -> ChartRows:
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
    return ChartRows.of(_HEAT, cells)


def heat_table(cells: ChartRows) -> tuple[ChartRows, dict[str, str]]:
    """The same as one row per place, a column per month and their sum; and the headings of the
    columns, in order.
    """
    lines: dict[str, dict] = {}
    for row in cells.lines:
        line = lines.setdefault(row["code"], {"code": row["code"], "name": row["name"]})
        line[row["label"]] = row["n"]
        line["total"] = line.get("total", 0) + row["n"]
    months = {row["label"]: row["month_name"] for row in cells.lines}
    headings = {"code": "Code", "name": "Direction concernée"} | months | {"total": "Douze mois"}
    kinds = dict.fromkeys(headings, Kind.WHOLE) | {"code": Kind.TEXT, "name": Kind.TEXT}
    return ChartRows.of(kinds, lines.values()), headings


def heat_alt(cells: ChartRows) -> str:
    """« 264 dépôts : Secrétariat général : 3 ; Communication : 5… », in the order of the chart."""
    by_place: dict[str, int] = {}
    for row in cells.lines:
        by_place[row["name"]] = by_place.get(row["name"], 0) + row["n"]
    in_words = " ; ".join(f"{name} : {french.number(n)}" for name, n in by_place.items())
    return f"{french.counted(sum(by_place.values()), 'dépôt')} : {in_words}."
