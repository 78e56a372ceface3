"""Uses of a survey by the programme office: findings from free texts, and feeding a figure."""

from collections.abc import Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.actions.surveys.answers import feed_figure, file_finding
from dashboard.figures.kinds import Value, measured
from dashboard.queries.surveys.results import ENPS, FEEDS, FreeText, Result, is_of_agents
from dashboard.scope import Scope
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.errors import Invalid
from models.surveys import QuestionKind, Survey

_FIRST = 90  # characters of a text used as the title of a finding


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
        form.field("title", st.text_input, "Titre", default=text.text[:_FIRST], max_chars=255)
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
            lambda session, reader: _feed(session, reader, question, figures[code]),
            icon=":material/check:",
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


def _feed(session, reader, question: int, figure: Value) -> str:
    n = feed_figure(session, reader, question, figure)
    if not n:
        return "Ce relevé est déjà enregistré."
    return f"{french.counted(n, 'relevé enregistré', 'relevés enregistrés')}."
