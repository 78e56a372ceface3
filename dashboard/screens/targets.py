"""The desk of targets (cibles et relevés): the figures as rows, one decided and measured beside
them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import french
from dashboard.actions.figures.declared import Declared
from dashboard.queries.columns import Column
from dashboard.scope import Scope
from dashboard.ui.desk import (
    SHAPE,
    Desk,
    Line,
    Noun,
    Opened,
    desk,
    one_page,
    ordered,
)
from dashboard.ui.ordering import order_box
from dashboard.visit.navigation import address
from models.roadmap import Target

_SCREEN = "cibles"


@dataclass(frozen=True)
class FigureRow:
    """A figure, the target that is aimed at, and what is drawn of it beside the list."""

    figure: Declared
    aim: Target | None
    draw: Callable[[], object]


def aim_at(decided: Iterable[Target], day: date) -> Target | None:
    """The target in force whose day comes next, else the last one."""
    by_day = sorted(decided, key=lambda target: target.for_date)
    coming = [target for target in by_day if target.for_date >= day]
    return next(iter(coming or reversed(by_day)), None)


# The figures are those that the product declares, not more from year to year: they are at hand.
_COLUMNS: tuple[Column[FigureRow], ...] = (
    Column("chiffre", "Chiffre", lambda row: row.figure.label),
    Column("cible", "Date de la cible", lambda row: row.aim and row.aim.for_date),
    Column("decidee", "Décidée le", lambda row: row.aim and row.aim.on),
    Column("raison", "Raison", lambda row: row.aim and row.aim.reason),
)


def target_desk(
    scope: Scope, figures: Sequence[FigureRow], in_words: Callable[[Target], str]
) -> None:
    """`in_words`: what a target aims at."""
    order_box("cibles", _COLUMNS)
    figures = ordered(figures, _COLUMNS)
    page, shown = one_page(figures)

    def line(row: FigureRow) -> Line:
        aim = row.aim
        if aim is None:
            without = "aucune cible" if row.figure.takes_targets else "suivi sans cible"
            return Line(row.figure.code, row.figure.label, [without])
        aimed_at = f"{in_words(aim)} pour le {french.day(aim.for_date)}"
        on = f"décidée le {french.day(aim.on)}"
        return Line(row.figure.code, row.figure.label, [aimed_at], on)

    def opened(code: str) -> Opened | None:
        row = next((row for row in figures if row.figure.code == code), None)
        if row is None:
            return None
        return Opened(row.figure.label, row.draw, full=address(_SCREEN, scope, chiffre=code))

    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="chiffre",
            noun=Noun("chiffre", "chiffres", is_feminine=False),
            hint="Choisissez un chiffre de la liste : il s’ouvre ici, avec ses cibles et relevés.",
            lines=[line(row) for row in shown],
            total=len(figures),
            page=page,
            keep={SHAPE: "lignes"},
            opens=opened,
            reply=("w_target_", "w_measure_"),
            act="décider",
        )
    )
