"""Surveys (enquêtes): questions, answers, and the sealed answers that wait for enough respondents.

A survey made here is a draft, open, then closed; an imported one is closed from the start. Nothing
reveals who answered what, in which order or when: a random sheet number connects the answers of one
respondent, waiting answers are sealed and reshuffled with each answer, and a used invitation is
deleted.
"""

import json
import re
from datetime import date

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field

from models.facts import NO_HIDDEN_ORDER, Record, Stored
from models.scales import Word
from models.search import fold

_LONGEST_CODE = 80


class SurveyState(Word):
    draft = "brouillon", "Brouillon"
    open = "ouvert", "Ouvert"
    closed = "ferme", "Fermé"


class QuestionKind(Word):
    """Type de question. Each line of a matrix is stored as a question of a single choice."""

    single = "unique", "Choix unique"
    multiple = "multiple", "Choix multiple"
    one_to_five = "echelle-5", "Échelle de 1 à 5"
    zero_to_ten = "echelle-10", "Échelle de 0 à 10"
    matrix = "matrice", "Grille : plusieurs lignes, une même échelle"
    statement = "affirmation", "Affirmation : d'accord ou non"
    free = "texte", "Texte libre"

    @property
    def has_choices(self) -> bool:
        """Whether its possible answers are written by its author."""
        return self in (QuestionKind.single, QuestionKind.multiple, QuestionKind.matrix)

    @property
    def steps(self) -> list[str]:
        """The answers that this kind always has; empty where its author writes them."""
        if self is QuestionKind.statement:
            return list(STANCES)
        return [str(step) for step in _STEPS.get(self, ())]

    @property
    def is_scale(self) -> bool:
        return self in _STEPS


AGREE, NEITHER, DISAGREE = STANCES = ("D'accord", "Ni l'un ni l'autre", "Pas d'accord")
_STEPS = {QuestionKind.one_to_five: range(1, 6), QuestionKind.zero_to_ten: range(11)}


class Survey(Record, table=True):
    """Enquête: one wave of one questionnaire. `series` is the name shared by its waves, `number`
    distinguishes those of one day; a draft has no day yet.

    A survey made here has a `key`, which is in its public address, and a `reference`, by which
    mails, the journal and its office's addresses name it. `by_link`: anybody with the address may
    answer; else only by mail invitation.
    """

    __table_args__ = (UniqueConstraint("series", "on", "number"),)

    series: str = ""
    title: str = ""
    on: date | None = None
    number: int = 1
    invited: int | None = None
    answered: int = 0
    source: str = ""
    agents: bool = Field(default=True, description="answered by agents; false: by citizens")
    state: str = SurveyState.closed
    key: str | None = Field(default=None, unique=True)
    reference: str | None = Field(default=None, unique=True)
    introduction: str = ""
    by_link: bool = True
    asks_direction: bool = True
    closes_on: date | None = None
    closed_on: date | None = None

    @property
    def place(self) -> tuple[date, int]:
        """Its position among the waves of its series."""
        return self.on, self.number

    def takes_answers(self, day: date) -> bool:
        return self.state == SurveyState.open and day <= self.closes_on


class Question(Record, table=True):
    """Question: `code` identifies it here and in other waves; the lines of a matrix share its text,
    `matrix`. `choices`, as JSON: the possible answers; for a scale the labels of its two ends.
    Asked only of those who answered `only_if` to the question `only_if_id`. `figure` is the value
    made from its answers.
    """

    survey_id: int = Field(foreign_key="survey.id", index=True)
    code: str
    matrix: str = ""
    text: str
    kind: str
    choices: str = "[]"
    position: int = 0
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    figure: str | None = None
    hint: str = ""
    required: bool = False
    only_if_id: int | None = Field(default=None, foreign_key="question.id")
    only_if: str = ""
    proposed: bool = Field(
        default=False,
        description="a statement that somebody proposed, asked once its office has accepted it",
    )

    @property
    def asked_as(self) -> QuestionKind:
        return QuestionKind.matrix if self.matrix else QuestionKind(self.kind)

    @property
    def asked_text(self) -> str:
        """The text of the question, without the line of a matrix."""
        return self.matrix or self.text

    @property
    def stem(self) -> str:
        """Its code, without the line of a matrix."""
        return self.code.partition("[")[0]

    @property
    def options(self) -> list[str]:
        """The possible answers, in order; empty for a free text."""
        return QuestionKind(self.kind).steps or json.loads(self.choices)

    @property
    def ends(self) -> list[tuple[str, str]]:
        """The labels of the first and last step of a scale, as (step, words); empty without
        labels.
        """
        steps = QuestionKind(self.kind).steps
        return (
            list(zip((steps[0], steps[-1]), json.loads(self.choices), strict=False))
            if steps
            else []
        )

    @property
    def may_rule(self) -> bool:
        """Whether other questions may depend on its answer."""
        return self.asked_as not in (QuestionKind.matrix, QuestionKind.free)

    @property
    def is_statement(self) -> bool:
        return self.kind == QuestionKind.statement


def code_of(text: str) -> str:
    """Letters and digits only: the same words are the same question in another wave."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:_LONGEST_CODE]


class SurveyAnswer(Stored, table=True):
    """Réponse: one answer of one sheet to one question: a choice, a number or a text; with the
    direction and the function family of the sheet. A person may turn a free text into a constat
    (`idea_id`).
    """

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


# ── While the survey is open ────────────────────────────────────────────────────────────────────


class WaitingSheets(Stored, table=True):
    """Réponses en attente: the sheets of one survey while they are fewer than ten, sealed together
    with the statements proposed meanwhile, which name no sheet. Each answer rewrites the row, in
    random order. `forms`: the hashes of the sent forms, sealed
    too, so that none counts twice; deleted at the close.
    """

    __table_args__ = NO_HIDDEN_ORDER

    survey_id: int = Field(primary_key=True, foreign_key="survey.id")
    n: int = 0
    sealed: str = ""
    forms: str = ""


class SurveyInvitation(Stored, table=True):
    """Invitation par courriel, not used yet: `code` is the hash of the code in the mail. Answering
    or closing deletes the row.
    """

    __table_args__ = NO_HIDDEN_ORDER

    code: str = Field(primary_key=True)
    survey_id: int = Field(foreign_key="survey.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")


class InvitedCount(Stored, table=True):
    """How many were invited by mail in one direction (0: unknown), and how many of them answered,
    once the survey is closed.
    """

    __table_args__ = NO_HIDDEN_ORDER

    survey_id: int = Field(primary_key=True, foreign_key="survey.id")
    direction_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    invited: int = 0
    answered: int | None = None
