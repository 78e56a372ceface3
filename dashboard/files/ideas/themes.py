"""The ambition that the words of a theme speak of, with a score: nothing is said below it, and
nothing where two are as near.
"""

from collections import defaultdict
from collections.abc import Iterable

from models.search import root_of, written_words

ENOUGH = 0.5


class ThemeWords:
    """What words belong to which ambition: those of its name and of the themes that a person has
    put to it. A word of several counts for each the less.
    """

    def __init__(self, texts: Iterable[tuple[int, str]]):
        owners: dict[str, set[int]] = defaultdict(set)
        for ambition, text in texts:
            for root in _roots(text):
                owners[root].add(ambition)
        self._owners = dict(owners)

    def best(self, theme: str) -> int | None:
        """The ambition of the most words of a theme: half of them at least, no other as many."""
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
