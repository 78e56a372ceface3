"""Concertation: surveys and their waves, the results of one, two waves side by side; free texts
for those who may read them.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.surveys.answers import feed_figure, file_finding
from dashboard.figures.kinds import measured
from dashboard.queries.surveys import results as free_texts_query
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
    heading,
    link_buttons,
    note_unread,
    paragraph,
    reading,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address, whole_number
from models.database import reading as database
from models.surveys import QuestionKind, Survey
from models.texts import Invalid


def render(scope: Scope) -> None:
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
    heading(survey.title)
    paragraph(french.typo(_in_words(survey)))
    paragraph(link("Question par question", address("concertation", scope, enquete=survey.id)))
    if survey.answered < SMALLEST_AVERAGE:
        return reading(f"{answered(survey.answered).capitalize()} : rien d'autre n'est montré.")
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
    question = st.session_state.get(f"w_texts_{survey.id}") or None
    with database() as session:
        pages = -(-free_texts_query.count_texts(session, scope.reader, survey.id, question) // PAGE)
        page = min(st.session_state.get(f"w_texts_page_{survey.id}") or 0, max(pages - 1, 0))
        st.session_state[f"w_texts_page_{survey.id}"] = page
        texts = free_texts_query.free_texts(
            session, scope.reader, scope.tree, survey.id, question, page
        )
    if texts:
        free_texts(scope, survey, results, texts, pages)


def free_texts(
    scope: Scope,
    survey: Survey,
    results: Sequence[Result],
    texts: Sequence[FreeText],
    pages: int,
) -> None:
    """The free texts, for the programme office; each may become a finding."""
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
        st.selectbox(
            "Ambition",
            list(names),
            index=None,
            format_func=names.get,
            key=form.key("ambition"),
            placeholder="Choisissez une ambition",
        )
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
            lambda session, reader: feed_figure(session, reader, question, figures[code]),
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
