"""The desk of entries (poste de travail des idées): one is answered beside the list, several
together; one entry in full, on its own screen and beside a list, with its merges.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.ideas import entries
from dashboard.actions.ideas.filing import publish_idea
from dashboard.actions.ideas.threads import IDEA
from dashboard.queries.ideas.card import Around, IdeaCard, MergeProposal, around, idea_card
from dashboard.queries.ideas.records import IdeaPage
from dashboard.queries.ideas.threads import thread
from dashboard.scope import Scope
from dashboard.screens.discussions import THIS_IDEA, moderate_box
from dashboard.screens.ideas.answer import (
    answer_box,
    answer_many_box,
    form_of_many,
    mark_as_read,
    undo_box,
    undoing,
)
from dashboard.screens.ideas.comments import (
    link_gestures,
    merged,
    photo_gestures,
    take_part,
    talk,
    thread_picture,
)
from dashboard.ui import desk as ui
from dashboard.ui.address import around_first, marked
from dashboard.ui.components import escape_md, fold, heading, note_unread
from dashboard.ui.desk import Desk, Line, Noun, Opened, Several
from dashboard.ui.forms import Done, Form
from dashboard.ui.tables import (
    concerns_in_words,
    idea_facts,
    idea_in_full,
    timeline,
    timeline_of,
    voices_of,
)
from dashboard.visit.navigation import address, whole_number
from models.database import fetch
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.search import Query


def idea_desk(
    scope: Scope,
    screen: str,
    results: IdeaPage,
    page: int,
    waits: bool,
    query: Query | None = None,
    **more: object,
) -> None:
    """`waits`: the entries of the list are pending an answer, and several may be answered at once;
    `more`: other parameters of the list.
    """
    ui.desk(
        Desk(
            scope=scope,
            screen=screen,
            entry="idee",
            noun=Noun("idée", "idées"),
            lines=[_line(row, scope, waits, query) for row in results.rows],
            total=results.total,
            more=results.more,
            page=page,
            opens=partial(_opened, scope),
            reply=("w_answer_", "w_many_"),
            act="répondre",
            form="answer_",
            several=_several(scope, results.rows) if waits else None,
            **more,
        )
    )


def _line(row: Idea, scope: Scope, waits: bool, query: Query | None) -> Line:
    filed = f"déposée le {french.day(row.filed_on)}"
    promised = f"pour le {french.day(row.due_on)}" if row.due_on else ""
    # Lateness counts from the promised day.
    is_late = row.is_late(cached.today())
    on = promised if promised and (waits or is_late) else filed
    concerned = [concerns_in_words(row, scope.tree)] if row.concerns_id else []
    facts = [IdeaStatus(row.status).label, *concerned, *voices_of(row)]
    if not row.published:
        facts.insert(0, "Pas encore publiée")
    excerpt = marked(around_first(row.body, query), query) if query else ""
    return Line(str(row.number), marked(row.title, query), facts, on, is_late, excerpt)


def _opened(scope: Scope, key: str) -> Opened | None:
    entry = entry_of(scope, whole_number(key) or 0, reads=not ui.is_preview("idee"))
    if entry is None:
        return None
    idea = entry[0].idea
    return Opened(
        idea.title,
        partial(entry_in_full, scope, entry),
        full=address("idees", scope, idee=idea.number),
    )


def _several(scope: Scope, rows: Sequence[Idea]) -> Several:
    def numbers(keys: Sequence[str]) -> list[int]:
        return [number for key in keys if (number := whole_number(key))]

    return Several(
        "Répondre à",
        form=lambda keys: form_of_many(numbers(keys)),
        draw=lambda keys: answer_many_box(scope, numbers(keys), rows),
    )


# An entry that the reader may see, and its surroundings.
Entry = tuple[IdeaCard, Around]


def entry_of(scope: Scope, number: int, reads: bool = True) -> Entry | None:
    """The entry with this number, marked as read if a reader who may answer it `reads` it; None if
    it does not exist or is not open to the reader.
    """
    card = _card(scope, number)
    if card and reads and mark_as_read(scope, card):
        card = _card(scope, number)
    if card is None:
        return None
    return card, fetch(around, scope, card.idea, cached.today())


def _card(scope: Scope, number: int) -> IdeaCard | None:
    return fetch(idea_card, scope, number)


def entry_in_full(scope: Scope, entry: Entry) -> None:
    """What the entry says and its answer, what the reader may do, its discussion, then its data."""
    card, around = entry
    idea = card.idea
    idea_in_full(card, scope.tree)
    merged(scope, around)
    photo_gestures(scope, card, around)
    merge_box(scope, idea, around.proposals)
    if card.may_publish:
        number = idea.number
        Form(f"publish_{number}").send(
            "Lue, publier",
            publish_idea,
            number,
            scope.tree,
            icon=":material/publish:",
            done=lambda _idea: Done(
                "L'idée est lue et publiée.",
                "Annuler la publication",
                undoing(scope, number, "La publication est annulée : l'idée attend d'être lue."),
            ),
        )
        st.caption("Pas encore publiée : publiez-la si personne n'y est nommé.")
    answer_box(scope, card)
    take_part(scope, card, around)
    undo_box(scope, card)
    note_unread(card.steps)
    timeline(card.steps)
    talk(scope, card, around)
    if idea.published and may(scope.reader, "idea.moderate"):
        moderate_box(around.discussion.at, None, False, THIS_IDEA)
    _data(scope, card)


def _data(scope: Scope, card: IdeaCard) -> None:
    history = fetch(thread, scope, (IDEA, str(card.idea.id)))
    with fold("À propos de cette idée"):
        idea_facts(card, scope.tree)
        if len(history.nodes) > 1:
            heading("Du terrain à l'effet", 3)
            thread_picture(scope, history)
    if may(scope.reader, "idea.link", card.idea, scope.tree):
        link_gestures(scope, card.idea, history)


# --- merges ---------------------------------------------------------------------------------------


def merge_box(scope: Scope, idea: Idea, proposals: list[MergeProposal]) -> None:
    """The merges of this entry, proposed, done or ended; the author answers, the animateur
    withdraws or undoes.
    """
    may_merge = may(scope.reader, "idea.merge")
    for proposal in proposals:
        if proposal.merge.ended_on is None and proposal.merge.done_on is None:
            _proposal(proposal, may_merge)
        elif proposal.merge.ended_on is None and proposal.outgoing and may_merge:
            Form(f"merging_{proposal.merge.id}").send(
                "Défaire la fusion",
                entries.undo_merge,
                idea.number,
                primary=False,
                done=f"La fusion est défaite : l'idée n° {idea.number} est de nouveau seule.",
            )
    ended = [p for p in proposals if p.merge.ended_on]
    if ended and may_merge:
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


def _proposal(proposal: MergeProposal, may_merge: bool) -> None:
    merge = proposal.merge
    form = Form(f"merging_{merge.id}")
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
        for label, agrees in (("D'accord", True), ("Pas d'accord", False)) * proposal.asked:
            form.button(
                label,
                partial(entries.answer_merge, merge_id=merge.id, agrees=agrees),
                field=str(agrees),
                primary=agrees,
                done=lambda answered: (
                    "Les deux idées sont fusionnées."
                    if answered.done_on
                    else "Votre réponse est enregistrée."
                ),
            )
        if may_merge:
            form.button(
                "Retirer la proposition",
                partial(entries.withdraw_merge, merge_id=merge.id),
                field="withdraw",
                primary=False,
                done="La proposition est retirée.",
            )
