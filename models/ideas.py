"""Ideas (idées et constats): what the agents say, as typed and as kept, and its states."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from typing import ClassVar

from pydantic import field_validator
from sqlalchemy import BigInteger, Column, ForeignKey, Index, TextClause, text
from sqlmodel import Field, SQLModel

from models.texts import clean_text, clean_title
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


class Phase(Enum):
    """Where a state stands in the life of an entry."""

    open = "not decided yet"
    retained = "decided, and to be done"
    otherwise = "decided, and nothing is to be done"
    postponed = "answered, and taken up again later"
    heard = "answered, and nothing is to be decided"
    elsewhere = "answered by another service"
    gone = "over without an answer: its life goes on in another entry, or nowhere"


class FunnelStage(IntEnum):
    """Étape: how far an entry in a state has come, for the funnel; in the order of the way."""

    filed = 0
    read = 1
    studied = 2
    decided = 3
    retained = 4
    done = 5

    @property
    def label(self) -> str:
        labels = ("Déposées", "Lues", "À l'étude", "Décidées", "Retenues", "Réalisées")
        return labels[self]


@dataclass(frozen=True)
class StatusRules:
    """What follows from a state.

    `told` is how its author hears of it, after « votre idée » ({e}: the feminine ending);
    `leads_to` holds the codes of the states that may follow. `only_decided`: ideas and suggestions
    alone come here. `by_own_act`: set by an act of its own, never chosen in an answer.
    """

    phase: Phase
    stage: FunnelStage
    told: str
    leads_to: str = ""
    only_decided: bool = False
    by_own_act: bool = False


_ANSWERED = " retenue deja-en-place reportee non-retenue"


@dataclass(frozen=True)
class Detail:
    """Précision: what an author may add to an entry, in the column of this name of `IdeaInput` and
    `Idea`. Form, page of the entry, export and import follow from one line in `DETAILS`.

    `asked` is the question of the form, `meaning` what the column of an export says. With a
    vocabulary one of its words is chosen; without, a line is written.
    """

    column: str
    title: str
    asked: str
    meaning: str
    vocabulary: type[Word] | None = None
    headers: tuple[str, ...] = ()  # how files of others call the column

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


class IdeaStatus(Word):
    """État: code, label and rules. A new state is one entry here; lists, tone, funnel, notices
    and figures follow from it.
    """

    rules: StatusRules

    received = (
        "recue",
        "Reçue",
        StatusRules(
            Phase.open,
            FunnelStage.filed,
            "est reçu{e}",
            "lue a-l-etude en-groupe soumise fusionnee reorientee retiree" + _ANSWERED,
        ),
    )
    read = (
        "lue",
        "Lue",
        StatusRules(
            Phase.open,
            FunnelStage.read,
            "est lu{e}",
            "a-l-etude en-groupe soumise fusionnee reorientee retiree" + _ANSWERED,
            by_own_act=True,
        ),
    )
    studied = (
        "a-l-etude",
        "À l'étude",
        StatusRules(
            Phase.open,
            FunnelStage.studied,
            "est à l'étude",
            "en-groupe soumise fusionnee reorientee retiree" + _ANSWERED,
        ),
    )
    in_group = (
        "en-groupe",
        "En groupe de progrès",
        StatusRules(
            Phase.open,
            FunnelStage.studied,
            "est confié{e} à un groupe de progrès",
            "a-l-etude soumise fusionnee retiree" + _ANSWERED,
        ),
    )
    submitted = (
        "soumise",
        "Soumise au CODIR",
        StatusRules(
            Phase.open,
            FunnelStage.studied,
            "est soumis{e} au CODIR",
            "a-l-etude en-groupe retiree" + _ANSWERED,
            only_decided=True,
        ),
    )
    accepted = (
        "retenue",
        "Retenue",
        StatusRules(
            Phase.retained,
            FunnelStage.retained,
            "est retenu{e}",
            "realisee reportee non-retenue",
            only_decided=True,
        ),
    )
    implemented = (
        "realisee",
        "Réalisée",
        StatusRules(Phase.retained, FunnelStage.done, "est réalisé{e}", only_decided=True),
    )
    already = (
        "deja-en-place",
        "Déjà en place",
        StatusRules(Phase.otherwise, FunnelStage.decided, "est déjà en place", only_decided=True),
    )
    postponed = (
        "reportee",
        "Reportée",
        StatusRules(
            Phase.postponed,
            FunnelStage.studied,
            "est reporté{e}",
            "a-l-etude retenue non-retenue retiree",
            only_decided=True,
        ),
    )
    refused = (
        "non-retenue",
        "Non retenue",
        StatusRules(
            Phase.otherwise,
            FunnelStage.decided,
            "n'est pas retenu{e}",
            "a-l-etude",
            only_decided=True,
        ),
    )
    taken_in = (
        "prise-en-compte",
        "Prise en compte",
        StatusRules(Phase.heard, FunnelStage.read, "est pris{e} en compte"),
    )
    merged = (
        "fusionnee",
        "Fusionnée",
        StatusRules(Phase.gone, FunnelStage.filed, "en rejoint un{e} autre", by_own_act=True),
    )
    redirected = (
        "reorientee",
        "Réorientée",
        StatusRules(Phase.elsewhere, FunnelStage.filed, "est transmis{e} au service qui convient"),
    )
    withdrawn = (
        "retiree",
        "Retirée",
        StatusRules(Phase.gone, FunnelStage.filed, "est retiré{e}", by_own_act=True),
    )

    def __new__(cls, code: str, label: str, rules: StatusRules):
        word = str.__new__(cls, code)
        word._value_ = code
        word.label, word.rules = label, rules
        return word

    @property
    def is_open(self) -> bool:
        """« Idées à décider »: not decided yet."""
        return self.rules.phase is Phase.open

    @property
    def is_retained(self) -> bool:
        """Decided, and to be done or done."""
        return self.rules.phase is Phase.retained

    @property
    def is_decided(self) -> bool:
        return self.rules.phase in (Phase.retained, Phase.otherwise)

    @property
    def is_answer(self) -> bool:
        """Entering this state is a first answer to the author."""
        return self.rules.phase not in (Phase.open, Phase.gone)

    @property
    def is_gone(self) -> bool:
        """Merged or withdrawn: it receives no answer any more."""
        return self.rules.phase is Phase.gone

    @property
    def is_off_path(self) -> bool:
        """Merged, withdrawn or passed to another service: it stands in no list of what is to be
        done, nor on a wall.
        """
        return self.rules.phase in (Phase.gone, Phase.elsewhere)

    @property
    def needs_reason(self) -> bool:
        """Every state from Retenue on is explained to the author, who alone withdraws."""
        return not self.is_open and self is not IdeaStatus.withdrawn

    @property
    def tone(self) -> str:
        if self.is_open:
            return "open"
        return "accepted" if self.is_retained else "closed"


OPEN = tuple(status for status in IdeaStatus if status.is_open)
RETAINED = tuple(status for status in IdeaStatus if status.is_retained)
DECIDED = tuple(status for status in IdeaStatus if status.is_decided)
ANSWERS = tuple(status for status in IdeaStatus if status.is_answer)
GONE = tuple(status for status in IdeaStatus if status.is_gone)
OFF_PATH = tuple(status for status in IdeaStatus if status.is_off_path)


def next_statuses(kind: IdeaKind, status: IdeaStatus) -> list[IdeaStatus]:
    """The states an entry of this kind may take from this one, in the order of the vocabulary."""
    following = {IdeaStatus(code) for code in status.rules.leads_to.split()}
    if not kind.is_decided:
        following = {state for state in following if not state.rules.only_decided}
        if status.is_open:
            following.add(IdeaStatus.taken_in)
    return [state for state in IdeaStatus if state in following]


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


# Hands raised in the room and supports given here, as the indexes and the questions write it.
WEIGHT = text("(coalesce(voices, 0) + supports)")


def partial_index(name: str, sqlite: str, postgresql: str, *columns: str | TextClause) -> Index:
    return Index(name, *columns, sqlite_where=text(sqlite), postgresql_where=text(postgresql))


def where_filled(name: str, column: str, *more: str) -> Index:
    """An index of the rows that have something in its first column."""
    return partial_index(name, f"{column} IS NOT NULL", f"{column} IS NOT NULL", column, *more)


class Idea(SQLModel, table=True):
    """Idée, suggestion ou constat: one entry. `origin_id` is the author's service where it is not a
    handful of people.

    `status`, `due_on`, `answered_on` and `published` stand here for lists and always agree with the
    facts. `counts` is false for an import that is not declared the agents' own. `owner_id` is the
    person who prepares the answer (responsable), `meeting_id` the workshop it was said in, `place`
    the place on its sheet of a line that a facilitator typed.
    `supports` and `comments` count the rows of Support and the public, visible rows of Comment.
    """

    called: ClassVar[tuple[str, str]] = ("idée ou constat", "idées et constats")
    __table_args__ = (
        Index("ix_idea_list", "published", "id"),
        # With what is published, so that a list is counted in them.
        Index("ix_idea_status", "status", "id", "published"),
        Index("ix_idea_kind", "kind", "id", "published"),
        Index("ix_idea_concerns", "concerns_id", "id", "published"),
        Index("ix_idea_ambition", "ambition_id", "id", "published"),
        Index("ix_idea_ambition_kind", "ambition_id", "kind", "id", "published"),
        # Most entries have none of these: they stand in no page of such an index.
        where_filled("ix_idea_author", "author_id", "id"),
        where_filled("ix_idea_relay", "relay_id", "id"),
        where_filled("ix_idea_owner", "owner_id", "id"),
        where_filled("ix_idea_meeting", "meeting_id", "id"),
        where_filled("ix_idea_merged", "merged_into"),
        Index("ix_idea_supported", "supports", "id"),
        Index("ix_idea_commented", "comments", "id"),
        # What somebody brought, in the order in which its answers are to be told.
        partial_index(
            "ix_idea_brought",
            "relay_id IS NOT NULL AND answered_on IS NOT NULL",
            "relay_id IS NOT NULL AND answered_on IS NOT NULL",
            "relay_id",
            "answered_on",
            "id",
        ),
        # Covering: what waits, what is to be read and what was answered are counted in them.
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
        # In the order of most voices and supporters: findings by their side, and all other kinds.
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


class Receipt(SQLModel, table=True):
    """Reçu d'un dépôt anonyme: the SHA-256 of a 128-bit code that was shown once."""

    called: ClassVar[tuple[str, str]] = ("reçu de dépôt", "reçus de dépôts")
    __table_args__ = NO_HIDDEN_ORDER

    code: str = Field(primary_key=True)
    idea_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("idea.id"), nullable=False, unique=True)
    )
