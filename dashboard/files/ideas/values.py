"""Foreign words for the states (états), kinds (genres) and channels of ideas."""

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
