"""Reads the reader behind an account, with the roles that follow from membership and mandates."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network

from sqlalchemy import ColumnElement, Date, Row, Select, bindparam, exists, func, or_
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, idea_conditions, registered_units, require
from dashboard.scope import Scope
from models.communities import Community, Membership, MembershipEvent
from models.directions import Direction, UnitKind
from models.discussions import SubjectFollow, SubjectSupport, ideas_marked
from models.facts import facts_of, last_values, live
from models.idea_events import EventKind, IdeaEvent
from models.ideas import Idea
from models.people import (
    LAST_VISIT,
    Account,
    Assignment,
    Mandate,
    Person,
    Preference,
    Role,
    full_name,
)
from models.short_lived import Attempt, DayKey
from models.sign_on import KEY, requires_second_factor
from models.signing import keyed_hash


def reader_of(session: Session, account: Account, on: date) -> Reader:
    """The reader of an account as of `on`: stored roles, plus ambassadeur from a membership and
    manager from a mandate.
    """
    person = session.execute(_person(), _params(account.person_id, on)).one()
    units = session.execute(_mandates(), _params(account.person_id, on)).all()
    roles = {Role.agent, *account.role_list}
    if (
        Role.admin in account.role_list
        and bool(account.password_hash)
        and not account.second_factor
        and requires_second_factor()
    ):
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
    return job_titles_of(session, [person_id]).get(person_id, "")


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


def person_labels(session: Session, scope: Scope, ids: Collection[int]) -> dict[int, str]:
    """Person → her label, by family name. No right is checked: the caller already knows these
    persons.
    """
    persons = session.exec(
        select(Person)
        .where(Person.id.in_(sorted(ids)))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    services = services_at(session, scope.on, ids)
    return {
        person.id: person.label(scope.tree.name_of(services.get(person.id))) for person in persons
    }


def services_at(
    session: Session, on: date, person_ids: Iterable[int] | None = None
) -> dict[int, int]:
    """Person → the service where she works at `on`."""
    ids = [] if person_ids is None else [Assignment.person_id.in_(sorted(set(person_ids)))]
    places = last_values(session, Assignment.service_id, on, *ids)
    return {person: service for person, service in places.items() if service}


def colleagues(session: Session, scope: Scope) -> dict[int, str]:
    """Person → label of the agents of the services that the reader is responsible for or covers, by
    name; all agents for the programme office.
    """
    units = registered_units(scope.reader, scope.tree)
    if units is not None and not units:
        return {}
    services = services_at(session, scope.on)
    wanted = [person for person, service in services.items() if units is None or service in units]
    rows = session.exec(
        select(Person)
        .where(Person.id.in_(wanted), Person.erased_on.is_(None))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    return {
        person.id: person.label(scope.tree.name_of(services[person.id]))
        for person in rows
        if person.id != scope.reader.person_id
    }


_MOST = 20


def last_visit(session: Session, reader: Reader, today: date) -> date | None:
    """The day of the reader's last visit before today; None if unknown."""
    days = [date.fromisoformat(day) for day in preference(session, reader, LAST_VISIT).split()]
    return next((day for day in days if day < today), None)


def visits_today(session: Session, reader: Reader, today: date) -> bool:
    """Whether today's visit is already recorded."""
    return preference(session, reader, LAST_VISIT).startswith(today.isoformat())


def idea_news(session: Session, scope: Scope, since: date) -> list[tuple[IdeaEvent, Idea]]:
    """The last event of each of those entries since that day, newest first."""
    me = scope.reader.person_id
    if me is None:
        return []
    is_concerned = or_(
        Idea.author_id == me, ideas_marked(SubjectFollow, me), ideas_marked(SubjectSupport, me)
    )
    rows = session.exec(
        select(IdeaEvent, Idea)
        .join(Idea, Idea.id == IdeaEvent.idea_id)
        .where(
            idea_conditions(scope.reader, scope.tree),
            is_concerned,
            live(IdeaEvent, scope.on),
            IdeaEvent.on >= since,
            IdeaEvent.what.in_(
                [
                    str(kind)
                    for kind in (
                        EventKind.status,
                        EventKind.answered,
                        EventKind.held,
                        EventKind.merged,
                    )
                ]
            ),
        )
        .order_by(IdeaEvent.on.desc(), IdeaEvent.idea_id.desc(), IdeaEvent.seq.desc())
        .limit(_MOST)
    ).all()
    last: dict[int, tuple[IdeaEvent, Idea]] = {}
    for event, idea in rows:
        last.setdefault(idea.id, (event, idea))
    return list(last.values())


Who = str | tuple[str, ...]
_AND = ":"


def name(login: str) -> str:
    """The text that is hashed for a login name."""
    return f"login:{login.strip().lower()}"


def code(login: str) -> str:
    """The text that is hashed for the second factor of a login name: its tries are counted
    separately, since a correct password resets those of the name.
    """
    return f"code:{login.strip().lower()}"


def address(address_text: str | None) -> str:
    """The text that is hashed for an address."""
    return f"address:{network(address_text)}"


def network(address_text: str | None) -> str:
    """The network that counts as one address: an IPv6 subscriber has a whole /64, and could take
    another address for each try.
    """
    try:
        found = ip_address(address_text or "")
    except ValueError:
        return address_text or "local"
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found) >> 64 << 64, 64)).network_address) + "/64"


def site(address_text: str | None) -> str | None:
    """The text that is hashed for the IPv6 site (/48) around an address, which contains up to 65
    536 networks; None for IPv4.
    """
    own_network = network(address_text)
    if not own_network.endswith("/64"):
        return None
    return f"site:{ip_network((own_network.removesuffix('/64'), 48), strict=False)}"


def on_device(who: str, mark: str) -> Who:
    """The text that is hashed for a name on a known device: each part is hashed separately, so that
    the devices of a name can be found.
    """
    return who, f"device:{mark}"


def hashed(key: str, who: Who) -> str:
    """The hash of a name, an address or a name on a device under the key of one day; it cannot be
    traced back once that key is deleted.
    """
    parts = (who,) if isinstance(who, str) else who
    return _AND.join(keyed_hash(f"{key} {part}") for part in parts)


def hashes(session: Session, *whose: Who) -> dict[str, Who]:
    """Every hash that their tries may be stored under → the original: one for each key that still
    exists.
    """
    return {
        hashed(key, who): who for key in session.exec(select(DayKey.key)).all() for who in whose
    }


def of_name(mark: str) -> ColumnElement[bool]:
    """A condition for the tries of a name with this hash, without a device and on each known
    device.
    """
    return or_(Attempt.who == mark, Attempt.who.startswith(mark + _AND))


def tries_of(session: Session, logins: Collection[str]) -> dict[str, tuple[int, datetime | None]]:
    """Login name → its failed tries and the end of its lock, for names with failed tries."""
    named = {name(login): login for login in logins}
    found: dict[str, tuple[int, datetime | None]] = {}
    for mark, who in hashes(session, *named).items():
        for row in session.exec(select(Attempt).where(of_name(mark), Attempt.failures > 0)):
            failures, lock = found.get(named[who], (0, None))
            locks = [until for until in (lock, row.locked_until) if until]
            found[named[who]] = failures + row.failures, max(locks, default=None)
    return found
