"""Clusters (lots): entries that say the same, put together by a person; themes (thèmes) of the
codebook that people make, and who gave which entry which theme.
"""

import json
from collections.abc import Iterable
from datetime import date

from sqlalchemy import BigInteger, Column, ForeignKey
from sqlmodel import Field

from models.facts import NO_HIDDEN_ORDER, Record, Stored
from models.scales import Word


class Outcome(Word):
    """Suite donnée: what the sponsor of a campaign answers to what a cluster says."""

    doing = "nous-faisons", "Nous faisons"
    refused = "nous-ne-ferons-pas", "Nous ne ferons pas, parce que"
    studied = "a-l-etude", "À l'étude jusqu'au"


class Cluster(Record, table=True):
    """Lot: entries that say the same (`Idea.cluster_id`); entries that agree and that disagree are
    never in one. With `dropped_on` a person said that they do not say the same: they are not
    proposed together again. In a campaign it has an outcome, its text, and a day (`until`).
    """

    title: str = ""
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")
    proposed: bool = Field(default=False, description="as the machine proposed it, unchanged")
    dropped_on: date | None = None
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    outcome: str = ""
    answer: str = ""
    until: date | None = None


def is_mixed(signs: Iterable[bool | None]) -> bool:
    """Whether some entries say « ça va » and others « ça ne va pas » (`Idea.good`)."""
    return {True, False} <= set(signs)


class Theme(Record, table=True):
    """Thème: one code of the codebook, with the definition by which people give it."""

    name: str = Field(unique=True)
    definition: str = ""
    ended_on: date | None = None


class Coding(Stored, table=True):
    """Codage: the theme that one person gave one entry; two persons may code the same entry, which
    tells their agreement. `proposed`: it was among the three that the machine proposed; NULL if it
    proposed none.
    """

    __table_args__ = NO_HIDDEN_ORDER

    idea_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("idea.id"), primary_key=True, autoincrement=False)
    )
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    theme_id: int = Field(foreign_key="theme.id", index=True)
    on: date
    proposed: bool | None = None


class Campaign(Record, table=True):
    """Campagne: the question of a sponsor, for some directions, from a day to a day. What is said
    to it are ideas (`Idea.campaign_id`), its meetings name it (`Meeting.campaign_id`), and the
    clusters of what was said have its outcomes.

    `key` is in its public address. `directions` is a JSON list of ids; empty: everybody.
    `restituted_on`: the day on which the outcomes were published.
    """

    key: str = Field(unique=True)
    question: str
    introduction: str = ""
    sponsor_id: int = Field(foreign_key="person.id")
    directions: str = "[]"
    opens_on: date
    closes_on: date
    restituted_on: date | None = None

    @property
    def responsible(self) -> frozenset[int]:
        return frozenset({self.sponsor_id})

    @property
    def direction_ids(self) -> list[int]:
        return json.loads(self.directions)

    def is_open(self, day: date) -> bool:
        return self.opens_on <= day <= self.closes_on
