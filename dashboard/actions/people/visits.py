"""The day of a reader's last visit (visite), used for « what changed since » on the front page."""

from datetime import date

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.people.preferences import remember
from dashboard.queries.people.changed import last_visit, visits_today
from models.preferences import LAST_VISIT


def note_visit(session: Session, reader: Reader, today: date) -> None:
    """Records today's visit, with the day of the previous one."""
    if visits_today(session, reader, today):
        return
    before = last_visit(session, reader, today)
    days = [day.isoformat() for day in (today, before) if day]
    remember(session, reader, LAST_VISIT, " ".join(days))
