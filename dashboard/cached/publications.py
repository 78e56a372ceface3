"""Cached reads of publications (situations publiées), for those who make them."""

from dashboard import cached
from dashboard.cached.memory import cached_query
from dashboard.queries import news
from dashboard.queries.news import Situation
from dashboard.report import public
from dashboard.scope import Scope


def situation(scope: Scope) -> Situation:
    """What a publication of the day looked at would show."""
    whole = scope.whole()
    return public.public_situation(
        cached.board(whole, public.figure_codes()), cached.roadmap(), _newest_done(whole)
    )


_newest_done = cached_query(public.newest_done, "ideas", "people", "directions", size=32)

ideas_done = cached_query(news.ideas_done, "ideas", size=32)

publications = cached_query(
    lambda session: [(made, Situation.read(made.content)) for made in news.publications(session)],
    "news",
    size=2,
)
