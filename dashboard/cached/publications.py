"""What is kept in memory of publications (situations publiées), for who makes them."""

from dashboard import cached
from dashboard.cached.memory import cached as kept
from dashboard.queries import news
from dashboard.queries.news import Situation
from dashboard.report import public
from dashboard.scope import Scope
from models.database import reading
from models.news import Publication


def situation(scope: Scope) -> Situation:
    """What a publication of the day looked at would show."""
    whole = scope.whole()
    return public.public_situation(
        cached.board(whole, public.figure_codes()), cached.roadmap(), _newest_done(whole)
    )


@kept("ideas", "people", "directions", size=32)
def _newest_done(whole: Scope) -> tuple[int, ...]:
    with reading() as session:
        return public.newest_done(session, whole)


@kept("ideas", size=32)
def ideas_done(numbers: tuple[int, ...]) -> tuple[tuple[int, str, str], ...]:
    """(number, title, answer) of these ideas, those that are still to be read."""
    with reading() as session:
        return news.ideas_done(session, numbers)


@kept("news", size=2)
def publications() -> list[tuple[Publication, Situation | None]]:
    """Every publication with what it shows, None where that cannot be read any more."""
    with reading() as session:
        return [(made, Situation.read(made.content)) for made in news.publications(session)]
