"""Enquêtes: surveys and their waves, the results of one, two waves side by side; questionnaires
written, opened and closed by the programme office.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.surveys.answering import BATCH
from dashboard.actions.surveys.making import (
    INTRODUCTION_MAX,
    TITLE_MAX,
    change_survey,
    close_survey,
    copy_survey,
    drop_survey,
    feed_figure,
    file_finding,
    open_survey,
    survey_values,
    write_survey,
)
from dashboard.figures.kinds import measured
from dashboard.queries.journal import mark_of
from dashboard.queries.surveys import results as free_texts_query
from dashboard.queries.surveys.asked import AskedSurvey, asked_surveys, preview_of, questions_of
from dashboard.queries.surveys.results import (
    ENPS,
    FEEDS,
    PAGE,
    SMALLEST_AVERAGE,
    FreeText,
    Result,
    answers_file,
    is_of_agents,
    together,
)
from dashboard.scope import Scope
from dashboard.screens.reference import offer_files
from dashboard.screens.surveys.asked import (
    answering_block,
    proposals_block,
    questions_block,
    rate_block,
)
from dashboard.screens.surveys.results import (
    FEW,
    RULE,
    answered,
    matrix_block,
    naming,
    question_block,
    statements_block,
)
from dashboard.screens.surveys.waves import compared, comparison, dated, in_brief
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    draw,
    empty_nothing_yet,
    explanation,
    heading,
    link_buttons,
    note_unread,
    paragraph,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address, whole_number
from models.database import fetch, reading
from models.surveys import Question, QuestionKind, Survey, SurveyState
from models.texts import Invalid

# ── Enquêtes ──────────────────────────────────────────────────────────────────────────────────────


def concertation_view(scope: Scope) -> None:
    waves = {survey.id: survey for survey in cached.surveys(scope)}
    asked_survey = waves.get(whole_number(st.query_params.get("enquete")))
    if asked_survey:
        return one(scope, asked_survey, list(waves.values()))
    page_header("Enquêtes")
    if st.query_params.get("enquete"):
        st.warning("Cette enquête n'existe pas à cette date.", icon=":material/info:")
    if waves:
        _latest(scope, list(waves.values()))
        heading("Les enquêtes")
        rows = [
            (
                link(survey.title, address("concertation", scope, enquete=survey.id)),
                dated(survey),
                "Agents" if survey.agents else "Citoyens",
                FEW if survey.answered < SMALLEST_AVERAGE else french.number(survey.answered),
                french.number(survey.invited) if survey.invited else "–",
                _rate(survey),
            )
            for survey in list(waves.values())
        ]
        table(
            ("Enquête", "Date", "Auprès de", "Réponses", "Invités", "Participation"),
            rows,
            "Enquêtes, la plus récente d'abord",
            frozenset({3, 4, 5}),
            download="enquetes",
        )
    else:
        empty_nothing_yet(
            "Aucune enquête n'est encore là : les résultats paraîtront ici, dès dix réponses.",
            ("Déposer une idée ou un constat", address("deposer", scope)),
        )
    if may(scope.reader, "survey.import"):
        href = address("imports", scope, genre="enquetes")
        link_buttons([("Importer une enquête", href, "upload")], after=True)


def _latest(scope: Scope, waves: Sequence[Survey]) -> None:
    """The results of the last wave in brief, and what moved since the wave before it."""
    survey = waves[0]
    heading(link(survey.title, address("concertation", scope, enquete=survey.id)))
    paragraph(french.typo(_in_words(survey)))
    if survey.answered < SMALLEST_AVERAGE:
        return explanation(f"{answered(survey.answered).capitalize()} : rien d'autre n'est montré.")
    return _in_brief(scope, survey, _before(survey, waves))


def _in_brief(scope: Scope, survey: Survey, other: Survey | None) -> None:
    """A wave in brief, and what moved between it and another one of its series."""
    results = cached.survey_results(scope, survey.id)
    in_brief(results)
    statements_block(scope, survey, results)
    if other:
        pair = sorted((survey, other), key=lambda wave: wave.place)
        asked = compared(*(cached.survey_results(scope, wave.id) for wave in pair))
        comparison(scope, *pair, asked)


def _before(survey: Survey, waves: Sequence[Survey]) -> Survey | None:
    """The wave before this one in its series."""
    earlier = [wave for wave in waves if wave.series == survey.series and wave.place < survey.place]
    return max(earlier, key=lambda wave: wave.place, default=None)


def _rate(survey: Survey) -> str:
    if not survey.invited or survey.answered < SMALLEST_AVERAGE:
        return french.UNKNOWN
    return french.percent(100 * survey.answered / survey.invited)


# ── One survey ────────────────────────────────────────────────────────────────────────────────────


def one(scope: Scope, survey: Survey, waves: Sequence[Survey]) -> None:
    """One wave, compared with the wave before it or the one in the address (« ?avec= »)."""
    page_header(
        survey.title,
        french.typo(_in_words(survey)),
        trail=(("Enquêtes", address("concertation", scope)),),
    )
    others = [w for w in waves if w.series == survey.series and w is not survey]
    asked = whole_number(st.query_params.get("avec"))
    other = next((w for w in others if w.id == asked), _before(survey, others))
    if survey.answered < SMALLEST_AVERAGE:
        return empty_nothing_yet(
            f"{answered(survey.answered).capitalize()} : rien d'autre n'est montré, pour que"
            " personne ne puisse être reconnu."
        )
    results = cached.survey_results(scope, survey.id)
    note_unread(results)
    works = may(scope.reader, "survey.import")
    coded = any(result.is_coded for result in results)
    _in_brief(scope, survey, other)
    for wave in others:
        if wave is not other:
            same_title = [other for other in [survey, *others] if other.title == wave.title]
            title = wave.title if len(same_title) == 1 else f"{wave.title}, {dated(wave)}"
            href = address("concertation", scope, enquete=survey.id, avec=wave.id)
            paragraph(link(f"Comparer avec : {title}", href))
    if works and coded:
        naming(survey, results)
    st.caption(french.typo(RULE))
    _questions(scope, survey, results)
    if works:
        with st.container(horizontal=True, key="cp_survey_files"):
            offer_files(
                f"enquete-{survey.id}",
                survey.title,
                lambda session: answers_file(session, scope, session.get(Survey, survey.id)),
                "Toutes les réponses",
            )
        if not coded:
            naming(survey, results)
        feeding(survey, results)
        _texts(scope, survey, results)


def _questions(scope: Scope, survey: Survey, results: Sequence[Result]) -> None:
    for lines in together(results):
        if lines[0].matrix:
            matrix_block(scope, survey, lines)
        else:
            question_block(scope, survey, lines[0])


def _in_words(survey: Survey) -> str:
    answers = answered(survey.answered)
    if survey.invited:
        answers += f" sur {french.number(survey.invited)} personnes invitées ({_rate(survey)})"
    whose = "des agents" if survey.agents else "des citoyens"
    day = french.nth(french.day_long(survey.on), survey.number)
    return f"{survey.series} · {day} · {answers} · réponses {whose}"


def _texts(scope: Scope, survey: Survey, results: Sequence[Result]) -> None:
    """The free texts, for the programme office; each may become a finding."""
    question = st.session_state.get(f"w_texts_{survey.id}") or None
    with reading() as session:
        pages = -(-free_texts_query.count_texts(session, scope.reader, survey.id, question) // PAGE)
        page = min(st.session_state.get(f"w_texts_page_{survey.id}") or 0, max(pages - 1, 0))
        st.session_state[f"w_texts_page_{survey.id}"] = page
        texts = free_texts_query.free_texts(
            session, scope.reader, scope.tree, survey.id, question, page
        )
    if not texts:
        return
    heading("Réponses libres")
    st.caption(
        french.typo(
            "Réservées à l'équipe du programme, dans un ordre tiré au sort. Avant d'en faire un"
            " constat, ôtez les noms et ce qui désignerait quelqu'un."
        )
    )
    asked = {
        result.question_id: result.text for result in results if result.kind is QuestionKind.free
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Question",
            [0, *asked],
            format_func=lambda q: asked.get(q, "Toutes les questions"),
            key=f"w_texts_{survey.id}",
        )
        if pages > 1:
            st.selectbox(
                "Page",
                list(range(pages)),
                format_func=lambda p: f"{p + 1} sur {pages}",
                key=f"w_texts_page_{survey.id}",
                width=140,
            )
    for text in texts:
        with st.container(border=True, key=f"cp_text_{text.id}"):
            origin = " · ".join(filter(None, (text.question, text.place)))
            draw("surveys/free_text.html", text=text.text, where=origin)
            if text.idea:
                paragraph(
                    link(
                        f"Devenue le constat n° {text.idea}",
                        address("idees", scope, idee=text.idea),
                    )
                )
            else:
                _finding_form(text)


def _finding_form(text: FreeText) -> None:
    form = Form(f"finding_{text.id}")
    with st.expander("En faire un constat", key=f"w_finding_{text.id}"):
        form.field("title", st.text_input, "Titre", default=text.text[:90], max_chars=255)
        form.field("body", st.text_area, "Texte", default=text.text)
        names = {ambition.id: ambition.name for ambition in cached.ambitions()}
        form.pick("ambition", "Ambition", names, placeholder="Choisissez une ambition")
        form.error("ambition_id")
        st.radio(
            "Ce que dit ce constat",
            [True, False],
            format_func=lambda good: "Ça va" if good else "Ça ne va pas",
            index=None,
            horizontal=True,
            key=form.key("good"),
        )
        form.send(
            "Publier ce constat",
            lambda session, reader: _file_finding(session, reader, form, text),
            icon=":material/check:",
        )


def _file_finding(session, reader, form: Form, text: FreeText) -> str:
    if form.value("ambition") is None:
        raise Invalid({"ambition_id": "Choisissez l'ambition dont ce constat parle."})
    number = file_finding(
        session,
        reader,
        text.id,
        form.text("title"),
        form.text("body"),
        form.value("ambition"),
        form.value("good"),
    )
    return f"Le constat n° {number} est publié, sans nom ni direction."


def feeding(survey: Survey, results: Sequence[Result]) -> None:
    """Feeding a figure from a question, on confirmation: records a measure dated on the survey's
    day.
    """
    figures = {
        code: figure
        for code, figure in measured().items()
        if code in FEEDS and is_of_agents(code) == survey.agents
    }
    feeding_questions = {
        result.question_id: result for result in results if set(result.feeds) & set(figures)
    }
    if not feeding_questions:
        return
    heading("Alimenter un chiffre")
    fed = [(figures[r.figure].label, r.text) for r in results if r.figure in r.feeds]
    if fed:
        table(("Chiffre", "Alimenté par la question"), fed, "Chiffres que cette enquête alimente")
    form = Form(f"feed_{survey.id}")
    with st.expander(
        "Enregistrer un relevé à partir d'une question",
        icon=":material/add_chart:",
        key=f"w_feed_{survey.id}",
    ):
        question = st.selectbox(
            "Question",
            list(feeding_questions),
            format_func=lambda q: feeding_questions[q].text,
            key=form.key("question"),
        )
        codes = [code for code in feeding_questions[question].feeds if code in figures]
        code = st.selectbox(
            "Chiffre",
            codes,
            format_func=lambda code: figures[code].label,
            # The question is part of the key: another one offers other figures, and an option not
            # among them would make the widget fail.
            key=form.key(f"figure_{question}"),
        )
        # The value is shown before it is confirmed: once recorded, it is a measure like any other.
        st.caption(_value_in_words(feeding_questions[question], code, survey))
        form.send(
            "Enregistrer le relevé",
            feed_figure,
            question,
            figures[code],
            icon=":material/check:",
            done=lambda n: (
                f"{french.counted(n, 'relevé enregistré', 'relevés enregistrés')}."
                if n
                else "Ce relevé est déjà enregistré."
            ),
        )


def _value_in_words(result: Result, code: str, survey: Survey) -> str:
    if code == ENPS:
        value = french.signed(result.recommends, "point", 1)
    else:
        value = french.rate(result.favourable, result.judging)
    # Citizens belong to no direction.
    by_direction = survey.agents and (code == ENPS or result.recommends is None)
    places = " ; et une par direction, là où les réponses suffisent" if by_direction else ""
    return french.typo(
        f"Valeur : {value}, au {french.day(survey.on)}, source « {survey.title} »{places}."
    )


# ── Questionnaires ────────────────────────────────────────────────────────────────────────────────


def questionnaires_view(scope: Scope) -> None:
    asked_id = st.query_params.get("questionnaire")
    made = fetch(asked_surveys, scope.reader)
    if one := next((item for item in made if item.survey.reference == asked_id), None):
        return _one(scope, one)
    page_header("Questionnaires")
    if asked_id:
        st.warning("Ce questionnaire n'existe pas, ou n'existe plus.", icon=":material/info:")
    unfolding(
        "Écrire un questionnaire",
        _new_fields,
        Form("questionnaire"),
        key="w_questionnaire_new",
        icon=":material/add:",
    )
    if made:
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
    else:
        empty_nothing_yet("Aucun questionnaire n'est encore écrit.")


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
_COPY = (
    *("Reprendre pour une nouvelle vague", ":material/content_copy:", copy_survey),
    lambda wave: _continued(
        wave,
        f"Voici la nouvelle vague de « {wave.title} », en brouillon : relisez-la, puis ouvrez-la.",
    ),
    "",
)
_ACTS = {
    SurveyState.draft: (
        (
            *("Ouvrir aux réponses", ":material/play_arrow:", open_survey),
            "Le questionnaire est ouvert : ses questions ne changent plus.",
            "Une fois le questionnaire ouvert, ses questions ne changent plus.",
        ),
        (
            *("Supprimer le brouillon", ":material/delete:", drop_survey),
            "Le brouillon est supprimé.",
            "Le brouillon et ses questions s'effacent.",
        ),
        _COPY,
    ),
    SurveyState.open: (
        (
            *("Fermer maintenant", ":material/stop:", close_survey),
            lambda survey: (
                "Le questionnaire est fermé :"
                f" {french.counted(survey.answered, 'réponse est entrée', 'réponses sont entrées')}"
                ", les résultats se lisent dans « Enquêtes »."
            ),
            "Plus personne ne pourra répondre ; les résultats se lisent aussitôt.",
        ),
        _COPY,
    ),
    SurveyState.closed: (_COPY,),
}


def state_block(scope: Scope, made: AskedSurvey) -> None:
    """The state of the survey in words, and its possible actions."""
    survey = made.survey
    explanation(in_words(made))
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
