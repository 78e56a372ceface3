"""Which of the answers to a search comes first (pertinence), in plain Python."""

import math
from collections.abc import Sequence
from operator import mul

from models.search import (
    Query,
    Term,
    fold,
    plain_word,
    stem_of,
    written_words,
)

_IN_TITLE = 3.0
_AS_WRITTEN = 0.3
_ONLY_BEGUN = 0.8
_SIDE_BY_SIDE = 1.0
_THERE = 4.0
# Where some of the words may be missing: how many are there says more than where they stand.
_TITLE_OF_SOME = 0.3


def ranked(candidates: list[tuple[int, str, str]], query: Query) -> list[tuple[int, str, str]]:
    """(id, title, text) from the most to the least relevant; equals stay newest first."""
    terms = [_Asked(term) for term in query.terms]
    held = [_Held(title, body if query.some else "", terms) for _, title, body in candidates]
    weights = _weights(held, len(terms))
    scores = [_score(one, weights, bool(query.some)) for one in held]
    # By id where scores are equal, as both engines have it: the pages of one search never overlap.
    order = sorted(range(len(candidates)), key=lambda i: (-scores[i], -candidates[i][0]))
    return [candidates[i] for i in order]


class _Asked:
    """A term, ready to be looked for in hundreds of titles."""

    def __init__(self, term: Term):
        self.is_phrase = term.is_phrase
        self.stem = term.stems[0]
        self.stems = frozenset(term.stems)
        self.either = frozenset(term.stems if term.is_phrase else term.alternatives)
        self.beginning = term.beginning
        self.written = fold(term.written)

    def is_among(self, stems: set[str]) -> bool:
        """Whether one of these stems answers."""
        return not self.either.isdisjoint(stems) or (
            bool(self.beginning) and any(stem.startswith(self.beginning) for stem in stems)
        )

    def is_meant_by(self, stem: str) -> bool:
        return stem in self.either or (bool(self.beginning) and stem.startswith(self.beginning))

    def strength(self, stems: set[str], written: set[str]) -> float:
        """How well the words of a title answer; 0 where they do not."""
        if self.is_phrase:
            return _IN_TITLE if stems >= self.stems else 0.0
        if not self.either.isdisjoint(stems):
            as_written = _AS_WRITTEN * (self.written in written)
            return _IN_TITLE + as_written + 0.5 * (self.stem in stems)
        return _ONLY_BEGUN * _IN_TITLE if self.is_among(stems) else 0.0


class _Held:
    """What an entry has of the terms: how well its title answers each, whether its text does."""

    def __init__(self, title: str, body: str, terms: Sequence[_Asked]):
        words = written_words(title)
        stems = [stem for word in words if (stem := stem_of(word))]
        known = set(stems)
        written = {plain_word(word) for word in words}
        self.words = len(known)
        self.in_title = [term.strength(known, written) for term in terms]
        in_body = {stem_of(word) for word in set(written_words(body))} if body else set()
        self.has = [
            bool(strength) or term.is_among(in_body)
            for strength, term in zip(self.in_title, terms, strict=True)
        ]
        self.is_together = all(self.in_title) and _is_together(stems, terms)


def _weights(held: Sequence[_Held], terms: int) -> list[float]:
    """A word that few of them have says more than one that most of them have."""
    having = [sum(one.has[i] for one in held) for i in range(terms)]
    return [math.log(2 + len(held) / (1 + n)) for n in having]


def _score(held: _Held, weights: Sequence[float], may_miss_some: bool) -> float:
    in_title = sum(map(mul, weights, held.in_title)) + _SIDE_BY_SIDE * held.is_together
    in_title += 0.5 * sum(map(bool, held.in_title)) / (1 + held.words)
    if not may_miss_some:
        return in_title
    return _THERE * sum(map(mul, weights, held.has)) + _TITLE_OF_SOME * in_title


def _is_together(stems: Sequence[str], terms: Sequence[_Asked]) -> bool:
    """Whether several words stand side by side in the order they were asked for."""
    span = len(terms)
    if span < 2:
        return False
    runs = (stems[i : i + span] for i in range(len(stems) - span + 1))
    return any(
        all(term.is_meant_by(stem) for stem, term in zip(run, terms, strict=True)) for run in runs
    )
