"""Around an idea: photos, proposals of merging, links, templates of answers, drafts."""

from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from models.ideas import NO_HIDDEN_ORDER
from models.words import Word

CONSENT_DAYS = 10


def _idea_column(**more: object) -> Column:
    return Column(BigInteger, ForeignKey("idea.id"), nullable=False, **more)


class Photo(SQLModel, table=True):
    """Photo: one re-encoded picture of an entry, without what the camera wrote in it; shown to
    all once `seen`.
    """

    called: ClassVar[tuple[str, str]] = ("photo", "photos")
    __table_args__ = (Index("ix_photo_idea", "idea_id"), NO_HIDDEN_ORDER)

    id: str = Field(primary_key=True, description="128 random bits in hexadecimal")
    idea_id: int = Field(sa_column=_idea_column())
    place: int = Field(default=1, description="its place among the entry's photos, from 1")
    width: int
    height: int
    content: bytes = Field(sa_type=LargeBinary)
    seen: bool = False
    paper: bool = Field(
        default=False, description="a picture of the paper sheet: for those who answer only"
    )


class Merge(SQLModel, table=True):
    """Fusion: a proposal that one entry joins another; done once both authors agree, or are silent
    until `due_on`.

    `one_says` and `other_says` are the answers of the authors of `idea_id` and of `into_id`: None
    while silent.
    """

    called: ClassVar[tuple[str, str]] = ("fusion proposée", "fusions proposées")
    __table_args__ = (
        Index("ix_merge_idea", "idea_id"),
        Index("ix_merge_into", "into_id"),
        Index("ix_merge_due", "done_on", "ended_on", "due_on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    idea_id: int = Field(sa_column=_idea_column())
    into_id: int = Field(sa_column=_idea_column())
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")
    reason: str = ""
    due_on: date
    one_says: bool | None = None
    other_says: bool | None = None
    done_on: date | None = None
    ended_on: date | None = Field(default=None, description="refused, withdrawn or undone")
    ended_why: str = ""
    before: str = Field(default="", description="the state that undoing gives back")


class LinkRole(Word):
    """Rôle d'un lien: what the first end is for the second."""

    source = "source", "est à l'origine de"
    answers = "repond", "répond à"
    carried = "porte-par", "est portée par"
    decided = "decidee-par", "est décidée par"
    measured = "mesure-par", "se mesure par"
    alike = "proche", "ressemble à"
    about = "a-propos", "parle de"


class Link(SQLModel, table=True):
    """Lien: one step of the thread of an idea (fil de l'idée), from one record to another, walkable
    both ways.

    Ids are random: one in order would date the link of an anonymous entry. An end is (kind, key):
    idee (its id), decision, jalon, projet, groupe, formation (their id or code) or chiffre (its
    code).
    """

    called: ClassVar[tuple[str, str]] = ("lien", "liens")
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


class AnswerTemplate(SQLModel, table=True):
    """Modèle de réponse: a text to start an answer from, for one state or for any."""

    called: ClassVar[tuple[str, str]] = ("modèle de réponse", "modèles de réponse")
    __tablename__ = "answer_template"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    status: str | None = None
    text: str = ""
    motive: bool = Field(
        default=False,
        description="a motif: one reason in a few words, that opens the text of a closing state",
    )


class Draft(SQLModel, table=True):
    """Brouillon: what a signed-in person has begun to write in one form; gone once it is sent.
    Never of an anonymous entry.
    """

    called: ClassVar[tuple[str, str]] = ("brouillon", "brouillons")

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    form: str = Field(primary_key=True)
    content: str = "{}"
    on: date
