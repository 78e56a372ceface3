"""Académie: the catalogue, what was given, who waits. « Par nos agents, pour nos agents »."""

import streamlit as st

from dashboard.components import cards, empty_for_filters, empty_nothing_yet, page_header
from dashboard.listing import training_list
from dashboard.navigation import current_scope
from dashboard.presenting import cards_of
from dashboard.queries import academy
from dashboard.scope import Scope
from models.database import reading


def render(scope: Scope) -> None:
    page_header("Académie interne", "Par nos agents, pour nos agents. " + scope.sentence())
    cards(cards_of(scope, ("remplissage", "presence.taux", "presence.non-excusees", "formation", "heures", "attente")),
          "Les chiffres de l'académie")
    with reading() as session:
        rows = academy.catalogue(session, scope)
    st.html("<h2>Le catalogue</h2>")
    if not rows:
        if scope.ambition:
            return empty_for_filters("Aucune formation pour cette ambition.", f"/academie?au={scope.on.isoformat()}")
        return empty_nothing_yet("Le catalogue n'est pas encore publié.")
    st.caption("Formations de l'académie : aucune ne compte pour les échelles de la RGB. Chiffres de toute l'administration.")
    training_list(rows)


render(current_scope())
