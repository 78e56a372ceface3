"""Similar ideas (idées semblables): the visible ideas close to the one being written.

The rarest words of the typed text select candidates from the index; the nearest are shown with the
words in common.
"""

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pkgutil import get_data

from rapidfuzz.distance import OSA
from sqlalchemy import Select, true
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.search import (
    RAREST,
    SAMPLE,
    Relevance,
    in_index,
    in_order,
    rarest,
    rarity,
    with_some,
    with_synonyms,
    word_by_word,
)
from dashboard.scope import Scope
from models.idea_states import OFF_PATH
from models.ideas import Idea
from models.people import Person
from models.search import (
    OF_SOUND,
    Query,
    Term,
    fold,
    near_sounds,
    plain_word,
    singular,
    sound_of,
    stem_of,
    terms_of,
    written_words,
)
from models.synonyms import ENOUGH_DAYS, Synonym

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


_LONG, _LONGEST = 6, 24
_READ = 60


def is_french(word: str) -> bool:
    """Whether a word, or its singular, is in the French lexicon."""
    plain = fold(word)
    return any(f"\n{form}\n" in _lexicon() for form in (plain, singular(plain)))


@cache
def _lexicon() -> str:
    """The French words, folded, one per line: a single text takes a tenth of the memory of a
    set.
    """
    packed = get_data("spellchecker", "resources/fr.json.gz")
    return "\n".join(["", *map(fold, json.loads(gzip.decompress(packed))), ""])


def words_in_vain(session: Session, scope: Scope, query: Query, today: date) -> list[str]:
    """The words of a search without a result for this reader that were not counted today: single
    French words, except names of the personnel. Empty for a stranger.
    """
    if not scope.reader.is_known:
        return []
    sight = select(Idea).where(idea_conditions(scope.reader, scope.tree))
    found = [
        term.written.lower()
        for term in with_synonyms(session, query).terms
        if not term.is_phrase
        and is_french(term.written)
        and not in_index(session, sight, Query((term,)))
    ]
    known = Synonym.days.is_(None) | (Synonym.days >= ENOUGH_DAYS) | (Synonym.last_on >= today)
    counted = select(Synonym.words).where(Synonym.words.in_(found), known)
    if not found or not (not_counted := set(found) - set(session.exec(counted))):
        return []
    names = session.exec(select(Person.given_name, Person.family_name))
    of_persons = {plain_word(word) for name in names for word in written_words(" ".join(name))}
    return sorted(word for word in not_counted if plain_word(word) not in of_persons)


def corrected(session: Session, visible: Select, word: str) -> str | None:
    """The nearest similar-sounding word in the texts of entries that the reader may see; None if
    there is none.

    No word list is stored or scanned, and a word that occurs only in hidden entries is not
    proposed.
    """
    plain = fold(word)
    sound_heard = sound_of(plain)
    if not sound_heard or len(plain) > _LONGEST:
        return None
    # Words that sound the same may differ much in spelling: « bibliotek ».
    for sounds, edits in (
        ((sound_heard,), 1 + len(plain) // 3),
        (near_sounds(sound_heard), 1 if len(plain) < _LONG else 2),
    ):
        terms = tuple(Term(OF_SOUND + sound, (OF_SOUND + sound,)) for sound in sounds)
        statement = word_by_word(session, visible, Query(terms, some=1)).with_only_columns(
            Idea.title, Idea.body, maintain_column_froms=True
        )
        # The newest texts.
        found_texts = session.execute(statement.limit(_READ))
        texts = [f"{title} {body}" for title, body in found_texts]
        if found := _nearest_word(plain, frozenset(sounds), edits, texts):
            return found
    return None


def _nearest_word(
    plain: str, sounds: frozenset[str], most: int, texts: Iterable[str]
) -> str | None:
    """The word of these texts, with one of these sounds, that takes the fewest edits, at most
    `most`.
    """
    counts: dict[str, int] = {}
    spellings: dict[str, set[str]] = {}
    for written in texts:
        for word in set(written_words(written)):
            if sound_of(plain_word(word)) in sounds:
                counts[plain_word(word)] = counts.get(plain_word(word), 0) + 1
                spellings.setdefault(plain_word(word), set()).add(word)
    # Ignoring number and gender.
    edits = {
        word: min(OSA.distance(plain, word), OSA.distance(singular(plain), singular(word)))
        for word in counts
    }
    candidates = [word for word in counts if edits[word] <= most]
    if not candidates:
        return None
    # Fewest edits, then most frequent, then alphabetical, so that both engines give the same word.
    nearest = min(
        candidates, key=lambda word: (edits[word], word[0] != plain[0], -counts[word], word)
    )
    # Among its spellings, the one with accents.
    return max(
        spellings[nearest], key=lambda word: (sum(not sign.isascii() for sign in word), word)
    )
