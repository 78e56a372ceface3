"""Déposer: the idea form, open to everybody, and what happens next; inside another page the form alone, as its address fills it in."""

import streamlit as st

from dashboard.components import page_header, text_html
from dashboard.embed_blocks import is_embedded
from dashboard.idea_form import idea_form
from dashboard.navigation import current_scope
from dashboard.scope import Scope
from models.directions import UnitKind
from models.settings import settings

NEXT = (("Elle est lue", "Par l'équipe du programme ; un dépôt sans nom n'est montré qu'ensuite."),
        ("Une réponse vous est due", f"De la direction concernée, dans les {settings().cp_answer_days} jours ouvrables, avec sa raison."),
        ("Elle suit son fil", "À l'étude, en groupe de progrès, au CODIR : chaque étape se lit sur sa fiche, les refus aussi."))


def render(scope: Scope) -> None:
    if is_embedded():
        page_header("Déposer une idée")
        ambition, direction = _about(scope)
        return idea_form(scope, key="deposer", ambition_id=ambition, concerns_id=direction)
    page_header("Déposer une idée", "Une idée, un constat, une attente, une objection : en une minute, avec ou sans votre nom.")
    left, right = st.columns([5, 3], gap="large")
    with left:
        idea_form(scope, key="deposer")
    with right:
        steps = "".join(f"<li><span><strong>{text_html(what)}</strong>{text_html(said)}</span></li>" for what, said in NEXT)
        st.html(f'<aside class="cp-next" aria-label="Et ensuite"><h2>Et ensuite ?</h2><ol>{steps}</ol></aside>')


def _about(scope: Scope) -> tuple[int | None, int | None]:
    """The ambition and the direction that the page around the form speaks of. The names of both are open to everybody."""
    unit = scope.tree.by_code.get(st.query_params.get("direction", ""))
    direction = scope.tree.ancestor(unit.id, UnitKind.direction) if unit else None
    return scope.ambition.id if scope.ambition else None, direction.id if direction else None


render(current_scope())
