"""Reads the reader behind an account, with the roles that follow from membership and mandates."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Date, Row, Select, bindparam, exists, func, or_
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.scope import Scope
from models.communities import Community, Membership, MembershipEvent
from models.directions import Direction, UnitKind
from models.facts import facts_of, last_values, live
from models.people import Account, Assignment, Mandate, Person, Role, full_name
from models.preferences import Preference
from models.sign_on import KEY, requires_second_factor


def reader_of(session: Session, account: Account, on: date) -> Reader:
    """The reader of an account as of `on`: stored roles, plus ambassadeur from a membership and
    manager from a mandate.
    """
    person = session.execute(_person(), _params(account.person_id, on)).one()
    units = session.execute(_mandates(), _params(account.person_id, on)).all()
    roles = {Role.agent, *account.role_list}
    if is_waiting_for_second_factor(account):
        roles.discard(Role.admin)
    if units:
        roles.add(Role.manager)
    if any(kind == UnitKind.root for _, kind in units):
        roles.add(Role.directeur)
    if person.is_ambassador:
        roles.add(Role.ambassadeur)
    return Reader(
        account.person_id,
        full_name(person.given_name, person.family_name),
        account.login,
        frozenset(roles),
        person.service_id,
        frozenset(unit for unit, _ in units),
        covered_services(session, account.person_id, on),
    )


def is_waiting_for_second_factor(account: Account) -> bool:
    """Whether the administrator role is suspended: the settings require a second factor with a
    password, and none is set up.
    """
    return (
        Role.admin in account.role_list
        and bool(account.password_hash)
        and not account.second_factor
        and requires_second_factor()
    )


def covered_services(session: Session, person_id: int, on: date) -> frozenset[int]:
    """The services this ambassador covers at `on`."""
    # The facts are in order: the last one of a service decides whether it is covered.
    state = dict(session.execute(_covers(), _params(person_id, on)).all())
    return frozenset(service for service, joined in state.items() if joined)


def service_of(session: Session, person_id: int, on: date) -> int | None:
    """The person's service at `on`."""
    return session.execute(_last_service(), _params(person_id, on)).scalar()


def _params(person_id: int | None, on: date) -> dict[str, object]:
    return {"person": person_id, "on": on}


# Run by each action: each statement is compiled once.
_PERSON, _ON = bindparam("person"), bindparam("on", type_=Date)


@cache
def _person() -> Select:
    is_ambassador = exists().where(
        Membership.person_id == _PERSON,
        Membership.community == str(Community.ambassadors),
        Membership.joined_on <= _ON,
        (Membership.left_on.is_(None)) | (Membership.left_on > _ON),
    )
    return select(
        Person.given_name,
        Person.family_name,
        _last_service().scalar_subquery().label("service_id"),
        is_ambassador.label("is_ambassador"),
    ).where(Person.id == _PERSON)


@cache
def _mandates() -> Select:
    """The units of the mandates of a person, each with its kind."""
    return (
        select(Mandate.direction_id, Direction.kind)
        .join(Direction, Direction.id == Mandate.direction_id)
        .where(
            Mandate.person_id == _PERSON,
            Mandate.since <= _ON,
            (Mandate.until.is_(None)) | (Mandate.until > _ON),
        )
    )


@cache
def _covers() -> Select:
    """Services, and whether the person covers each of them from then on; oldest fact first."""
    return (
        select(MembershipEvent.service_id, MembershipEvent.joined)
        .where(
            live(MembershipEvent, _ON),
            MembershipEvent.person_id == _PERSON,
            MembershipEvent.community == str(Community.ambassadors),
        )
        .order_by(MembershipEvent.on, MembershipEvent.id)
    )


@cache
def _last_service() -> Select:
    return (
        select(Assignment.service_id)
        .where(live(Assignment, _ON), Assignment.person_id == _PERSON)
        .order_by(Assignment.on.desc(), Assignment.id.desc())
        .limit(1)
    )


def left_on(session: Session, person_id: int, on: date) -> date | None:
    """The day on which a person left, if she has by `on`; None if she works here, or was never
    assigned.
    """
    last = next(reversed(facts_of(session, Assignment, person_id, on)), None)
    return last.on if last is not None and last.service_id is None else None


def manages(session: Session, person_id: int, on: date) -> bool:
    """Whether the person has a mandate at `on`."""
    return session.execute(_mandates(), _params(person_id, on)).first() is not None


def job_title_of(session: Session, person_id: int | None) -> str:
    """The function of a person, as shown beside her decisions; empty for the operator."""
    person = session.get(Person, person_id) if person_id else None
    return person.function if person else ""


def job_titles_of(session: Session, person_ids: Iterable[int | None]) -> dict[int, str]:
    """The functions of several persons, as shown beside their decisions; persons without one are
    left out.
    """
    wanted = {person_id for person_id in person_ids if person_id}
    if not wanted:
        return {}
    found = session.exec(select(Person.id, Person.function).where(Person.id.in_(wanted))).all()
    return {person_id: function for person_id, function in found if function}


def account_by_login(session: Session, login: str) -> Account | None:
    """The account of a login name, folded to lower case."""
    return session.execute(_BY_LOGIN, {"login": login.strip().lower()}).scalars().first()


_BY_LOGIN = select(Account).where(Account.login == bindparam("login"))


def preference(session: Session, reader: Reader, name: str) -> str:
    """The reader's stored preference, or an empty text."""
    stored = session.get(Preference, (reader.person_id, name)) if reader.is_known else None
    return stored.value if stored else ""


def account_of_person(session: Session, person_id: int | None) -> Account | None:
    """The account of a person, if she has one."""
    return session.exec(select(Account).where(Account.person_id == person_id)).first()


def managers_by_service(session: Session, _scope: Scope, on: date) -> dict[int, int]:
    """Person with a mandate at `on` → the service where she works then."""
    mandates = select(Mandate.person_id).where(
        Mandate.since <= on, (Mandate.until.is_(None)) | (Mandate.until > on)
    )
    places = last_values(session, Assignment.service_id, on, Assignment.person_id.in_(mandates))
    return {person: service for person, service in places.items() if service}


def account_by_subject(session: Session, issuer: str, subject: str) -> Account | None:
    """The account bound to this identity."""
    return session.exec(
        select(Account).where(Account.issuer == issuer, Account.subject == subject)
    ).first()


def persons_matching(session: Session, match_by: str, value: str, own_address: str) -> list[Person]:
    """The persons whom a matricule or an address identifies, two at most, locked until the end of
    the transaction so that two simultaneous first visits get one account.

    An address that a person typed herself (she then has the preference `own_address`) does not
    prove her identity, and is ignored.
    """
    mail = value.lower()
    typed = select(Preference.person_id).where(Preference.name == own_address)
    if match_by == KEY:
        names_her = Person.key == value
    else:
        names_her = or_(
            func.lower(Person.key) == mail,
            (func.lower(Person.email) == mail) & Person.id.not_in(typed),
        )
    return session.exec(
        select(Person)
        .where(names_her, Person.erased_on.is_(None))
        .order_by(Person.id)
        .limit(2)
        .with_for_update()
    ).all()


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
