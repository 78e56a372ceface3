"""Questionnaires: the programme office writes one, opens it, follows its answers, closes it."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import french
from dashboard.actions.surveys.answering import BATCH
from dashboard.actions.surveys.making import (
    INTRODUCTION_MAX,
    TITLE_MAX,
    change_survey,
    close_survey,
    copy_survey,
    drop_survey,
    open_survey,
    survey_values,
    write_survey,
)
from dashboard.queries.journal import mark_of
from dashboard.queries.surveys.asked import AskedSurvey, asked_surveys, preview_of, questions_of
from dashboard.scope import Scope
from dashboard.screens.surveys.asked import (
    answering_block,
    proposals_block,
    questions_block,
    rate_block,
)
from dashboard.ui.address import page_header
from dashboard.ui.components import empty_nothing_yet, heading, link_buttons, paragraph, reading
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.database import fetch
from models.surveys import Question, Survey, SurveyState


def render(scope: Scope) -> None:
    asked_id = st.query_params.get("questionnaire")
    made = fetch(asked_surveys, scope.reader)
    if one := next((item for item in made if item.survey.reference == asked_id), None):
        return _one(scope, one)
    page_header("Questionnaires")
    if asked_id:
        st.warning("Ce questionnaire n'existe pas, ou n'existe plus.", icon=":material/info:")
    if made:
        _list(scope, made)
    else:
        empty_nothing_yet("Aucun questionnaire n'est encore écrit.")
    unfolding(
        "Écrire un questionnaire",
        _new_fields,
        Form("questionnaire"),
        key="w_questionnaire_new",
        icon=":material/add:",
    )


def _list(scope: Scope, made: list[AskedSurvey]) -> None:
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
            form = Form(f"questionnaire_{survey.id}")
            is_open = survey.state == SurveyState.open
            with st.expander(
                "Titre, introduction, dernier jour", icon=":material/edit:", key=form.key("box")
            ):
                form.opens_with(survey_values(survey))
                _about_fields(form, is_open)
                form.send(
                    "Enregistrer",
                    lambda session, reader: change_survey(
                        session, reader, survey.id, _about(form), form.mark
                    ),
                    icon=":material/check:",
                    done=lambda changed: f"« {changed.title} » est enregistré.",
                )
        proposals_block(scope, survey)
        questions_block(survey, questions)
    with narrow:
        preview(scope, survey, questions)


def _new_fields(form: Form) -> None:
    _about_fields(form)
    form.send(
        "Créer le brouillon",
        lambda session, reader: write_survey(session, reader, _about(form)),
        icon=":material/check:",
        done=lambda made: _continued(
            made, f"Le brouillon « {made.title} » est créé : ajoutez-y des questions."
        ),
    )


def _continued(made: Survey, message: str) -> str:
    """The message, on the page of the new survey."""
    st.query_params["questionnaire"] = made.reference
    return message


def _about_fields(form: Form, is_open: bool = False) -> None:
    form.field("title", st.text_input, "Titre", max_chars=TITLE_MAX)
    form.field(
        "introduction",
        st.text_area,
        "Introduction (facultatif)",
        max_chars=INTRODUCTION_MAX,
        height=110,
        placeholder="À quoi serviront les réponses, combien de temps cela prend.",
    )
    form.field("closes_on", st.date_input, "Dernier jour pour répondre", None, format="DD/MM/YYYY")
    form.field(
        "series",
        st.text_input,
        "Série (facultatif)",
        max_chars=120,
        disabled=is_open,
        help="Le même nom pour chaque vague : c'est lui qui permet de comparer. Sinon, le titre.",
    )
    form.field("citizens", st.checkbox, "Ce sont des citoyens qui répondent", disabled=is_open)
    form.field(
        "asks_direction",
        st.checkbox,
        "Demander la direction de la personne (facultatif pour elle)",
        default=True,
        disabled=is_open,
    )
    form.field(
        "by_link",
        st.checkbox,
        "Quiconque a l'adresse peut répondre (affiche, QR, tablette, papier)",
        default=True,
        disabled=is_open,
        help="Sinon, seul le lien reçu par courriel ouvre le questionnaire, une fois.",
    )


def _about(form: Form) -> Survey:
    return Survey(
        title=form.text("title"),
        closes_on=form.value("closes_on"),
        series=form.text("series"),
        introduction=form.text("introduction"),
        agents=not form.value("citizens"),
        by_link=bool(form.value("by_link", True)),
        asks_direction=bool(form.value("asks_direction", True)),
    )


# ── Its state ─────────────────────────────────────────────────────────────────────────────────────


# Label, icon, act, its message, and a warning before an irreversible one.
_OPEN = (
    *("Ouvrir aux réponses", ":material/play_arrow:", open_survey),
    "Le questionnaire est ouvert : ses questions ne changent plus.",
    "Une fois le questionnaire ouvert, ses questions ne changent plus.",
)
_DROP = (
    *("Supprimer le brouillon", ":material/delete:", drop_survey),
    "Le brouillon est supprimé.",
    "Le brouillon et ses questions s'effacent.",
)
_CLOSE = (
    *("Fermer maintenant", ":material/stop:", close_survey),
    lambda survey: (
        "Le questionnaire est fermé :"
        f" {french.counted(survey.answered, 'réponse est entrée', 'réponses sont entrées')}, les"
        " résultats se lisent dans « Enquêtes »."
    ),
    "Plus personne ne pourra répondre ; les résultats se lisent aussitôt.",
)
_COPY = (
    *("Reprendre pour une nouvelle vague", ":material/content_copy:", copy_survey),
    lambda wave: _continued(
        wave,
        f"Voici la nouvelle vague de « {wave.title} », en brouillon : relisez-la, puis ouvrez-la.",
    ),
    "",
)
_ACTS = {
    SurveyState.draft: (_OPEN, _DROP, _COPY),
    SurveyState.open: (_CLOSE, _COPY),
    SurveyState.closed: (_COPY,),
}


def state_block(scope: Scope, made: AskedSurvey) -> None:
    """The state of the survey in words, and its possible actions."""
    survey = made.survey
    reading(in_words(made))
    forms = []
    with st.container(horizontal=True, key=f"cp_questionnaire_acts_{survey.id}"):
        for label, icon, act, done, warning in _ACTS[SurveyState(survey.state)]:
            # A new form when the number of questions changes: old errors disappear.
            form = Form(f"{act.__name__}_{survey.id}_{made.questions}")
            forms.append(form)
            act = partial(act, survey_id=survey.id)
            if warning:
                with form.popover(label, icon):
                    paragraph(warning)
                    form.button(f"{label} : confirmer", act, done=done)
            else:
                form.button(label, act, icon=icon, primary=False, done=done)
    # Below the row: a sentence between two buttons would separate them.
    for form in forms:
        form.first_error()
    if survey.state == SurveyState.closed:
        results = address("concertation", scope, enquete=survey.id)
        link_buttons([("Lire les résultats", results, "query_stats")])


def in_words(made: AskedSurvey) -> str:
    """Its number of questions and answers, and why some answers are pending."""
    survey = made.survey
    asked = french.counted(made.questions, "question")
    if survey.state == SurveyState.draft:
        return f"Brouillon de {asked}, que seul le bureau du programme voit."
    answers_in_words = french.counted(made.received, "réponse reçue", "réponses reçues")
    if survey.state == SurveyState.closed:
        return f"Fermé le {french.day_long(survey.closed_on)} : {answers_in_words}."
    sentence = f"Ouvert jusqu'au {french.day_long(survey.closes_on)} : {answers_in_words}."
    if made.waiting:
        waits = french.counted(made.waiting, "attend", "attendent")
        sentence += (
            f" {waits} d'être {BATCH} pour entrer ensemble, sans ordre ni heure ; à la clôture, ce"
            " qui reste entre aussi."
        )
    return f"{sentence} Les résultats se lisent après la clôture."


# ── Its preview ───────────────────────────────────────────────────────────────────────────────────


def preview(scope: Scope, survey: Survey, questions: Sequence[Question]) -> None:
    """The public page, as wide as a phone."""
    heading("Comme sur un téléphone")
    if not questions:
        return paragraph("L'aperçu paraîtra avec la première question.")
    # The frame is reloaded whenever the survey changes.
    seen = mark_of(
        {"found": survey.model_dump(), "asked": [question.model_dump() for question in questions]}
    )
    with st.container(key="cp_phone"):
        st.iframe(
            f"/questionnaire?apercu={preview_of(scope.reader, survey.reference)}&vu={seen}",
            width=360,
            height=640,
            alt=f"Aperçu de « {survey.title} », large comme un téléphone",
        )
