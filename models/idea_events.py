"""The dated facts of the life of an idea: figures are counted from them."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, Column, ForeignKey, Index
from sqlmodel import Field

from models.facts import NO_HIDDEN_ORDER, Fact
from models.ideas import partial_index, where_filled

# The filing day of facts of an entry without a known one: before every window of a figure.
NO_DAY = date(1800, 1, 1)


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


class IdeaEvent(Fact, table=True):
    """One fact of an idea's life. The dimensions of figures are stored on the fact: direction,
    origin, ambition, kind.

    `from_status` → `to_status` is the change of state (None → first on filing). `delay` is the
    number of working days to the first answer, on the fact of that answer. `due_on` is the promised
    day after this fact. `filed_on` is NO_DAY if the filing has no known day.
    """

    __table_args__ = (
        Index("ix_idea_event_idea", "idea_id", "seq", unique=True),
        # Covering, in the order in which figures read their rows (windows.counted_along).
        Index(
            "ix_idea_event_month",
            "on",
            "concerns_id",
            "ambition_id",
            "decided",
            "from_status",
            "to_status",
            "what",
            "first_answer",
            "filed_on",
        ),
        Index(
            "ix_idea_event_cohort",
            "filed_on",
            "decided",
            "concerns_id",
            "ambition_id",
            "from_status",
            "to_status",
            "on",
        ),
        # Partial and covering: what figures read for incomplete months.
        partial_index(
            "ix_idea_event_filings",
            "what = 'depot'",
            "what = 'depot'",
            "on",
            "counts",
            "decided",
            "origin_id",
            "ambition_id",
        ),
        partial_index(
            "ix_idea_event_answers",
            "first_answer = 1",
            "first_answer",
            "on",
            "delay",
            "concerns_id",
            "ambition_id",
        ),
        # The slowest answers first, whatever their day.
        partial_index(
            "ix_idea_event_slowest",
            "first_answer = 1",
            "first_answer",
            "delay",
            "idea_id",
            "on",
            "concerns_id",
            "ambition_id",
        ),
        partial_index(
            "ix_idea_event_kept",
            "first_answer = 1",
            "first_answer",
            "due_on",
            "concerns_id",
            "ambition_id",
            "on",
        ),
        Index("ix_idea_event_due", "due_on", "concerns_id", "ambition_id", "prev_due_on", "on"),
        partial_index(
            "ix_idea_event_lifted",
            "prev_due_on IS NOT NULL",
            "prev_due_on IS NOT NULL",
            "prev_due_on",
            "concerns_id",
            "ambition_id",
            "due_on",
            "on",
        ),
        partial_index(
            "ix_idea_event_done", "to_status = 'realisee'", "to_status = 'realisee'", "on", "id"
        ),
        where_filled("ix_idea_event_voids", "voids"),
        NO_HIDDEN_ORDER,
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    on: date
    voids: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
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
