"""Directions beside the whole administration and the target, on one picture: the selected one, or
two to five compared.
"""

from collections.abc import Sequence

from dashboard import cached
from dashboard.access import counted_units
from dashboard.charts import figures as charts
from dashboard.charts.chart import Chart
from dashboard.figures.board import Board
from dashboard.figures.kinds import Unit
from dashboard.scope import Scope
from dashboard.ui.charts import files_of, show
from dashboard.ui.components import paragraph
from dashboard.ui.figures import figure_of, format_value, target_of
from dashboard.ui.tables import link
from dashboard.visit.navigation import COCKPIT, address
from models.directions import Unit as Direction

MOST = 5
_WHOLE = "Toute l'administration"
# Figures compared: ideas, participation against headcount, training, milestones, decisions.
_FIGURES = (
    "reponse.tenue",
    "idees.auteurs",
    "couverture",
    "formation",
    "presence.taux",
    "echeances",
    "decisions.taux",
    "reponse.mediane",
    "idees.pour-100",
    "reponse.ouvertes",
)


def comparison(scope: Scope) -> None:
    """The picture of the selected directions."""
    show(_beside_the_whole(scope), scope, files=FILES, level=2)


def way_to_compare(scope: Scope) -> None:
    """The link that selects the directions open to the reader, if there are several."""
    allowed, tree = counted_units(scope.reader, scope.tree), scope.tree
    below = tree.children.get(tree.root.id, []) if tree.root else []
    units = [unit for unit in below if allowed is None or tree.under(unit.id) <= allowed][:MOST]
    if len(units) > 1:
        href = address(COCKPIT, scope.within(*units))
        paragraph(link("Comparer des directions sur une image", href))


def _beside_the_whole(scope: Scope) -> Chart:
    codes = list(dict.fromkeys(figure_of(code).code for code in _FIGURES))
    units: Sequence[Direction] = scope.units[:MOST]
    boards = {unit.name: cached.board(scope.within(unit), codes) for unit in units}
    whole = cached.board(scope.whole(), codes)
    drawn = [code for code in _FIGURES if whole[code].unit == Unit.percent]
    names = ", ".join(boards)
    left = len(scope.units) - len(units)
    return Chart(
        "directions",
        "À côté de l'ensemble et de la cible",
        charts.key_of(boards) + (f" Les {MOST} premières sont montrées." if left else ""),
        f"{names} : chiffres en %, à côté de toute l'administration et de la cible.",
        charts.beside(
            [
                (
                    whole[code].label,
                    [board[code].value for board in boards.values()],
                    whole[code].value,
                    whole[code].target,
                    _in_words(code, {**boards, _WHOLE: whole}),
                )
                for code in drawn
            ]
        ),
        ("Chiffre", *boards, _WHOLE, "Cible"),
        [_row(code, boards.values(), whole) for code in _FIGURES],
    )


def _in_words(code: str, boards: dict[str, Board]) -> str:
    values = [f"{name} {format_value(board[code])}" for name, board in boards.items()]
    return f"{', '.join(values)} ; cible {target_of(boards[_WHOLE][code])}"


def _row(code: str, boards: Sequence[Board], whole: Board) -> tuple:
    values = (format_value(board[code]) for board in (*boards, whole))
    return (whole[code].label, *values, target_of(whole[code]))


FILES = files_of("directions", "page.cockpit", _beside_the_whole)
