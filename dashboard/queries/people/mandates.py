"""Reads mandates: who is responsible for which unit, from which day until which."""

from datetime import date, timedelta

from sqlalchemy import Row
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from models.directions import Direction
from models.people import Account, Mandate, Person

ONE_DAY = timedelta(days=1)


def mandates(
    session: Session, reader: Reader, on: date | None = None, person_id: int | None = None
) -> list[Row]:
    """(mandate, person, unit, login) in the order of the chart, of one person or of everybody: the
    mandates in force or to come at `on` (None: all).
    """
    require(reader, "mandate.give")
    statement = (
        select(Mandate, Person, Direction, Account.login)
        .join(Person, Person.id == Mandate.person_id)
        .join(Direction, Direction.id == Mandate.direction_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .order_by(Direction.position, Mandate.since, Mandate.id)
    )
    if on is not None:
        statement = statement.where(Mandate.until.is_(None) | (Mandate.until > on))
    if person_id is not None:
        statement = statement.where(Mandate.person_id == person_id)
    return session.exec(statement).all()


def period(since: date, until: date | None) -> str:
    """« du 01/01/2023 au 31/12/2023 », « depuis le 01/01/2023 »; `until` is the first day after
    it.
    """
    if until is None:
        return f"depuis le {french.day(since)}"
    return f"du {french.day(since)} au {french.day(until - ONE_DAY)}"
