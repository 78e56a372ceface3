"""Bonnes pratiques: the notes that managers share among themselves, searched in French."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboard import cached, french
from dashboard.actions.practices import share_practice, withdraw_practice
from dashboard.queries.practices import Note, practices
from dashboard.scope import Scope
from dashboard.ui.blocks import framed, stacked
from dashboard.ui.components import draw, empty_for_filters, empty_nothing_yet, page_header
from dashboard.ui.forms import Form, say_what_was_done
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address, current_scope
from models.database import reading


def render(scope: Scope) -> None:
    page_header(
        "Bonnes pratiques",
        "Entre managers : ce que nous avons essayé, et ce que cela a donné. Rien n'en sort.",
        trail=(("Communautés", address("communautes", scope, communaute="managers")),),
    )
    say_what_was_done()
    if scope.on == cached.today():
        _share()
    words = st.text_input(
        "Chercher dans les fiches",
        key="w_practice_search",
        placeholder="réunion, horaire, accueil…",
        icon=":material/search:",
    )
    with reading() as session:
        found = practices(session, scope, words)
    _found(scope, found, words)


def _found(scope: Scope, found: Sequence[Note], words: str) -> None:
    if found:
        st.caption(french.counted(len(found), "fiche"))
        _list(found)
    elif words.strip():
        empty_for_filters("Aucune fiche ne répond à ces mots.", address("bonnes-pratiques", scope))
    else:
        empty_nothing_yet(
            "Aucune fiche n'a encore été partagée : racontez ce qui a marché chez vous."
        )


def _share() -> None:
    form = Form("practice")
    unfolding(
        "Partager une bonne pratique",
        _fields,
        form,
        key="w_practice_box",
        icon=":material/edit_note:",
    )


def _fields(form: Form) -> None:
    form.field("title", st.text_input, "Titre", default="", max_chars=200)
    form.field(
        "text",
        st.text_area,
        "Ce que nous avons fait, ce que cela a donné",
        default="",
        height=160,
        max_chars=10_000,
    )
    st.caption(
        "Votre nom et votre fonction sont affichés à côté. Pas de nom de collaborateur, merci."
    )
    form.button(
        "Partager",
        lambda session, reader: (
            share_practice(
                session, reader, str(form.value("title") or ""), str(form.value("text") or "")
            )
            and "La fiche est partagée."
        ),
        icon=":material/send:",
    )
    form.error("form")


def _list(notes: Sequence[Note]) -> None:
    for is_hers, some in groupby(notes, lambda note: note.hers):
        if is_hers:
            for note in some:
                _own(note)
        else:
            with stacked():
                for note in some:
                    _of_another(note)


def _of_another(note: Note) -> None:
    with framed():
        _note(note)


def _own(note: Note) -> None:
    """One that she may withdraw."""
    with st.container(border=True, key=f"cp_practice_{note.id}"):
        _note(note)
        form = Form(f"withdraw_practice_{note.id}")
        form.button(
            "Retirer ma fiche",
            lambda session, reader: (
                withdraw_practice(session, reader, note.id) or "La fiche est retirée."
            ),
            primary=False,
            icon=":material/delete:",
        )
        form.first_error()


def _note(note: Note) -> None:
    who = " · ".join(filter(None, (note.author, note.function, french.day(note.on))))
    draw("practices/note.html", title=note.title, text=note.text, who=who)


render(current_scope())
