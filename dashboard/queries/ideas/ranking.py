"""Which of the answers to a search comes first (pertinence), in plain Python."""

import math
from collections.abc import Mapping, Sequence
from operator import mul

from models.search import (
    Query,
    Run,
    Term,
    fold,
    plain_word,
    stem_of,
    stem_set,
    written_words,
)

SAMPLE = 1000
_IN_TITLE = 3.0
_AS_WRITTEN = 0.3
_AS_STEM = 0.5
_NOT_THE_WORD = 0.8
_SIDE_BY_SIDE = 1.0
_THERE = 4.0
# Where some of the words may be missing: how many are there says more than where they stand.
_TITLE_OF_SOME = 0.3


def weight_of(term: Term, n: int) -> float:
    """A word that few of the newest SAMPLE entries have says more; two words say more than one."""
    return len(term.stems) * math.log(1 + SAMPLE / (1 + n))


def ranked(
    candidates: list[tuple[int, str, str]], query: Query, known: Mapping[Term, int] | None = None
) -> list[tuple[int, str, str]]:
    """(id, title, text) from the most to the least relevant; equals stay newest first. `known`: how
    rare each term is, where that was counted.
    """
    asked = Asked(query.terms)
    held = [_Held(title, body if query.some else "", asked) for _, title, body in candidates]
    weights = _weights(held, asked)
    if known is not None:
        weights = [weight_of(term, known.get(term, SAMPLE)) for term in query.terms]
    scores = [_score(one, weights, bool(query.some)) for one in held]
    # By id where scores are equal, as both engines have it: the pages of one search never overlap.
    order = sorted(range(len(candidates)), key=lambda i: (-scores[i], -candidates[i][0]))
    return [candidates[i] for i in order]


class Asked:
    """Terms, ready to be looked for in hundreds of texts."""

    def __init__(self, terms: Sequence[Term]):
        self.terms = terms
        self.written = [fold(term.written) for term in terms]
        self._single: dict[str, list[tuple[int, float]]] = {}
        self._longer: list[tuple[frozenset[str], int, float]] = []
        for i, term in enumerate(terms):
            self._prepare(i, term.own, 1.0)
            self._prepare(i, term.same, _NOT_THE_WORD)

    def _prepare(self, i: int, runs: Sequence[Run], share: float) -> None:
        for run in runs:
            if len(run) == 1:
                self._single.setdefault(run[0], []).append((i, share))
            else:
                self._longer.append((frozenset(run), i, share))

    def shares(self, there: set[str]) -> list[float]:
        """How well the stems of a text answer each term: 1 with the word or its family, less with
        what means the same or begins so, 0 with nothing.
        """
        found = [0.0] * len(self.terms)
        for stem in there & self._single.keys():
            for i, share in self._single[stem]:
                found[i] = max(found[i], share)
        for run, i, share in self._longer:
            if run <= there:
                found[i] = max(found[i], share)
        for i, term in enumerate(self.terms):
            if term.beginning and not found[i] and any(map(term.is_begun_by, there)):
                found[i] = _NOT_THE_WORD
        return found

    def strengths(self, there: set[str], written: set[str]) -> list[float]:
        """How well the words of a title answer each term; 0 where they do not."""
        return [
            _IN_TITLE * share + (share == 1.0 and self._as_asked(i, there, written))
            for i, share in enumerate(self.shares(there))
        ]

    def _as_asked(self, i: int, there: set[str], written: set[str]) -> float:
        """What the very word says more than its family."""
        if self.terms[i].is_phrase:
            return 0.0
        is_written = self.written[i] in written
        return _AS_WRITTEN * is_written + _AS_STEM * (self.terms[i].stems[0] in there)


class _Held:
    """What an entry has of the terms: how well its title answers each, and its text."""

    def __init__(self, title: str, body: str, asked: Asked):
        words = written_words(title)
        stems = [stem for word in words if (stem := stem_of(word))]
        known = set(stems)
        self.words = len(known)
        self.in_title = asked.strengths(known, {plain_word(word) for word in words})
        self.has = asked.shares(known | stem_set(body) if body else known)
        self.is_together = all(self.in_title) and _is_together(stems, asked)


def _weights(held: Sequence[_Held], asked: Asked) -> list[float]:
    """A word that few of them have says more than one that most of them have; two words say more
    than one.
    """
    having = [sum(one.has[i] > 0 for one in held) for i in range(len(asked.terms))]
    return [
        len(term.stems) * math.log(2 + len(held) / (1 + n))
        for term, n in zip(asked.terms, having, strict=True)
    ]


def _score(held: _Held, weights: Sequence[float], may_miss_some: bool) -> float:
    in_title = sum(map(mul, weights, held.in_title)) + _SIDE_BY_SIDE * held.is_together
    in_title += 0.5 * sum(map(bool, held.in_title)) / (1 + held.words)
    if not may_miss_some:
        return in_title
    return _THERE * sum(map(mul, weights, held.has)) + _TITLE_OF_SOME * in_title


def _is_together(stems: Sequence[str], asked: Asked) -> bool:
    """Whether several words stand side by side in the order they were asked for."""
    span = len(asked.terms)
    if span < 2:
        return False
    meant = [asked.shares({stem}) for stem in stems]
    return any(all(meant[i + n][n] for n in range(span)) for i in range(len(stems) - span + 1))
