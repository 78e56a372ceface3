"""Questionnaires: the programme office writes one, opens it, follows its answers, closes it."""

import streamlit as st

from dashboard import french
from dashboard.queries.surveys.asked import AskedSurvey, asked_surveys, questions_of
from dashboard.scope import Scope
from dashboard.screens.surveys.asked import (
    answering_block,
    proposals_block,
    questions_block,
    rate_block,
)
from dashboard.screens.surveys.making import about_box, new_box, preview, state_block
from dashboard.ui.address import page_header
from dashboard.ui.components import empty_nothing_yet
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.database import fetch
from models.surveys import SurveyState


def render(scope: Scope) -> None:
    asked_id = st.query_params.get("questionnaire")
    made = fetch(asked_surveys, scope.reader)
    if one := next((item for item in made if item.survey.reference == asked_id), None):
        return _one(scope, one)
    page_header("Questionnaires")
    if asked_id:
        st.warning("Ce questionnaire n'existe pas, ou n'existe plus.", icon=":material/info:")
    _list(scope, made)
    new_box()


def _list(scope: Scope, made: list[AskedSurvey]) -> None:
    if not made:
        return empty_nothing_yet("Aucun questionnaire n'est encore écrit.")
    rows = [
        (
            link(
                item.survey.title,
                address("questionnaires", scope, questionnaire=item.survey.reference),
            ),
            SurveyState(item.survey.state).label,
            french.number(item.questions),
            french.number(item.received) if item.survey.on else "–",
            french.day(item.survey.closed_on or item.survey.closes_on),
        )
        for item in made
    ]
    table(
        ("Questionnaire", "État", "Questions", "Réponses", "Jusqu'au, ou fermé le"),
        rows,
        "Questionnaires, le plus récent d'abord",
        frozenset({2, 3}),
    )


def _one(scope: Scope, made: AskedSurvey) -> None:
    survey = made.survey
    page_header(
        survey.title,
        trail=(("Questionnaires", address("questionnaires", scope)),),
    )
    state_block(scope, made)
    if survey.state == SurveyState.open:
        answering_block(survey)
    rate_block(scope, survey)
    questions = fetch(questions_of, survey.id)
    wide, narrow = st.columns([3, 2], gap="large")
    with wide:
        if survey.state != SurveyState.closed:
            about_box(survey)
        proposals_block(scope, survey)
        questions_block(survey, questions)
    with narrow:
        preview(scope, survey, questions)
