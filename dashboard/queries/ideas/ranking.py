"""The relevance of an entry to typed words (pertinence), in plain Python, so that both engines give
the same order.

Each word that an entry has adds its weight, more if it is rare; a word of a title counts more than
one of a text, the word itself more than a synonym, and any word less in a long title or text.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from models.search import Run, Term, stem_set

SAMPLE = 2000
# The weight of a word that no entry has, as of one of every tenth.
_UNKNOWN = SAMPLE // 10
_OF_FAMILY, _OF_SYNONYM, _OF_TEXT = 0.95, 0.7, 0.5
# So many words halve what each of them counts.
_LONG_TITLE, _LONG_TEXT = 60, 200


class Relevance:
    """The relevance of entries to terms. `known`: how many of the newest SAMPLE entries have each
    term.
    """

    def __init__(self, terms: Iterable[Term], known: Mapping[Term, int]):
        self.weights = {
            term: math.log(1 + SAMPLE / (1 + known.get(term, _UNKNOWN))) for term in terms
        }
        self._reachable = sum(self.weights.values()) or 1.0
        self._words: dict[str, dict[Term, float]] = {}
        self._phrases: list[tuple[frozenset[str], Term, float]] = []
        for term in self.weights:
            self._add(term, term.same, _OF_SYNONYM)
            self._add(term, term.own, _OF_FAMILY)
            self._add(term, [term.stems], 1.0)

    def _add(self, term: Term, runs: Sequence[Run], share: float) -> None:
        for run in runs:
            if len(run) == 1:
                self._words.setdefault(run[0], {})[term] = share
            else:
                self._phrases.append((frozenset(run), term, share))

    def of(self, title: str, body: str = "") -> float:
        """The relevance of an entry, from 0 to 1, which a title of all the terms would have."""
        return sum(self.parts(title, body).values())

    def parts(self, title: str, body: str = "") -> dict[Term, float]:
        """What each term of an entry adds to its relevance."""
        found = self._found(stem_set(title), 1.0, _LONG_TITLE)
        in_text = self._found(stem_set(body), _OF_TEXT, _LONG_TEXT) if body else {}
        for term, share in in_text.items():
            found[term] = max(share, found.get(term, 0.0))
        return {term: self.weights[term] * share / self._reachable for term, share in found.items()}

    def _found(self, stems: set[str], share: float, long: int) -> dict[Term, float]:
        """How much each term in these stems counts; terms that are not in them are left out."""
        share /= 1 + len(stems) / long
        found: dict[Term, float] = {}
        for stem in stems & self._words.keys():
            for term, of_word in self._words[stem].items():
                found[term] = max(share * of_word, found.get(term, 0.0))
        for phrase, term, of_phrase in self._phrases:
            if phrase <= stems:
                found[term] = max(share * of_phrase, found.get(term, 0.0))
        for term in self.weights:
            if term.beginning and term not in found and any(map(term.is_begun_by, stems)):
                found[term] = share * _OF_SYNONYM
        return found


def rarest(known: Mapping[Term, int], terms: Iterable[Term], most: int) -> tuple[Term, ...]:
    """The rarest of these terms, except those that no entry has."""
    return tuple(
        sorted(
            (term for term in terms if term in known),
            key=lambda term: (known[term], -len(term.stems[0]), term.stems),
        )[:most]
    )
