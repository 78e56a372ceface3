"""Surveys (concertation): questions and answers; a random sheet keeps one respondent's answers
together, no person does.
"""

from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.ideas import NO_HIDDEN_ORDER
from models.words import Word


class QuestionKind(Word):
    single = "unique", "Choix unique"
    multiple = "multiple", "Choix multiple"
    scale = "echelle", "Échelle"
    free = "texte", "Texte libre"


class Survey(SQLModel, table=True):
    """Enquête: one wave of one questionnaire. `series` is the name its waves share, `number` tells
    apart those of one day.
    """

    called: ClassVar[tuple[str, str]] = ("enquête", "enquêtes")
    __table_args__ = (UniqueConstraint("series", "on", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    series: str
    title: str
    on: date
    number: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    invited: int | None = None
    answered: int = 0
    source: str = ""
    agents: bool = Field(default=True, description="answered by agents; false: by citizens")

    @property
    def place(self) -> tuple[date, int]:
        """Its place among the waves of its series, the earliest first."""
        return self.on, self.number


class Question(SQLModel, table=True):
    """Question: `code` is the source's; sub-questions of a matrix share `matrix`. `figure` is
    the value it feeds.
    """

    called: ClassVar[tuple[str, str]] = ("question d'enquête", "questions d'enquêtes")

    id: int | None = Field(default=None, primary_key=True)
    survey_id: int = Field(foreign_key="survey.id", index=True)
    code: str
    matrix: str = ""
    text: str
    kind: str
    choices: str = Field(default="[]", description="the labels in order, as JSON")
    position: int = 0
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    figure: str | None = None


class SurveyAnswer(SQLModel, table=True):
    """Réponse: one answer of one sheet to one question: a choice, a number or a text; with the
    direction and the function family that the sheet gives. A free text becomes a constat by the
    hand of a person (`idea_id`).
    """

    called: ClassVar[tuple[str, str]] = ("réponse à une question", "réponses à des questions")
    __tablename__ = "survey_answer"
    __table_args__ = (
        Index("ix_survey_answer_question", "question_id", "direction_id"),
        NO_HIDDEN_ORDER,
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    survey_id: int = Field(foreign_key="survey.id", index=True)
    question_id: int = Field(foreign_key="question.id")
    sheet: int = Field(sa_type=BigInteger)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    family: str = ""
    choice: str | None = None
    number: float | None = None
    text: str | None = None
    idea_id: int | None = Field(default=None, sa_type=BigInteger)
