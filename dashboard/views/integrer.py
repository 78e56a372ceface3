"""Intégrer: the HTML code of the form, a figure or a chart for a page of the intranet; and the
framed figure or chart itself (extrait).
"""

import streamlit as st

from dashboard.figures import Breakdown
from dashboard.frame.embedding import (
    AGENDA,
    CHART,
    EXTRACT,
    FIGURE,
    FORM,
    NOT_FOUND,
    NOT_PUBLIC,
    STREAMS,
    WHOLE_ONLY,
    Extract,
    asked_extract,
    extract_block,
    extracts,
    frame_code,
    framed_address,
    is_embedded,
    may_see,
    outside,
)
from dashboard.scope import Scope
from dashboard.ui.address import choice, follow, page_header
from dashboard.ui.charts import figure_of
from dashboard.ui.components import copyable, draw, explanation, fold, heading, paragraph
from dashboard.visit.navigation import address, current_scope, whole_number
from models.settings import settings

# ── Intégrer ──────────────────────────────────────────────────────────────────────────────────────


KINDS = {
    FORM: "Le formulaire",
    FIGURE: "Un chiffre",
    CHART: "Un graphique",
    AGENDA: "L'agenda",
}
# Pixels: the full height in a narrow column, except for the form.
LOWEST = 200
HIGHEST = 2000
TITLES = {FORM: "Déposer une idée", AGENDA: "L'agenda"}


def integrer_view(scope: Scope) -> None:
    page_header("Intégrer dans l'intranet")
    kind, extract = _chosen()
    usual = {FORM: 900, AGENDA: 780, FIGURE: 380, CHART: 580, STREAMS: 780}[
        STREAMS if extract and extract.code == STREAMS else kind
    ]
    asked_height = whole_number(st.query_params.get("hauteur")) or usual
    height = min(max(asked_height, LOWEST), HIGHEST)
    follow("w_embed_height", height)
    st.number_input(
        "Hauteur, en pixels",
        LOWEST,
        HIGHEST,
        step=20,
        key="w_embed_height",
        on_change=_height_to_address,
        width=200,
    )
    shown = _whole_only_note(extract, scope)
    title = extract.title if extract else TITLES[kind]
    href = f"/{AGENDA}?embed=true" if kind == AGENDA else framed_address(extract, shown)
    heading("Le code à coller")
    copyable(frame_code(href, f"{title} — C-Possible", height))
    _who_may_frame()
    # The session cookie is SameSite=Strict: a frame of another site does not receive it.
    heading("Qui verra quoi")
    explanation(
        "Dans une page du même domaine que C-Possible, un lecteur connecté garde ses propres"
        " droits. Ailleurs, il est comme sans compte : le dépôt est sans nom, l'agenda montre les"
        " rendez-vous ouverts à tous, un chiffre ou un graphique est celui de la dernière"
        " situation publiée, s'il y est."
    )
    heading("L'aperçu")
    if kind == FORM:
        explanation("L'aperçu est le vrai formulaire : ce que vous y envoyez est déposé.")
    else:
        explanation(
            "Tel que vous le voyez, avec vos droits." if extract else "Tel que chacun le voit."
        )
    with st.container(key="cp_preview"):
        st.iframe(href, height=height, alt=f"Aperçu : {title}")


# --- the choices, which the address keeps ---------------------------------------------------------


def _chosen() -> tuple[str, Extract | None]:
    """The content to embed: its kind, and the figure or chart (None: the form)."""
    asked = asked_extract(current_scope(), st.query_params.to_dict())
    other = AGENDA if st.query_params.get(AGENDA) else FORM
    kind = asked.kind if asked else other
    follow("w_embed_kind", kind)
    st.segmented_control(
        "Que voulez-vous intégrer ?",
        list(KINDS),
        format_func=KINDS.get,
        key="w_embed_kind",
        required=True,
        on_change=_kind_to_address,
    )
    if asked is None:
        return kind, None
    options = {extract.code: extract.title for extract in extracts(kind, current_scope())}
    choice("Lequel ?", kind, options, asked.code, key="w_embed_what", width=560)
    return kind, asked


def _kind_to_address() -> None:
    for name in (FIGURE, CHART, AGENDA, "hauteur"):
        st.query_params.pop(name, None)
    kind = st.session_state["w_embed_kind"]
    if kind in (FIGURE, CHART):
        st.query_params[kind] = extracts(kind, current_scope())[0].code
    if kind == AGENDA:
        st.query_params[AGENDA] = "oui"


def _height_to_address() -> None:
    st.query_params["hauteur"] = str(st.session_state["w_embed_height"])


# --- notes on the choice --------------------------------------------------------------------------


def _whole_only_note(extract: Extract | None, scope: Scope) -> Scope:
    """Warns if the content has no breakdown by direction: the code must not promise one."""
    if extract is None:
        return scope
    if extract.kind == CHART:
        is_whole_only = extract.code in WHOLE_ONLY
    else:
        is_whole_only = figure_of(extract.code).cut == Breakdown.none
    if not is_whole_only:
        return scope
    if not scope.is_whole:
        st.caption("Cet extrait n'existe que pour toute l'administration.")
    return scope.whole()


def _who_may_frame() -> None:
    sites = [source for source in settings().cp_frame_ancestors.split() if source != "'none'"]
    if sites:
        return explanation(f"Les pages de {', '.join(sites)} peuvent l'afficher, et aucune autre.")
    st.info(
        "Aucune page ne peut encore l'afficher : l'intranet doit être autorisé.",
        icon=":material/lock:",
    )
    with fold("Pour le service informatique", icon="terminal"):
        paragraph("CP_FRAME_ANCESTORS=https://intranet.exemple.be, puis redémarrer C-Possible.")


# ── Extrait ───────────────────────────────────────────────────────────────────────────────────────


def extrait_view(scope: Scope) -> None:
    extract = asked_extract(scope, st.query_params.to_dict())
    embedded = is_embedded()
    refused = ""
    if not may_see(extract, scope, st.query_params.to_dict()):
        refused = NOT_FOUND if extract is None or scope.reader.is_known else NOT_PUBLIC
    if refused and embedded:
        return outside(refused, f"/{EXTRACT}", st.query_params.to_dict())
    if embedded:
        heading(extract.title, level=1, hidden=True)
        return extract_block(extract, scope, embedded)
    page_header("Un chiffre ou un graphique", refused or extract.title)
    if not refused:
        with st.container(key="cp_extract", width=760):
            extract_block(extract, scope, embedded)
    href = address("integrer", scope, **({extract.kind: extract.code} if extract else {}))
    draw("embedding/give_away.html", href=href)
