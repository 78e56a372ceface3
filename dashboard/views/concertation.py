"""Concertation: surveys and their waves, the results of one, two waves side by side; free texts
for those who may read them.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries.surveys import results as free_texts_query
from dashboard.queries.surveys.cells import SMALLEST_AVERAGE
from dashboard.queries.surveys.results import PAGE, Result, answers_file, together
from dashboard.scope import Scope
from dashboard.screens.reference import offer_files
from dashboard.screens.surveys.results import (
    FEW,
    RULE,
    answered,
    has_codes,
    matrix_block,
    naming,
    question_block,
    statements_block,
)
from dashboard.screens.surveys.waves import (
    compared,
    comparison,
    dated,
    feeding,
    free_texts,
    in_brief,
)
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    empty_nothing_yet,
    heading,
    link_buttons,
    note_unread,
    paragraph,
    reading,
)
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address, whole_number
from models.database import reading as database
from models.surveys import Survey


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
        _waves(scope, list(waves.values()))
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


def _waves(scope: Scope, waves: Sequence[Survey]) -> None:
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
        for survey in waves
    ]
    table(
        ("Enquête", "Date", "Auprès de", "Réponses", "Invités", "Participation"),
        rows,
        "Enquêtes, la plus récente d'abord",
        frozenset({3, 4, 5}),
        download="enquetes",
    )


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
    coded = has_codes(results)
    _in_brief(scope, survey, other)
    for wave in others:
        if wave is not other:
            title = _distinct_title(wave, [survey, *others])
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


def _distinct_title(survey: Survey, waves: Sequence[Survey]) -> str:
    """The title of a wave, with its day if another wave has the same title."""
    same_title = [other for other in waves if other.title == survey.title]
    return survey.title if len(same_title) == 1 else f"{survey.title}, {dated(survey)}"


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
