"""Ideas alike (idées semblables): what the reader may see that says nearly what is
being written.

The rarest words of what is typed fetch candidates from the index; the nearest of
them are told with the words they share.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import Row, Select, func
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.search import SAMPLE, Where, rarity, with_words
from dashboard.scope import Scope
from models.idea_states import OFF_PATH
from models.ideas import Idea
from models.search import Query, Term, family, root_of, stem_of, stems, written_words

SHORTEST = 5
MOST = 3
_READ_WORDS = 60
# How many of the rarest words are asked for, of a title and of title and text together; and how
# often one may stand among the newest entries to be asked for because it is in the text.
_OF_TITLE, _OF_ALL, _RARE, _COMMON = 4, 5, SAMPLE // 50, SAMPLE // 10
_READ_TITLES, _READ, _READ_OF_TEXT = 150, 40, 3000
_FEW = 30
_SHOWN_WORDS = 4
_NEAR = 38.0
_SHORT_TITLE = 2
_IN_TEXT = 0.6
# A text says the same where it has so many of the words, and not only because it is long.
_FEWEST_SHARED = 4
_LONG_TEXT = 150


@dataclass(frozen=True)
class Similar:
    """One idea alike: its id, number, title and state, how near it is (0 to 100), and
    the words in common as it writes them.
    """

    id: int
    number: int
    title: str
    status: str
    nearness: float
    words: tuple[str, ...]


def similar_ideas(
    session: Session,
    scope: Scope,
    title: str,
    body: str = "",
    apart_from: int | None = None,
    limit: int = MOST,
) -> list[Similar]:
    """The ideas nearest to a title and a text, the nearest first; never the one
    numbered `apart_from`.
    """
    if len(f"{title} {body}".strip()) < SHORTEST:
        return []
    visible = select(Idea).where(
        idea_conditions(scope.reader, scope.tree), Idea.status.not_in([str(s) for s in OFF_PATH])
    )
    in_title = list(dict.fromkeys(stems(title)))[:_READ_WORDS]
    in_all = list(dict.fromkeys((*in_title, *stems(body))))[:_READ_WORDS]
    known = rarity(session, in_all)
    typed = _Typed(title, body, known)
    titles = _with_titles(session, visible, _rarest(known, in_title, _OF_TITLE))
    alike = sorted(titles, key=lambda number: (-typed.likeness(titles[number]), number))[:_READ]
    asked = _rarest(known, in_title or in_all, _OF_TITLE)
    rare = [stem for stem in _rarest(known, in_all, _OF_ALL) if known[stem] <= _RARE]
    rows = (
        _numbered(session, visible, alike)
        | _with_most(session, visible, asked, 2, len(alike) < _FEW)
        | (_with_most(session, visible, rare, 3) if body else {})
    )
    found = [
        (typed.nearness(row.title, row.body), row)
        for row in rows.values()
        if row.number != apart_from
    ]
    near = sorted(
        (item for item in found if item[0] >= _NEAR), key=lambda item: (-item[0], item[1].number)
    )
    return [
        Similar(
            row.id,
            row.number,
            row.title,
            row.status,
            nearness,
            typed.common(f"{row.title} {row.body}"),
        )
        for nearness, row in _one_per_title(near)[:limit]
    ]


def _rarest(known: dict[str, int], words: Sequence[str], most: int) -> list[str]:
    there = [stem for stem in words if stem in known]
    return sorted(there, key=lambda stem: (known[stem], -len(stem), stem))[:most]


def _of_them(words: Sequence[str], some: int) -> Query:
    return Query(tuple(Term(stem, (stem,)) for stem in words), some=some)


def _with_titles(session: Session, visible: Select, words: Sequence[str]) -> dict[int, str]:
    """Number → title of the newest entries with all of the words in their titles,
    with all but one, …; with one of them where these are few.

    Step by step, because among a million entries those with two common words would
    hide the one that has all four.
    """
    found: dict[int, str] = {}
    for some in range(len(words), 0, -1):
        if some > 1 or len(found) < _FEW:
            asked = with_words(session, visible, _of_them(words, some), Where.title)
            columns = asked.with_only_columns(Idea.number, Idea.title, maintain_column_froms=True)
            found |= {
                number: title for number, title in session.execute(columns.limit(_READ_TITLES))
            }
    return found


def _with_most(
    session: Session, visible: Select, words: Sequence[str], most: int, or_one: bool = False
) -> dict[int, Row]:
    """The newest entries that have, anywhere, `most` of the words, those with two;
    with one of them where `or_one`.
    """
    found: dict[int, Row] = {}
    for some in range(min(most, len(words)), 0 if or_one else 1, -1):
        found |= _read(session, with_words(session, visible, _of_them(words, some)).limit(_READ))
    return found


def _numbered(session: Session, visible: Select, numbers: Sequence[int]) -> dict[int, Row]:
    return _read(session, visible.where(Idea.number.in_(numbers)))


def _read(session: Session, entries: Select) -> dict[int, Row]:
    """These entries as far as they are compared, by their numbers."""
    statement = entries.with_only_columns(
        Idea.id,
        Idea.number,
        Idea.title,
        func.substr(Idea.body, 1, _READ_OF_TEXT).label("body"),
        Idea.status,
        maintain_column_froms=True,
    )
    return {row.number: row for row in session.execute(statement)}


def _one_per_title(near: Sequence[tuple[float, Row]]) -> list[tuple[float, Row]]:
    """Of entries with one and the same title, the first."""
    once: dict[str, tuple[float, Row]] = {}
    for nearness, row in near:
        once.setdefault(row.title.casefold(), (nearness, row))
    return list(once.values())


class _Typed:
    """What is being written, as roots of its words, each with the weight of its rarity."""

    def __init__(self, title: str, body: str, known: dict[str, int]):
        self.title = list(dict.fromkeys(_roots(title or body)))
        self.weights = {
            root_of(word): math.log(1 + SAMPLE / (1 + known.get(stem_of(word), 0)))
            for word in written_words(f"{title} {body}")
            if root_of(word)
        }
        self.of_title = sum(self.weights[root] for root in self.title) or 1.0
        # What every tenth entry has says little about what one is about.
        telling = {min(family(stem)) for stem, n in known.items() if n <= _COMMON}
        self.telling = telling & self.weights.keys() if body else set()
        self.of_telling = sum(self.weights[root] for root in self.telling)

    def likeness(self, title: str) -> float:
        """0 to 100: by the titles alone."""
        return self._by_title(_roots(title), set())

    def nearness(self, title: str, body: str) -> float:
        """0 to 100: by its title, or by all that is written, whichever says more."""
        its_title = _roots(title)
        in_body = set(_roots(body))
        return max(self._by_title(its_title, in_body), self._by_text({*its_title, *in_body}))

    def _by_title(self, its_title: list[str], in_body: set[str]) -> float:
        """The weight of the words of the title that an entry has (less in its text),
        the likeness of titles.
        """
        in_title = set(its_title)
        shared = [root for root in self.title if root in in_title or root in in_body]
        # One word in common is chance, unless the title has hardly more.
        if len(shared) < (1 if len(self.title) <= _SHORT_TITLE else 2):
            return 0.0
        weight = (
            sum(self.weights[root] * (1 if root in in_title else _IN_TEXT) for root in shared)
            / self.of_title
        )
        likeness = fuzz.token_sort_ratio(" ".join(self.title), " ".join(its_title)) / 100
        return 100 * (0.6 * weight + 0.4 * likeness)

    def _by_text(self, its_words: set[str]) -> float:
        """The weight of the telling words that an entry has, less for a long one,
        which has many words by chance.
        """
        shared = self.telling & its_words
        if len(shared) < _FEWEST_SHARED:
            return 0.0
        weight = sum(self.weights[root] for root in shared) / self.of_telling
        return 100 * weight * min(1.0, (_LONG_TEXT / len(its_words)) ** 0.5)

    def common(self, text: str) -> tuple[str, ...]:
        """The words in common, as the other one writes them, the rarest first."""
        written: dict[str, str] = {}
        for word in written_words(text):
            if root_of(word) in self.weights:
                written.setdefault(root_of(word), word)
        return tuple(
            written[root]
            for root in sorted(written, key=lambda root: -self.weights[root])[:_SHOWN_WORDS]
        )


def _roots(text: str) -> list[str]:
    return [root for word in written_words(text) if (root := root_of(word))]
