"""Un chiffre ou un graphique: one figure or chart to embed in another page; as published,
without an account.
"""

import streamlit as st

from dashboard.frame.around import sign_in
from dashboard.frame.embedding import (
    EXTRACT,
    NOT_FOUND,
    NOT_PUBLIC,
    Extract,
    asked_extract,
    extract_block,
    is_embedded,
    may_see,
    outside,
)
from dashboard.scope import Scope
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, heading
from dashboard.visit.navigation import address


def render(scope: Scope) -> None:
    extract = asked_extract(scope, st.query_params.to_dict())
    embedded = is_embedded()
    refused = _refusal(extract, scope)
    if refused and embedded:
        return outside(refused, f"/{EXTRACT}", st.query_params.to_dict())
    if embedded:
        heading(extract.title, level=1, hidden=True)
        return extract_block(extract, scope, embedded)
    page_header("Un chiffre ou un graphique", refused or extract.title)
    if refused and not scope.reader.is_known:
        return sign_in("Se connecter", level=2)
    if not refused:
        with st.container(key="cp_extract", width=760):
            extract_block(extract, scope, embedded)
    if scope.reader.is_known:
        href = address("integrer", scope, **({extract.kind: extract.code} if extract else {}))
        draw("embedding/give_away.html", href=href)


def _refusal(extract: Extract | None, scope: Scope) -> str:
    if may_see(extract, scope, st.query_params.to_dict()):
        return ""
    if extract is None or scope.reader.is_known:
        return NOT_FOUND
    return NOT_PUBLIC
