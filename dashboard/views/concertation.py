"""Concertation: surveys and their waves, the results of one, two waves side by side; free texts
for those who may read them.
"""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries.surveys import free_texts as free_texts_query
from dashboard.queries.surveys.answers_file import answers_file
from dashboard.queries.surveys.cells import SMALLEST_AVERAGE
from dashboard.queries.surveys.free_texts import PAGE
from dashboard.queries.surveys.results import Result, together
from dashboard.scope import Scope
from dashboard.screens.reference.files import offer_files
from dashboard.screens.surveys.form import has_codes, naming
from dashboard.screens.surveys.results import (
    FEW,
    RULE,
    answered,
    matrix_block,
    question_block,
    title_link,
)
from dashboard.screens.surveys.uses import feeding, free_texts
from dashboard.screens.surveys.waves import compared, comparison, dated, in_brief, names
from dashboard.ui.components import empty_nothing_yet, heading, link_buttons, note_unread, paragraph
from dashboard.ui.page import page_header
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address, whole_number
from models.database import reading
from models.surveys import Survey


def render(scope: Scope) -> None:
    waves = {survey.id: survey for survey in cached.surveys(scope)}
    asked_survey = waves.get(whole_number(st.query_params.get("enquete")))
    other = waves.get(whole_number(st.query_params.get("avec")))
    if asked_survey:
        of_series = [survey for survey in waves.values() if survey.series == asked_survey.series]
        others = [survey for survey in of_series if survey.id != asked_survey.id]
        # Whatever the order in the address, the earlier wave is on the left.
        if other in others:
            return both(scope, *sorted((asked_survey, other), key=lambda survey: survey.place))
        return one(scope, asked_survey, others)
    page_header(
        "Concertation",
        f"Ce que les agents et les citoyens répondent à nos enquêtes. {scope.sentence()}",
    )
    if st.query_params.get("enquete"):
        st.warning("Cette enquête n'existe pas à cette date.", icon=":material/info:")
    imports = ("Importer une enquête", address("imports", scope, genre="enquetes"), "upload")
    made = ("Questionnaires", address("questionnaires", scope), "ballot")
    rights = {"survey.import": imports, "survey.make": made}
    if links := [each for right, each in rights.items() if may(scope.reader, right)]:
        link_buttons(links)
    _waves(scope, list(waves.values()))


def _waves(scope: Scope, waves: Sequence[Survey]) -> None:
    if not waves:
        return empty_nothing_yet(
            "Aucune enquête n'est encore là : les résultats paraîtront ici, dès dix réponses.",
            ("Dire ce qui va et ce qui ne va pas", address("deposer", scope)),
        )
    heading("Les enquêtes")
    rows = [
        (
            title_link(scope, survey),
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
    by_series = sorted(waves, key=lambda survey: survey.series)
    for name, group in groupby(by_series, key=lambda survey: survey.series):
        latest = sorted(group, key=lambda survey: survey.place, reverse=True)[:2]
        if len(latest) == 2:
            after, before = latest
            paragraph(
                link(
                    f"Comparer les deux dernières vagues : {name}",
                    address("concertation", scope, enquete=after.id, avec=before.id),
                )
            )


def _rate(survey: Survey) -> str:
    if not survey.invited or survey.answered < SMALLEST_AVERAGE:
        return french.UNKNOWN
    return french.percent(100 * survey.answered / survey.invited)


# ── One survey ────────────────────────────────────────────────────────────────────────────────────


def one(scope: Scope, survey: Survey, others: Sequence[Survey]) -> None:
    page_header(
        survey.title,
        french.typo(_in_words(survey)),
        trail=(("Concertation", address("concertation", scope)),),
    )
    for other in others:
        paragraph(
            link(
                f"Comparer avec : {_distinct_title(other, [survey, *others])}",
                address("concertation", scope, enquete=survey.id, avec=other.id),
            )
        )
    if survey.answered < SMALLEST_AVERAGE:
        return empty_nothing_yet(
            f"{answered(survey.answered).capitalize()} : rien d'autre n'est montré, pour que"
            " personne ne puisse être reconnu."
        )
    results = cached.survey_results(scope, survey.id)
    note_unread(results)
    works = may(scope.reader, "survey.import")
    coded = has_codes(results)
    _compared(scope, survey, others, results)
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


def _compared(
    scope: Scope, survey: Survey, others: Sequence[Survey], results: Sequence[Result]
) -> None:
    """« En bref », compared with the earlier wave."""
    earlier = [other for other in others if other.place < survey.place]
    if not earlier:
        return in_brief(results)
    before = max(earlier, key=lambda other: other.place)
    since, _ = names(before, survey)
    return in_brief(results, since, cached.survey_results(scope, before.id))


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
    with reading() as session:
        pages = -(-free_texts_query.count_texts(session, scope.reader, survey.id, question) // PAGE)
        page = min(st.session_state.get(f"w_texts_page_{survey.id}") or 0, max(pages - 1, 0))
        st.session_state[f"w_texts_page_{survey.id}"] = page
        texts = free_texts_query.free_texts(
            session, scope.reader, scope.tree, survey.id, question, page
        )
    if texts:
        free_texts(scope, survey, results, texts, pages)


# ── Two waves ─────────────────────────────────────────────────────────────────────────────────────


def both(scope: Scope, before: Survey, after: Survey) -> None:
    first, second = (name.replace(" ", french.NO_BREAK) for name in names(before, after))
    page_header(
        f"{after.series} : {first} et {second}",
        french.typo(
            f"{answered(before.answered)} puis {answered(after.answered)}. Ce ne sont pas forcément"
            " les mêmes personnes."
        ),
        trail=(
            ("Concertation", address("concertation", scope)),
            (after.title, address("concertation", scope, enquete=after.id)),
        ),
    )
    comparison(
        before,
        after,
        compared(*(cached.survey_results(scope, survey.id) for survey in (before, after))),
    )
