"""Charts of the academy: the seats taken of the coming sessions, and who is trained, by service and
training.
"""

from collections.abc import Mapping, Sequence

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import Bar, Mark, Plot

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
    cells = {
        place: (0, "…") if share is None else (min(int(share / 20), 4), french.number(share, 0))
        for place, share in shares.items()
    }
    return plots.heat(units, [str(n + 1) for n in range(trainings)], cells)
