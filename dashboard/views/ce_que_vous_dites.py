"""Ce que vous nous avez dit: good and bad findings, the most supported requests, and the sources
of entries.
"""

from dashboard import french
from dashboard.cached import ideas
from dashboard.frame.bodies import one_block
from dashboard.queries import findings
from dashboard.scope import Scope
from dashboard.screens.ideas.heard import entries_by_source, findings_by_ambition
from dashboard.ui.blocks import fold, side_by_side, together
from dashboard.ui.components import empty_nothing_yet, heading, small_print
from dashboard.ui.page import page_header
from dashboard.ui.tables import idea_list
from dashboard.visit.navigation import address
from models.ideas import Idea


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen."""
    page_header(
        "Ce que vous nous avez dit",
        f"Rencontres, formulaires, papier, courriels : les {findings.MONTHS} derniers mois."
        f" {scope.sentence()}",
    )
    counted_findings = ideas.findings_of(scope)
    if not counted_findings.sources:
        return empty_nothing_yet(
            "Rien n'a encore été dit dans cette période.", ("Le dire", address("deposer", scope))
        )
    _findings(scope, counted_findings)
    with side_by_side("large"):
        for title, rows in (
            ("Ça va", counted_findings.good),
            ("Ça ne va pas", counted_findings.bad),
        ):
            with together():
                heading(title)
                _list(scope, rows)
    if counted_findings.first:
        heading("Vos priorités, par nombre de voix")
        small_print("Mains levées dans les rencontres et soutiens donnés ici, ensemble.")
        _list(scope, counted_findings.first, at_once=4)
    heading("Par où c'est arrivé")
    entries_by_source(scope)


def _list(scope: Scope, rows: list[Idea], at_once: int = 3) -> None:
    """The first rows, and the others folded."""
    if not rows:
        return empty_nothing_yet("Aucun constat de ce côté.")
    idea_list(rows[:at_once], scope)
    if rest := rows[at_once:]:
        with fold(f"Lire aussi {french.every(len(rest), 'autre')}"):
            idea_list(rest, scope)


def _findings(scope: Scope, counted_findings: findings.Findings) -> None:
    heading("Vos constats par ambition")
    if not counted_findings.by_ambition:
        return empty_nothing_yet(
            "Aucun constat dans cette période.", ("Faire un constat", address("deposer", scope))
        )
    findings_by_ambition(scope)


def render(_scope: Scope) -> None:
    one_block(body)
