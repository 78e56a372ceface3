"""Similar ideas (idées semblables) while one is written, and choosing an idea by its words instead
of its number.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.actions.discussions import support_subject
from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.queries.ideas.similar import SHORTEST, Similar, similar_ideas
from dashboard.scope import Scope
from dashboard.ui.components import draw, escape_md
from dashboard.ui.forms import Form
from dashboard.visit import signin
from dashboard.visit.navigation import address
from models.database import fetch, reading, writing
from models.discussions import Subject
from models.errors import Refused
from models.idea_states import IdeaStatus


def similar_block(scope: Scope, title: str, body: str, key: str) -> None:
    """Similar entries filed before; draws nothing for very short texts or readers who may not read
    ideas.
    """
    message = st.session_state.pop(f"_cp_{key}_supported", None)
    if message:
        st.success(escape_md(message), icon=":material/thumb_up:")
    # Visitors see none: entries are for readers with an account.
    if not scope.reader.is_known or len(f"{title} {body}".strip()) < SHORTEST:
        return
    similar = fetch(similar_ideas, scope, title, body)
    if not similar:
        return
    heading = french.plural(
        len(similar), "Cette idée ressemble à la vôtre", "Ces idées ressemblent à la vôtre"
    )
    opens = french.plural(len(similar), "Elle s’ouvre", "Elles s’ouvrent")
    with st.container(key=f"cp_similar_{key}"):
        draw("ideas/similar_heading.html", heading=heading)
        for idea in similar:
            with st.container(
                horizontal=True,
                vertical_alignment="center",
                horizontal_alignment="distribute",
                key=f"cp_similar_{key}_{idea.number}",
            ):
                draw(
                    "ideas/similar.html",
                    title=idea.title,
                    href=address("idees", scope, idee=idea.number),
                    status=IdeaStatus(idea.status).label,
                    shared=_shared(idea),
                )
                st.button(
                    "C'est la même : je la soutiens",
                    key=f"w_{key}_same_{idea.number}",
                    icon=":material/thumb_up:",
                    help=escape_md(idea.title),
                    on_click=_support,
                    args=(scope, key, idea),
                )
        st.caption(f"{opens} dans un autre onglet : ce que vous écrivez ici reste.")


def _shared(idea: Similar) -> str:
    """« mots communs : vélo, garage »."""
    return (
        f"{french.plural(len(idea.words), 'mot commun', 'mots communs')} : {', '.join(idea.words)}"
    )


def _support(scope: Scope, key: str, idea: Similar) -> None:
    try:
        with writing() as session:
            # The current reader: the scope is that of the page as drawn.
            reader_scope = replace(scope, reader=signin.current_reader())
            n = support_subject(session, reader_scope, Subject.idea, str(idea.id))
        message = (
            f"Vous soutenez l'idée n° {idea.number} : {french.counted(n, 'soutien')}. Inutile de"
            " déposer la même ; ce que vous avez écrit reste ici."
        )
    except Refused as refusal:
        message = str(refusal)
    st.session_state[f"_cp_{key}_supported"] = message


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
