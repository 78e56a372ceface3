"""Charts of figures: a value and the expected value month by month; the same figures of several
directions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import Axis, Line, Mark, Plot, Row, Series

VALUE = "Valeur"
EXPECTED = "Attendu"
_LOOKS = {EXPECTED: plots.PLANNED, VALUE: plots.EARNED}


def evolution(
    curves: Mapping[str, Series],
    words: Mapping[str, str],
    most: float | None = None,
    written: Callable[[float], str] | None = None,
) -> Plot:
    """The value and the expected value, as VALUE and EXPECTED, each labelled with `words` at its
    last point; no axis level above `most`; `written` gives the tooltips.
    """
    known = {name: [p for p in points if p[1] is not None] for name, points in curves.items()}
    labels = [(name, *known[name][-1], words[name]) for name in words if known.get(name)]
    up = plots.over_numbers([value for points in known.values() for _, value in points], most)
    return plots.curves(curves, _LOOKS, labels, up, written=written)


# --- several directions -------------------------------------------------------------------------

_TRIANGLE = plots.SHAPES["a-surveiller"]
# Symbol, its sign in a sentence, colour: one for each direction, and the whole.
_PLACES = (
    (plots.CIRCLE, "●", theme.PALETTE["bleu"].var),
    (plots.SQUARE, "■", theme.PALETTE["brique"].var),
    (_TRIANGLE, "▲", theme.PALETTE["violet"].var),
    (plots.DIAMOND, "◆", theme.PALETTE["olive"].var),
    (plots.CROSS, "✚", theme.PALETTE["framboise"].var),
)
_OF_ALL = (plots.SHAPES["sans-donnee"], "◇", theme.INK.var)
# The name of a figure, its value in each direction, in the whole, its target, and its tooltip.
Beside = tuple[str, Sequence[float | None], float | None, float | None, str]


def beside(figures: Sequence[Beside]) -> Plot:
    """One row per figure in per cent: a symbol for each direction, one for the whole, and a thin
    mark for the target.
    """
    across = Axis(0, 100, [(level, f"{level}\u202f%") for level in range(0, 101, 25)])
    rows = [Row(name, tip=f"{name} : {tip}") for name, *_, tip in figures]
    lines, marks = [], []
    for place, (_, values, whole, target, _) in enumerate(figures):
        middle = round(100 * (place + 0.5) / len(rows), 3)
        if target is not None:
            at, (top, height) = across.within(target), plots.band(place, len(rows), 0.6)
            lines.append(Line([(at, top), (at, top + height)], theme.INK.var))
        if len(values) == 1:
            marks.append(Mark(100, middle, french.percent(values[0]), dx=16, is_spare=True))
        for value, (symbol, _, colour) in zip([whole, *values], (_OF_ALL, *_PLACES), strict=False):
            if value is not None:
                marks.append(Mark(across.within(value), middle, "", colour, symbol))
    left, _ = plots.room_for(rows)
    return Plot(
        34 * len(rows),
        ticks=across.places,
        rows=rows,
        lines=lines,
        marks=marks,
        left=(left, 196),
        right=(72, 12),
        is_ruled=True,
    )


def key_of(names: Iterable[str]) -> str:
    """« ● Jeunesse et sports · ◇ toute l'administration · trait : la cible »."""
    signs = [f"{sign} {name}" for name, (_, sign, _) in zip(names, _PLACES, strict=False)]
    return " · ".join([*signs, f"{_OF_ALL[1]} toute l'administration", "trait : la cible."])
