"""One chart with its texts, its drawing and its table; pages, files and PDFs are made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.charts.plots import Plot, Series
from dashboard.queries.figures.events import Event


@dataclass(frozen=True, slots=True)
class Chart:
    """`code` names it in keys and files; `title` is its message, `message` explains how to read it,
    `alt` describes it to screen readers. `rows` follow the headings `columns`. `curves` (in `unit`)
    can be explored interactively. `events`: those that may explain them, with the number of their
    mark.
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
    events: Sequence[tuple[int, Event]] = ()
