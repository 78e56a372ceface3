"""A row of a file of ideas: an entry to import, or the reason why it cannot be."""

from dataclasses import dataclass, field
from datetime import date

from dashboard.files.ideas.comments import CommentRead
from dashboard.files.tables import Problem
from models.idea_states import IdeaKind, IdeaStatus

NO_KEY = "texte:"  # before the key of a row without an identifier, which is a hash of its texts


class RowKeys:
    """Gives each row a unique key in its file, and remembers the first line of each identifier."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._times: dict[int, int] = {}
        self._taken: set[int] = set()

    def seen(self, source: str, name: str, line: int) -> int | None:
        """The first line with this identifier, or None if this is the first."""
        first = self._first.setdefault(hash((source, name)), line)
        return None if first == line else first

    def unique(self, source: str, base: str) -> str:
        """`base`, or « base#2 », « base#3 »… for repetitions."""
        mark = hash((source, base))
        key = base
        n = self._times.get(mark, 1)
        while hash((source, key)) in self._taken:
            n += 1
            key = f"{base}#{n}"
        self._taken.add(hash((source, key)))
        self._times[mark] = n
        return key


@dataclass(slots=True)
class IdeaRead:
    """One idea of a file. `source` is set only if each row names it (our own export)."""

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
    # Our own export has the promised day and the reason too.
    is_own: bool = False
    comments: list[CommentRead] = field(default_factory=list)
    # From the columns present in the file.
    details: dict[str, str | None] = field(default_factory=dict)
    # Its search words, if computed beforehand.
    words: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused row (ligne refusée): its error, and the key it would have had, so that a known
    idea is not considered removed.
    """

    problem: Problem
    key: str = ""
    source: str = ""
