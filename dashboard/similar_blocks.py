"""The block of ideas alike (idées semblables), above the button of a form: at most three, with the words in common."""

import streamlit as st

from dashboard import french
from dashboard.components import escape_html, text_html
from dashboard.navigation import address
from dashboard.queries.similar import SHORTEST, Similar, similar_ideas
from dashboard.scope import Scope
from models.database import reading
from models.ideas import IdeaStatus


def similar_block(scope: Scope, title: str, body: str) -> None:
    """What was filed already and says nearly the same; nothing below a few letters, nor for whoever may read no idea."""
    if not scope.reader.is_known or len(f"{title} {body}".strip()) < SHORTEST:
        return
    with reading() as session:
        found = similar_ideas(session, scope, title, body)
    if found:
        heading = french.plural(len(found), "Cette idée ressemble à la vôtre", "Ces idées ressemblent à la vôtre")
        items = "".join(f"<li>{_one(idea, scope)}</li>" for idea in found)
        opens = french.plural(len(found), "Elle s’ouvre", "Elles s’ouvrent")
        st.html(f'<section class="cp-similar" aria-live="polite"><h2>{heading}</h2><ul>{items}</ul>'
                f"<small>{opens} dans un autre onglet : ce que vous écrivez ici reste.</small></section>")


def _one(idea: Similar, scope: Scope) -> str:
    href = escape_html(address("idees", scope, idee=idea.number))
    shared = text_html(f"{french.plural(len(idea.words), 'mot commun', 'mots communs')} : {', '.join(idea.words)}")
    return (f'<a href="{href}" target="_blank" rel="noopener">{text_html(idea.title)}<span class="cp-sr"> (nouvel onglet)</span></a>'
            f"<small>{text_html(IdeaStatus(idea.status).label)} · {shared}</small>")
