"""Checks of persons and their records: accounts, communities, registrations, groups, interests."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from sqlalchemy import Row
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from dashboard.queries.operations.finding import Finding, finding
from dashboard.queries.people.mandates import period
from models.communities import Interest, InterestEvent, Membership, MembershipEvent
from models.directions import Direction
from models.facts import Fact, last_values, live
from models.groups import GroupEvent, ProgressGroup
from models.journal import Change
from models.people import STORED_ROLES, Account, Mandate, Person
from models.seats import Seat, SeatEvent

_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_OPENED = re.compile(r"ouvert \((.+)\)")
_ROLES = frozenset(str(role) for role in STORED_ROLES)


def persons(session: Session) -> Finding:
    """A person has a name until she is erased, and none afterwards."""
    rows = session.execute(
        select(
            Person.id, Person.key, Person.given_name, Person.family_name, Person.erased_on
        ).order_by(Person.id)
    ).all()
    wrong = [
        f"personne {id_}" + (f" ({key})" if key else "")
        for id_, key, granted, family, erased_on in rows
        if bool(f"{granted or ''}{family or ''}".strip()) == bool(erased_on)
    ]
    return finding(
        "personnes",
        wrong,
        counted(len(rows), "personne"),
        "personne est sans nom, ou en garde un une fois effacée",
        "personnes sont sans nom, ou en gardent un une fois effacées",
    )


def accounts(session: Session) -> Finding:
    """The password of an account has the form of a hash, its roles are known, its person is not
    erased.
    """
    rows = session.execute(
        select(Account.login, Account.password_hash, Account.roles, Person.erased_on)
        .join(Person, Person.id == Account.person_id)
        .order_by(Account.login)
    ).all()
    wrong = [f"{login} ({what})" for login, *stored in rows if (what := _wrong_account(*stored))]
    return finding(
        "comptes",
        wrong,
        counted(len(rows), "compte"),
        "compte ne peut pas servir tel quel",
        "comptes ne peuvent pas servir tels quels",
    )


def _wrong_account(password_hash: str, roles: str, erased_on: date | None) -> str:
    if password_hash and not _BCRYPT.fullmatch(password_hash):
        return "mot de passe illisible"
    if not set(filter(None, roles.split(","))) <= _ROLES:
        return "rôle inconnu"
    return "personne effacée" if erased_on else ""


def rights(session: Session) -> Finding:
    """Roles and mandates are those of the journal, since its first line about them: its oldest
    lines are deleted.
    """
    lines = session.execute(
        select(Change.subject, Change.record, Change.field, Change.before, Change.after)
        .where(Change.subject.in_(["account", "mandate"]))
        .order_by(Change.id)
    ).all()
    return finding(
        "rôles et mandats",
        [*_unexplained_roles(session, lines), *_unexplained_mandates(session, lines)],
        "ceux que le journal dit",
        "rôle ou mandat n'est expliqué par aucune ligne du journal",
        "rôles ou mandats ne sont expliqués par aucune ligne du journal",
    )


def _unexplained_roles(session: Session, lines: Sequence[Row]) -> Iterator[str]:
    in_journal: dict[str, str] = {}
    opened_here: set[str] = set()
    for subject, login, field, _before, after in lines:
        if subject == "account" and field == "rôles":
            in_journal[login] = after or ""
        elif subject == "account" and (opened := _OPENED.fullmatch(after or "")):
            in_journal[login] = "" if opened[1] == "agent" else opened[1]
            opened_here.add(login)
    is_covered = False
    for login, roles in session.execute(select(Account.login, Account.roles).order_by(Account.id)):
        is_covered |= login in opened_here
        known = in_journal.get(login, "" if is_covered else roles)
        if set(known.split(",")) != set(roles.split(",")):
            yield f"compte {login} ({roles or 'agent'})"


def _unexplained_mandates(session: Session, lines: Sequence[Row]) -> Iterator[str]:
    in_journal: dict[tuple[str, str], set[str]] = defaultdict(set)
    granted: set[tuple[str, str]] = set()
    for subject, person, field, before, after in lines:
        if subject == "mandate":
            in_journal[person, field].add(after or "")
            granted |= {(person, field)} if before is None else set()
    rows = session.execute(
        select(Mandate.id, Mandate.person_id, Mandate.since, Mandate.until, Direction.code)
        .join(Direction, Direction.id == Mandate.direction_id)
        .order_by(Mandate.id)
    )
    is_covered = False
    for id_, person, since, until, code in rows:
        key = (str(person), f"mandat {code}")
        is_covered |= key in granted
        if (is_covered or key in in_journal) and period(since, until) not in in_journal.get(
            key, ()
        ):
            yield f"mandat {id_} sur {code}, {period(since, until)}"


def memberships(session: Session) -> Finding:
    """A membership is open exactly while its facts cover the member's own service."""
    facts = session.execute(
        select(MembershipEvent.membership_id, MembershipEvent.service_id, MembershipEvent.joined)
        .where(live(MembershipEvent, date.max), MembershipEvent.own.is_(True))
        .order_by(MembershipEvent.on, MembershipEvent.id)
    ).all()
    covered = {(membership, service): joined for membership, service, joined in facts}
    is_open = {membership for (membership, _), joined in covered.items() if joined}
    rows = session.execute(select(Membership.id, Membership.left_on).order_by(Membership.id)).all()
    return finding(
        "adhésions",
        [f"adhésion {id_}" for id_, left in rows if (left is None) != (id_ in is_open)],
        counted(len(rows), "adhésion"),
        "adhésion ne suit pas ses faits",
        "adhésions ne suivent pas leurs faits",
    )


def _as_in_last_fact(
    names: tuple[str, str], table: type[SQLModel], fact: type[Fact], what: str
) -> Callable[[Session], Finding]:
    """A check that the value on each record is that of its last fact; `names`: the name of the
    check, and the noun for a record.
    """
    name, noun = names

    def check(session: Session) -> Finding:
        last = last_values(session, getattr(fact, what), date.max)
        wrong = [f"{noun} {id_}" for id_ in _with_another(session, table, what, last)]
        return finding(
            name,
            wrong,
            counted(len(last), noun),
            f"{noun} n'a pas l'état de ses faits",
            f"{noun}s n'ont pas l'état de leurs faits",
        )

    return check


registrations = _as_in_last_fact(("inscriptions", "inscription"), Seat, SeatEvent, "status")
groups = _as_in_last_fact(("groupes de progrès", "groupe"), ProgressGroup, GroupEvent, "state")
interests = _as_in_last_fact(("marques d'intérêt", "marque"), Interest, InterestEvent, "state")


def _with_another(
    session: Session, table: type[SQLModel], what: str, last: dict[int, str]
) -> Iterator[int]:
    rows = session.execute(select(table.id, getattr(table, what)).order_by(table.id)).all()
    return (id_ for id_, stored in rows if last.get(id_) != stored)
