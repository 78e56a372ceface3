"""Acts on survey answers (enquêtes): a free text becomes a finding, a question feeds a figure."""

import secrets
from collections.abc import Sequence
from math import isclose

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.figures import measures
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea, publish_idea
from dashboard.figures.kinds import Breakdown, Value
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.results import feeding, is_of_agents, pooled, values_for_figure
from dashboard.queries.targets import measure_in_words
from models.clock import today
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.revisions import hold
from models.roadmap import Measure
from models.surveys import (
    InvitedCount,
    Question,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyState,
)
from models.texts import Refused


def file_finding(
    session: Session,
    reader: Reader,
    answer_id: int,
    title: str,
    body: str,
    ambition_id: int | None = None,
    good: bool | None = None,
) -> int:
    """En faire un constat: files a free text, reviewed by a person (`body`: without names), as a
    published anonymous finding; returns its number.

    Neither direction nor function is copied. Raises Refused where it was already done.
    """
    require(reader, "survey.import")
    answer = session.get(SurveyAnswer, answer_id, with_for_update=True)
    if answer is None or not answer.text:
        raise Refused("Cette réponse n'existe pas.")
    if answer.idea_id is not None:
        raise Refused("Cette réponse est déjà devenue un constat.")
    # The locked answer prevents duplicates: no form token is needed.
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
    answer.idea_id = session.exec(select(Idea.id).filter_by(number=filed.number)).one()
    return filed.number


def feed_figure(session: Session, reader: Reader, question_id: int, figure: Value) -> int:
    """Alimenter un chiffre: stores a question's result as a measure on the survey's day, overall
    and for the directions that may be shown; returns how many were stored. Waves of one day are
    pooled, weighted by their answers. An equal measure is left.

    Raises Refused for a question unrelated to this figure, Invalid where that day has a measure
    that is not from these waves.
    """
    require(reader, "survey.import")
    # Locked before reading: of two waves that close at once, the second includes the first.
    hold(session, "roadmap")
    question = session.get(Question, question_id)
    survey = session.get(Survey, question.survey_id) if question else None
    if survey is None:
        raise Refused("Cette question n'existe pas.")
    if survey.state != SurveyState.closed:
        raise Refused("Ce questionnaire est encore ouvert : ses réponses se lisent à la clôture.")
    if survey.agents != is_of_agents(figure.code):
        whom = "des citoyens" if survey.agents else "des agents"
        raise Refused(f"« {figure.label} » se mesure auprès {whom}.")
    has_directions = figure.figure.cut is not Breakdown.none
    own = values_for_figure(session, question, survey, figure.code, has_directions)
    if None not in own:
        raise Refused(
            f"Cette question ne mesure pas « {figure.label} », ou compte trop peu de réponses."
        )
    question.figure = figure.code
    waves, results = [survey], []
    for wave_question, wave in feeding(session, figure.code, survey.on):
        result = values_for_figure(session, wave_question, wave, figure.code, has_directions)
        if wave.id != survey.id and result:
            waves.append(wave)
            results.append(result)
    before, now, source = pooled(results), pooled([own, *results]), _source(waves)
    recorded = 0
    for place in own:
        value, n = now[place]
        measure = Measure(on=survey.on, value=value, n=n, source=source, direction_id=place)
        recorded += _measure(session, reader, figure, measure, before.get(place))
    return recorded


def _source(waves: Sequence[Survey]) -> str:
    """The titles of the waves in a measure, in the order in which they were opened."""
    ordered = sorted(waves, key=lambda wave: wave.id)
    titles = " ; ".join(dict.fromkeys(wave.title for wave in ordered))
    if len(ordered) == 1:
        return titles[: measures.SOURCE_MAX]
    many = f" ({len(ordered)} vagues du même jour)"
    return titles[: measures.SOURCE_MAX - len(many)] + many


def _measure(
    session: Session,
    reader: Reader,
    figure: Value,
    measure: Measure,
    before: tuple[float, int] | None,
) -> bool:
    """Stores the measure; returns whether it is new. `before`: the pooled result of the day's other
    waves.
    """
    existing = measures.measure_at(session, figure.code, measure.on, measure.direction_id)
    if existing is not None and measure_in_words(existing) == measure_in_words(measure):
        return False
    # Only a measure from waves is replaced, not one that was typed.
    is_of_waves = (
        existing is not None
        and before is not None
        and isclose(existing.value, before[0])
        and existing.n == before[1]
    )
    measures.record(session, reader, figure, measure, corrects=existing.id if is_of_waves else None)
    return True


def forget_invitations(session: Session, person_id: int) -> None:
    """Deletes her invitations and lowers the counts of invited persons: otherwise she would appear
    to have answered.
    """
    unused = select(SurveyInvitation).filter_by(person_id=person_id)
    for invitation in session.exec(unused.with_for_update()).all():
        place = (invitation.survey_id, invitation.direction_id or 0)
        row = session.get(InvitedCount, place, with_for_update=True)
        if row is not None:
            row.invited -= 1
        session.delete(invitation)
