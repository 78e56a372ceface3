"""Accueil: the programme in one look, and how to take part."""

import streamlit as st

from dashboard import cached, french
from dashboard.components import WorkstreamRow, cards, page_header, workstream_rows
from dashboard.listing import activities, ambition_tiles, done_list, idea_list
from dashboard.navigation import address, current_scope
from dashboard.presenting import cards_of
from dashboard.queries import ideas, programme
from dashboard.scope import Scope
from models.database import reading


def render(scope: Scope) -> None:
    first_name = scope.reader.name.split(" ")[0]
    page_header(f"Bonjour {first_name}", "Notre administration se transforme avec ses agents : cinq ambitions, six chantiers, "
                "et ce que vous en dites.")
    with st.container(horizontal=True, key="cp_calls"):
        pages = st.session_state["_cp_pages"]
        st.page_link(pages["deposer"], label="Déposer une idée", icon=":material/edit_square:", query_params=scope.params())
        st.page_link(pages["idees"], label="Voir les idées", icon=":material/lightbulb:", query_params=scope.params())
    cards(cards_of(scope, ("avancement", "reponse.ouvertes", "reponse.tenue", "formation")), "Où en sommes-nous ?")
    workstream_rows([_row(state, scope) for state in cached.workstreams(scope.on)], "La feuille de route 2021-2023")
    with reading() as session:
        mine = ideas.my_ideas(session, scope, cached.today(), 3)
        done = ideas.implemented(session, scope)
        taking_part = programme.activities(session)
        tiles = programme.ambition_summaries(session)
    ambition_tiles(tiles, scope)
    if mine:
        st.html("<h2>Mes dernières idées</h2>")
        st.caption(french.counted(len(mine), "dépôt") + " ; la réponse se lit sur la fiche.")
        idea_list(mine, scope, {str(a.id): a.name for a in cached.ambitions()})
    done_list(done, scope)
    activities(taking_part)


def _row(state, scope: Scope) -> WorkstreamRow:
    gap = state.earned - state.planned if state.earned is not None and state.planned is not None else None
    return WorkstreamRow(f"{state.workstream.id}. {state.workstream.name}", state.earned, state.planned, gap, state.months,
                         str(state.verdict.health), f"{state.done} jalons atteints sur {state.total}",
                         address("feuille-de-route", scope, chantier=state.workstream.id))


render(current_scope())
