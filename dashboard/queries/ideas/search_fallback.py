"""A second attempt for searches with few results: corrected words, and most of the words instead of
all.
"""

from dataclasses import replace
from datetime import date

from sqlalchemy import Select
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.records import Filters, IdeaPage, ideas_page, matching
from dashboard.queries.ideas.search import in_index, with_synonyms, with_words
from dashboard.queries.ideas.similar import corrected, is_french
from dashboard.scope import Scope
from models.ideas import Idea
from models.search import Query, Term, parsed, stem_of

# Below so many results, entries without some of the words are shown after them.
ENOUGH = 10
# A word in so many entries is taken as correct.
_OFTEN = 3
# A page of entries, and the replacing filters if any.
Found = tuple[IdeaPage, Filters | None]


def find(session: Session, scope: Scope, filters: Filters, page: int, today: date) -> Found:
    """A page of a list, with a second attempt for words with few results."""
    found = ideas_page(session, scope, filters, page, today)
    if found.total >= ENOUGH:
        return found, None
    instead = second_chance(session, scope, filters, today)
    return ideas_page(session, scope, instead, page, today) if instead else found, instead


def second_chance(session: Session, scope: Scope, filters: Filters, today: date) -> Filters | None:
    """Filters to use instead of words with few results: corrected words, and only `some` of
    several; None if nothing nearer is visible to this reader.
    """
    query = filters.query
    if query is None or filters.some:
        return None
    # Without state and kind, which only filter the results of the words.
    visible = matching(session, scope, replace(filters, words="", status="", kind=""), today)
    words = _corrected_words(session, scope, visible, query)
    if parsed(words) is None:  # « avek » is « avec », which is no word to search
        words = ""
    some = _some_words(session, visible, parsed(words) or query)
    if some is None or not (some or words):
        return None
    return replace(filters, words=words or filters.words, some=some)


def _number_of(session: Session, visible: Select, query: Query) -> int:
    """The number of matching entries, counted up to ENOUGH."""
    found = with_words(session, visible, query, wanted=ENOUGH).limit(ENOUGH)
    ids = found.with_only_columns(Idea.id, maintain_column_froms=True)
    return len(session.execute(ids).all())


def _some_words(session: Session, visible: Select, query: Query) -> int | None:
    """1 if there are few entries with all the words and more with one of them, else 0; None if no
    entry has any.
    """
    query = with_synonyms(session, query)
    found = _number_of(session, visible, query)
    if found < ENOUGH and _number_of(session, visible, replace(query, some=1)) > found:
        return 1
    return 0 if found else None


# --- words that are written wrongly ---------------------------------------------------------------


def _corrected_words(session: Session, scope: Scope, visible: Select, query: Query) -> str:
    """The words, with unknown ones replaced by corrections; empty if nothing was replaced."""
    terms = list(query.terms)
    known = [_is_word(session, scope, term) for term in terms]
    wanted: list[str] = []
    place = 0
    while place < len(terms):
        apart = terms[place : place + 2]
        one_word = _as_one_word(session, visible, apart, known[place : place + 2])
        wanted.append(one_word or _near(session, visible, terms[place], known[place]))
        place += 2 if one_word else 1
    if wanted == [_quoted(term) for term in terms]:
        return ""
    return " ".join(wanted + [f'-"{term.written}"' for term in query.excluded])


def _is_word(session: Session, scope: Scope, term: Term) -> bool:
    """Whether it is a French word, or occurs in entries that the reader may see."""
    if term.is_phrase or is_french(term.written):
        return True
    sight = select(Idea).where(idea_conditions(scope.reader, scope.tree))
    return _number_of(session, sight, with_synonyms(session, Query((term,)))) >= _OFTEN


def _quoted(term: Term) -> str:
    return f'"{term.written}"' if term.is_phrase else term.written


def _as_one_word(
    session: Session, visible: Select, terms: list[Term], known: list[bool]
) -> str | None:
    """Two adjacent words, one of them unknown, joined as one: « baby foot »."""
    if len(terms) < 2 or all(known) or any(term.is_phrase for term in terms):
        return None
    word = "".join(term.written for term in terms)
    is_there = in_index(session, visible, Query((Term(word, (stem_of(word),)),)))
    return word if is_there else None


def _near(session: Session, visible: Select, term: Term, is_known: bool) -> str:
    if is_known:
        return _quoted(term)
    return (
        corrected(session, visible, term.written)
        or _as_two_words(session, visible, term.written)
        or term.written
    )


# Each split costs one query: a text of thousands of letters is not two words.
_SHORTEST_PART, _LONGEST_OF_TWO = 4, 48


def _as_two_words(session: Session, visible: Select, word: str) -> str | None:
    """An unknown word split into two adjacent ones: « poubelletri »."""
    if len(word) > _LONGEST_OF_TWO:
        return None
    for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        parts = word[:place], word[place:]
        stems = tuple(stem_of(part) for part in parts)
        if all(stems) and in_index(session, visible, Query((Term(word, stems),))):
            return " ".join(parts)
    return None
