"""Communautés: ambassadors and managers; covered services, growth, joining and leaving."""

from dashboard import cached
from dashboard.access import may
from dashboard.cached import communities as kept
from dashboard.frame.around import without_filters
from dashboard.scope import Scope
from dashboard.screens.communities import (
    add_members_form,
    coverage_block,
    growth_block,
    hand_over_form,
    load_block,
    members_block,
    members_here,
    own_membership,
    sites_block,
)
from dashboard.ui.address import page_header, parts
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import empty_for_filters, empty_nothing_yet, heading, link_buttons
from dashboard.visit.navigation import address
from models.communities import Community

_CHOSEN = "communaute"  # parameters of the address
FIGURES = {
    Community.ambassadors: ("couverture", "ambassadeurs-actifs", "retention"),
    Community.managers: ("managers",),
}


def render(scope: Scope) -> None:
    page_header("Communautés")
    names = {c.value: c.label.removeprefix("Communauté des ") for c in Community}
    chosen = Community(
        parts("Communauté", _CHOSEN, names, Community.ambassadors.value, key="w_community")
    )
    heading(chosen.label, hidden=True)
    everyone = kept.members(scope.whole(), chosen)
    is_today = scope.on == cached.today()
    if is_today:
        mine = next((m for m in everyone if m.person_id == scope.reader.person_id), None)
        own_membership(scope, chosen, mine, scope.reader.is_known and kept.manages(scope))
    without_filters(community, scope, **{_CHOSEN: str(chosen)})
    if is_today:
        add_members_form(scope, chosen)
        hand_over_form(scope, everyone, chosen)
    links = [("Poser une marque d'intérêt", address("marques-interet", scope), "front_hand")]
    if chosen == Community.managers and may(scope.reader, "practice.share"):
        links.append(
            ("Les bonnes pratiques des managers", address("bonnes-pratiques", scope), "menu_book")
        )
    link_buttons(links)


def community(scope: Scope, asked: dict[str, str]) -> None:
    """The blocks of one community."""
    chosen = Community(asked[_CHOSEN])
    if chosen == Community.ambassadors:
        coverage_block(scope)
    heading("Les membres")
    if members_here(scope, chosen):
        members_block(scope, chosen)
    elif scope.is_whole:
        empty_nothing_yet("Personne n'a encore rejoint cette communauté.")
    else:
        empty_for_filters(
            "Aucun membre dans cette direction.", f"/communautes?au={scope.on.isoformat()}"
        )
    if chosen == Community.ambassadors:
        sites_block(scope)
        load_block(scope)
    cards(cards_of(scope, FIGURES[chosen]), level=3)
    growth_block(scope, chosen)
