"""News (actualités): short posts for the agents, and what the Directeur général published
(publication).
"""

from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel

TITLE_MAX, BODY_MAX, WORD_MAX = 120, 1200, 600


class Post(SQLModel, table=True):
    """Actualité: one short post for every agent; public from `public_on`, hidden from
    `withdrawn_on`.
    """

    called: ClassVar[tuple[str, str]] = ("actualité", "actualités")

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(index=True)
    title: str
    body: str = ""
    by: int | None = Field(default=None, foreign_key="person.id")
    public_on: date | None = None
    withdrawn_on: date | None = None


class Publication(SQLModel, table=True):
    """Publication: the situation at `au` as published on `on`, for people without an account.

    `content` is the JSON shown that day and is not recomputed: a later correction of the facts
    needs a new publication. `word` is the Directeur général's sentence.
    """

    called: ClassVar[tuple[str, str]] = ("publication", "publications")

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(index=True)
    au: date
    by: int | None = Field(default=None, foreign_key="person.id")
    word: str = ""
    content: str = "{}"
    withdrawn_on: date | None = None
