"""Ideas (idées et constats): the entries of the agents, as typed and as stored, and the sources
from which some were imported.
"""

from dataclasses import dataclass
from datetime import date

from pydantic import field_validator
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from models.facts import NO_HIDDEN_ORDER, Record, Stored
from models.idea_states import Audience, IdeaKind, IdeaStatus, next_statuses
from models.scales import Word
from models.texts import clean_text, clean_title

TITLE_MAX = 255
BODY_MAX = 50_000


class IdeaInput(SQLModel):
    """The input of a person. Lengths count characters, after cleaning; each error is one French
    sentence.
    """

    kind: IdeaKind = Field(default=IdeaKind.idea, title="Genre")
    title: str = Field(title="Titre")
    body: str = Field(default="", title="Texte")
    ambition_id: int | None = Field(default=None, title="Ambition")
    concerns_id: int | None = Field(default=None, title="Direction concernée")
    good: bool | None = Field(default=None, title="Ça va / ça ne va pas")
    audience: Audience | None = Field(default=None, title="Pour qui")
    anonymous: bool = Field(default=False, title="Anonyme")

    @field_validator("title", mode="before")
    @classmethod
    def _title(cls, value: str | None) -> str:
        title = clean_title(value)
        if not title:
            raise ValueError("Donnez un titre à votre idée.")
        if len(title) > TITLE_MAX:
            raise ValueError(
                f"Le titre compte {len(title)} caractères ; il peut en compter {TITLE_MAX} au plus."
            )
        return title

    @field_validator("body", mode="before")
    @classmethod
    def _body(cls, value: str | None) -> str:
        body = clean_text(value)
        if len(body) > BODY_MAX:
            raise ValueError(
                f"Le texte compte {len(body)} caractères ; il peut en compter {BODY_MAX} au plus."
            )
        return body


@dataclass(frozen=True)
class Detail:
    """Précision: an optional detail of an entry, in the column of this name of `IdeaInput` and
    `Idea`. Form, page of the entry, export and import are made from one line in `DETAILS`.

    `asked` is the question of the form, `meaning` the description of the column of an export. With
    a vocabulary it is a choice; without, a text line.
    """

    column: str
    title: str
    asked: str
    meaning: str
    vocabulary: type[Word] | None = None
    headers: tuple[str, ...] = ()  # names of the column in files of others

    def in_words(self, value: str | None) -> str | None:
        """The stored value as it is shown."""
        return self.vocabulary(value).label if value and self.vocabulary else value


DETAILS = (
    Detail(
        "audience",
        "Pour qui",
        "Pour qui ? (facultatif)",
        "Les agents, les citoyens ou le politique.",
        Audience,
    ),
)


# Raised hands plus supports, as the indexes and queries write it.
WEIGHT = text("(coalesce(voices, 0) + supports)")


def partial_index(name: str, sqlite: str, postgresql: str, *columns: str | TextClause) -> Index:
    return Index(name, *columns, sqlite_where=text(sqlite), postgresql_where=text(postgresql))


def where_filled(name: str, column: str, *more: str) -> Index:
    """An index of the rows with a value in its first column."""
    return partial_index(name, f"{column} IS NOT NULL", f"{column} IS NOT NULL", column, *more)


