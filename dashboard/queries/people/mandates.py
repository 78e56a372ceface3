"""Reading mandates: who answers for which unit, from which day until which one."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from models.directions import Direction
from models.people import Account, Mandate, Person

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class MandateRow:
    """One mandate; `last_day` is None while no end is known."""

    id: int
    person_id: int
    name: str
    login: str
    code: str
    unit: str
    first_day: date
    last_day: date | None

    def holds(self, on: date) -> bool:
        return self.first_day <= on and (self.last_day is None or on <= self.last_day)


def mandates(
    session: Session, reader: Reader, on: date | None = None, person_id: int | None = None
) -> list[MandateRow]:
    """The mandates in the order of the chart: those that hold or are to come at `on`
    (None: all), of one person or of everybody.
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
    return [_row(*row) for row in session.exec(statement).all()]


def _row(mandate: Mandate, person: Person, unit: Direction, login: str | None) -> MandateRow:
    last_day = mandate.until - ONE_DAY if mandate.until else None
    return MandateRow(
        mandate.id,
        person.id,
        person.name,
        login or "",
        unit.code,
        unit.name,
        mandate.since,
        last_day,
    )


def period(since: date, until: date | None) -> str:
    """« du 01/01/2023 au 31/12/2023 », « depuis le 01/01/2023 »; `until` is the first day
    without it.
    """
    if until is None:
        return f"depuis le {french.day(since)}"
    return f"du {french.day(since)} au {french.day(until - ONE_DAY)}"
