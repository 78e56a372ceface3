"""Ideas (idées et constats): what the agents say, its states, and the dated facts of its life."""

import re
import unicodedata
from datetime import date
from enum import StrEnum

from pydantic import field_validator
from sqlalchemy import BigInteger, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from models.facts import Fact
from models.words import Word

TITLE_MAX = 255
BODY_MAX = 50_000


class IdeaKind(Word):
    """Genre. Only an idée or a suggestion is decided; the others are answered, « prises en
    compte ».
    """

    idea = "idee", "Idée"
    suggestion = "suggestion", "Suggestion"
    finding = "constat", "Constat"
    improvement = "amelioration", "Amélioration en cours"
    expectation = "attente", "Attente"
    objection = "objection", "Objection"
    comment = "commentaire", "Commentaire"

    @property
    def is_decided(self) -> bool:
        return self in (IdeaKind.idea, IdeaKind.suggestion)


class Channel(Word):
    """Canal: how the entry reached us."""

    workshop = "atelier", "Atelier ou rencontre"
    form = "formulaire", "Formulaire"
    paper = "papier", "Papier"
    relay = "relais", "Relais d'un ambassadeur"
    mail = "courriel", "Courriel"
    phone = "telephone", "Téléphone"
    survey = "questionnaire", "Questionnaire"
    imported = "import", "Import"


class Audience(Word):
    agents = "agents", "Les agents"
    citizens = "citoyens", "Les citoyens"
    politics = "politique", "Le politique"


class IdeaStatus(Word):
    """État: code, label and tone; what may follow stands in `_NEXT`, below."""

    received = "recue", "Reçue"
    read = "lue", "Lue"
    studied = "a-l-etude", "À l'étude"
    in_group = "en-groupe", "En groupe de progrès"
    submitted = "soumise", "Soumise au CODIR"
    accepted = "retenue", "Retenue"
    implemented = "realisee", "Réalisée"
    already = "deja-en-place", "Déjà en place"
    postponed = "reportee", "Reportée"
    refused = "non-retenue", "Non retenue"
    taken_in = "prise-en-compte", "Prise en compte"
    merged = "fusionnee", "Fusionnée"
    redirected = "reorientee", "Réorientée"
    withdrawn = "retiree", "Retirée"

    @property
    def is_open(self) -> bool:
        """« Idées à décider »: not decided yet."""
        return self in OPEN

    @property
    def is_answer(self) -> bool:
        """Entering this state is a first answer to the author."""
        return self in ANSWERS

    @property
    def needs_reason(self) -> bool:
        """Every state from Retenue on is explained to the author."""
        return self not in OPEN and self is not IdeaStatus.withdrawn

    @property
    def tone(self) -> str:
        return "open" if self in OPEN else "accepted" if self in ACCEPTED else "closed"


_S = IdeaStatus
OPEN = (_S.received, _S.read, _S.studied, _S.in_group, _S.submitted)
ACCEPTED = (_S.accepted, _S.implemented)
DECIDED = (*ACCEPTED, _S.already, _S.refused)
ANSWERS = (
    _S.accepted,
    _S.implemented,
    _S.already,
    _S.postponed,
    _S.refused,
    _S.taken_in,
    _S.redirected,
)
_CLOSINGS = frozenset({_S.accepted, _S.already, _S.postponed, _S.refused})
_NEXT: dict[IdeaStatus, frozenset[IdeaStatus]] = {
    _S.received: (
        frozenset(
            {_S.read, _S.studied, _S.in_group, _S.submitted, _S.merged, _S.redirected, _S.withdrawn}
        )
        | _CLOSINGS
    ),
    _S.read: (
        frozenset({_S.studied, _S.in_group, _S.submitted, _S.merged, _S.redirected, _S.withdrawn})
        | _CLOSINGS
    ),
    _S.studied: (
        frozenset({_S.in_group, _S.submitted, _S.merged, _S.redirected, _S.withdrawn}) | _CLOSINGS
    ),
    _S.in_group: frozenset({_S.studied, _S.submitted, _S.merged, _S.withdrawn}) | _CLOSINGS,
    _S.submitted: frozenset({_S.studied, _S.in_group, _S.withdrawn}) | _CLOSINGS,
    _S.accepted: frozenset({_S.implemented, _S.postponed, _S.refused}),
    _S.postponed: frozenset({_S.studied, _S.accepted, _S.refused, _S.withdrawn}),
    _S.implemented: frozenset(),
    _S.already: frozenset(),
    _S.refused: frozenset({_S.studied}),
    _S.taken_in: frozenset(),
    _S.merged: frozenset(),
    _S.redirected: frozenset(),
    _S.withdrawn: frozenset(),
}
_ONLY_DECIDED = frozenset(
    {_S.accepted, _S.implemented, _S.already, _S.postponed, _S.refused, _S.submitted}
)


def next_statuses(kind: IdeaKind, status: IdeaStatus) -> list[IdeaStatus]:
    """The states an entry of this kind may take from this one, in the order of the vocabulary."""
    following = _NEXT[status]
    if not kind.is_decided:
        following = following - _ONLY_DECIDED | ({_S.taken_in} if status.is_open else frozenset())
    return [state for state in IdeaStatus if state in following]


class EventKind(StrEnum):
    """Nature of a fact of an idea's life."""

    filed = "depot"
    status = "etat"
    answered = "reponse"
    held = "attente"
    published = "publication"
    hidden = "masquage"
    moved = "transfert"
    merged = "fusion"
    undone = "annulation"


_FORBIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def clean_text(text: str | None) -> str:
    """Text as stored: NFC, no control characters, no bidirectional overrides, no blank ends."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    whole = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", lines)
    # Forbidden characters first: one between a letter and its accent would keep NFC from joining
    # them.
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", whole)).strip()


def clean_title(text: str | None) -> str:
    return re.sub(r"\s+", " ", clean_text(text)).strip()


class IdeaInput(SQLModel):
    """What a person fills in. Lengths count characters, after cleaning; each error is one French
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


# SQLite would keep a hidden row number in the order of insertion, which would date an anonymous
# entry to the minute.
NO_HIDDEN_ORDER = {"sqlite_with_rowid": False}


def _partial(name: str, sqlite: str, postgresql: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(sqlite), postgresql_where=text(postgresql))


class Idea(SQLModel, table=True):
    """Idée, suggestion ou constat: one entry. `origin_id` is the author's service where it is not a
    handful of people.

    `status`, `due_on`, `answered_on` and `published` stand here for lists and always agree with the
    facts. `counts` is false for an import that is not declared the agents' own. `owner_id` is the
    person who prepares the answer (responsable), `meeting_id` the workshop it was said in.
    `supports` and `comments` count the rows of Support and the public, visible rows of Comment.
    """

    __table_args__ = (
        Index("ix_idea_list", "published", "id"),
        Index("ix_idea_status", "status", "id"),
        Index("ix_idea_kind", "kind", "id"),
        Index("ix_idea_concerns", "concerns_id", "id"),
        Index("ix_idea_ambition", "ambition_id", "id"),
        Index("ix_idea_author", "author_id", "id"),
        Index("ix_idea_relay", "relay_id", "id"),
        Index("ix_idea_owner", "owner_id", "id"),
        Index("ix_idea_meeting", "meeting_id", "id"),
        Index("ix_idea_supported", "supports", "id"),
        Index("ix_idea_commented", "comments", "id"),
        Index("ix_idea_merged", "merged_into"),
        _partial("ix_idea_waiting", "answered_on IS NULL", "answered_on IS NULL", "due_on", "id"),
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
    postponed_until: date | None = None
    supports: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    comments: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    version: int = 1

    def can_become(self, status: IdeaStatus) -> bool:
        return status in next_statuses(IdeaKind(self.kind), IdeaStatus(self.status))

    def is_late(self, on: date) -> bool:
        """Past its promised day without a first answer."""
        waits = self.answered_on is None and IdeaStatus(self.status).is_open
        return waits and self.due_on is not None and self.due_on < on


class IdeaEvent(Fact, table=True):
    """One fact of an idea's life. What a figure cuts by is stored on the fact: direction, origin,
    ambition, kind.

    `from_status` → `to_status` is the change of state (None → first on filing). `delay` is the
    number of working days to the first answer, on the fact that answers first. `due_on` is the
    promise in force after this fact.
    """

    __tablename__ = "idea_event"
    __table_args__ = (
        Index("ix_idea_event_idea", "idea_id", "seq", unique=True),
        Index(
            "ix_idea_event_month",
            "on",
            "concerns_id",
            "ambition_id",
            "decided",
            "from_status",
            "to_status",
        ),
        Index(
            "ix_idea_event_cohort",
            "filed_on",
            "on",
            "concerns_id",
            "ambition_id",
            "decided",
            "from_status",
            "to_status",
        ),
        # Partial and covering: what figures read of the months that are not whole.
        _partial(
            "ix_idea_event_filings",
            "what = 'depot'",
            "what = 'depot'",
            "on",
            "counts",
            "decided",
            "origin_id",
            "ambition_id",
        ),
        _partial(
            "ix_idea_event_answers",
            "first_answer = 1",
            "first_answer",
            "on",
            "delay",
            "concerns_id",
            "ambition_id",
        ),
        _partial(
            "ix_idea_event_kept",
            "first_answer = 1",
            "first_answer",
            "due_on",
            "on",
            "concerns_id",
            "ambition_id",
        ),
        Index("ix_idea_event_due", "due_on", "prev_due_on", "on", "concerns_id", "ambition_id"),
        _partial(
            "ix_idea_event_lifted",
            "prev_due_on IS NOT NULL",
            "prev_due_on IS NOT NULL",
            "prev_due_on",
            "due_on",
            "on",
            "concerns_id",
            "ambition_id",
        ),
        NO_HIDDEN_ORDER,
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    on: date
    voids: int | None = Field(default=None, sa_column=Column(BigInteger, index=True, nullable=True))
    idea_id: int = Field(sa_column=Column(BigInteger, ForeignKey("idea.id"), nullable=False))
    seq: int
    what: str
    from_status: str | None = None
    to_status: str | None = None
    filed_on: date
    decided: bool
    counts: bool = True
    ambition_id: int | None = None
    concerns_id: int | None = None
    origin_id: int | None = None
    author_id: int | None = None
    prev_due_on: date | None = None
    due_on: date | None = None
    first_answer: bool = False
    delay: int | None = None
    text: str | None = None
    function: str | None = None


class Receipt(SQLModel, table=True):
    """Reçu d'un dépôt anonyme: the SHA-256 of a 128-bit code that was shown once."""

    __table_args__ = NO_HIDDEN_ORDER

    code: str = Field(primary_key=True)
    idea_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("idea.id"), nullable=False, unique=True)
    )
