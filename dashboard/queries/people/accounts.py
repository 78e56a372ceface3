"""Reading accounts: the list of the administrator and of the command line, without any secret."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.queries.people.tries import tries_of
from models.facts import live
from models.keeping import Installation
from models.people import Account, Assignment, Person, Role
from models.short_lived import Attempt, Login

PAGE = 50


@dataclass(frozen=True)
class AccountRow:
    """One account: who, stored roles, closed or not, failed sign-ins and lock, logins open and
    their last use.
    """

    id: int
    login: str
    person_id: int
    name: str
    roles: tuple[Role, ...]
    disabled: bool
    failures: int
    locked_until: datetime | None
    open_logins: int
    last_use: datetime | None


def accounts_page(
    session: Session, reader: Reader, now: datetime, page: int = 1, words: str = ""
) -> list[AccountRow]:
    """Page `page` (from 1) of the accounts whose login name or person's name contains `words`,
    by login name.
    """
    require(reader, "account.manage")
    uses = (
        select(Login.account_id, func.count().label("n"), func.max(Login.used_at).label("last_use"))
        .where(Login.expires_at > now)
        .group_by(Login.account_id)
        .subquery()
    )
    statement = (
        select(Account, Person, uses.c.n, uses.c.last_use)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(uses, uses.c.account_id == Account.id)
        .where(_contains(words))
        .order_by(Account.login)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    rows = session.exec(statement).all()
    tries = tries_of(session, [account.login for account, *_ in rows])
    return [
        _row(account, person, n or 0, last_use, tries.get(account.login))
        for account, person, n, last_use in rows
    ]


def _row(
    account: Account,
    person: Person,
    open_logins: int,
    last_use: datetime | None,
    tries: Attempt | None,
) -> AccountRow:
    failures, locked_until = (tries.failures, tries.locked_until) if tries else (0, None)
    return AccountRow(
        account.id,
        account.login,
        person.id,
        person.name,
        tuple(account.role_list),
        account.disabled,
        failures,
        locked_until,
        open_logins,
        last_use,
    )


def lapsed_accounts(session: Session, day: date) -> list[tuple[Account, str]]:
    """The accounts that are to be closed at `day`, each with why: its end has come, or its person
    has left.
    """
    last = (
        select(Assignment.service_id)
        .where(live(Assignment, day), Assignment.person_id == Account.person_id)
        .order_by(Assignment.on.desc(), Assignment.id.desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )
    was_here = (
        select(Assignment.id)
        .where(live(Assignment, day), Assignment.person_id == Account.person_id)
        .correlate(Account)
        .exists()
    )
    has_left = was_here & last.is_(None)
    rows = session.execute(
        core_select(Account, Account.until)
        .where(Account.disabled.is_(False), (Account.until <= day) | has_left)
        .order_by(Account.id)
    ).all()
    return [
        (account, "terme du compte" if until and until <= day else "départ")
        for account, until in rows
    ]


def is_demonstration(session: Session) -> bool:
    """Whether this database is a demonstration."""
    installation = session.get(Installation, 1)
    return bool(installation and installation.demonstration)


def _contains(words: str):
    text = words.strip().lower()
    return or_(
        *(
            func.lower(column).contains(text, autoescape=True)
            for column in (Account.login, Person.given_name, Person.family_name)
        )
    )
