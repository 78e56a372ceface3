"""Charts of the voices: each group's share of the agents beside its share of the voices, and both
month by month.
"""

from collections.abc import Sequence

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import Axis, Line, Mark, Plot, Row, Series
from dashboard.queries.voices import Group

SIZE, VOICES = "Part des effectifs", "Part des voix"
KEY = "◇ part des effectifs · ● part des voix · trait : ce que le hasard permet (à 95 %)."
_HOLLOW = plots.SHAPES["sans-donnee"]
_MISSING = theme.STATUSES["en-difficulte"].colour.var
_SHORT = 22  # letters of a name on a phone


def dots(groups: Sequence[Group]) -> Plot:
    """One row per group whose voices are shown: its share of the voices with its interval, and its
    share of the agents.
    """
    shown = [group for group in groups if group.share is not None]
    most = max((max(group.size, *(group.interval or (group.share,))) for group in shown), default=1)
    levels = plots.over_numbers([0, most], 100)
    ticks = [(level, french.percent(level, 0)) for level, _ in levels.ticks[::2]]
    across = Axis(0, levels.high, ticks)
    lines, marks = [], []
    for place, group in enumerate(shown):
        middle = round(100 * (place + 0.5) / len(shown), 3)
        colour = _MISSING if group.is_missing else theme.ACCENT.var
        if group.interval:
            lines.append(Line([(across.at(end), middle) for end in group.interval], colour, 2))
        marks.append(Mark(across.at(group.size), middle, "", theme.INK.var, _HOLLOW))
        text = french.percent(group.share, 0)
        marks.append(Mark(across.at(group.share), middle, "", colour, plots.CIRCLE))
        marks.append(Mark(100, middle, text, colour, dx=12))
    rows = [_row(group) for group in shown]
    return Plot(
        30 * len(rows),
        ticks=across.places,
        rows=rows,
        lines=lines,
        marks=marks,
        left=plots.room_for(rows),
        right=(60, 56),
        is_ruled=True,
    )


def _row(group: Group) -> Row:
    """The name of a group; its first words on a phone."""
    cut = group.name.rfind(" ", 0, _SHORT) if len(group.name) > _SHORT else -1
    short, rest = (group.name, "") if cut < 0 else (group.name[:cut], group.name[cut + 1 :])
    return Row(short, rest, f"{group.name} : {in_words(group)}", group.is_missing)


def in_words(group: Group) -> str:
    """« 53 % des effectifs, 20 % des voix »."""
    return (
        f"{french.percent(group.size, 0)} des effectifs, {french.percent(group.share, 0)} des voix"
    )


def alt(groups: Sequence[Group]) -> str:
    return " ; ".join(f"{g.name} : {in_words(g)}" for g in groups if g.share is not None) + "."


def over_time(size: Series, share: Series) -> Plot:
    """The share of the agents and of the voices of one group, month by month."""
    curves = {SIZE: size, VOICES: share}
    known = {name: [p for p in line if p[1] is not None] for name, line in curves.items()}
    labels = [
        (name, *points[-1], f"{name} : {french.percent(points[-1][1], 0)}")
        for name, points in known.items()
        if points
    ]
    values = [value for points in known.values() for _, value in points]
    return plots.curves(
        curves,
        {SIZE: plots.PLANNED, VOICES: plots.EARNED},
        labels,
        plots.over_numbers([0, *values], 100),
        written=french.percent,
    )
