"""Décisions: what waits for a decision, what was decided, what is due and done; the meetings
where it happens.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.queries.decisions.records import DecisionAt, DecisionView, StepTaken
from dashboard.queries.ideas.threads import origins, thread_of_decision
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.decisions.form import new_point_form, next_step_form
from dashboard.screens.decisions.meetings import meetings_block, new_meeting_form
from dashboard.screens.decisions.register import (
    decided_block,
    waiting_block,
    waiting_since,
)
from dashboard.screens.decisions.sheet import sheet_block
from dashboard.screens.discussions import talk_fold
from dashboard.screens.ideas.thread import thread_picture
from dashboard.ui.components import (
    cards,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    page_header,
)
from dashboard.ui.figures import cards_of
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.tables import terms, timeline_of, unit_name
from dashboard.visit.navigation import address, current_scope, whole_number
from models.database import reading
from models.decisions import DecisionStep, Outcome
from models.discussions import Subject


def render(scope: Scope) -> None:
    wanted = whole_number(st.query_params.get("decision"))
    if st.query_params.get("decision"):
        return one(scope, next((d for d in cached.decisions(scope.on) if d.number == wanted), None))
    here = [
        d
        for d in cached.decisions(scope.on)
        if scope.is_whole or d.owner_direction_id in scope.counted
    ]
    view = next((v for v in DecisionView if v == st.query_params.get("vue")), None)
    if view:
        return only(scope, view, [d for d in here if view.holds(d, scope.on)])
    page_header("Décisions", scope.sentence())
    say_what_was_done()
    cards(cards_of(scope, ("decisions.taux", "decisions.attente", "communication")), level=2)
    st.caption("« n » est le nombre de décisions sur lesquelles un chiffre est calculé.")
    if not here:
        _nothing_here(scope)
    waiting_block(here, scope)
    decided_block(here, scope)
    meetings_block(scope)
    if scope.on == cached.today():
        new_point_form(scope)
        new_meeting_form(scope)


def only(scope: Scope, view: DecisionView, here: list[DecisionAt]) -> None:
    """Exactly the rows of one view, which a count elsewhere leads to."""
    page_header(
        f"Décisions : {view.label.lower()}",
        scope.sentence(),
        trail=(("Décisions", address("decisions", scope)),),
    )
    if view is DecisionView.waiting:
        return waiting_block(here, scope)
    decided_block(here, scope)
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
    with reading() as session:
        about = origins(session, scope, [d.id]).get(d.id, [])
    came = macros().links(
        [(node.title, address(node.page, scope, **node.params)) for node in about]
    )
    facts = [
        ("Porteur", unit_name(scope.tree, d.owner_direction_id)),
        ("Vient de", came),
        ("Inscrite le", french.day_long(d.submitted_on)),
    ]
    if d.is_waiting:
        facts.append(("En attente de décision", waiting_since(d, scope.on)))
    else:
        facts += [
            ("Décidée le", french.day_long(d.decided.on)),
            ("Issue", d.outcome.label if d.outcome else "–"),
            ("Échéance", french.day_long(d.due_on) if d.due_on else "sans suite à exécuter"),
            ("Exécutée le", french.day_long(d.done_on) if d.done_on else "–"),
            ("Communiquée aux services", _communicated(d)),
        ]
    terms(facts)
    _thread(d, scope)
    timeline_of(
        "Le fil de la décision",
        [(DecisionStep(s.what).label, s.on, _step_text(s, scope)) for s in d.steps],
    )
    sheet_block(scope, d)
    talk_fold(scope, Subject.decision, str(d.id))
    if scope.on == cached.today():
        next_step_form(d, scope)


def _thread(d: DecisionAt, scope: Scope) -> None:
    with reading() as session:
        found = thread_of_decision(session, scope, d.id)
    if len(found.nodes) > 1:
        heading("Du terrain à l’effet")
        thread_picture(scope, found)


def _communicated(d: DecisionAt) -> str:
    if d.told_on is None:
        return "pas encore"
    return (
        f"{french.day_long(d.told_on)} ({french.counted((d.told_on - d.decided.on).days, 'jour')}"
        " après)"
    )


def _step_text(step: StepTaken, scope: Scope) -> str:
    parts = []
    if step.owner_direction_id:
        parts.append(unit_name(scope.tree, step.owner_direction_id))
    if step.outcome:
        parts.append(Outcome(step.outcome).label)
    if step.due_on:
        parts.append(f"échéance {french.day(step.due_on)}")
    if step.text:
        parts.append(step.text)
    return " · ".join(parts)


render(current_scope())
