"""Similar ideas (idées semblables): the visible ideas close to the one being written.

The rarest words of the typed text select candidates from the index; the nearest are shown with the
words in common.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import true
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.ranking import SAMPLE, Relevance, rarest
from dashboard.queries.ideas.search import RAREST, in_order, rarity, with_some, with_synonyms
from dashboard.scope import Scope
from models.idea_states import OFF_PATH
from models.ideas import Idea
from models.search import Query, Term, stem_of, terms_of, written_words

SHORTEST = 5
MOST = 3
_READ_WORDS = 60
# Of a title and its text together only rare words are looked for.
_RARE = SAMPLE // 50
_SHOWN_WORDS = 4
# What an idea must reach to be similar; twice as much with one word only; and how much of what the
# nearest reaches.
_NEAR, _BESIDE_NEAREST = 30.0, 0.7


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
        idea_conditions(scope.reader, scope.tree),
        Idea.status.not_in([str(s) for s in OFF_PATH]),
        Idea.number != apart_from if apart_from else true(),
    )
    in_title, in_body = (terms_meant(session, text) for text in (title, body))
    in_all = list(dict.fromkeys((*in_title, *in_body)))[:_READ_WORDS]
    known = rarity(session, in_all)
    asked = [(in_title or in_all, known)]
    if in_title and body:
        asked.append((in_all, {term: n for term, n in known.items() if n <= _RARE}))
    near: dict[int, tuple[float, str]] = {}
    for terms, searched in asked:
        relevance = Relevance(terms, known)
        query = Query(rarest(searched, terms, RAREST))
        for id_, texts in with_some(session, visible, query, relevance).items():
            nearness = nearness_of(relevance, texts)
            near[id_] = max((nearness, texts[0]), near.get(id_, (0.0, "")))
    return [
        Similar(
            idea.id,
            idea.number,
            idea.title,
            idea.status,
            near[idea.id][0],
            _common(idea, relevance),
        )
        for idea in in_order(session, _nearest(near, limit))
    ]


def nearness_of(relevance: Relevance, texts: Sequence[str]) -> float:
    """From 0 to 100; half for an idea with one of the words only."""
    parts = relevance.parts(*texts)
    is_one_word = sum(len(term.stems) for term in parts) < 2
    return 100 * sum(parts.values()) / (2 if is_one_word else 1)


def _nearest(near: Mapping[int, tuple[float, str]], limit: int) -> list[int]:
    """The nearest ideas, one of each title."""
    once: dict[str, int] = {}
    enough = max(_NEAR, _BESIDE_NEAREST * max(near.values(), default=(0.0, ""))[0])
    for id_, (nearness, title) in sorted(near.items(), key=lambda item: (-item[1][0], item[0])):
        if nearness >= enough:
            once.setdefault(title.casefold(), id_)
    return list(once.values())[:limit]


def terms_meant(session: Session, text: str) -> list[Term]:
    """The words of a text, each once, with their synonyms."""
    words = {term.stems: term for term in terms_of(text)}
    query = with_synonyms(session, Query(tuple(words.values())[:_READ_WORDS]))
    return list({term.stems: term for term in query.terms}.values())


def _common(idea: Idea, relevance: Relevance) -> tuple[str, ...]:
    """The words in common in the spelling of the idea, rarest first."""
    spelled: dict[str, str] = {}
    for word in written_words(f"{idea.title} {idea.body}"):
        spelled.setdefault(stem_of(word), word)
    weights = relevance.weights
    terms = sorted(weights, key=lambda term: -weights[term])
    found = (spelled[stem] for term in terms for stem in spelled if stem in term.stems_meant)
    return tuple(dict.fromkeys(found))[:_SHOWN_WORDS]
