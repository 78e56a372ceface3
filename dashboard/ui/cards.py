"""The card of a figure (carte de chiffre): value, target, trend, source of the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from urllib.parse import quote

from dashboard import french, theme
from dashboard.figures.board import Entry
from dashboard.figures.kinds import Unit
from dashboard.rendering import render
from dashboard.report import wording
from dashboard.ui.components import draw


@dataclass(frozen=True)
class FigureCard:
    """An entry of the board on a screen. `change` is against `since`; `trend` is oldest first, None
    where unknown.
    """

    entry: Entry
    since: date | None = None
    trend: Sequence[float | None] = ()
    note: str = ""
    why: str = ""


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


def _shown(card: FigureCard) -> dict:
    entry, unit = card.entry, Unit(card.entry.unit)
    # A small cell comes first: the card must not reveal whether it has a value.
    absent = "suppressed" if entry.suppressed else "unknown" if entry.value is None else ""
    trend, trend_in_words = _sparkline(card, unit)
    status = wording.status_on_card(entry)
    counts, n = "", ""
    if not absent and unit.has_counts and None not in (entry.numerator, entry.denominator):
        counts = french.counts(entry.numerator, entry.denominator)
    if not absent and unit.shows_n and entry.n is not None:
        n = f"calculé sur {french.counted(entry.n, 'valeur')}"
    fresh = f"données du {french.day(entry.fresh_on)}" if entry.fresh_on else ""
    spaced_unit = f"{french.NARROW}%"
    if unit is not Unit.percent and not absent:
        spaced_unit = french.NO_BREAK + french.plural(entry.value, unit.singular, unit.label)
    return {
        "label": entry.label,
        "status": theme.STATUSES[status] if status else None,
        "absent": absent,
        "digits": "" if absent else french.number(entry.value, unit.decimals),
        "unit": "" if absent else spaced_unit,
        "counts": counts,
        "trend": trend,
        "trend_in_words": trend_in_words,
        "facts": _facts(card, unit),
        "provenance": " · ".join(filter(None, (n, fresh, card.note))),
        "why": card.why,
    }


def _facts(card: FigureCard, unit: Unit) -> list[tuple[str, str]]:
    """Target and change, as (term, words); empty ones are left out."""
    facts, entry = [], card.entry
    if entry.target is not None:
        target = _measure(entry.target, unit)
        if entry.attainment is not None:
            target += f" ({french.percent(entry.attainment, 0)} du chemin fait)"
        facts.append(("Cible", target))
    if change := wording.change(entry):
        since = f" depuis le {french.day(card.since)}" if card.since else ""
        facts.append(("Évolution", change + since))
    return facts


def _measure(x: float, unit: Unit) -> str:
    """A number with its unit: « 80 % », « 2 mois »."""
    if unit is Unit.percent:
        return french.percent(x, 0 if x == int(x) else 1)
    return french.counted(x, unit.singular, unit.label) if unit.singular else french.number(x)


def _sparkline(card: FigureCard, unit: Unit) -> tuple[str, str]:
    """The image of the trend and its description; both empty with fewer than two known months."""
    known = [x for x in card.trend if x is not None]
    if card.entry.suppressed or len(known) < 2:
        return "", ""
    first, last = (_measure(round(x, 1), unit) for x in (known[0], known[-1]))
    target = card.entry.target
    aim = "" if target is None else f" ; cible : {_measure(target, unit)}"
    return _sparkline_uri(tuple(card.trend), target), f"Évolution : de {first} à {last}{aim}"


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
