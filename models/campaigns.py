"""Campaigns (campagnes): one question put to the field, and the answer given back."""

import json
from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel


class Campaign(SQLModel, table=True):
    """Campagne: the question of a sponsor, for some directions, from a day to a day. What is said
    to it are ideas (`Idea.campaign_id`), its meetings name it (`Meeting.campaign_id`), and the
    clusters of what was said have its outcomes.

    `key` is in its public address. `directions` is a JSON list of ids; empty: everybody.
    `restituted_on`: the day on which the outcomes were published.
    """

    called: ClassVar[tuple[str, str]] = ("campagne", "campagnes")

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    question: str
    introduction: str = ""
    sponsor_id: int = Field(foreign_key="person.id")
    directions: str = "[]"
    opens_on: date
    closes_on: date
    restituted_on: date | None = None

    @property
    def direction_ids(self) -> list[int]:
        return json.loads(self.directions)

    def is_open(self, day: date) -> bool:
        return self.opens_on <= day <= self.closes_on
