"""Daily counts of searched words without results (mots cherchés en vain)."""

from datetime import date

from sqlmodel import Session

from dashboard.queries.ideas.near_words import words_in_vain
from dashboard.scope import Scope
from models.search import Query
from models.synonyms import count_in_vain


def count_words_in_vain(session: Session, scope: Scope, query: Query, today: date) -> None:
    """Counts the words of a search without results, once a day, without the searcher."""
    for word in words_in_vain(session, scope, query, today):
        count_in_vain(session, word, today)
