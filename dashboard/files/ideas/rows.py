"""One row of a file of ideas: an entry that can be imported, or why it cannot."""

from dataclasses import dataclass, field
from datetime import date

from dashboard.files.ideas.comments import CommentRead
from dashboard.files.tables import Problem
from models.idea_states import IdeaKind, IdeaStatus


@dataclass(slots=True)
class IdeaRead:
    """One idea as the file tells it. `source` is set only where the file names it for each row
    (our own export).
    """

    line: int
    key: str
    title: str
    body: str = ""
    theme: str = ""
    direction: str = ""
    kind: IdeaKind = IdeaKind.idea
    status: IdeaStatus = IdeaStatus.received
    filed_on: date | None = None
    filing_dated: bool = False
    status_on: date | None = None
    status_dated: bool = False
    answered_on: date | None = None
    answer: str = ""
    source: str = ""
    published: bool = True
    merged_into: str = ""
    good: bool | None = None
    voices: int | None = None
    channel: str | None = None
    number: int | None = None
    reason: str = ""
    due_on: date | None = None
    # Our own export tells the promise and the reason too.
    is_own: bool = False
    comments: list[CommentRead] = field(default_factory=list)
    # Of the columns that are there.
    details: dict[str, str | None] = field(default_factory=dict)
    # Its search words, where they were made beforehand.
    words: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Ligne refusée: what is wrong, and the key it would have had (a known idea is not gone
    because of it).
    """

    problem: Problem
    key: str = ""
    source: str = ""
