"""Acts on surveys (enquêtes): a free text becomes a finding, a question feeds a figure."""

import secrets
from collections.abc import Sequence
from math import isclose

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.figures import measures
from dashboard.actions.figures.declared import Declared
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea, publish_idea
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.results import feeding, is_of_agents, pooled, values_for_figure
from dashboard.queries.targets import measure_in_words
from models.clock import today
from models.errors import Refused
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.revisions import hold
from models.roadmap import Measure
from models.surveys import Question, Survey, SurveyAnswer, SurveyState


def file_finding(
    session: Session,
    reader: Reader,
    answer_id: int,
    title: str,
    body: str,
    ambition_id: int | None = None,
    good: bool | None = None,
) -> int:
    """En faire un constat: a free text, read by a person (`body`: where names had to go), is filed
    as an anonymous finding and shown; its number.

    Nothing of the sheet follows it: neither direction nor function. Raises Refused where it was
    done before.
    """
    require(reader, "survey.import")
    answer = session.get(SurveyAnswer, answer_id, with_for_update=True)
    if answer is None or not answer.text:
        raise Refused("Cette réponse n'existe pas.")
    if answer.idea_id is not None:
        raise Refused("Cette réponse est déjà devenue un constat.")
    # The answer itself is locked and told apart: no form needs to be.
    idea = checked_input(
        kind=IdeaKind.finding,
        title=title,
        body=body,
        ambition_id=ambition_id,
        good=good,
        anonymous=True,
    )
    filed = file_idea(session, reader, idea, secrets.token_urlsafe(24), Circumstances(survey=True))
    publish_idea(session, reader, filed.number, organisation(session).at(today(session)))
    answer.idea_id = session.exec(select(Idea.id).where(Idea.number == filed.number)).one()
    session.add(answer)
    return filed.number


def feed_figure(session: Session, reader: Reader, question_id: int, figure: Declared) -> int:
    """Alimenter un chiffre: what a question says becomes a measure of the day of its survey, for
    the whole and for the directions that may be shown; how many were recorded. Waves of one day
    count together, by their numbers of answers. A measure that stands with the same value is left.

    Raises Refused for a question that says nothing of this figure, Invalid where another measure of
    that day stands than what the waves before have said.
    """
    require(reader, "survey.import")
    # Before anything is read: of two waves that close at once the second counts with the first.
    hold(session, "roadmap")
    question = session.get(Question, question_id)
    survey = session.get(Survey, question.survey_id) if question else None
    if survey is None:
        raise Refused("Cette question n'existe pas.")
    _refuse_feeding(survey, figure)
    own = values_for_figure(session, question, survey, figure.code, figure.by_direction)
    if None not in own:
        raise Refused(
            f"Cette question ne mesure pas « {figure.label} », ou compte trop peu de réponses."
        )
    question.figure = figure.code
    session.add(question)
    others = [
        (wave, said)
        for asked, wave in feeding(session, figure.code, survey.on)
        if wave.id != survey.id
        and (said := values_for_figure(session, asked, wave, figure.code, figure.by_direction))
    ]
    before = pooled(said for _, said in others)
    now = pooled([own, *(said for _, said in others)])
    source = _source([*(wave for wave, _ in others), survey])
    recorded = 0
    for place in own:
        value, n = now[place]
        given = Measure(on=survey.on, value=value, n=n, source=source, direction_id=place)
        recorded += _measure(session, reader, figure, given, before.get(place))
    return recorded


def _refuse_feeding(survey: Survey, figure: Declared) -> None:
    if survey.state != SurveyState.closed:
        raise Refused("Ce questionnaire est encore ouvert : ses réponses se lisent à la clôture.")
    if survey.agents != is_of_agents(figure.code):
        whom = "des citoyens" if survey.agents else "des agents"
        raise Refused(f"« {figure.label} » se mesure auprès {whom}.")


def _source(waves: Sequence[Survey]) -> str:
    """The titles of the waves that a measure counts, in the order in which they were opened."""
    ordered = sorted(waves, key=lambda wave: wave.id)
    titles = " ; ".join(dict.fromkeys(wave.title for wave in ordered))
    if len(ordered) == 1:
        return titles[: measures.SOURCE_MAX]
    many = f" ({len(ordered)} vagues du même jour)"
    return titles[: measures.SOURCE_MAX - len(many)] + many


def _measure(
    session: Session,
    reader: Reader,
    figure: Declared,
    given: Measure,
    before: tuple[float, int] | None,
) -> bool:
    """Whether the measure is a new one; `before`: what the other waves of its day say."""
    known = measures.standing(session, figure.code, given.on, given.direction_id)
    if known is not None and measure_in_words(known) == measure_in_words(given):
        return False
    # Only what waves have said is put in its place: what somebody typed stands.
    is_of_waves = (
        known is not None
        and before is not None
        and isclose(known.value, before[0])
        and known.n == before[1]
    )
    measures.record(session, reader, figure, given, corrects=known.id if is_of_waves else None)
    return True
