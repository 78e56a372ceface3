"""The act that prepares the questionnaire of the half year on the quality of participation."""

from datetime import timedelta

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.surveys.making import write_survey
from dashboard.actions.surveys.questions import QuestionInput, write_question
from dashboard.files.words import words_of
from models.clock import today
from models.surveys import QuestionKind, Survey

_DAYS = 30  # to answer, until its author sets another last day


def prepare_participation(session: Session, reader: Reader) -> Survey:
    """Préparer le questionnaire sur la participation: a draft of the ten fixed questions, a wave of
    their series. Raises Refused without the right to write a survey.
    """
    fixed, day = words_of("participation"), today(session)
    title = f"{fixed['title']}, {'1er' if day.month <= 6 else '2e'} semestre {day.year}"
    survey = write_survey(
        session,
        reader,
        Survey(
            title=title,
            series=fixed["title"],
            introduction=fixed["introduction"],
            closes_on=day + timedelta(days=_DAYS),
        ),
    )
    asked = [
        QuestionInput(QuestionKind.single, statement, choices=fixed["choices"])
        for statement in fixed["statements"]
    ]
    for typed in (*asked, QuestionInput(QuestionKind.free, fixed["free"])):
        write_question(session, reader, survey.id, typed)
    return survey
