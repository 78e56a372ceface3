"""Décisions: what waits for a decision, what was decided, what is due and done; the meetings
where it happens.
"""

import streamlit as st

from dashboard import cached
from dashboard.access import Reach, reach
from dashboard.queries.decisions.lists import DecisionList
from dashboard.queries.decisions.records import DecisionAt
from dashboard.scope import Scope
from dashboard.screens.decisions.desk import decision_desk
from dashboard.screens.decisions.form import new_point_form
from dashboard.screens.decisions.meetings import meetings_block, new_meeting_form
from dashboard.screens.decisions.record import decision_in_full
from dashboard.screens.decisions.register import decided_block, decided_file, waiting_block
from dashboard.ui.blocks import stacked
from dashboard.ui.cards import cards
from dashboard.ui.components import caption, empty_for_filters, empty_nothing_yet, page_header
from dashboard.ui.desk import is_desk, shapes
from dashboard.ui.figures import cards_of
from dashboard.ui.forms import say_what_was_done
from dashboard.visit.navigation import address, current_scope, whole_number

# What a count elsewhere leads to.
_VIEWS = (DecisionList.to_decide, DecisionList.late)


def render(scope: Scope) -> None:
    wanted = whole_number(st.query_params.get("decision"))
    if st.query_params.get("decision") and not (is_desk() and _follows(scope)):
        return one(scope, next((d for d in cached.decisions(scope.on) if d.number == wanted), None))
    view = next((v for v in _VIEWS if v == st.query_params.get("vue")), None)
    if view:
        return only(scope, view, [d for d in _of(scope) if view.holds(d, scope.on)])
    page_header("Décisions", scope.sentence())
    say_what_was_done()
    if _follows(scope):
        shapes("decisions", scope, "Vue d’ensemble")
        if is_desk():
            return decision_desk(scope, _of(scope))
    with stacked():
        _register(scope)
        decided_file(_of(scope), scope)
    meetings_block(scope)
    if scope.on == cached.today():
        new_point_form(scope)
        new_meeting_form(scope)


def _register(scope: Scope) -> None:
    here = _of(scope)
    cards(cards_of(scope, ("decisions.taux", "decisions.attente", "communication")), level=2)
    caption("« n » est le nombre de décisions sur lesquelles un chiffre est calculé.")
    if not here:
        _nothing_here(scope)
    waiting_block(here, scope)
    decided_block(here, scope)


def _of(scope: Scope) -> list[DecisionAt]:
    every = cached.decisions(scope.on)
    return [d for d in every if scope.is_whole or d.owner_direction_id in scope.counted]


def _follows(scope: Scope) -> bool:
    """Whether she writes what becomes of decisions, and works through their list."""
    rights = ("decision.record", "decision.follow")
    return any(reach(scope.reader, right) > Reach.none for right in rights)


def only(scope: Scope, view: DecisionList, here: list[DecisionAt]) -> None:
    """Exactly the rows of one view, which a count elsewhere leads to."""
    page_header(
        f"Décisions : {view.label.lower()}",
        scope.sentence(),
        trail=(("Décisions", address("decisions", scope)),),
    )
    if view is DecisionList.to_decide:
        return waiting_block(here, scope)
    decided_block(here, scope)
    decided_file(here, scope)
    if not here:
        empty_nothing_yet("Aucune décision n'est en retard.")


def _nothing_here(scope: Scope) -> None:
    if scope.is_whole:
        empty_nothing_yet("Aucun point n'a encore été inscrit.")
    else:
        empty_for_filters(
            "Aucune décision de cette direction.", address("decisions", scope.whole())
        )


# --- one decision ---------------------------------------------------------------------------------


def one(scope: Scope, d: DecisionAt | None) -> None:
    back = ("Décisions", address("decisions", scope))
    if d is None:
        return page_header(
            "Décision introuvable", "Ce numéro n'existe pas à cette date.", trail=(back,)
        )
    page_header(
        d.title, f"Décision n° {d.number} · {d.instance.label} · {d.state(scope.on)}", trail=(back,)
    )
    say_what_was_done()
    decision_in_full(scope, d)


render(current_scope())
