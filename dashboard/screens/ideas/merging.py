"""Merging entries (fusion d'idées): found by words, accepted or refused by the authors, undone."""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.ideas import entries
from dashboard.queries.ideas.card import MergeProposal, merge_candidates
from dashboard.scope import Scope
from dashboard.screens.ideas.fields import idea_field
from dashboard.ui.components import escape_md
from dashboard.ui.forms import Form
from dashboard.ui.tables import timeline_of
from models.database import fetch
from models.ideas import Idea, Merge


def merge_form(scope: Scope, idea: Idea) -> None:
    form = Form(f"merge_{idea.number}")
    st.markdown(
        "Les deux auteurs sont consultés ; sans refus dans les dix jours, la fusion se fait. Elle"
        " peut être défaite."
    )
    idea_field(
        form,
        scope,
        "into",
        "Chercher l'autre idée",
        lambda words: fetch(merge_candidates, scope, idea, words, cached.today()),
    )
    form.field("reason", st.text_area, "Raison", height=80)
    form.send(
        "Proposer la fusion",
        lambda session, reader: entries.propose_merge(
            session, reader, idea.number, form.value("into"), form.text("reason")
        ),
        done=lambda merge: (
            "La fusion est proposée aux auteurs ; sans refus, elle se fait après le"
            f" {french.day_long(merge.due_on)}."
        ),
    )


# --- merges ---------------------------------------------------------------------------------------


def merge_box(scope: Scope, idea: Idea, proposals: list[MergeProposal]) -> None:
    """The merges of this entry, proposed, done or ended; the author answers, the animateur
    withdraws or undoes.
    """
    for proposal in proposals:
        _proposal(scope, idea, proposal)
    ended = [p for p in proposals if p.merge.ended_on]
    if ended and may(scope.reader, "idea.merge"):
        timeline_of(
            "Fusions proposées",
            [
                (
                    f"Avec l'idée n° {p.number} : {p.merge.ended_why}",
                    p.merge.ended_on,
                    p.merge.reason,
                )
                for p in ended
            ],
        )


def _proposal(scope: Scope, idea: Idea, proposal: MergeProposal) -> None:
    merge = proposal.merge
    form = Form(f"merging_{merge.id}")
    if merge.ended_on is not None:
        return
    if merge.done_on is not None:
        return _undo_button(scope, form, idea, proposal)
    way = "rejoigne" if proposal.outgoing else "accueille"
    st.info(
        escape_md(
            f"Il est proposé que cette idée {way} l'idée n° {proposal.number}, « {proposal.title}"
            f" ». {merge.reason} Sans refus d'un auteur, la fusion se fait après le"
            f" {french.day_long(merge.due_on)}."
        ),
        icon=":material/merge:",
    )
    with form.row(key=f"cp_merging_{merge.id}"):
        if proposal.asked:
            _yes_and_no(form, merge)
        if may(scope.reader, "idea.merge"):
            form.button(
                "Retirer la proposition",
                lambda session, reader: (
                    entries.withdraw_merge(session, reader, merge.id)
                    or "La proposition est retirée."
                ),
                field="withdraw",
                primary=False,
            )


def _undo_button(scope: Scope, form: Form, idea: Idea, proposal: MergeProposal) -> None:
    if not (proposal.outgoing and may(scope.reader, "idea.merge")):
        return
    form.send(
        "Défaire la fusion",
        lambda session, reader: _undone(entries.undo_merge(session, reader, idea.number)),
        primary=False,
    )


def _yes_and_no(form: Form, merge: Merge) -> None:
    form.button(
        "D'accord",
        lambda session, reader: _merge_in_words(
            entries.answer_merge(session, reader, merge.id, True)
        ),
        field="yes",
    )
    form.button(
        "Pas d'accord",
        lambda session, reader: _merge_in_words(
            entries.answer_merge(session, reader, merge.id, False)
        ),
        field="no",
        primary=False,
    )


def _merge_in_words(merge: object) -> str:
    return "Les deux idées sont fusionnées." if merge.done_on else "Votre réponse est enregistrée."


def _undone(idea: Idea) -> str:
    return f"La fusion est défaite : l'idée n° {idea.number} est de nouveau seule."
