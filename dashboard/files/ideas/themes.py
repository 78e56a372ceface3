"""The best ambition for the words of a theme, by score: none below a threshold or on a tie."""

from collections import defaultdict
from collections.abc import Iterable

from models.search import root_of, written_words

ENOUGH = 0.5


class ThemeWords:
    """The words of each ambition: those of its name and of the themes a person assigned to it. A
    word of several ambitions counts less.
    """

    def __init__(self, texts: Iterable[tuple[int, str]]):
        owners: dict[str, set[int]] = defaultdict(set)
        for ambition, text in texts:
            for root in _roots(text):
                owners[root].add(ambition)
        self._owners = dict(owners)

    def best(self, theme: str) -> int | None:
        """The ambition with the most words of a theme: at least half of them, without a tie."""
        roots = _roots(theme)
        scores: dict[int, float] = defaultdict(float)
        for root in roots:
            owners = self._owners.get(root, ())
            for ambition in owners:
                scores[ambition] += 1 / len(owners) / len(roots)
        ranked = sorted(scores.items(), key=lambda each: each[1], reverse=True)
        if not ranked or ranked[0][1] < ENOUGH:
            return None
        is_tied = len(ranked) > 1 and ranked[1][1] == ranked[0][1]
        return None if is_tied else ranked[0][0]


def _roots(text: str) -> set[str]:
    return {root for word in written_words(text) if (root := root_of(word))}
