"""The card of a figure (carte de chiffre): value, target, trend, source of the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from urllib.parse import quote

from dashboard import french, theme
from dashboard.rendering import render
from dashboard.ui.components import draw


@dataclass(frozen=True)
class FigureCard:
    """One figure of a screen. Percentages are 0-100; `unit` is « % » or a noun in the singular («
    mois », « agent »).

    `attainment` is in per cent of the target; `change` (against `since`) is in points for a
    percentage, else in the unit. `trend` is oldest first, None where
    unknown.
    """

    code: str
    label: str
    value: float | None
    unit: str = ""
    decimals: int | None = None
    numerator: float | None = None
    denominator: float | None = None
    target: float | None = None
    attainment: float | None = None
    change: float | None = None
    since: date | None = None
    trend: Sequence[float | None] = ()
    fresh_on: date | None = None
    n: int | None = None
    status: str | None = None
    note: str = ""
    why: str = ""
    suppressed: bool = False  # a small cell: the value exists and must not be shown
    units: str = ""  # the plural of a unit of several words


def cards(figures: Sequence[FigureCard], title: str = "", level: int | None = None) -> None:
    """A grid of figures, under an h2 when there is a `title`. `level` is the heading level of
    the cards' labels.
    """
    draw(
        "figures/cards.html",
        cards=[_shown(figure) for figure in figures],
        title=title,
        level=level or (3 if title else 2),
        columns=_grid_class(len(figures)),
    )


def _grid_class(n: int) -> str:
    """The number of columns that leaves no hole in a row; if one card is missing, the first is
    twice as wide.
    """
    columns = 4 if n in (4, 7, 8) or n > 9 else min(n, 3)
    classes = [f"cp-cols-{columns}"]
    if n > columns and n % columns == columns - 1:
        classes.append("cp-lead-card")
    if n % 2:
        classes.append("cp-odd")
    return " ".join(classes)


def _shown(figure: FigureCard) -> dict:
    # A small cell comes first: the card must not reveal whether it has a value.
    absent = "suppressed" if figure.suppressed else "unknown" if figure.value is None else ""
    trend, trend_in_words = _sparkline(figure)
    parts = (
        "" if figure.n is None else f"calculé sur {french.counted(figure.n, 'valeur')}",
        f"données du {french.day(figure.fresh_on)}" if figure.fresh_on else "",
        figure.note,
    )
    provenance = " · ".join(filter(None, parts))
    return {
        "label": figure.label,
        "status": theme.STATUSES[figure.status] if figure.status else None,
        "absent": absent,
        "digits": "" if absent else french.number(figure.value, figure.decimals),
        "unit": "" if absent else _spaced_unit(figure),
        "counts": "" if absent else _counts(figure),
        "trend": trend,
        "trend_in_words": trend_in_words,
        "facts": _facts(figure),
        "provenance": provenance,
        "why": figure.why,
    }


def _spaced_unit(figure: FigureCard) -> str:
    """The unit preceded by its space."""
    if figure.unit == "%":
        return f"{french.NARROW}%"
    return french.NO_BREAK + french.plural(figure.value, figure.unit, figure.units or None)


def _counts(figure: FigureCard) -> str:
    if figure.numerator is None or figure.denominator is None:
        return ""
    return french.counts(figure.numerator, figure.denominator)


def _facts(figure: FigureCard) -> list[tuple[str, str]]:
    """Target and change, as (term, words); empty ones are left out."""
    facts = []
    if figure.target is not None:
        target = _measure(figure, figure.target)
        if figure.attainment is not None:
            target += f" ({french.percent(figure.attainment, 0)} du chemin fait)"
        facts.append(("Cible", target))
    if figure.change is not None:
        # Of a unit of several words the first one is enough beside the value: « −6 jours ».
        unit = figure.unit.split(" ")[0] if figure.units else figure.unit
        unit = "point" if unit == "%" else unit
        change = french.signed(figure.change, unit, figure.decimals)
        if figure.since:
            change += f" depuis le {french.day(figure.since)}"
        facts.append(("Évolution", change))
    return facts


def _measure(figure: FigureCard, x: float) -> str:
    """A number with the figure's unit: « 80 % », « 2 mois »."""
    if figure.unit == "%":
        return french.percent(x, 0 if x == int(x) else 1)
    if not figure.unit:
        return french.number(x)
    return french.counted(x, figure.unit, figure.units or None)


def _sparkline(figure: FigureCard) -> tuple[str, str]:
    """The image of the trend and its description; both empty with fewer than two known months."""
    known = [x for x in figure.trend if x is not None]
    if figure.suppressed or len(known) < 2:
        return "", ""
    message = (
        f"Évolution : de {_measure(figure, round(known[0], 1))} à"
        f" {_measure(figure, round(known[-1], 1))}"
    )
    if figure.target is not None:
        message += f" ; cible : {_measure(figure, figure.target)}"
    return _sparkline_uri(tuple(figure.trend), figure.target), message


@lru_cache(2048)
def _sparkline_uri(trend: tuple[float | None, ...], target: float | None) -> str:
    """A line, its last point and the target as a dashed line, as an SVG image: Streamlit strips
    <svg> from HTML, and an image is cheap to draw.
    """
    known = [x for x in (*trend, target) if x is not None]
    low = min(known)
    span = (max(known) - low) or 1
    step = 88 / (len(trend) - 1)

    def down(y: float) -> float:
        return round(28 - 24 * (y - low) / span, 1)

    points: list[tuple[float, float] | None] = [None] * len(trend)
    for i, y in enumerate(trend):
        if y is not None:
            points[i] = round(4 + i * step, 1), down(y)
    # An unknown month is a gap in the line, not a straight line across it.
    strokes = "".join(f"M{a[0]} {a[1]}L{b[0]} {b[1]}" for a, b in pairwise(points) if a and b)
    x, y = next(point for point in reversed(points) if point)
    aim = None if target is None else down(target)
    svg = render("figures/sparkline.svg", strokes=strokes, x=x, y=y, aim=aim, colour=theme.SPARK)
    return "data:image/svg+xml," + quote(svg, safe="/:='")
