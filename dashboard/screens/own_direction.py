"""The figures of a direction beside those of the administration (ma direction): a table and its
file.
"""

from dashboard import cached
from dashboard.figures.board import Board
from dashboard.scope import Scope
from dashboard.ui.downloads import data_link
from dashboard.ui.figures import figure_of, format_value, target_of
from dashboard.ui.tables import link, rows_file, table
from dashboard.visit.navigation import address

# Figures shown: ideas, participation against headcount, training, milestones, decisions.
_FIGURES = (
    "reponse.tenue",
    "reponse.mediane",
    "reponse.ouvertes",
    "idees.pour-100",
    "idees.auteurs",
    "couverture",
    "formation",
    "presence.taux",
    "echeances",
    "decisions.taux",
)


def figures_beside_the_whole(own_scope: Scope) -> None:
    """One line per figure: the direction, the administration, the target."""
    table(
        _headings(own_scope),
        _rows(own_scope),
        "Chiffres de ma direction à côté de l'ensemble",
        frozenset({1, 2, 3}),
    )
    data_link(FIGURES_FILE, own_scope, "Télécharger (CSV)")


def _headings(own_scope: Scope) -> tuple[str, ...]:
    codes = ", ".join(unit.code for unit in own_scope.units)
    return "Chiffre", codes, "Toute l'administration", "Cible"


def _rows(own_scope: Scope) -> list[tuple]:
    codes = list(dict.fromkeys(figure_of(code).code for code in _FIGURES))
    own_board = cached.board(own_scope, codes)
    whole = cached.board(own_scope.whole(), codes)
    return [_row(code, own_board, whole, own_scope) for code in _FIGURES]


def _row(code: str, own_board: Board, whole: Board, own_scope: Scope) -> tuple:
    entry = own_board[code]
    return (
        link(entry.label, address("pourquoi", own_scope, chiffre=code)),
        format_value(entry),
        format_value(whole[code]),
        target_of(entry),
    )


FIGURES_FILE = rows_file("ma-direction", "page.cockpit", _headings, _rows)
