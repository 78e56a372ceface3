"""A survey as a whole, for the programme office: its description, its state, its preview on a
phone.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
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
from dashboard.queries.edit_conflicts import mark_of
from dashboard.queries.surveys.asked import AskedSurvey, preview_of
from dashboard.scope import Scope
from dashboard.ui.components import heading, link_buttons, paragraph, reading
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.surveys import Question, Survey, SurveyState

_PHONE = (360, 640)


def new_box() -> None:
    form = Form("questionnaire")
    unfolding(
        "Écrire un questionnaire",
        _new_fields,
        form,
        key="w_questionnaire_new",
        icon=":material/add:",
    )


def _new_fields(form: Form) -> None:
    _about_fields(form)
    form.send(
        "Créer le brouillon",
        lambda session, reader: _written(write_survey(session, reader, _about(form))),
        icon=":material/check:",
    )


def _written(made: Survey) -> str:
    _go_on_with(made)
    return f"Le brouillon « {made.title} » est créé : ajoutez-y des questions."


def _go_on_with(made: Survey) -> None:
    """Continues on the page of the new survey."""
    st.query_params["questionnaire"] = made.reference


def about_box(survey: Survey) -> None:
    """The description of the survey, editable."""
    form = Form(f"questionnaire_{survey.id}")
    is_open = survey.state == SurveyState.open
    with st.expander(
        "Titre, introduction, dernier jour", icon=":material/edit:", key=form.key("box")
    ):
        form.opens_with(survey_values(survey))
        _about_fields(form, is_open)
        form.send(
            "Enregistrer",
            lambda session, reader: _changed(
                change_survey(session, reader, survey.id, _about(form), form.mark)
            ),
            icon=":material/check:",
        )


def _changed(survey: Survey) -> str:
    return f"« {survey.title} » est enregistré."


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


def _opened(session: Session, reader: Reader, survey_id: int) -> str:
    open_survey(session, reader, survey_id)
    return "Le questionnaire est ouvert : ses questions ne changent plus."


def _dropped(session: Session, reader: Reader, survey_id: int) -> str:
    drop_survey(session, reader, survey_id)
    return "Le brouillon est supprimé."


def _closed(session: Session, reader: Reader, survey_id: int) -> str:
    answered = close_survey(session, reader, survey_id).answered
    answers_in_words = french.counted(answered, "réponse est entrée", "réponses sont entrées")
    return (
        f"Le questionnaire est fermé : {answers_in_words}, les résultats se lisent dans"
        " « Enquêtes »."
    )


def _copied(session: Session, reader: Reader, survey_id: int) -> str:
    wave = copy_survey(session, reader, survey_id)
    _go_on_with(wave)
    return (
        f"Voici la nouvelle vague de « {wave.title} », en brouillon : relisez-la, puis ouvrez-la."
    )


# Label, icon, act, and a warning before an irreversible one.
_OPEN = (
    *("Ouvrir aux réponses", ":material/play_arrow:", _opened),
    "Une fois le questionnaire ouvert, ses questions ne changent plus.",
)
_DROP = (
    *("Supprimer le brouillon", ":material/delete:", _dropped),
    "Le brouillon et ses questions s'effacent.",
)
_CLOSE = (
    *("Fermer maintenant", ":material/stop:", _closed),
    "Plus personne ne pourra répondre ; les résultats se lisent aussitôt.",
)
_COPY = ("Reprendre pour une nouvelle vague", ":material/content_copy:", _copied, "")
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
        for label, icon, done, warning in _ACTS[SurveyState(survey.state)]:
            # A new form when the number of questions changes: old errors disappear.
            form = Form(f"{done.__name__}_questionnaire_{survey.id}_{made.questions}")
            forms.append(form)
            act = partial(done, survey_id=survey.id)
            if not warning:
                form.button(label, act, icon=icon, primary=False)
                continue
            with form.popover(label, icon):
                paragraph(warning)
                form.button(f"{label} : confirmer", act)
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
    width, height = _PHONE
    # The frame is reloaded whenever the survey changes.
    seen = mark_of(
        {"found": survey.model_dump(), "asked": [question.model_dump() for question in questions]}
    )
    with st.container(key="cp_phone"):
        st.iframe(
            f"/questionnaire?apercu={preview_of(scope.reader, survey.reference)}&vu={seen}",
            width=width,
            height=height,
            alt=f"Aperçu de « {survey.title} », large comme un téléphone",
        )
