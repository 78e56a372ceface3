"""Questionnaires: the programme's office makes one, opens it, follows its answers, closes it."""

import streamlit as st

from dashboard import french
from dashboard.queries.surveys import questionnaires as query
from dashboard.queries.surveys.questionnaires import Made
from dashboard.scope import Scope
from dashboard.screens.surveys.answering import answering_block, rate_block
from dashboard.screens.surveys.asked import questions_block
from dashboard.screens.surveys.making import about_box, new_box, preview, state_block
from dashboard.ui.components import empty_nothing_yet, heading, page_header
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address, current_scope, whole_number
from models.database import reading
from models.questionnaires import QuestionnaireState

LEAD = "Ce que nous demandons aux agents et aux citoyens, sans jamais savoir qui a répondu quoi."


def render(scope: Scope) -> None:
    wanted = whole_number(st.query_params.get("questionnaire"))
    with reading() as session:
        made = query.questionnaires(session, scope.reader)
    one = next((item for item in made if item.questionnaire.id == wanted), None)
    if one:
        return _one(scope, one)
    page_header("Questionnaires", LEAD, trail=(("Concertation", address("concertation", scope)),))
    say_what_was_done()
    if st.query_params.get("questionnaire"):
        st.warning("Ce questionnaire n'existe pas, ou n'existe plus.", icon=":material/info:")
    new_box()
    _list(scope, made)


def _list(scope: Scope, made: list[Made]) -> None:
    if not made:
        return empty_nothing_yet("Aucun questionnaire n'est encore écrit.")
    heading("Les questionnaires")
    rows = [
        (
            link(
                item.questionnaire.title,
                address("questionnaires", scope, questionnaire=item.questionnaire.id),
            ),
            QuestionnaireState(item.questionnaire.state).label,
            french.number(item.questions),
            french.number(item.received) if item.questionnaire.survey_id else "–",
            french.day(item.questionnaire.closed_on or item.questionnaire.closes_on),
        )
        for item in made
    ]
    table(
        ("Questionnaire", "État", "Questions", "Réponses", "Jusqu'au, ou fermé le"),
        rows,
        "Questionnaires, le plus récent d'abord",
        frozenset({2, 3}),
    )


def _one(scope: Scope, made: Made) -> None:
    found = made.questionnaire
    page_header(
        found.title,
        trail=(
            ("Concertation", address("concertation", scope)),
            ("Questionnaires", address("questionnaires", scope)),
        ),
    )
    say_what_was_done()
    state_block(scope, made)
    if found.state == QuestionnaireState.open:
        answering_block(found)
    rate_block(scope, found)
    with reading() as session:
        questions = query.questions_of(session, found.id)
    wide, narrow = st.columns([3, 2], gap="large")
    with wide:
        if found.state != QuestionnaireState.closed:
            about_box(found)
        questions_block(scope, found, questions)
    with narrow:
        preview(scope, found, questions)


render(current_scope())
