"""Questionnaires of our own: what is asked, from the draft to the close, and what waits until
enough have answered.

Nothing here tells who answered what, in which order or when. What was answered waits sealed in one
row, mixed anew with each answer; an invitation that was used is no row any more.
"""

import json
import re
from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from models.ideas import NO_HIDDEN_ORDER
from models.search import fold
from models.surveys import QuestionKind
from models.words import Word


class QuestionnaireState(Word):
    draft = "brouillon", "Brouillon"
    open = "ouvert", "Ouvert"
    closed = "ferme", "Fermé"


class AskedKind(Word):
    """Type de question, as it is asked on a page."""

    single = "unique", "Choix unique"
    multiple = "multiple", "Choix multiple"
    one_to_five = "echelle-5", "Échelle de 1 à 5"
    zero_to_ten = "echelle-10", "Échelle de 0 à 10"
    matrix = "matrice", "Grille : plusieurs lignes, une même échelle"
    free = "texte", "Texte libre"

    @property
    def kept_as(self) -> QuestionKind:
        """What its answers are in the tables of surveys."""
        return _KEPT_AS[self]

    @property
    def has_choices(self) -> bool:
        """Whether somebody writes what may be answered."""
        return self in (AskedKind.single, AskedKind.multiple, AskedKind.matrix)

    @property
    def is_scale(self) -> bool:
        """Whether it is answered by a number."""
        return self in (AskedKind.one_to_five, AskedKind.zero_to_ten)

    @property
    def may_rule(self) -> bool:
        """Whether another question may depend on its answer."""
        return self not in (AskedKind.matrix, AskedKind.free)


_KEPT_AS = {
    AskedKind.single: QuestionKind.single,
    AskedKind.multiple: QuestionKind.multiple,
    AskedKind.one_to_five: QuestionKind.scale,
    AskedKind.zero_to_ten: QuestionKind.scale,
    AskedKind.matrix: QuestionKind.single,
    AskedKind.free: QuestionKind.free,
}
_LONGEST_CODE = 80
_STEPS = {AskedKind.one_to_five: range(1, 6), AskedKind.zero_to_ten: range(11)}


class Questionnaire(SQLModel, table=True):
    """Questionnaire: `key` is in its address. Once open it has a `survey_id`: the wave that its
    answers enter. `by_link`: whoever has the address may answer; else a mail alone invites.
    """

    called: ClassVar[tuple[str, str]] = ("questionnaire", "questionnaires")

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    title: str
    series: str
    introduction: str = ""
    agents: bool = Field(default=True, description="answered by agents; false: by citizens")
    by_link: bool = True
    asks_direction: bool = True
    closes_on: date
    state: str = Field(default=QuestionnaireState.draft, index=True)
    opened_on: date | None = None
    closed_on: date | None = None
    survey_id: int | None = Field(default=None, foreign_key="survey.id", unique=True)

    def takes_answers(self, day: date) -> bool:
        return self.state == QuestionnaireState.open and day <= self.closes_on


class QuestionnaireAmbition(SQLModel, table=True):
    """An ambition that a questionnaire is about."""

    called: ClassVar[tuple[str, str]] = ("ambition de questionnaire", "ambitions de questionnaires")
    __tablename__ = "questionnaire_ambition"

    questionnaire_id: int = Field(primary_key=True, foreign_key="questionnaire.id")
    ambition_id: int = Field(primary_key=True, foreign_key="ambition.id")


class AskedQuestion(SQLModel, table=True):
    """Question posée: `choices` (of a scale: the words at its two ends) and, of a matrix, its
    `lines`, as JSON. Asked only of those who answered `only_if` to the question `only_if_id`.
    `figure` is what its answers feed.
    """

    called: ClassVar[tuple[str, str]] = ("question posée", "questions posées")
    __tablename__ = "asked_question"

    id: int | None = Field(default=None, primary_key=True)
    questionnaire_id: int = Field(foreign_key="questionnaire.id", index=True)
    position: int
    code: str
    kind: str
    text: str
    hint: str = ""
    choices: str = "[]"
    lines: str = "[]"
    required: bool = False
    only_if_id: int | None = Field(default=None, foreign_key="asked_question.id")
    only_if: str = ""
    figure: str | None = None

    @property
    def asked_as(self) -> AskedKind:
        return AskedKind(self.kind)

    @property
    def options(self) -> list[str]:
        """What may be answered, in order; nothing for a free text."""
        steps = _STEPS.get(self.asked_as)
        return json.loads(self.choices) if steps is None else [str(step) for step in steps]

    @property
    def ends(self) -> list[tuple[str, str]]:
        """What the first and the last step of a scale mean, as (step, words); nothing where nobody
        has said.
        """
        if not self.asked_as.is_scale:
            return []
        steps = (self.options[0], self.options[-1])
        return list(zip(steps, json.loads(self.choices), strict=False))

    @property
    def rows(self) -> list[str]:
        return json.loads(self.lines)

    @property
    def line_codes(self) -> dict[str, str]:
        """Line of a matrix → its code among the questions of surveys."""
        return {line: f"{self.code}[{code_of(line)}]" for line in self.rows}


def code_of(text: str) -> str:
    """Letters and digits alone: the same words are the same question in another wave."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:_LONGEST_CODE]


class WaitingSheets(SQLModel, table=True):
    """Réponses en attente: the sheets of one questionnaire that are fewer than ten, sealed
    together. Each answer writes the whole row anew, in a drawn order. `forms`: which forms were
    sent, hashed and sealed too, so that none counts twice; gone with the row, at the close.
    """

    called: ClassVar[tuple[str, str]] = (
        "lot de réponses en attente",
        "lots de réponses en attente",
    )
    __tablename__ = "waiting_sheets"
    __table_args__ = NO_HIDDEN_ORDER

    questionnaire_id: int = Field(primary_key=True, foreign_key="questionnaire.id")
    n: int = 0
    sealed: str = ""
    forms: str = Field(default="", sa_column_kwargs={"server_default": ""})


class QuestionnaireInvitation(SQLModel, table=True):
    """Invitation par courriel that was not used yet: `code` is the hash of what the mail brings.
    Answering takes the row away; so does the close.
    """

    called: ClassVar[tuple[str, str]] = ("invitation à répondre", "invitations à répondre")
    __tablename__ = "questionnaire_invitation"
    __table_args__ = NO_HIDDEN_ORDER

    code: str = Field(primary_key=True)
    questionnaire_id: int = Field(foreign_key="questionnaire.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")


class InvitedCount(SQLModel, table=True):
    """How many were invited by mail in one direction (0: none known), and how many of them have
    answered, once that is over.
    """

    called: ClassVar[tuple[str, str]] = ("nombre d'invités", "nombres d'invités")
    __tablename__ = "invited_count"
    __table_args__ = NO_HIDDEN_ORDER

    questionnaire_id: int = Field(primary_key=True, foreign_key="questionnaire.id")
    direction_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    invited: int = 0
    answered: int | None = None
