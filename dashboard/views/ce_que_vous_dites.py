"""Ce que vous nous avez dit: the most supported requests, good and bad findings, each with what
became of it.
"""

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.frame.around import one_block
from dashboard.queries import voices as findings
from dashboard.scope import Scope
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    caption,
    empty_nothing_yet,
    fold,
    heading,
    side_by_side,
    together,
)
from dashboard.ui.tables import idea_list, link, table
from dashboard.visit.navigation import address
from models.idea_states import IdeaKind
from models.ideas import Idea

_HOW = (
    "L'ordre ne suit pas le nombre de soutiens : plus une personne a d'idées déjà placées"
    " au-dessus, moins son soutien compte ensuite. Seules entrent les idées qu'au moins cinq agents"
    " soutiennent ; les mains levées en réunion sont des nombres, sans personnes : elles n'y"
    " entrent pas."
)
_BY_AMBITION = ("Ambition", "Ça va", "Ça ne va pas", "Non précisé", "Voix")


def body(scope: Scope, _asked: dict[str, str]) -> None:
    page_header("Ce que vous nous avez dit")
    found = ideas.findings_of(scope)
    if not (found.by_ambition or found.first):
        return empty_nothing_yet(
            "Rien n'a encore été dit dans cette période.", ("Le dire", address("deposer", scope))
        )
    with side_by_side("large"):
        if found.first:
            with together():
                heading(f"Vos priorités des {findings.MONTHS} derniers mois")
                voices = sum((idea.voices or 0) + idea.supports for idea in found.first)
                ideas_in_words = french.counted(len(found.first), "idée")
                caption(f"{ideas_in_words}, {voices} voix en tout : soutiens et mains levées.")
                _list(scope, found.first, at_once=4)
        if found.heard:
            with together():
                heading("Ce qui représente le plus d'agents")
                _list(scope, found.heard, at_once=4)
                caption(_HOW)
    with side_by_side("large"):
        for title, rows in (("Ça ne va pas", found.bad), ("Ça va", found.good)):
            with together():
                heading(title)
                _list(scope, rows)
    with fold("Constats par ambition"):
        rows = [(_name(scope, ambition), *counts) for ambition, *counts in found.by_ambition]
        table(_BY_AMBITION, rows, "Constats par ambition", frozenset({1, 2, 3, 4}))


def _list(scope: Scope, rows: list[Idea], at_once: int = 3) -> None:
    """The first rows, and the others folded."""
    if not rows:
        return empty_nothing_yet("Aucun constat de ce côté.")
    idea_list(rows[:at_once], scope)
    if rest := rows[at_once:]:
        with fold(f"Lire aussi {french.every(len(rest), 'autre')}"):
            idea_list(rest, scope)


def _name(scope: Scope, ambition_id: int | None) -> str:
    if ambition_id is None:
        return "Ambition non précisée"
    ambition = next(a for a in cached.ambitions() if a.id == ambition_id)
    href = address("idees", scope, ambition=ambition.code, genre=IdeaKind.finding)
    return link(ambition.name, href)


def render(_scope: Scope) -> None:
    one_block(body)
