"""The desk of targets (cibles et relevés): figures as rows; a figure's targets and measures
beside the list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import french
from dashboard.figures.board import last_target
from dashboard.figures.kinds import Value
from dashboard.queries.columns import Column
from dashboard.scope import Scope
from dashboard.ui.address import one_page
from dashboard.ui.desk import PAGE, Desk, Line, Noun, Opened, desk, ordered
from models.roadmap import Target

_SCREEN = "cibles"


@dataclass(frozen=True)
class FigureRow:
    """A figure with its targets in force, its drawing beside the list, the day looked at and, where
    only those without fresh data are listed, since when.
    """

    figure: Value
    targets: Sequence[Target]
    draw: Callable[[], object]
    on: date
    fresh_on: date | None = None

    @property
    def aim(self) -> Target | None:
        """The next target, else the last one."""
        return last_target(self.targets, self.on)


# The declared figures: their number does not grow with use, so no paging.
COLUMNS: tuple[Column[FigureRow], ...] = (
    Column("chiffre", "Chiffre", lambda row: row.figure.label),
    Column("cible", "Date de la cible", lambda row: row.aim and row.aim.for_date),
    Column("decidee", "Décidée le", lambda row: row.aim and row.aim.on),
    Column("raison", "Raison", lambda row: row.aim and row.aim.reason),
)


def target_desk(
    scope: Scope, figures: Sequence[FigureRow], in_words: Callable[[Target], str], view: str
) -> None:
    """`in_words`: a target in words; `view`: which figures are listed."""
    figures = ordered(figures, COLUMNS)
    page, shown = one_page(figures, PAGE)

    def line(row: FigureRow) -> Line:
        aim = "aucune cible" if row.figure.takes_targets else "suivi sans cible"
        if row.aim:
            aim = f"{in_words(row.aim)} pour le {french.day(row.aim.for_date)}"
        on = f"décidée le {french.day(row.aim.on)}" if row.aim else ""
        if view:
            fresh = french.day(row.fresh_on) if row.fresh_on else "aucune"
            on = f"dernière donnée : {fresh}"
        return Line(row.figure.code, row.figure.label, [aim], on)

    def opened(code: str) -> Opened | None:
        row = next((row for row in figures if row.figure.code == code), None)
        return Opened(row.figure.label, row.draw) if row else None

    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="chiffre",
            has_sheet=False,
            noun=Noun("chiffre", "chiffres", is_feminine=False),
            lines=[line(row) for row in shown],
            total=len(figures),
            page=page,
            keep={"vue": view} if view else {},
            opens=opened,
            reply=("w_target_", "w_measure_"),
            act="décider",
            columns=COLUMNS,
        )
    )
