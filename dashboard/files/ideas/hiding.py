"""Recognises entries hidden by their source (trashed, hidden, draft, unpublished): by a column,
or by the word for their state.
"""

from collections.abc import Callable, Sequence

from dashboard.files.csvout import restored
from dashboard.files.values import compact
from dashboard.files.words import words_of

HIDING = "hiding"  # the field filled by these columns together
_WORDS = {name: frozenset(map(compact, words)) for name, words in words_of("hidden").items()}
_OF_MODERATION = "moderation/"  # « moderation/hidden_at », in the JSON of a tool


def is_state_not_shown(word: str) -> bool:
    """Whether a source's word for a state means that the entry is hidden."""
    return compact(word) in _WORDS["not_shown"]


def _says_hidden(cell: str) -> bool:
    return compact(cell) not in _WORDS["empty"] | _WORDS["no"]


def _says_not_shown(cell: str) -> bool:
    return compact(cell) in _WORDS["no"] | _WORDS["not_shown"]


def _is_not_let(cell: str) -> bool:
    return compact(cell) not in _WORDS["allowed"] | _WORDS["empty"]


def _has_no_day(cell: str) -> bool:
    return compact(cell) in _WORDS["empty"]


_READS: tuple[tuple[frozenset[str], Callable[[str], bool]], ...] = (
    (_WORDS["hidden_columns"], _says_hidden),
    (_WORDS["shown_columns"], _says_not_shown),
    (_WORDS["moderation_columns"], _is_not_let),
    (_WORDS["publication_columns"], _has_no_day),
    (_WORDS["state_columns"], is_state_not_shown),
)


class Hiding:
    """The columns by which a source hides an entry."""

    def __init__(self, headers: Sequence[str]):
        plain = [compact(restored(header)).removeprefix(_OF_MODERATION) for header in headers]
        self._columns = [
            (place, hides)
            for place, header in enumerate(plain)
            for names, hides in _READS
            if header in names
        ]
        self.headers = [restored(headers[place]) for place, _ in self._columns]

    def hides(self, cells: Sequence[str]) -> bool:
        """Whether the source hides this row."""
        return any(hides(cells[place]) for place, hides in self._columns)
