"""News (actualités): short posts for the agents, and what the Directeur général made public
(publication).
"""

from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel

TITLE_MAX, BODY_MAX, WORD_MAX = 120, 1200, 600


class Post(SQLModel, table=True):
    """Actualité: one short post, read by every agent; by everybody from `public_on`, by nobody
    from `withdrawn_on`.
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
    """Publication: the situation at `au` as it was made public on `on`, for people without an
    account.

    `content` is the JSON of what was shown that day and is never computed again: a later correction
    of the facts needs a publication of its own. `word` is the Directeur général's sentence beside
    it.
    """

    called: ClassVar[tuple[str, str]] = ("publication", "publications")

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(index=True)
    au: date
    by: int | None = Field(default=None, foreign_key="person.id")
    word: str = ""
    content: str = "{}"
    withdrawn_on: date | None = None
