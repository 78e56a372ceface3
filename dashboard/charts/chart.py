"""One chart, declared once: its words, its drawing, the table behind it; page, files and papers
follow from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.charts.plots import Plot, Series


@dataclass(frozen=True, slots=True)
class Chart:
    """`code` names it in keys and files; `title` is its message, `message` how it is read, `alt`
    what it says to those who do not see it. `rows` are in the order of the headings `columns`.
    `curves` (in `unit`) are what may be explored.
    """

    code: str
    title: str
    message: str
    alt: str
    plot: Plot
    columns: Sequence[str]
    rows: Sequence[tuple]
    curves: Mapping[str, Series] = field(default_factory=dict)
    unit: str = ""
