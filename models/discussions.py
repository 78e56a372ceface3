"""Discussions: messages on an idea, a milestone, a proposition, a decision, a training or a figure
(comments, messages, objections), their moderation and outcome, who supports the subject and who
follows it.
"""

from datetime import date

from sqlalchemy import BigInteger, Column, ColumnElement, ForeignKey, Index, String, case, cast
from sqlmodel import Field, SQLModel, select

from models.facts import NO_HIDDEN_ORDER, Fact, Stored
from models.ideas import Idea
from models.scales import Word

COMMENT_MAX = 5_000


class Subject(Word):
    """Sujet: the kind of record discussed. The codes are those of the ends of a link
    (`links.Link`).
    """

    idea = "idee", "Idée"
    milestone = "jalon", "Jalon"
    proposition = "groupe", "Proposition"
    decision = "decision", "Décision"
    training = "formation", "Formation"
    figure = "chiffre", "Chiffre"


class ContributionKind(Word):
    """Nature of a contribution: from whom, to whom. A note is for those who answer an idea;
    messages are between them and its author only.
    """

    comment = "commentaire", "Commentaire"
    objection = "objection", "Objection"
    note = "note", "Note interne"
    author = "auteur", "Message de l'auteur"
    office = "bureau", "Message à l'auteur"

    @property
    def is_public(self) -> bool:
        return self in PUBLIC


PUBLIC = (ContributionKind.comment, ContributionKind.objection)
MESSAGES = (ContributionKind.author, ContributionKind.office)


class ContributionStep(Word):
    """A step of a contribution, or of the entry itself: of moderation, or the outcome of an
    objection.
    """

    reported = "signalement", "Signalement"
    hidden = "masquage", "Masqué"
    restored = "retablissement", "Rétabli"
    dismissed = "sans-suite", "Signalement sans suite"
    acknowledged = "lu", "Message de l'auteur lu, sans réponse à donner"
    answered = "reponse", "Répondue"
    lifted = "levee", "Levée"


class Contribution(Stored, table=True):
    """Contribution: one text about one subject, in the order `seq` of that subject.

    `subject` and `key` name the record as the links of the thread do (an idea by its id). The
    author of an anonymous idea writes with the receipt: no person, a random id, the day only. An
    objection has a reason, and is open until a step answers or withdraws it.
    """

    __table_args__ = (
        Index("ix_contribution_subject", "subject", "key", "seq", unique=True),
        Index("ix_contribution_person", "person_id", "on"),
        Index("ix_contribution_kind", "kind", "subject", "key"),
        NO_HIDDEN_ORDER,
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    subject: str
    key: str
    seq: int
    person_id: int | None = Field(default=None, foreign_key="person.id")
    on: date
    kind: str = ContributionKind.comment
    text: str
    hidden: bool = False


class ContributionEvent(Fact, table=True):
    """Fait d'une contribution: one step, with its reason; without a contribution, about the idea
    itself. Reports are open until a later step of moderation.

    « Lu » marks the author's message as read, and those before it: a thank you needs no answer.
    """

    __table_args__ = (
        Index("ix_contribution_event_subject", "subject", "key"),
        Index("ix_contribution_event_what", "what", "subject", "key"),
        Index("ix_contribution_event_open", "open", "id"),
    )

    subject: str
    key: str
    contribution_id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, ForeignKey("contribution.id"), nullable=True, index=True),
    )
    what: str
    open: bool = False


class SubjectSupport(Stored, table=True):
    """Soutien: one person supports one subject, once; withdrawing it deletes the row."""

    __table_args__ = (Index("ix_subject_support_person", "person_id"),)

    subject: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    on: date


class SubjectFollow(Stored, table=True):
    """Suivi: one person is notified of every message and change on one subject. Its author and
    those who answer for it are notified without following. `status`: of a figure, the last one that
    she knows.
    """

    __table_args__ = (Index("ix_subject_follow_person", "person_id"),)

    subject: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    on: date
    status: str = ""


def about_idea(table: type[SQLModel]) -> ColumnElement[bool]:
    """Whether a row is about the idea: the join condition from ideas to these rows."""
    return (table.subject == Subject.idea) & (table.key == cast(Idea.id, String))


def idea_of(table: type[SQLModel]) -> ColumnElement[int]:
    """The id of the idea that a row is about; NULL for other subjects, whose key PostgreSQL could
    not cast to a number.
    """
    return case((table.subject == Subject.idea, cast(table.key, BigInteger)))


def ideas_marked(
    table: type[SubjectSupport | SubjectFollow], person_id: int | None
) -> ColumnElement[bool]:
    """Whether this person supports, or follows, an idea."""
    hers = select(idea_of(table)).where(table.subject == Subject.idea, table.person_id == person_id)
    return Idea.id.in_(hers)


class LinkRole(Word):
    """Rôle d'un lien: what the first end is to the second."""

    source = "source", "est à l'origine de"
    answers = "repond", "répond à"
    carried = "porte-par", "est portée par"
    decided = "decidee-par", "est décidée par"
    measured = "mesure-par", "se mesure par"
    alike = "proche", "ressemble à"
    about = "a-propos", "parle de"


class Link(Stored, table=True):
    """Lien: one step of the thread of an idea (fil de l'idée), from one record to another, in both
    directions.

    Ids are random: sequential ones would date the link of an anonymous entry. An end is (kind,
    key): idee (its id), decision, jalon, projet, groupe, formation (their id or code) or chiffre
    (its code).
    """

    __table_args__ = (
        Index("ix_link_from", "from_kind", "from_key"),
        Index("ix_link_to", "to_kind", "to_key"),
        NO_HIDDEN_ORDER,
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    from_kind: str
    from_key: str
    to_kind: str
    to_key: str
    role: str = LinkRole.source
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")
    ended_on: date | None = None
