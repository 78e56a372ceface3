"""A search that finds nothing is asked once more: with corrected words, else with
some of the words only.
"""

from dataclasses import replace
from datetime import date

from sqlalchemy import Select
from sqlmodel import Session

from dashboard.queries.ideas.near_words import corrected
from dashboard.queries.ideas.records import Filters, IdeaPage, ideas_facets, ideas_page, matching
from dashboard.queries.ideas.search import Facets, in_index
from dashboard.scope import Scope
from models.search import Query, Term, parsed, stem_of

# What a list shows: a page of entries, what was asked instead of words that find nothing, and the
# counts beside.
Found = tuple[IdeaPage, Filters | None, Facets | None]


def find(session: Session, scope: Scope, filters: Filters, page: int, today: date) -> Found:
    """The page of a list, with a second chance for words that find nothing."""
    found, facets = _page_and_facets(session, scope, filters, page, today)
    instead = None if found.total else second_chance(session, scope, filters, today)
    if instead:
        found, facets = _page_and_facets(session, scope, instead, page, today)
    return found, instead, facets


def _page_and_facets(
    session: Session, scope: Scope, filters: Filters, page: int, today: date
) -> tuple[IdeaPage, Facets | None]:
    facets = ideas_facets(session, scope, filters, today)
    # Where no state or kind is chosen, each answer was counted under its state.
    is_counted = facets is not None and not (filters.status or filters.kind)
    total = sum(facets.status.values()) if is_counted else None
    return ideas_page(session, scope, filters, page, today, total), facets


def second_chance(session: Session, scope: Scope, filters: Filters, today: date) -> Filters | None:
    """What to ask instead of words that find nothing: corrected words, else only some
    of them (`any_word`); None where nothing nearer is there for this reader.
    """
    query = filters.query
    if query is None or filters.any_word:
        return None
    # Without state and kind: they choose among what the words find.
    visible = matching(session, scope, replace(filters, words="", status="", kind=""), today)
    if in_index(session, visible, query):
        # The words find something: it is the other filters that leave nothing.
        return None
    words = _corrected_words(session, visible, query)
    if words:
        nearer = parsed(words)
        if nearer and in_index(session, visible, nearer):
            return replace(filters, words=words)
    some = parsed(words or filters.words, some=1)
    if len(some.terms) > 1 and in_index(session, visible, some):
        return replace(filters, words=words or filters.words, any_word=True)
    return None


def _corrected_words(session: Session, visible: Select, query: Query) -> str:
    """The words, each one that is found nowhere replaced by what was meant; empty
    where nothing was replaced.
    """
    terms = list(query.terms)
    known = [term.is_phrase or in_index(session, visible, Query((term,))) for term in terms]
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


def _quoted(term: Term) -> str:
    return f'"{term.written}"' if term.is_phrase else term.written


def _as_one_word(
    session: Session, visible: Select, terms: list[Term], known: list[bool]
) -> str | None:
    """Two words, one of them found nowhere, as the one that they are: « baby foot »."""
    if len(terms) < 2 or all(known) or any(term.is_phrase for term in terms):
        return None
    word = "".join(term.written for term in terms)
    return word if _is_there(session, visible, word) else None


def _is_there(session: Session, visible: Select, word: str) -> bool:
    return in_index(session, visible, Query((Term(word, (stem_of(word),)),)))


def _near(session: Session, visible: Select, term: Term, is_known: bool) -> str:
    if is_known:
        return _quoted(term)
    return (
        corrected(session, visible, term.written)
        or _as_two_words(session, visible, term.written)
        or term.written
    )


# A place is one question to the index: thousands of letters are nobody's two words.
_SHORTEST_PART, _LONGEST_OF_TWO = 4, 48


def _as_two_words(session: Session, visible: Select, word: str) -> str | None:
    """A word found nowhere as the two that it is, side by side: « poubelletri »."""
    if len(word) > _LONGEST_OF_TWO:
        return None
    for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        parts = word[:place], word[place:]
        stems = tuple(stem_of(part) for part in parts)
        if all(stems) and in_index(session, visible, Query((Term(word, stems, is_phrase=True),))):
            return " ".join(parts)
    return None
