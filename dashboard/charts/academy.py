"""Charts of the academy: the seats taken of the coming sessions, and who is trained, by service and
training.
"""

from collections.abc import Mapping, Sequence
from textwrap import shorten

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import Bar, Mark, Plot, Row

Seats = tuple[str, int, int]  # a session, its seats taken, its capacity


def seats(found: Sequence[Seats]) -> Plot:
    """One bar per session: the seats taken, in its capacity."""
    height, marks, bands = plots.captioned([text for text, *_ in found], 18)
    most = max(capacity for *_, capacity in found) or 1
    bars = []
    for (_, taken, capacity), (y, thick) in zip(found, bands, strict=True):
        width = round(100 * capacity / most, 2)
        bars.append(Bar(0, y, width, thick, theme.TRACK.var))
        bars.append(Bar(0, y, round(100 * taken / most, 2), thick, theme.ACCENT.var))
        text = f"{french.number(taken)} sur {french.number(capacity)}"
        marks.append(Mark(width, y + thick / 2, text, dx=8, has_halo=False))
    return Plot(height, bars=bars, marks=marks, left=(2, 2), right=(84, 84))


def coverage(
    units: Sequence[str], trainings: int, shares: Mapping[tuple[int, int], float | None]
) -> Plot:
    """A cell per unit and training, by place: the per cent of persons trained; None where it is not
    shown.
    """
    rows = [Row(shorten(unit, 20, placeholder="…"), tip=unit) for unit in units]
    wide, bars, marks = 100 / trainings, [], []
    for (row, column), share in shares.items():
        y, thick = plots.band(row, len(rows), 0.9)
        step = 0 if share is None else min(int(share / 20), 4)
        colour = (theme.SURFACE if step > 2 else theme.INK).var
        text = "…" if share is None else french.number(share, 0)
        bars.append(Bar(round(column * wide + 0.5, 2), y, wide - 1, thick, theme.HEAT[step].var))
        middle = round((column + 0.5) * wide, 2)
        marks.append(Mark(middle, y + thick / 2, text, colour, anchor="middle", has_halo=False))
    return Plot(
        26 * len(rows),
        ticks=[(round((n + 0.5) * wide, 2), str(n + 1)) for n in range(trainings)],
        rows=rows,
        bars=bars,
        marks=marks,
        left=(160, 140),
    )
