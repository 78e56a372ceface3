"""Bonnes pratiques: notes shared among managers, with a search."""

from dashboard import cached
from dashboard.queries.interests import practices
from dashboard.scope import Scope
from dashboard.screens.interests import offer_fields, offers
from dashboard.ui.address import page_header, words
from dashboard.ui.components import empty_for_filters, empty_nothing_yet
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.communities import InterestKind
from models.database import fetch


def render(scope: Scope) -> None:
    page_header("Bonnes pratiques")
    searched = words("réunion, horaire, accueil…")
    rows = fetch(practices, scope, searched)
    if rows:
        offers(scope, rows)
    elif searched.strip():
        empty_for_filters("Aucune fiche ne répond à ces mots.", address("bonnes-pratiques", scope))
    else:
        empty_nothing_yet(
            "Aucune fiche n'a encore été partagée : racontez ce qui a marché chez vous."
        )
    if scope.on == cached.today():
        unfolding(
            "Partager une bonne pratique",
            offer_fields,
            InterestKind.practice,
            ("Titre", "Ce que nous avons fait, ce que cela a donné"),
            "Votre nom et votre fonction sont affichés à côté. Pas de nom de collaborateur, merci.",
            "Partager",
            key="w_practice_box",
            icon=":material/edit_note:",
        )
