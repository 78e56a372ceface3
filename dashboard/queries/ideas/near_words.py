"""Near words (mots proches): the correction of a word that no entry contains."""

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pkgutil import get_data

from rapidfuzz.distance import OSA
from sqlalchemy import Select
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.search import in_index, with_synonyms, word_by_word
from dashboard.scope import Scope
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
    written_words,
)
from models.synonyms import ENOUGH_DAYS, Synonym

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
        texts = _texts_with(session, visible, [OF_SOUND + sound for sound in sounds])
        if found := _nearest(plain, frozenset(sounds), edits, texts):
            return found
    return None


def _texts_with(session: Session, visible: Select, indexed: Sequence[str]) -> list[str]:
    """The newest texts that the index has one of these stems for."""
    query = Query(tuple(Term(stem, (stem,)) for stem in indexed), some=1)
    statement = word_by_word(session, visible, query).with_only_columns(
        Idea.title, Idea.body, maintain_column_froms=True
    )
    return [f"{title} {body}" for title, body in session.execute(statement.limit(_READ))]


def _edits(plain: str, word: str) -> int:
    """The number of edits between two words, ignoring number and gender."""
    return min(OSA.distance(plain, word), OSA.distance(singular(plain), singular(word)))


def _nearest(plain: str, sounds: frozenset[str], most: int, texts: Iterable[str]) -> str | None:
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
    edits = {word: _edits(plain, word) for word in counts}
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
