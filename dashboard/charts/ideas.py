"""Charts of ideas: entries filed month by month, the funnel of their states, a heat map of
directions by month.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import Bar, Mark, Plot, Row
from models.idea_states import FunnelStage, IdeaStatus

# --- month by month ------------------------------------------------------------------------------


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


# --- the funnel ---------------------------------------------------------------------------------


def _reaching(stage: FunnelStage) -> frozenset[IdeaStatus]:
    return frozenset(status for status in IdeaStatus if status.rules.stage >= stage)


# FunnelStage → the states of the ideas that have reached it. A merged, redirected or withdrawn idea
# counts only as filed.
STAGES: Mapping[str, frozenset[IdeaStatus]] = {
    stage.label: _reaching(stage) for stage in FunnelStage
}

FUNNEL = ("Étape", "Idées et suggestions", "Part des déposées", "Part de l'étape précédente")
# Stage, number of ideas that reached it, their share of those filed and of the previous stage.
Stage = tuple[str, int, str, str | None]


def stages(states: Mapping[str, int]) -> list[Stage]:
    """How many ideas reached each stage, from the count of each state."""
    reached = [sum(states.get(str(state), 0) for state in group) for group in STAGES.values()]
    return [
        (stage, n, _share(n, reached[0]), _share(n, reached[i - 1]) if i else None)
        for i, (stage, n) in enumerate(zip(STAGES, reached, strict=True))
    ]


def funnel(reached: Sequence[Stage]) -> Plot:
    """One bar per stage, with the number of ideas that reached it and their share of the filed."""
    rows = [Row(stage) for stage, *_ in reached]
    filed = reached[0][1] or 1
    bars, marks = [], []
    for place, (_, n, share, _) in enumerate(reached):
        width = round(100 * n / filed, 2)
        y, height = plots.band(place, len(reached), 0.7)
        bars.append(Bar(0, y, width, height, theme.ACCENT.var))
        # The first stage has no share: it would be 100 %.
        text = f"{french.number(n)} · {share}" if place else french.number(n)
        marks.append(_bar_label(width, y + height / 2, text))
    return Plot(
        42 * len(rows), rows=rows, bars=bars, marks=marks, left=plots.room_for(rows), right=(12, 12)
    )


def _bar_label(width: float, y: float, text: str) -> Mark:
    """The label of a bar: inside a long bar, else after it."""
    if width > 60:
        return Mark(width, y, text, theme.SURFACE.var, dx=-10, anchor="end", has_halo=False)
    return Mark(width, y, text, dx=8)


def _share(n: int, of: int) -> str:
    return french.percent(100 * n / of, 0) if of else french.UNKNOWN


def funnel_alt(reached: Sequence[Stage]) -> str:
    """« Déposées : 186 ; lues : 170 (91 %) ; … »."""
    words = [
        f"{stage[0].lower() + stage[1:] if i else stage} : {french.number(n)}"
        + (f" ({share})" if i else "")
        for i, (stage, n, share, _) in enumerate(reached)
    ]
    return " ; ".join(words) + "."


# --- directions by months -----------------------------------------------------------------------

_NICE = [n * 10**power for power in range(7) for n in (1, 2, 3, 4, 5, 6, 8)]


def steps_for(most: int) -> tuple[int, ...]:
    """Where the colours change: zero, then four equal steps up to `most` (« 1 à 5 », « 6 à 10
    »…).
    """
    step = next(n for n in _NICE if 4 * n >= most)
    return tuple(step * k + 1 for k in range(4))


Counts = Mapping[tuple[str, date], int]  # (code of a place, month) → entries filed


def heat_map(places: Sequence[tuple[str, str]], months: Sequence[date], counts: Counts) -> Plot:
    """One cell per place (code, name) and month, with its number; the higher, the darker."""
    steps = steps_for(max(counts.values()))
    wide = 100 / len(months)
    bars, marks = [], []
    for place, (code, name) in enumerate(places):
        y, height = plots.band(place, len(places), 0.88)
        bars.append(Bar(0, y, 100, height, theme.HEAT[0].var))
        for column, month in enumerate(months):
            n = counts.get((code, month), 0)
            if n:
                level = sum(n >= step for step in steps)
                x, colour = round(column * wide, 2), theme.HEAT[level].var
                tip = f"{name}, {french.month(month)} : {french.counted(n, 'dépôt')}"
                bars.append(Bar(x, y, round(wide - 0.2, 2), height, colour, tip=tip))
                ink = (theme.SURFACE if n >= steps[2] else theme.INK).var
                marks.append(_centred(x + wide / 2, y + height / 2, french.number(n), ink))
    rows = [Row(code, name) for code, name in places]
    return Plot(
        26 * len(rows),
        ticks=[(round((n + 0.5) * wide, 2), f"{month:%m/%y}") for n, month in enumerate(months)],
        rows=rows,
        bars=bars,
        marks=marks,
        left=plots.room_for(rows),
    )


def _centred(x: float, y: float, text: str, colour: str) -> Mark:
    return Mark(round(x, 2), round(y, 3), text, colour, anchor="middle", has_halo=False)


def heat_columns(months: Sequence[date]) -> tuple[str, ...]:
    """The headings of its table."""
    return ("Code", "Direction concernée", *(french.month(m) for m in months), "Douze mois")


def heat_table(
    places: Sequence[tuple[str, str]], months: Sequence[date], counts: Counts
) -> list[tuple]:
    """One row per place, a column per month and their sum."""
    lines = [(code, name, [counts.get((code, m), 0) for m in months]) for code, name in places]
    return [(code, name, *found, sum(found)) for code, name, found in lines]


def heat_alt(table: Sequence[tuple]) -> str:
    """« 264 dépôts : Secrétariat général : 3 ; Communication : 5… », in the order of the chart."""
    in_words = " ; ".join(f"{row[1]} : {french.number(row[-1])}" for row in table)
    return f"{french.counted(sum(row[-1] for row in table), 'dépôt')} : {in_words}."
