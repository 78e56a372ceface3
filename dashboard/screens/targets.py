"""The desk of targets (cibles et relevés): the figures as rows, one decided and measured beside
them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import french
from dashboard.actions.figures.declared import Declared
from dashboard.scope import Scope
from dashboard.ui.desk import (
    SHAPE,
    Column,
    Desk,
    Line,
    Noun,
    Opened,
    desk,
    one_page,
    ordered,
)
from dashboard.ui.views import view_tools
from dashboard.visit.navigation import address
from models.keeping import WorkList
from models.roadmap import Target

_SCREEN = "cibles"
_COLUMNS = (
    Column("chiffre", "Chiffre", says=False),
    Column("cible", "Date de la cible"),
    Column("decidee", "Décidée le", says=False),
    Column("raison", "Raison", shown=False, sorts=False),
)


@dataclass(frozen=True)
class FigureRow:
    """A figure, its targets in force, and what is drawn of it beside the list."""

    figure: Declared
    decided: Sequence[Target]
    draw: Callable[[], object]

    def next_after(self, day: date) -> Target | None:
        """The target whose day comes next, else the last one."""
        by_day = sorted(self.decided, key=lambda target: target.for_date)
        coming = [target for target in by_day if target.for_date >= day]
        return next(iter(coming or reversed(by_day)), None)


def _keys(day: date) -> dict[str, Callable[[FigureRow], object]]:
    def of_aim(name: str) -> Callable[[FigureRow], object]:
        return lambda row: getattr(row.next_after(day), name, None)

    return {
        "chiffre": lambda row: row.figure.label,
        "cible": of_aim("for_date"),
        "decidee": of_aim("on"),
    }


def target_desk(
    scope: Scope, figures: Sequence[FigureRow], in_words: Callable[[Target], str]
) -> None:
    """`in_words`: what a target aims at."""
    view_tools(scope, WorkList.targets, _COLUMNS)
    figures = ordered(figures, _COLUMNS, _keys(scope.on))
    page, shown = one_page(figures)

    def line(row: FigureRow) -> Line:
        aim = row.next_after(scope.on)
        if aim is None:
            without = "aucune cible" if row.figure.takes_targets else "suivi sans cible"
            return Line(row.figure.code, row.figure.label, {"cible": without})
        facts = {
            "cible": f"{in_words(aim)} pour le {french.day(aim.for_date)}",
            "raison": aim.reason or "",
        }
        on = f"décidée le {french.day(aim.on)}"
        return Line(row.figure.code, row.figure.label, facts, on)

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
            columns=_COLUMNS,
            opens=opened,
            reply=("w_target_", "w_measure_"),
            act="décider",
        )
    )