class Idea(Stored, table=True):
    """Idée, suggestion ou constat: one entry. `origin_id` is the author's service, unless it is too
    small.

    `status`, `due_on`, `answered_on` and `published` are copies for lists that agree with the
    facts. `counts` is false for an import not declared to be the agents' own, or without a day of
    filing (`dated`). `owner_id` is the person who prepares the answer (responsable), `meeting_id`
    the workshop where it was said, `place` its line on the workshop's sheet. `cluster_id` is the
    lot of entries that say the same, `campaign_id` the campaign whose question it answers.
    `supports` and `comments` count the rows of Support and the public, visible rows of Comment.
    """

    __table_args__ = (
        Index("ix_idea_list", "published", "id"),
        # With `published`, so that a list is counted from the index alone.
        Index("ix_idea_status", "status", "id", "published"),
        Index("ix_idea_kind", "kind", "id", "published"),
        Index("ix_idea_concerns", "concerns_id", "id", "published"),
        Index("ix_idea_ambition", "ambition_id", "id", "published"),
        Index("ix_idea_ambition_kind", "ambition_id", "kind", "id", "published"),
        # Most entries lack these values: the index contains only the others.
        where_filled("ix_idea_author", "author_id", "id"),
        where_filled("ix_idea_relay", "relay_id", "id"),
        where_filled("ix_idea_owner", "owner_id", "id"),
        where_filled("ix_idea_meeting", "meeting_id", "id"),
        where_filled("ix_idea_merged", "merged_into"),
        where_filled("ix_idea_cluster", "cluster_id"),
        where_filled("ix_idea_campaign", "campaign_id", "id"),
        Index("ix_idea_supported", "supports", "id"),
        Index("ix_idea_commented", "comments", "id"),
        # The entries relayed by somebody, in the order in which their answers are to be passed on.
        partial_index(
            "ix_idea_brought",
            "relay_id IS NOT NULL AND answered_on IS NOT NULL",
            "relay_id IS NOT NULL AND answered_on IS NOT NULL",
            "relay_id",
            "answered_on",
            "id",
        ),
        # Covering: pending, unread and answered entries are counted from it.
        partial_index(
            "ix_idea_waiting",
            "answered_on IS NULL",
            "answered_on IS NULL",
            "due_on",
            "id",
            "status",
            "published",
            "owner_id",
            "filed_on",
            "answered_on",
            "concerns_id",
            "ambition_id",
        ),
        partial_index(
            "ix_idea_unread",
            "published IS 0 AND answered_on IS NULL",
            "published IS FALSE AND answered_on IS NULL",
            "published",
            "id",
            "answered_on",
            "status",
            "concerns_id",
            "ambition_id",
        ),
        partial_index(
            "ix_idea_answered",
            "answered_on IS NOT NULL",
            "answered_on IS NOT NULL",
            "answered_on",
            "due_on",
            "id",
            "published",
            "filed_on",
            "concerns_id",
            "ambition_id",
        ),
        partial_index(
            "ix_idea_origin",
            "answered_on IS NOT NULL",
            "answered_on IS NOT NULL",
            "origin_id",
            "answered_on",
        ),
        Index(
            "ix_idea_said",
            "published",
            "filed_on",
            "kind",
            "good",
            "ambition_id",
            "channel",
            "voices",
            "concerns_id",
            "supports",
        ),
        # By most hands and supports: findings first, then all other kinds.
        partial_index(
            "ix_idea_finding",
            "published IS 1 AND kind = 'constat'",
            "published IS TRUE AND kind = 'constat'",
            "good",
            WEIGHT,
            "id",
            "concerns_id",
            "ambition_id",
            "kind",
            "published",
        ),
        partial_index(
            "ix_idea_priority",
            "published IS 1 AND kind != 'constat'",
            "published IS TRUE AND kind != 'constat'",
            "published",
            WEIGHT,
            "id",
            "concerns_id",
            "ambition_id",
            "kind",
        ),
        NO_HIDDEN_ORDER,
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(BigInteger, unique=True, nullable=False))
    kind: str
    title: str
    body: str = ""
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    concerns_id: int | None = Field(default=None, foreign_key="direction.id")
    origin_id: int | None = Field(default=None, foreign_key="direction.id")
    good: bool | None = None
    audience: str | None = None
    voices: int | None = None
    channel: str
    anonymous: bool = False
    author_id: int | None = Field(default=None, foreign_key="person.id")
    relay_id: int | None = Field(default=None, foreign_key="person.id")
    filed_on: date
    dated: bool = True
    counts: bool = True
    status: str
    published: bool = True
    due_on: date | None = None
    answered_on: date | None = None
    merged_into: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("idea.id"), nullable=True)
    )
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id")
    place: int | None = None
    cluster_id: int | None = Field(default=None, foreign_key="cluster.id")
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id")
    postponed_until: date | None = None
    supports: int = 0
    comments: int = 0
    version: int = 1

    def can_become(self, status: IdeaStatus) -> bool:
        return status in next_statuses(IdeaKind(self.kind), IdeaStatus(self.status))

    def is_late(self, on: date) -> bool:
        """Past its promised day without a first answer."""
        is_pending = self.answered_on is None and IdeaStatus(self.status).is_open
        return is_pending and self.due_on is not None and self.due_on < on


class Receipt(Stored, table=True):
    """Reçu d'un dépôt anonyme: the SHA-256 of a 128-bit code that was shown once."""

    __table_args__ = NO_HIDDEN_ORDER

    code: str = Field(primary_key=True)
    idea_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("idea.id"), nullable=False, unique=True)
    )


CONSENT_DAYS = 10


def _idea_column(**more: object) -> Column:
    return Column(BigInteger, ForeignKey("idea.id"), nullable=False, **more)


class Photo(Stored, table=True):
    """Photo: one re-encoded picture of an entry, without camera metadata; public once `seen`."""

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


class Merge(Record, table=True):
    """Fusion: a proposal to merge one entry into another; done once both authors agree, or have not
    answered by `due_on`.

    `one_says` and `other_says` are the answers of the authors of `idea_id` and of `into_id`: None
    without an answer.
    """

    __table_args__ = (
        Index("ix_merge_idea", "idea_id"),
        Index("ix_merge_into", "into_id"),
        Index("ix_merge_due", "done_on", "ended_on", "due_on"),
    )

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


class AnswerTemplate(Record, table=True):
    """Modèle de réponse: the beginning of an answer, for one state or for any."""

    name: str = Field(unique=True)
    status: str | None = None
    text: str = ""
    motive: bool = Field(
        default=False,
        description="a motif: one reason in a few words, that opens the text of a closing state",
    )


class Draft(Stored, table=True):
    """Brouillon: what a signed-in person has begun to write in one form; deleted once it is sent.
    Not for anonymous entries.
    """

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    form: str = Field(primary_key=True)
    content: str = "{}"
    on: date


OWN_SOURCE = "c-possible"  # of an entry that was filed here


class SourceKey(Record, table=True):
    """Clé d'origine: a record of a source, and ours. `digest` shows whether the source's row has
    changed.
    """

    __table_args__ = (UniqueConstraint("source", "key"),)

    source: str
    key: str
    subject: str
    record_id: int = Field(sa_type=BigInteger, index=True)
    digest: str


class StoredCorrespondence(Record, table=True):
    """Correspondance: which column of a file of one kind is which field, under a name chosen by the
    town; reused for a file with the same columns. `content` is JSON.
    """

    __tablename__ = "correspondence"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    kind: str
    name: str
    content: str
