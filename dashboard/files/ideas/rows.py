"""A row of a file of ideas: an entry to import, or the reason why it cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from dashboard.files.csvout import restored
from dashboard.files.ideas.columns import CommentRead
from dashboard.files.tables import Problem
from dashboard.files.values import compact
from dashboard.files.words import words_of
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import DETAILS
from models.scales import Word

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


def _by_spelling(words: type[Word]) -> dict[str, Word]:
    return {compact(spelling): word for word in words for spelling in (word.value, word.label)}


# The words of files, compacted → ours.
STATUSES = {
    compact(name): IdeaStatus(status)
    for status, names in words_of("states").items()
    for name in names
} | _by_spelling(IdeaStatus)
KINDS = _by_spelling(IdeaKind) | {
    "idea": IdeaKind.idea,
    "proposition": IdeaKind.idea,
    "proposal": IdeaKind.idea,
}
CHANNELS = _by_spelling(Channel)
# Column of a detail → the words of its vocabulary.
DETAIL_WORDS = {
    detail.column: _by_spelling(detail.vocabulary) for detail in DETAILS if detail.vocabulary
}


HIDING = "hiding"  # the field filled by these columns together
_WORDS = {name: frozenset(map(compact, words)) for name, words in words_of("hidden").items()}
_OF_MODERATION = "moderation/"  # « moderation/hidden_at », in the JSON of a tool


# A source's words for a state of an entry that is hidden.
NOT_SHOWN = _WORDS["not_shown"]
# Columns, words, and whether a cell with one of these words hides the row, or a cell without one.
_READS = (
    (_WORDS["hidden_columns"], _WORDS["empty"] | _WORDS["no"], False),
    (_WORDS["shown_columns"], _WORDS["no"] | _WORDS["not_shown"], True),
    (_WORDS["moderation_columns"], _WORDS["allowed"] | _WORDS["empty"], False),
    (_WORDS["publication_columns"], _WORDS["empty"], True),
    (_WORDS["state_columns"], _WORDS["not_shown"], True),
)


class Hiding:
    """The columns by which a source hides an entry."""

    def __init__(self, headers: Sequence[str]):
        plain = [compact(restored(header)).removeprefix(_OF_MODERATION) for header in headers]
        self._columns = [
            (place, words, hides)
            for place, header in enumerate(plain)
            for names, words, hides in _READS
            if header in names
        ]
        self.headers = [restored(headers[place]) for place, *_ in self._columns]

    def hides(self, cells: Sequence[str]) -> bool:
        """Whether the source hides this row."""
        return any((compact(cells[at]) in words) is hides for at, words, hides in self._columns)
