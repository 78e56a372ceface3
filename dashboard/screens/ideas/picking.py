"""Choosing an idea by its words (choisir une idée) instead of its number."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import cached
from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.scope import Scope
from dashboard.ui.components import escape_md
from dashboard.ui.forms import Form
from models.database import reading

_MOST = 6


def idea_field(
    form: Form,
    scope: Scope,
    field: str,
    label: str,
    find: Callable[[str], Mapping[int, str]] | None = None,
) -> None:
    """A search field, and the matching ideas the reader may see, to choose from: the value of
    `field` is a number. `find`: words → number and title of the ideas offered.
    """
    words = form.field(
        f"{field}_words", st.text_input, label, placeholder="mots, ou n° d'une idée", max_chars=120
    )
    found = find(str(words or "")) if find else _found(scope, str(words or ""))
    names = {number: f"n° {number} — {title}" for number, title in found.items()}
    # The chosen idea stays, whatever is searched next.
    if chosen := form.value(field):
        names.setdefault(chosen, f"n° {chosen}")
    if names:
        # The options of a radio are Markdown.
        form.field(
            field,
            st.radio,
            "L'idée",
            list(names),
            None,
            format_func=lambda number: escape_md(names[number]),
        )
    else:
        st.caption("Aucune idée ne correspond." if words else "Écrivez quelques mots de l'idée.")
        form.error(field)


def _found(scope: Scope, words: str) -> dict[int, str]:
    if not words.strip():
        return {}
    everywhere = scope.whole().of_every_ambition()
    with reading() as session:
        rows = ideas_page(session, everywhere, Filters(words), 1, cached.today()).rows
    return {row.number: row.title for row in rows[:_MOST]}
