"""One entry in full (une idée et son fil), on its own screen and beside a list."""

import streamlit as st

from dashboard import cached
from dashboard.access import may
from dashboard.actions.ideas.filing import publish_idea
from dashboard.queries.ideas.card import Around, IdeaCard, around, idea_card
from dashboard.scope import Scope
from dashboard.screens.discussions import THIS_IDEA, moderate_box
from dashboard.screens.ideas.answer import (
    answer_box,
    mark_as_read,
    undo_box,
    undoing,
)
from dashboard.screens.ideas.comments import (
    link_gestures,
    merged,
    photo_gestures,
    photos,
    take_part,
    talk,
    thread_of,
    thread_picture,
)
from dashboard.screens.ideas.merging import merge_box
from dashboard.ui.components import fold, heading, note_unread
from dashboard.ui.forms import Done, Form
from dashboard.ui.tables import idea_facts, idea_in_full, timeline
from models.database import fetch, reading

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
    with reading() as session:
        return card, around(session, scope, card.idea, cached.today())


def _card(scope: Scope, number: int) -> IdeaCard | None:
    return fetch(idea_card, scope, number)


def entry_in_full(scope: Scope, entry: Entry) -> None:
    """What the entry says and its answer, what the reader may do, its discussion, then its data."""
    card, around = entry
    idea = card.idea
    idea_in_full(card, scope.tree)
    merged(scope, around)
    photos(around, idea.number)
    photo_gestures(scope, card, around)
    merge_box(scope, idea, around.proposals)
    if card.may_publish:
        _publish_box(scope, idea.number)
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
    history = thread_of(scope, card.idea)
    with fold("À propos de cette idée"):
        idea_facts(card, scope.tree)
        if len(history.nodes) > 1:
            heading("Du terrain à l’effet", 3)
            thread_picture(scope, history)
    if may(scope.reader, "idea.link", card.idea, scope.tree):
        link_gestures(scope, card.idea, history)


def _publish_box(scope: Scope, number: int) -> None:
    form = Form(f"publish_{number}")
    st.info(
        "Ce dépôt attend d'être lu avant d'être montré à tous. Vérifiez qu'aucune personne n'y est"
        " nommée.",
        icon=":material/visibility_off:",
    )
    form.send(
        "Lue, publier",
        lambda session, reader: publish_idea(session, reader, number, scope.tree),
        icon=":material/publish:",
        done=lambda _idea: Done(
            "L'idée est lue et publiée.",
            "Annuler la publication",
            undoing(scope, number, "La publication est annulée : l'idée attend d'être lue."),
        ),
    )
