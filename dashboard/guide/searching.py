"""Searches the guide, by the same stems and word families as the ideas."""

from collections import Counter
from functools import cache

from dashboard.guide.declared import CHAPTERS, GuidePage, guide
from models.search import family, stem_of, stems, written_words

_OF_TITLE = 8  # weight of a word in the title
_SHORTEST_BEGINNING = 3
MOST_TYPED = 200


def found(text: str) -> list[GuidePage]:
    """The pages that contain every typed word or one of its family; else those that contain any of
    them. Best match first.
    """
    typed_words = [word for word in written_words(text[:MOST_TYPED]) if stem_of(word)]
    scores = {page.name: [_times(page, word) for word in typed_words] for page in guide()}
    whole = [page for page in guide() if typed_words and all(scores[page.name])]
    hits = whole or [page for page in guide() if any(scores[page.name])]
    return sorted(hits, key=lambda page: -sum(scores[page.name]))


def _times(page: GuidePage, word: str) -> int:
    """How often a page contains a word; the last word also matches as a prefix."""
    counted = _index()[page.name]
    wanted = family(stem_of(word))
    begun = stem_of(word) if len(word) >= _SHORTEST_BEGINNING else None
    return sum(
        times
        for stem, times in counted.items()
        if stem in wanted or (begun and stem.startswith(begun))
    )


@cache
def _index() -> dict[str, Counter[str]]:
    """Name of a page → its stems, and how often."""
    return {page.name: _stems(page) for page in guide()}


def _stems(page: GuidePage) -> Counter[str]:
    counted = Counter(stems(f"{page.text}\n{CHAPTERS[page.chapter]}"))
    for stem in stems(page.title):
        counted[stem] += _OF_TITLE
    return counted
