"""Found words (mots trouvés) in a text: highlighted, and the excerpt around the first one."""

from dashboard import french
from dashboard.rendering import macros
from models.search import WORD, Query, places

_BEFORE = 60  # characters shown before the first found word
_LENGTH = 280


def marked(text: str, query: Query | None) -> str:
    """The text with the words of the query highlighted; unchanged without a query."""
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
    """The excerpt of a long text around the first found word, cut between words."""
    matches = places(text, query)
    start = 0
    # A word near the beginning is shown with the beginning, which says more than a cut.
    if matches and matches[0][1] > _LENGTH - _BEFORE:
        start = _word_start(text, matches[0][0] - _BEFORE)
    end = _word_end(text, start + _LENGTH)
    before = "… " if start else ""
    after = " …" if end < len(text) else ""
    return before + text[start:end].strip() + after


def beginning(text: str, length: int = _LENGTH) -> str:
    """The beginning of a long text, cut between words; a short text is unchanged."""
    end = _word_end(text, length)
    return text[:end].strip() + (f"{french.NO_BREAK}…" if end < len(text) else "")


def _word_start(text: str, at: int) -> int:
    """The start of the first word at or after this position."""
    if at <= 0:
        first = WORD.search(text)
        return first.start() if first else 0
    for word in WORD.finditer(text, at):
        # The position may be inside a word, which is skipped.
        if not text[word.start() - 1].isalnum():
            return word.start()
    return 0


def _word_end(text: str, at: int) -> int:
    """The end of the last whole word before this position, or the position itself in a text
    without spaces.
    """
    if at >= len(text):
        return len(text)
    cut = max(text.rfind(" ", 0, at + 1), text.rfind("\n", 0, at + 1))
    return cut if cut > at - _LENGTH // 2 else at
