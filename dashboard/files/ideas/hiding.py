"""Recognises entries hidden by their source (trashed, hidden, draft, unpublished): by a column,
or by the word for their state.
"""

from collections.abc import Sequence

from dashboard.files.csvout import restored
from dashboard.files.values import compact
from dashboard.files.words import words_of

HIDING = "hiding"  # the field filled by these columns together
_WORDS = {name: frozenset(map(compact, words)) for name, words in words_of("hidden").items()}
_OF_MODERATION = "moderation/"  # « moderation/hidden_at », in the JSON of a tool


def is_state_not_shown(word: str) -> bool:
    """Whether a source's word for a state means that the entry is hidden."""
    return compact(word) in _WORDS["not_shown"]


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
