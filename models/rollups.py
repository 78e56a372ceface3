"""Roll-ups (cumuls): small tables kept with the facts, so that figures do not grow with the ideas.

Each row is a sum over facts of one month. `concerns_id` and `origin_id` are 0 where unknown and
`ALL` for the sum over all; `ambition_id` likewise: the whole programme is then read from a few
hundred rows. `ledger.py` keeps them in the transaction of the fact; `check` compares them with the
facts.

`IdeaWaiting` and `IdeaSaid` are sums over the records, as they stand: `standing.py` keeps those.
"""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.ideas import NO_HIDDEN_ORDER

ALL = -1
UNKNOWN = 0
NONE = ""


class IdeaFlow(SQLModel, table=True):
    """Changements d'état: ideas that went from → to in the month. The stock at a month end is
    their running sum.
    """

    __tablename__ = "idea_flow"
    __table_args__ = (
        Index(
            "ix_idea_flow_stock",
            "concerns_id",
            "ambition_id",
            "from_status",
            "to_status",
            "month",
            "n",
        ),
    )
    concerns_id: int = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    decided: bool = Field(primary_key=True)
    month: date = Field(primary_key=True)
    from_status: str = Field(primary_key=True)
    to_status: str = Field(primary_key=True)
    n: int = 0


class IdeaDelay(SQLModel, table=True):
    """Délais: first answers given in the month after so many working days."""

    __tablename__ = "idea_delay"
    concerns_id: int = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    month: date = Field(primary_key=True)
    days: int = Field(primary_key=True)
    n: int = 0


class IdeaDue(SQLModel, table=True):
    """Échéances de réponse: answers promised for the month (`due`), and given by their day
    (`kept`).
    """

    __tablename__ = "idea_due"
    concerns_id: int = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    month: date = Field(primary_key=True)
    due: int = 0
    kept: int = 0


class IdeaCohort(SQLModel, table=True):
    """Ce que deviennent les dépôts d'un mois: of the idées and suggestions filed in `filed_month`,
    how many more stand in this state after `month`. Outcomes are sums of states.
    """

    __tablename__ = "idea_cohort"
    concerns_id: int = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    filed_month: date = Field(primary_key=True)
    month: date = Field(primary_key=True)
    status: str = Field(primary_key=True)
    n: int = 0


class IdeaFiled(SQLModel, table=True):
    """Dépôts: entries filed in the month, by origin; `decided` tells idées and suggestions from
    the other kinds.
    """

    __tablename__ = "idea_filed"
    origin_id: int = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    decided: bool = Field(primary_key=True)
    month: date = Field(primary_key=True)
    n: int = 0


class IdeaAuthor(SQLModel, table=True):
    """Auteurs: (month, service, person) pairs of idées and suggestions, so that persons are
    counted once.
    """

    __tablename__ = "idea_author"
    month: date = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    origin_id: int = Field(primary_key=True)
    person_id: int = Field(primary_key=True)
    n: int = 0


class IdeaWaiting(SQLModel, table=True):
    """En attente d'une réponse: published entries that are open and not answered, by the day on
    which they were promised one (the eve of their filing at the earliest).
    """

    __tablename__ = "idea_waiting"
    __table_args__ = (NO_HIDDEN_ORDER,)
    concerns_id: int = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    due_on: date = Field(primary_key=True)
    n: int = 0


class IdeaSaid(SQLModel, table=True):
    """Ce qui a été dit: published entries filed in the month, by the way they came; `said` tells
    findings that go well or that do not (see `Said`) from all other kinds. `voices`: raised for
    them, one at least for each.
    """

    __tablename__ = "idea_said"
    __table_args__ = (NO_HIDDEN_ORDER,)
    concerns_id: int = Field(primary_key=True)
    ambition_id: int = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    said: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    n: int = 0
    voices: int = 0
