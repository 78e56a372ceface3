"""Charts of one figure: its value and the expected value month by month; its value against its
target.
"""

from collections.abc import Mapping

from dashboard.charts import plots
from dashboard.charts.plots import Plot, Series

VALUE = "Valeur"
EXPECTED = "Attendu"
_LOOKS = {EXPECTED: plots.PLANNED, VALUE: plots.EARNED}


def evolution(
    curves: Mapping[str, Series], words: Mapping[str, str], most: float | None = None
) -> Plot:
    """The value and the expected value, as VALUE and EXPECTED, each labelled with `words` at its
    last point; no axis level above `most`.
    """
    known = {name: [p for p in points if p[1] is not None] for name, points in curves.items()}
    labels = [(name, *known[name][-1], words[name]) for name in words if known.get(name)]
    up = plots.over_numbers([value for points in known.values() for _, value in points], most)
    return plots.curves(curves, _LOOKS, labels, up)
