"""What is kept in memory of what is told by voice: one page of it for each who brings it."""

from dataclasses import dataclass

from dashboard.cached.memory import EVERYTHING, cached
from dashboard.queries.notices.by_voice import (
    NewsToNotify,
    PersonToNotify,
    news_to_notify,
    persons_to_notify,
)
from dashboard.scope import Scope
from models.database import reading


@dataclass(frozen=True, slots=True)
class PageToTell:
    """A page of those to be told: who stands on it with her news, how many there are in all.
    `page` is the one that there is, where another was asked for.
    """

    page: int
    total: int
    shown: list[tuple[PersonToNotify, list[NewsToNotify]]]


# Whether a notice is still to be told follows from what it tells of.
@cached(*EVERYTHING, size=128, daily=True)
def page_to_tell(scope: Scope, by_mail: bool, asked: int, size: int) -> PageToTell:
    """The page asked for, from 1, of `size` persons; the last one beyond it."""
    with reading() as session:
        everybody = persons_to_notify(session, scope, by_mail)
        page = min(asked, max(-(-len(everybody) // size), 1))
        here = everybody[(page - 1) * size : page * size]
        news = news_to_notify(session, scope, [person.id for person in here], by_mail)
    of_person: dict[int, list[NewsToNotify]] = {}
    for item in news:
        of_person.setdefault(item.person_id, []).append(item)
    shown = [(person, of_person[person.id]) for person in here if person.id in of_person]
    return PageToTell(page, len(everybody), shown)
