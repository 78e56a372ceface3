"""Charts of ideas: entries filed month by month, the funnel of their states, the backlog by age,
their states at the end of each month.
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


def by_direction(counts: Mapping[str, Mapping[date, int]], days: Sequence[date]) -> Plot:
    """A cell per direction and month: darker where more was filed."""
    most = max(n for by_month in counts.values() for n in by_month.values()) or 1
    cells = {
        (row, column): (-(-4 * n // most), str(n or ""))
        for row, by_month in enumerate(counts.values())
        for column, day in enumerate(days)
        for n in [by_month.get(day, 0)]
    }
    ticks = ["" if place % 3 else f"{day:%m/%y}" for place, day in enumerate(days)]
    return plots.heat(list(counts), ticks, cells)


# --- the funnel ---------------------------------------------------------------------------------


# FunnelStage → the states of the ideas that have reached it. A merged, redirected or withdrawn idea
# counts only as filed.
STAGES: Mapping[str, frozenset[IdeaStatus]] = {
    stage.label: frozenset(status for status in IdeaStatus if status.rules.stage >= stage)
    for stage in FunnelStage
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


# --- the backlog ----------------------------------------------------------------------------------

BACKLOG = ("Attente depuis le dépôt", "Dans le délai", "En retard")
_UNTIL = {
    "Moins d'un mois": 30,
    "1 à 2 mois": 61,
    "2 à 3 mois": 92,
    "3 à 6 mois": 183,
    "6 à 12 mois": 365,
    "Plus d'un an": None,
}
_LATE = theme.STATUSES["en-difficulte"].colour
Age = tuple[str, int, int]  # class, entries within the delay, late ones


def ages(waiting: Mapping[tuple[date, date], int], on: date) -> list[Age]:
    """The pending entries, (filed, due) → number, by class of age."""
    counts = {name: [0, 0] for name in _UNTIL}
    for (filed, due), n in waiting.items():
        days = (on - filed).days
        name = next(name for name, until in _UNTIL.items() if until is None or days < until)
        counts[name][due < on] += n
    return [(name, *found) for name, found in counts.items()]


def backlog(found: Sequence[Age]) -> Plot:
    """One bar per class of age: those within the delay, then the late ones."""
    rows = [Row(name) for name, *_ in found]
    most = max(in_time + late for _, in_time, late in found) or 1
    bars, marks = [], []
    for place, (name, in_time, late) in enumerate(found):
        y, height = plots.band(place, len(found), 0.7)
        begin, wide = round(100 * in_time / most, 2), round(100 * late / most, 2)
        bars.append(Bar(0, y, begin, height, theme.ACCENT.var, tip=f"{name}, dans le délai"))
        bars.append(Bar(begin, y, wide, height, _LATE.var, tip=f"{name}, en retard"))
        parts = [french.number(in_time)] if in_time or not late else []
        if late:
            parts.append(f"{french.number(late)} en retard")
        marks.append(_bar_label(begin + wide, y + height / 2, " · ".join(parts)))
    return Plot(
        42 * len(rows), rows=rows, bars=bars, marks=marks, left=plots.room_for(rows), right=(12, 12)
    )


# --- states at the end of each month --------------------------------------------------------------

# Outcome → its name and colour, from the ground up.
OUTCOMES = {
    "realisee": ("Réalisées", theme.HEAT[4]),
    "retenue": ("Retenues", theme.HEAT[3]),
    "autre": ("Autre réponse", theme.HEAT[1]),
    "ouverte": ("À décider", theme.STATUSES["a-surveiller"].colour),
}
_ROOM = 7  # per cent between the names of two layers


def flow(by_month: Mapping[date, Mapping[str, int]]) -> Plot:
    """One column per month, its outcomes stacked; they are named beside the last one."""
    days = sorted(by_month)
    most, wide = max(sum(by_month[day].values()) for day in days) or 1, 100 / len(days)
    bars, marks, named = [], [], 100.0 + _ROOM
    for place, day in enumerate(days):
        top = 100.0
        for outcome, (name, colour) in OUTCOMES.items():
            n = by_month[day].get(outcome, 0)
            height = round(100 * n / most, 2)
            top = round(top - height, 2)
            tip = f"{french.month(day)}, {name.lower()} : {french.number(n)}"
            x = round(place * wide + 0.15, 2)
            bars.append(Bar(x, top, round(wide - 0.3, 2), height, colour.var, tip=tip))
            if place == len(days) - 1:
                named = min(top + height / 2, named - _ROOM)
                marks.append(Mark(100, named, f"{name} {french.number(n)}", dx=6, has_halo=False))
    return Plot(
        260,
        levels=[(100, "")],
        ticks=[
            (round((place + 0.5) * wide, 2), f"{days[place]:%m/%y}")
            for place in range(len(days) - 1, -1, -3)
        ],
        bars=bars,
        marks=marks,
        left=(16, 16),
        right=(136, 136),
    )


def flow_rows(by_month: Mapping[date, Mapping[str, int]]) -> list[tuple]:
    """One row per month, a column per outcome."""
    return [
        (day, *(by_month[day].get(outcome, 0) for outcome in OUTCOMES)) for day in sorted(by_month)
    ]


FLOW = ("Situation au", *(name for name, _ in OUTCOMES.values()))
