"""Discussions: what is said of a milestone, a proposition, a decision or a training (comments,
objections, supports). Around an idea they stand in `comments`.
"""

from datetime import date
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.comments import Gesture
from models.facts import Fact
from models.words import Word


class Subject(Word):
    """Sujet: what is talked about. The codes are those of the ends of a link (`comments.Link`)."""

    milestone = "jalon", "Jalon"
    proposition = "groupe", "Proposition"
    decision = "decision", "Décision"
    training = "formation", "Formation"


class ContributionKind(Word):
    comment = "commentaire", "Commentaire"
    objection = "objection", "Objection"


class ContributionStep(Word):
    """What was done about a contribution: in moderation, in the words of ideas; of an objection
    also what became of it.
    """

    reported = Gesture.reported.value, Gesture.reported.label
    hidden = Gesture.hidden.value, Gesture.hidden.label
    restored = Gesture.restored.value, Gesture.restored.label
    dismissed = Gesture.dismissed.value, Gesture.dismissed.label
    answered = "reponse", "Répondue"
    lifted = "levee", "Levée"


class Contribution(SQLModel, table=True):
    """Contribution: one text of one person about one subject, in the order `seq` of that subject.

    `subject` and `key` name the record as the links of the thread do. An objection says its reason
    in its text, and is open until a step answers or lifts it.
    """

    called: ClassVar[tuple[str, str]] = ("commentaire ou objection", "commentaires ou objections")
    __table_args__ = (
        Index("ix_contribution_subject", "subject", "key", "seq", unique=True),
        Index("ix_contribution_person", "person_id", "on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    key: str
    seq: int
    person_id: int = Field(foreign_key="person.id")
    on: date
    kind: str = ContributionKind.comment
    text: str
    hidden: bool = False


class ContributionEvent(Fact, table=True):
    """Fait d'une contribution: one step, with its reason. Reports are open until a later step of
    moderation.
    """

    called: ClassVar[tuple[str, str]] = ("suite d'une objection", "suites d'objections")
    __tablename__ = "contribution_event"

    id: int | None = Field(default=None, primary_key=True)
    contribution_id: int = Field(foreign_key="contribution.id", index=True)
    what: str
    open: bool = Field(default=False, index=True)


class SubjectSupport(SQLModel, table=True):
    """Soutien d'un sujet: one person supports one subject, once; taken back, the row goes."""

    called: ClassVar[tuple[str, str]] = (
        "soutien d'un jalon, d'une proposition, d'une décision ou d'une formation",
        "soutiens de jalons, de propositions, de décisions ou de formations",
    )
    __tablename__ = "subject_support"
    __table_args__ = (Index("ix_subject_support_person", "person_id"),)

    subject: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    on: date


class SubjectFollow(SQLModel, table=True):
    """Suivi d'un sujet: one person is told what is said and done about one subject. Whoever answers
    for it is told without following.
    """

    called: ClassVar[tuple[str, str]] = (
        "suivi d'un jalon, d'une proposition, d'une décision ou d'une formation",
        "suivis de jalons, de propositions, de décisions ou de formations",
    )
    __tablename__ = "subject_follow"
    __table_args__ = (Index("ix_subject_follow_person", "person_id"),)

    subject: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    on: date
