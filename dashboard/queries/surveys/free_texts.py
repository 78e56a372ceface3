"""Reads the free texts of a survey (textes libres) without making an author identifiable."""

from dataclasses import dataclass

from sqlalchemy import exists, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from models.directions import Tree
from models.ideas import Idea
from models.surveys import Question, Survey, SurveyAnswer, SurveyState

PAGE = 10


@dataclass(frozen=True)
class FreeText:
    """One free text, for a reader who may turn it into a finding; `idea` is the number of that
    finding.
    """

    id: int
    question: str
    text: str
    place: str
    idea: int | None


def count_texts(
    session: Session, reader: Reader, survey_id: int, question_id: int | None = None
) -> int:
    """The number of free texts. Raises Refused without the right."""
    require(reader, "survey.import")
    return session.exec(
        select(func.count()).select_from(SurveyAnswer).where(*_texts_of(survey_id, question_id))
    ).one()


def free_texts(
    session: Session,
    reader: Reader,
    tree: Tree,
    survey_id: int,
    question_id: int | None = None,
    page: int = 0,
) -> list[FreeText]:
    """Free texts in the order of their random number, which is unrelated to the order of the
    sheets. Raises Refused without the right.

    The direction is shown if at least ten sheets of the survey come from it; the family of
    functions is not: together they could single a person out.
    """
    require(reader, "survey.import")
    names = _names_of_large(session, tree, survey_id)
    rows = session.execute(
        select(
            SurveyAnswer.id,
            Question.text,
            SurveyAnswer.text,
            SurveyAnswer.direction_id,
            Idea.number,
        )
        .join(Question, Question.id == SurveyAnswer.question_id)
        .outerjoin(Idea, Idea.id == SurveyAnswer.idea_id)
        .where(*_texts_of(survey_id, question_id))
        .order_by(SurveyAnswer.id)
        .offset(page * PAGE)
        .limit(PAGE)
    ).all()
    return [
        FreeText(id_, question, text, names.get(place, ""), number)
        for id_, question, text, place, number in rows
    ]


def _names_of_large(session: Session, tree: Tree, survey_id: int) -> dict[int, str]:
    """The directions with enough sheets to be named beside a text."""
    sheets = session.execute(
        select(SurveyAnswer.direction_id, func.count(SurveyAnswer.sheet.distinct()))
        .where(SurveyAnswer.survey_id == survey_id)
        .group_by(SurveyAnswer.direction_id)
    ).all()
    return {
        place: tree.by_id[place].name
        for place, n in sheets
        if place in tree.by_id and n >= SMALLEST_AVERAGE
    }


def _texts_of(survey_id: int, question_id: int | None) -> list:
    return [
        SurveyAnswer.survey_id == survey_id,
        SurveyAnswer.text.is_not(None),
        exists().where(Survey.id == survey_id, Survey.state == SurveyState.closed),
        *((SurveyAnswer.question_id == question_id,) if question_id else ()),
    ]
