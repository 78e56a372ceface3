"""Looking for a page of the guide: by the same stems and families of words as the ideas."""

from collections import Counter
from functools import cache

from dashboard.guide.declared import CHAPTERS, GuidePage, guide
from models.search import family, stem_of, stems, written_words

_OF_TITLE = 8  # a word of the title counts as so many of the text
_SHORTEST_BEGINNING = 3
MOST_TYPED = 200


def found(words: str) -> list[GuidePage]:
    """The pages that hold every word that was typed, or one of its family; where none does, those
    that hold one of them. The fullest first.
    """
    asked = [word for word in written_words(words[:MOST_TYPED]) if stem_of(word)]
    scores = {page.name: [_times(page, word) for word in asked] for page in guide()}
    whole = [page for page in guide() if asked and all(scores[page.name])]
    hits = whole or [page for page in guide() if any(scores[page.name])]
    return sorted(hits, key=lambda page: -sum(scores[page.name]))


def _times(page: GuidePage, word: str) -> int:
    """How much a page says of a word; a word that is still being typed is a beginning too."""
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
