"""Blocks of a search: corrected words, and the note of words without any result."""

from collections.abc import Mapping

from dashboard import cached
from dashboard.actions.ideas.threads import count_words_in_vain
from dashboard.queries.ideas.near_words import words_in_vain
from dashboard.queries.ideas.records import Filters
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import address
from models.database import fetch, writing


def asked_instead(
    words: str, instead: Filters, scope: Scope, address_params: Mapping[str, str]
) -> None:
    """The sentence shown when the results answer other words than those typed."""
    rest = "moins de dix idées en ont tous les mots, suivent celles qui en ont le plus"
    is_corrected = instead.words != words
    draw(
        "search/asked_instead.html",
        words=words,
        corrected=instead.words if is_corrected else "",
        href=address("idees", scope, **dict(address_params) | {"q": instead.words}),
        rest=f" : {rest}" if instead.some else "",
    )


def count_in_vain(scope: Scope, filters: Filters) -> None:
    """Records words without any result, once a day."""
    words = fetch(words_in_vain, scope, filters.query, cached.today())
    if words:
        with writing() as session:
            count_words_in_vain(session, scope, filters.query, cached.today())
