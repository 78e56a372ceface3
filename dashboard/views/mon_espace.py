"""Mon espace: the reader's dates, ideas and their outcome, drafts, followed and supported
records, and requests.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.actions.ideas.drafts import drop_draft
from dashboard.cached import own_space
from dashboard.cached.ideas import entrusted, my_ideas
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.discussions.subjects import SubjectAt
from dashboard.queries.ideas.drafts import drafts
from dashboard.queries.ideas.records import Order
from dashboard.scope import Scope
from dashboard.screens.home import answer_to_prepare, decision_to_execute
from dashboard.screens.meetings.agenda import my_dates
from dashboard.screens.notices import rhythm_box
from dashboard.screens.people.keys import own_password_box
from dashboard.screens.second_factor import second_factor_box
from dashboard.ui.blocks import stacked
from dashboard.ui.components import TodoItem, empty_nothing_yet, heading, todo_list
from dashboard.ui.forms import Form
from dashboard.ui.page import page_header
from dashboard.ui.tables import idea_list
from dashboard.visit.navigation import address
from models.database import fetch
from models.ideas import Draft, Idea

FAR = date(2035, 12, 31)
_MOST = 50


def render(scope: Scope) -> None:
    page_header(
        "Mon espace", "Ce que vous avez déposé, ce que vous suivez, ce que l'on attend de vous."
    )
    today = cached.today()
    begun = fetch(drafts, scope.reader)
    _asked(
        scope,
        own_space.merges_to_answer(scope),
        entrusted(scope),
        own_space.to_execute(scope),
        own_space.interests_late(scope),
    )
    dates = cached.agenda(scope.whole(), today, FAR)
    if expected := [date_item for date_item in dates if date_item.mine]:
        my_dates(scope, expected)
    _drafts(scope, begun)
    with stacked():
        _my_lists(
            scope, my_ideas(scope, _MOST), own_space.followed(scope), own_space.supported(scope)
        )
        _subjects(scope, own_space.subjects_followed(scope))
    rhythm_box(scope)
    second_factor_box(scope)
    own_password_box(scope)
    st.page_link(
        st.session_state["_cp_pages"]["vos-donnees"],
        label="Vos données",
        icon=":material/shield_person:",
    )


def _subjects(scope: Scope, subjects: Sequence[SubjectAt]) -> None:
    """The followed milestones, propositions, decisions and trainings."""
    if subjects:
        items = [
            TodoItem(
                f"{french.sentence_case(at.words)} — {at.title}",
                address(at.page, scope, **at.params),
            )
            for at in subjects
        ]
        todo_list(items, "Vous suivez aussi", "")


def _my_lists(
    scope: Scope,
    mine: Sequence[Idea],
    followed: Sequence[Idea],
    supported: Sequence[Idea],
) -> None:
    _list(
        scope,
        "Mes idées",
        mine,
        (
            "Vous n'avez encore rien déposé en votre nom.",
            ("Déposer une idée", address("deposer", scope)),
        ),
    )
    _list(
        scope,
        "Idées suivies",
        followed,
        (
            "Vous ne suivez aucune idée : « Suivre » se trouve sur chaque fiche.",
            ("Voir les idées", address("idees", scope)),
        ),
    )
    _list(
        scope,
        "Idées soutenues",
        supported,
        (
            "Vous ne soutenez aucune idée pour le moment.",
            ("Voir les plus soutenues", address("idees", scope, tri=Order.supported)),
        ),
    )


def _asked(
    scope: Scope,
    asked: Sequence[tuple[Idea, date]],
    entrusted: Sequence[Idea],
    decided: Sequence[DecisionAt],
    interests_late: int,
) -> None:
    items = [
        TodoItem(
            f"Votre accord est demandé : « {idea.title} » et une autre idée seraient réunies",
            address("idees", scope, idee=idea.number),
            "Sans réponse, la fusion se fait.",
            due_on,
        )
        for idea, due_on in asked
    ]
    items += [answer_to_prepare(row, scope) for row in entrusted]
    items += [decision_to_execute(decision, scope, cached.today()) for decision in decided]
    if interests_late:
        items.append(
            TodoItem(
                f"{french.counted(interests_late, 'marque')} d'intérêt à recontacter, délai passé",
                address("marques-interet", scope, vue="en-retard"),
            )
        )
    if items:
        todo_list(items, "On attend de vous")


def _drafts(scope: Scope, begun: Sequence[tuple[Draft, str]]) -> None:
    if not begun:
        return
    heading("Mes brouillons")
    for draft, title in begun:
        form = Form(f"draft_{draft.form}")
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"cp_draft_{draft.form}"
        ):
            st.text(f"{title} ({french.day(draft.on)})")
            page, _, key = draft.form.partition("-")
            target = {
                "deposer": "deposer",
                "ambition": "ambitions",
                "formation": "academie",
                "reunion": "agenda",
                "groupe": "groupes",
            }.get(page)
            if target:
                st.page_link(
                    st.session_state["_cp_pages"][target],
                    label="Reprendre",
                    icon=":material/edit:",
                    query_params=_query(scope, page, key),
                )
            form.button(
                "Effacer",
                lambda session, reader, draft=draft: (
                    drop_draft(session, reader, draft.form) or "Le brouillon est effacé."
                ),
                primary=False,
                icon=":material/delete:",
            )


def _query(scope: Scope, page: str, key: str) -> dict[str, str]:
    """The parameters of the page with the form."""
    params = scope.params()
    if page == "ambition":
        params["ambition"] = next(
            (a.code for a in cached.ambitions() if str(a.id) == key), params["ambition"]
        )
    if page == "reunion":
        params["reunion"] = key
    if page == "groupe":
        params["groupe"] = next(
            (g.code for g in cached.groups(cached.today()) if str(g.id) == key), ""
        )
    return params


def _list(
    scope: Scope, title: str, rows: Sequence[Idea], nothing: tuple[str, tuple[str, str]]
) -> None:
    heading(title)
    if rows:
        idea_list(rows, scope)
    else:
        empty_nothing_yet(*nothing)
