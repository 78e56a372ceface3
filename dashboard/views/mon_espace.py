"""Mon espace: the reader's dates, ideas and their outcome, drafts, followed and supported
records, and requests.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.actions.ideas.entries import drop_draft
from dashboard.cached import own_space
from dashboard.cached.ideas import my_ideas
from dashboard.queries.discussions.subjects import SubjectAt
from dashboard.queries.ideas.card import drafts
from dashboard.scope import Scope
from dashboard.screens.home import asked_of
from dashboard.screens.meetings.agenda import my_dates
from dashboard.screens.notices import rhythm_box
from dashboard.screens.people.accounts import own_password_box
from dashboard.screens.second_factor import second_factor_box
from dashboard.ui.address import page_header
from dashboard.ui.components import TodoItem, empty_nothing_yet, heading, stacked, todo_list
from dashboard.ui.forms import Form
from dashboard.ui.tables import idea_list
from dashboard.visit.navigation import address
from models.database import fetch
from models.ideas import Draft, Idea

FAR = date(2035, 12, 31)
_MOST = 50


def render(scope: Scope) -> None:
    page_header("Mon espace")
    today = cached.today()
    begun = fetch(drafts, scope.reader)
    if asked := list(asked_of(scope)):
        todo_list(asked, "On attend de vous")
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


def _subjects(scope: Scope, subjects: Sequence[SubjectAt]) -> None:
    """The followed milestones, propositions, decisions and trainings."""
    if subjects:
        items = [
            TodoItem(
                french.sentence_case(
                    at.words if at.title in at.words else f"{at.words} — {at.title}"
                ),
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
    if not mine:
        heading("Mes idées")
        empty_nothing_yet(
            "Vous n'avez encore rien déposé en votre nom.",
            ("Déposer une idée", address("deposer", scope)),
        )
    lists = (("Mes idées", mine), ("Idées suivies", followed), ("Idées soutenues", supported))
    for title, rows in lists:
        if rows:
            heading(title)
            idea_list(rows, scope)


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
    """The parameters of the page with the form: the record of the draft by its code."""
    codes = {
        "ambition": {str(a.id): a.code for a in cached.ambitions()},
        "groupe": {str(g.id): g.code for g in cached.groups(cached.today())},
        "reunion": {key: key},
    }.get(page, {})
    return scope.params() | ({page: codes[key]} if key in codes else {})
