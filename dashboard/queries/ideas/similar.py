"""Similar ideas (idées semblables): the visible ideas close to the one being written.

The rarest words of the typed text select candidates from the index; the nearest are shown with the
words in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, func
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.ranking import SAMPLE, SearchTerms, weight_of
from dashboard.queries.ideas.search import Where, rarity, with_synonyms, with_words
from dashboard.scope import Scope
from models.idea_states import OFF_PATH
from models.ideas import Idea
from models.search import Query, Term, stem_of, stem_set, terms_of, written_words

SHORTEST = 5
MOST = 3
_READ_WORDS = 60
# How many of the rarest words are searched, of a title and of title and text together; and how
# frequent a word of the text may be among the newest entries.
_OF_TITLE, _OF_ALL, _RARE, _COMMON = 4, 5, SAMPLE // 50, SAMPLE // 10
_READ_TITLES, _READ, _READ_OF_TEXT = 150, 40, 3000
_FEW = 30
_SHOWN_WORDS = 4
_NEAR = 35.0
_IN_TEXT = 0.6
# The weights of the share of the typed title found, and of the share of the other's title that it
# is.
_OF_TYPED, _OF_OTHER = 0.75, 0.25
# A text is similar if it has so many of the words, and not only because it is long.
_FEWEST_SHARED = 4
_LONG_TEXT = 150


@dataclass(frozen=True)
class Similar:
    """One similar idea: its id, number, title and state, its nearness (0 to 100), and the words in
    common in its spelling.
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
    """The ideas nearest to a title and a text, nearest first, except number `apart_from`."""
    if len(f"{title} {body}".strip()) < SHORTEST:
        return []
    visible = select(Idea).where(
        idea_conditions(scope.reader, scope.tree), Idea.status.not_in([str(s) for s in OFF_PATH])
    )
    in_title, in_body = (_terms(session, text) for text in (title, body))
    in_all = list(dict.fromkeys((*in_title, *in_body)))[:_READ_WORDS]
    known = rarity(session, in_all)
    typed = _Typed(in_title or in_all, in_all if body else [], known)
    titles = _with_titles(session, visible, _rarest(known, in_title, _OF_TITLE))
    alike = sorted(titles, key=lambda number: (-typed.likeness(titles[number]), number))[:_READ]
    asked = _rarest(known, in_title or in_all, _OF_TITLE)
    rare = [term for term in _rarest(known, in_all, _OF_ALL) if known[term] <= _RARE]
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


def _terms(session: Session, text: str) -> list[Term]:
    """The words of a text, each once, with their synonyms."""
    words = {term.stems: term for term in terms_of(text)}
    query = with_synonyms(session, Query(tuple(words.values())[:_READ_WORDS]))
    return list({term.stems: term for term in query.terms}.values())


def _rarest(known: dict[Term, int], terms: Sequence[Term], most: int) -> list[Term]:
    known_terms = [term for term in terms if term in known]
    return sorted(known_terms, key=lambda term: (known[term], -len(term.stems[0]), term.stems))[
        :most
    ]


def _with_titles(session: Session, visible: Select, terms: Sequence[Term]) -> dict[int, str]:
    """Number → title of the newest entries with all of the words in their titles, with all but one,
    …; with one of them if these are few.

    Step by step, because among a million entries those with two common words would hide the one
    that has all four.
    """
    found: dict[int, str] = {}
    for some in range(len(terms), 0, -1):
        if some > 1 or len(found) < _FEW:
            statement = with_words(session, visible, Query(tuple(terms), some=some), Where.title)
            columns = statement.with_only_columns(
                Idea.number, Idea.title, maintain_column_froms=True
            )
            found |= {
                number: title for number, title in session.execute(columns.limit(_READ_TITLES))
            }
    return found


def _with_most(
    session: Session, visible: Select, terms: Sequence[Term], most: int, or_one: bool = False
) -> dict[int, Row]:
    """The newest entries with `most` of the words anywhere, down to two of them, or to one if
    `or_one`.
    """
    found: dict[int, Row] = {}
    for some in range(min(most, len(terms)), 0 if or_one else 1, -1):
        statement = with_words(session, visible, Query(tuple(terms), some=some))
        found |= _read(session, statement.limit(_READ))
    return found


def _numbered(session: Session, visible: Select, numbers: Sequence[int]) -> dict[int, Row]:
    return _read(session, visible.where(Idea.number.in_(numbers)))


def _read(session: Session, entries: Select) -> dict[int, Row]:
    """The compared columns of these entries, by number."""
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
    """The first of the entries with the same title."""
    once: dict[str, tuple[float, Row]] = {}
    for nearness, row in near:
        once.setdefault(row.title.casefold(), (nearness, row))
    return list(once.values())


class _Typed:
    """The text being written: the terms of its title and of its text, weighted by rarity."""

    def __init__(self, title: Sequence[Term], text: Sequence[Term], known: dict[Term, int]):
        # A word of every tenth entry, or of none, says little about the subject.
        weights = {term: weight_of(term, known.get(term, _COMMON)) for term in (*title, *text)}
        self.weights = weights
        self.title = SearchTerms(title)
        self.text = SearchTerms([term for term in text if known.get(term, SAMPLE) <= _COMMON])
        self.of_title = sum(weights[term] for term in title) or 1.0
        self.of_text = sum(weights[term] for term in self.text.terms)

    def likeness(self, title: str) -> float:
        """Similarity by titles only, 0 to 100."""
        return self._by_title(stem_set(title), set())

    def nearness(self, title: str, body: str) -> float:
        """Similarity by title or by the whole text, whichever is higher, 0 to 100."""
        its_title, in_body = stem_set(title), stem_set(body)
        return max(self._by_title(its_title, in_body), self._by_text(its_title | in_body))

    def _by_title(self, its_title: set[str], in_body: set[str]) -> float:
        """The weight of the title's words that an entry has (less in its text), and their share of
        its own title.
        """
        in_title = self.title.shares(its_title)
        in_text = self.title.shares(in_body) if in_body else in_title
        shares = [
            max(share, _IN_TEXT * other) for share, other in zip(in_title, in_text, strict=True)
        ]
        of_typed = self._weight(self.title, shares) / self.of_title
        both = sum(share > _IN_TEXT for share in shares)
        return 100 * (_OF_TYPED * of_typed + _OF_OTHER * min(1.0, both / (len(its_title) or 1)))

    def _weight(self, search: SearchTerms, shares: Sequence[float]) -> float:
        pairs = zip(search.terms, shares, strict=True)
        return sum(self.weights[term] * share for term, share in pairs)

    def _by_text(self, its_words: set[str]) -> float:
        """The weight of the significant words that an entry has, reduced for a long one, which has
        many words by chance.
        """
        shares = self.text.shares(its_words)
        if sum(map(bool, shares)) < _FEWEST_SHARED:
            return 0.0
        weight = self._weight(self.text, shares) / self.of_text
        return 100 * weight * min(1.0, (_LONG_TEXT / len(its_words)) ** 0.5)

    def common(self, text: str) -> tuple[str, ...]:
        """The words in common in the other's spelling, rarest first."""
        spelled: dict[str, str] = {}
        for word in written_words(text):
            spelled.setdefault(stem_of(word), word)
        terms = sorted(self.weights, key=lambda term: -self.weights[term])
        found = (spelled[stem] for term in terms for stem in spelled if stem in term.stems_meant)
        return tuple(dict.fromkeys(found))[:_SHOWN_WORDS]
