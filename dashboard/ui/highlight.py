"""Found words (mots trouvés) in a text: each marked as found, and the part of a long text where
the first one stands.
"""

from dashboard import french
from dashboard.rendering import macros
from models.search import WORD, Query, places

_BEFORE = 60  # characters before the first found word
_LENGTH = 280


def marked(text: str, query: Query | None) -> str:
    """A text with the words that were asked for marked, as they are written in it; without a
    query the text alone.
    """
    shown = french.typo(str(text))
    if query is None:
        return shown
    pieces = []
    done = 0
    for start, end in places(shown, query):
        pieces += [(shown[done:start], False), (shown[start:end], True)]
        done = end
    return macros().marked([*pieces, (shown[done:], False)])


def around_first(text: str, query: Query) -> str:
    """The part of a long text where the first of these words stands, cut between words."""
    found = places(text, query)
    start = 0
    # A word near the beginning is shown with it: the beginning says more than a cut would.
    if found and found[0][1] > _LENGTH - _BEFORE:
        start = _word_start(text, found[0][0] - _BEFORE)
    end = _word_end(text, start + _LENGTH)
    before = "… " if start else ""
    after = " …" if end < len(text) else ""
    return before + text[start:end].strip() + after


def beginning(text: str, length: int = _LENGTH) -> str:
    """The first words of a longer text: cut between words, as `around_first` does; a text that
    fits stays whole.
    """
    end = _word_end(text, length)
    return text[:end].strip() + (f"{french.NO_BREAK}…" if end < len(text) else "")


def _word_start(text: str, at: int) -> int:
    """The nearest beginning of a word at or after this place."""
    if at <= 0:
        first = WORD.search(text)
        return first.start() if first else 0
    for word in WORD.finditer(text, at):
        # The search may begin in the middle of a word: that piece is none.
        if not text[word.start() - 1].isalnum():
            return word.start()
    return 0


def _word_end(text: str, at: int) -> int:
    """The end of the last whole word before this place, or the place itself in a text without
    spaces.
    """
    if at >= len(text):
        return len(text)
    cut = max(text.rfind(" ", 0, at + 1), text.rfind("\n", 0, at + 1))
    return cut if cut > at - _LENGTH // 2 else at
