"""Acts on surveys (enquêtes): a free text becomes a finding, a question feeds a figure."""

import secrets
from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.figures import measures
from dashboard.actions.figures.declared import Declared
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea, publish_idea
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import measure_in_words
from dashboard.queries.surveys.questionnaires import collects
from dashboard.queries.surveys.results import by_direction, value_of
from models.clock import today
from models.errors import Refused
from models.ideas import Idea, IdeaKind
from models.ledger import bump
from models.surveys import Question, Survey, SurveyAnswer


@dataclass(frozen=True)
class FindingInput:
    """What a person says of a free text: a title, the ambition it is about, whether it goes
    well, the text itself where names had to go.
    """

    title: str
    body: str
    ambition_id: int | None = None
    good: bool | None = None


def file_finding(session: Session, reader: Reader, answer_id: int, given: FindingInput) -> int:
    """En faire un constat: a free text, read by a person, is filed as an anonymous finding and
    shown; its number.

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
        title=given.title,
        body=given.body,
        ambition_id=given.ambition_id,
        good=given.good,
        anonymous=True,
    )
    filed = file_idea(session, reader, idea, secrets.token_urlsafe(24), Circumstances(survey=True))
    publish_idea(session, reader, filed.number, organisation(session).at(today(session)))
    answer.idea_id = session.exec(select(Idea.id).where(Idea.number == filed.number)).one()
    session.add(answer)
    bump(session, "surveys")
    return filed.number


def feed_figure(session: Session, reader: Reader, question_id: int, figure: Declared) -> int:
    """Alimenter un chiffre: what a question says becomes a measure of the day of its survey, for
    the whole and for the directions that may be shown; how many were recorded. A measure that
    stands with the same value is left.

    Raises Refused for a question that says nothing of this figure.
    """
    require(reader, "survey.import")
    question = session.get(Question, question_id)
    survey = session.get(Survey, question.survey_id) if question else None
    if survey is None:
        raise Refused("Cette question n'existe pas.")
    if collects(session, survey.id):
        raise Refused("Ce questionnaire est encore ouvert : ses réponses se lisent à la clôture.")
    if survey.agents == figure.code.startswith("citoyens"):
        raise Refused(
            f"« {figure.label} » se mesure auprès"
            f" {'des citoyens' if survey.agents else 'des agents'}."
        )
    whole = value_of(session, question, figure.code)
    if whole is None:
        raise Refused(
            f"Cette question ne mesure pas « {figure.label} », ou compte trop peu de réponses."
        )
    found = [(None, *whole)]
    if figure.by_direction and survey.agents:
        found += [
            (direction, *of)
            for direction, of in by_direction(session, question, figure.code).items()
        ]
    question.figure = figure.code
    session.add(question)
    recorded = sum(_measure(session, reader, survey, figure, *item) for item in found)
    bump(session, "surveys")
    return recorded


def _measure(
    session: Session,
    reader: Reader,
    survey: Survey,
    figure: Declared,
    direction: int | None,
    value: float,
    n: int,
) -> bool:
    given = measures.MeasureInput(
        survey.on, value, n, survey.title[: measures.SOURCE_MAX], direction
    )
    known = measures.standing(session, figure.code, survey.on, direction)
    if known is not None and measure_in_words(known) == measure_in_words(given):
        return False
    measures.record(session, reader, figure, given)
    return True
