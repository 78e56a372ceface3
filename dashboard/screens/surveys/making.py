"""What the programme's office does with a questionnaire as a whole: what it says of itself, its
state, how it looks on a phone.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.actions.surveys.entering import BATCH
from dashboard.actions.surveys.questionnaires import (
    INTRODUCTION_MAX,
    TITLE_MAX,
    QuestionnaireInput,
    change_questionnaire,
    close_questionnaire,
    copy_questionnaire,
    drop_questionnaire,
    open_questionnaire,
    questionnaire_stands,
    write_questionnaire,
)
from dashboard.queries.edit_conflicts import mark_of
from dashboard.queries.surveys.previews import preview_of
from dashboard.queries.surveys.questionnaires import Made
from dashboard.scope import Scope
from dashboard.ui.components import calls, heading, paragraph, reading
from dashboard.ui.forms import Act, Form
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.database import reading as reading_session
from models.questionnaires import AskedQuestion, Questionnaire, QuestionnaireState

_PHONE = (360, 640)
_ACTS = ("open", "drop", "close", "copy")


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
    form.button(
        "Créer le brouillon",
        lambda session, reader: _written(write_questionnaire(session, reader, _about(form))),
        icon=":material/check:",
    )
    form.error("form")


def _written(made: Questionnaire) -> str:
    _go_on_with(made)
    return f"Le brouillon « {made.title} » est créé : ajoutez-y des questions."


def _go_on_with(made: Questionnaire) -> None:
    """One goes on where the new one now stands."""
    st.query_params["questionnaire"] = str(made.id)


def about_box(found: Questionnaire) -> None:
    """What it says of itself, to be put right."""
    form = Form(f"questionnaire_{found.id}")
    with reading_session() as session:
        stands = questionnaire_stands(session, found)
    is_open = found.state == QuestionnaireState.open
    with st.expander(
        "Titre, introduction, dernier jour", icon=":material/edit:", key=form.key("box")
    ):
        form.opens_with(stands)
        _about_fields(form, is_open)
        form.button(
            "Enregistrer",
            lambda session, reader: _changed(
                change_questionnaire(session, reader, found.id, _about(form), form.mark).title
            ),
            icon=":material/check:",
        )
        form.error("form")


def _changed(title: str) -> str:
    return f"« {title} » est enregistré."


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
    names = {ambition.id: ambition.name for ambition in cached.ambitions()}
    form.field(
        "ambitions",
        st.multiselect,
        "Ambitions (facultatif)",
        list(names),
        format_func=names.get,
        placeholder="Choisissez",
        disabled=is_open,
    )
    form.field("citizens", st.checkbox, "Ce sont des citoyens qui répondent", disabled=is_open)
    form.field(
        "asks_direction",
        st.checkbox,
        "Demander la direction de la personne (facultatif pour elle)",
        default=True if not is_open else bool(form.value("asks_direction")),
        disabled=is_open,
    )
    form.field(
        "by_link",
        st.checkbox,
        "Quiconque a l'adresse peut répondre (affiche, QR, tablette, papier)",
        default=True if not is_open else bool(form.value("by_link")),
        disabled=is_open,
        help="Sinon, seul le lien reçu par courriel ouvre le questionnaire, une fois.",
    )


def _about(form: Form) -> QuestionnaireInput:
    return QuestionnaireInput(
        str(form.value("title") or ""),
        form.value("closes_on"),
        str(form.value("series") or ""),
        str(form.value("introduction") or ""),
        not form.value("citizens"),
        bool(form.value("by_link", True)),
        bool(form.value("asks_direction", True)),
        frozenset(form.value("ambitions") or ()),
    )


# ── Its state ─────────────────────────────────────────────────────────────────────────────────────


def state_block(scope: Scope, made: Made) -> None:
    """Where it stands in words, and what may be done with it as a whole."""
    found = made.questionnaire
    reading(in_words(made))
    with st.container(horizontal=True, key=f"cp_questionnaire_acts_{found.id}"):
        if found.state == QuestionnaireState.draft:
            _acts_of_draft(made)
        elif found.state == QuestionnaireState.open:
            _act(
                made,
                "close",
                "Fermer maintenant",
                ":material/stop:",
                lambda session, reader: _closed(
                    close_questionnaire(session, reader, found.id).answered
                ),
                "Plus personne ne pourra répondre ; les résultats se lisent aussitôt.",
            )
        _act(
            made,
            "copy",
            "Reprendre pour une nouvelle vague",
            ":material/content_copy:",
            lambda session, reader: _copied(copy_questionnaire(session, reader, found.id)),
        )
    # Under the row: a sentence between two buttons would push them apart.
    for name in _ACTS:
        _form_of(made, name).first_error()
    if found.state == QuestionnaireState.closed:
        results = address("concertation", scope, enquete=found.survey_id)
        calls([("Lire les résultats", results, "query_stats")])


def _acts_of_draft(made: Made) -> None:
    found = made.questionnaire
    _act(
        made,
        "open",
        "Ouvrir aux réponses",
        ":material/play_arrow:",
        lambda session, reader: (
            open_questionnaire(session, reader, found.id)
            and "Le questionnaire est ouvert : ses questions ne changent plus."
        ),
        "Une fois le questionnaire ouvert, ses questions ne changent plus.",
    )
    _act(
        made,
        "drop",
        "Supprimer le brouillon",
        ":material/delete:",
        lambda session, reader: (
            drop_questionnaire(session, reader, found.id) or "Le brouillon est supprimé."
        ),
        "Le brouillon et ses questions s'effacent.",
    )


def _form_of(made: Made, name: str) -> Form:
    """Another one as soon as there is a question more or less: what was wrong is said no more."""
    return Form(f"{name}_questionnaire_{made.questionnaire.id}_{made.questions}")


def _act(made: Made, name: str, label: str, icon: str, act: Act, warning: str = "") -> None:
    """A button; what cannot be undone gives its warning first."""
    form = _form_of(made, name)
    if not warning:
        return form.button(label, act, icon=icon, primary=False)
    with form.popover(label, icon):
        paragraph(warning)
        form.button(f"{label} : confirmer", act)
    return None


def _closed(answered: int) -> str:
    came = french.counted(answered, "réponse est entrée", "réponses sont entrées")
    return f"Le questionnaire est fermé : {came}, les résultats se lisent dans « Concertation »."


def _copied(made: Questionnaire) -> str:
    _go_on_with(made)
    return (
        f"Voici la nouvelle vague de « {made.title} », en brouillon : relisez-la, puis ouvrez-la."
    )


def in_words(made: Made) -> str:
    """Where it stands: how many questions, how many answers, and why some of them wait."""
    found = made.questionnaire
    asked = french.counted(made.questions, "question")
    if found.state == QuestionnaireState.draft:
        return f"Brouillon de {asked}, que seul le bureau du programme voit."
    came = french.counted(made.received, "réponse reçue", "réponses reçues")
    if found.state == QuestionnaireState.closed:
        return f"Fermé le {french.day_long(found.closed_on)} : {came}."
    sentence = f"Ouvert jusqu'au {french.day_long(found.closes_on)} : {came}."
    if made.waiting:
        waits = french.counted(made.waiting, "attend", "attendent")
        sentence += (
            f" {waits} d'être {BATCH} pour entrer ensemble, sans ordre ni heure ; à la clôture, ce"
            " qui reste entre aussi."
        )
    return f"{sentence} Les résultats se lisent après la clôture."


# ── Its preview ───────────────────────────────────────────────────────────────────────────────────


def preview(scope: Scope, found: Questionnaire, questions: Sequence[AskedQuestion]) -> None:
    """The page itself, as wide as a phone."""
    heading("Comme sur un téléphone")
    if not questions:
        return paragraph("L'aperçu paraîtra avec la première question.")
    width, height = _PHONE
    # The frame is asked for anew as soon as something of it has changed.
    seen = mark_of({"found": found.model_dump(), "asked": [one.model_dump() for one in questions]})
    with st.container(key="cp_phone"):
        st.iframe(
            f"/questionnaire?apercu={preview_of(scope.reader, found.id)}&vu={seen}",
            width=width,
            height=height,
            alt=f"Aperçu de « {found.title} », large comme un téléphone",
        )
