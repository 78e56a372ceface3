"""Cached reads of notices to pass on in person: one page of them for each messenger."""

from dashboard.cached.memory import EVERYTHING, cached
from dashboard.queries.notices.by_voice import (
    NewsToNotify,
    PersonToNotify,
    news_to_notify,
    persons_to_notify,
)
from dashboard.scope import Scope
from models.database import reading


# Whether a notice is pending depends on the record it is about.
@cached(*EVERYTHING, size=128, daily=True)
def notification_page(
    scope: Scope, by_mail: bool, asked: int, size: int
) -> tuple[int, int, list[tuple[PersonToNotify, list[NewsToNotify]]]]:
    """A page, from 1, of `size` persons, or the last one if there are fewer: its number, the number
    of persons in all, the persons on it with their news.
    """
    with reading() as session:
        everybody = persons_to_notify(session, scope, by_mail)
        page = min(asked, max(-(-len(everybody) // size), 1))
        page_persons = everybody[(page - 1) * size : page * size]
        news = news_to_notify(session, scope, [person.id for person in page_persons], by_mail)
    of_person: dict[int, list[NewsToNotify]] = {}
    for item in news:
        of_person.setdefault(item.person_id, []).append(item)
    shown = [(person, of_person[person.id]) for person in page_persons if person.id in of_person]
    return page, len(everybody), shown
