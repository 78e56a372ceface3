"""Foreign words for the states (états), kinds (genres) and channels of ideas."""

from collections.abc import Sequence

from dashboard.files.csvout import restored
from dashboard.files.values import compact
from dashboard.files.words import words_of
from models.idea_states import DETAILS, Channel, Detail, IdeaKind, IdeaStatus
from models.ideas import TITLE_MAX
from models.texts import clean_title
from models.words import Word


def _by_spelling(words: type[Word]) -> dict[str, Word]:
    return {compact(spelling): word for word in words for spelling in (word.value, word.label)}


_STATUS = {
    compact(name): IdeaStatus(status)
    for status, names in words_of("states").items()
    for name in names
} | _by_spelling(IdeaStatus)


_KIND = _by_spelling(IdeaKind) | {
    "idea": IdeaKind.idea,
    "proposition": IdeaKind.idea,
    "proposal": IdeaKind.idea,
}


_CHANNEL = _by_spelling(Channel)


_DETAILS = {
    detail.vocabulary: _by_spelling(detail.vocabulary) for detail in DETAILS if detail.vocabulary
}


def status_of(text: str) -> IdeaStatus | None:
    return _STATUS.get(compact(text))


def kind_of(text: str) -> IdeaKind | None:
    return _KIND.get(compact(text))


def channel_of(text: str) -> Channel | None:
    return _CHANNEL.get(compact(text))


def detail_of(detail: Detail, text: str) -> str | None:
    """The stored value of a word; None if its vocabulary lacks it."""
    if detail.vocabulary is None:
        return clean_title(text)[:TITLE_MAX] or None
    word = _DETAILS[detail.vocabulary].get(compact(text))
    return None if word is None else str(word)


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
