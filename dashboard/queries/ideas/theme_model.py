"""Which themes a text is likely to have, learned from coded entries: the weights of its words
(TF-IDF) and a multinomial logistic regression. The same entries give the same answer.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from models.ideas import Idea
from models.search import stem_set

_WORDS, _STEPS, _PENALTY, _MOMENTUM = 1000, 40, 0.5, 0.9


def learned(coded: Sequence[tuple[int, Idea]]) -> Callable[[str], list[int]]:
    """A function from a text to its likely themes, likeliest first, from entries with theirs."""
    read = [stem_set(f"{idea.title} {idea.body}") for _, idea in coded]
    counts = Counter(stem for stems in read for stem in sorted(stems))
    known = sorted(counts, key=lambda stem: (-counts[stem], stem))[:_WORDS]
    weights = {stem: math.log((1 + len(coded)) / counts[stem]) for stem in known}
    places = {stem: place for place, stem in enumerate(known)}

    def row_of(stems: set[str]) -> np.ndarray:
        row = np.zeros(len(known) + 1, dtype=np.float32)
        for stem in stems & places.keys():
            row[places[stem]] = weights[stem]
        row /= np.linalg.norm(row) or 1
        row[-1] = 1  # how frequent a theme is, whatever the words
        return row

    rows = np.array([row_of(stems) for stems in read])
    classes = sorted({theme for theme, _ in coded})
    wanted = np.array([[theme == one for one in classes] for theme, _ in coded], dtype=np.float32)
    found = step = np.zeros((rows.shape[1], len(classes)), dtype=np.float32)
    for _ in range(_STEPS):
        ahead = found + _MOMENTUM * step
        likely = np.exp(rows @ ahead)
        likely /= likely.sum(axis=1, keepdims=True)
        slope = (rows.T @ (likely - wanted) + _PENALTY * ahead) / len(rows)
        step = _MOMENTUM * step - slope
        found = found + step
    return lambda text: [
        classes[place] for place in np.argsort(-(row_of(stem_set(text)) @ found), kind="stable")
    ]
