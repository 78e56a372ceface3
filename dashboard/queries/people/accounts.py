"""Reads accounts, without any secret: the list of the administrator and of the command line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, select as core_select, true
from sqlmodel import Session, or_, select

from dashboard.access import Reader, idea_conditions, require
from dashboard.queries.columns import Column, Sort, by_text, folded, order_by
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.people.readers import (
    account_of_person,
    has_mandate,
    is_ambassador,
    tries_of,
)
from dashboard.scope import Scope
from models.clock import today
from models.directions import Direction, UnitKind
from models.discussions import SubjectFollow, SubjectSupport, ideas_marked
from models.facts import live
from models.idea_states import OPEN
from models.ideas import Idea, Merge
from models.ledger import Change
from models.notices import Notice, NoticeKind, NoticeState
from models.people import (
    Account,
    Assignment,
    Invitation,
    Mandate,
    Person,
    RecoveryCode,
    Role,
    open_account,
)
from models.scales import Word
from models.search import fold
from models.short_lived import Login
from models.sign_on import requires_second_factor

PAGE = 50
_ACTS = 12


class Which(Word):
    """The filter of a list of accounts."""

    all = "tous", "Tous"
    keyless = "sans-cle", "Sans mot de passe"
    closed = "fermes", "Fermés"


@dataclass(frozen=True)
class AccountRow:
    """One account: person, stored roles and those that follow from her mandates and membership,
    closed or not and until when, with or without a password, failed sign-ins and lock, open logins
    and their last use, last day of validity.
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
    is_open: bool = True
    last_day: date | None = None
    has_key: bool = True
    has_second_factor: bool = False
    is_bound: bool = False
    follows: tuple[Role, ...] = ()

    @property
    def roles_in_words(self) -> str:
        """« CODIR, Manager »: the roles given, and those of a mandate or a community."""
        roles = (*self.roles, *self.follows) or (Role.agent,)
        return ", ".join(role.label for role in roles)


def accounts_page(
    session: Session,
    reader: Reader,
    now: datetime,
    page: int = 1,
    words: str = "",
    which: Which = Which.all,
    size: int = PAGE,
    sort: Sort | None = None,
) -> list[AccountRow]:
    """Page `page` (from 1, `size` of them) of the accounts whose login name or
    person's name contains each of `words`, by login name, else by one of COLUMNS.
    """
    require(reader, "account.manage")
    day = today(session)
    shown = _named(words, (Account.login, *_NAMES)) & _is(which, day)
    return _rows(session, now, day, shown, size, (page - 1) * size, sort)


def count_accounts(
    session: Session, reader: Reader, words: str = "", which: Which = Which.all
) -> int:
    """The number of accounts of that list."""
    require(reader, "account.manage")
    return session.exec(
        select(func.count())
        .select_from(Account)
        .join(Person, Person.id == Account.person_id)
        .where(_named(words, (Account.login, *_NAMES)), _is(which, today(session)))
    ).one()


def _rows(
    session: Session,
    now: datetime,
    day: date,
    shown: ColumnElement[bool],
    limit: int,
    offset: int = 0,
    sort: Sort | None = None,
) -> list[AccountRow]:
    uses = (
        select(Login.account_id, func.count().label("n"), func.max(Login.used_at).label("last_use"))
        .where(Login.expires_at > now)
        .group_by(Login.account_id)
        .subquery()
    )
    of_root = Direction.id == Mandate.direction_id, Direction.kind == str(UnitKind.root)
    statement = (
        select(
            Account,
            Person,
            uses.c.n,
            uses.c.last_use,
            # In the order of _FOLLOW.
            exists().where(has_mandate(Person.id, day)),
            exists().where(has_mandate(Person.id, day), *of_root),
            is_ambassador(Person.id, day),
        )
        .join(Person, Person.id == Account.person_id)
        .outerjoin(uses, uses.c.account_id == Account.id)
        .where(shown)
        .order_by(*order_by(COLUMNS, sort, (day, uses.c.last_use)), Account.login)
        .offset(offset)
        .limit(limit)
    )
    rows = session.exec(statement).all()
    tries = tries_of(session, [account.login for account, *_ in rows])
    return [
        AccountRow(
            account.id,
            account.login,
            person.id,
            person.name,
            tuple(account.role_list),
            account.disabled,
            *tries.get(account.login, (0, None)),
            n or 0,
            last_use,
            account.is_open(day),
            account.until - timedelta(days=1) if account.until else None,
            bool(account.password_hash or account.subject),
            bool(account.second_factor),
            account.subject is not None,
            tuple(role for role, holds in zip(_FOLLOW, follows, strict=True) if holds),
        )
        for account, person, n, last_use, *follows in rows
    ]


# The roles that follow from a mandate, from one of the root, from a membership.
_FOLLOW = (Role.manager, Role.directeur, Role.ambassadeur)
# The context of the sort: the day, and the last use of a sign-in.
_Known = tuple[date, ColumnElement[datetime]]


def _by_state(known: _Known) -> ColumnElement[int]:
    """Open, open up to a day, without a password, closed. A lock is stored under the hash of a
    name, by which no query can order: locked accounts are among the open ones.
    """
    return case(
        (~open_account(known[0]), 3),
        (_is_keyless(), 2),
        (Account.until.is_not(None), 1),
        else_=0,
    )


COLUMNS: tuple[Column[_Known], ...] = (
    Column("nom", "Nom de famille", lambda _: by_text(Person.family_name)),
    Column("identifiant", "Identifiant", lambda _: Account.login),
    Column("etat", "État", _by_state),
    Column("roles", "Rôles donnés", lambda _: func.nullif(Account.roles, "")),
    Column("connexion", "Dernière connexion", lambda known: known[1]),
)


# ── One account ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class AccountFile:
    """One account, with details that distinguish its person from a namesake, the valid invitation,
    and her last changes: (day, subject, record, field).
    """

    row: AccountRow
    matricule: str
    service: str
    email: str
    invited_until: date | None
    mail_waits: bool
    acts: tuple[Change, ...]


def account_file(
    session: Session, reader: Reader, account_id: int, now: datetime
) -> AccountFile | None:
    """The file of one account; None if there is none."""
    require(reader, "account.manage")
    day = today(session)
    row = next(iter(_rows(session, now, day, Account.id == account_id, 1)), None)
    if row is None:
        return None
    person = session.get(Person, row.person_id)
    until = session.exec(
        select(func.max(Invitation.until)).where(
            Invitation.account_id == account_id, Invitation.until >= day
        )
    ).one()
    acts = session.exec(
        select(Change).where(Change.by == row.person_id).order_by(Change.id.desc()).limit(_ACTS)
    ).all()
    return AccountFile(
        row,
        person.key or "",
        _service_names(session, [person.id], day).get(person.id, ""),
        person.email,
        until,
        person.id in _mailed(session),
        tuple(acts),
    )


def persons_without_account(session: Session, reader: Reader, words: str) -> dict[int, str]:
    """Person → her label, for the people without an account who have not left, whose name or
    matricule contains each of `words`; one page at most, by name.
    """
    require(reader, "account.manage")
    day = today(session)
    has_account = select(Account.id).where(Account.person_id == Person.id).exists()
    persons = session.exec(
        select(Person)
        .where(Person.erased_on.is_(None), ~has_account, _named(words, (*_NAMES, Person.key)))
        .order_by(Person.family_name, Person.given_name, Person.id)
        .limit(PAGE)
    ).all()
    services = _service_names(session, [person.id for person in persons], day)
    return {
        person.id: person.label(services.get(person.id) or "")
        for person in persons
        if services.get(person.id, "sans affectation") is not None
    }


def _service_names(
    session: Session, person_ids: Collection[int], day: date
) -> dict[int, str | None]:
    """Person → the name of her service (None: she has left); people never assigned are left out."""
    rows = session.exec(
        select(Assignment.person_id, Direction.name)
        .outerjoin(Direction, Direction.id == Assignment.service_id)
        .where(live(Assignment, day), Assignment.person_id.in_(person_ids))
        .order_by(Assignment.on, Assignment.id)
    ).all()
    return dict(tuple(row) for row in rows)


def to_invite_on_paper(session: Session, reader: Reader, by_mail: bool) -> list[int]:
    """The open accounts without a password and without an invitation so far: all, or, if mail is
    sent (`by_mail`), those of people without an address.
    """
    return _uninvited(session, reader, (Person.email == "") if by_mail else true())


def lapsed_invitations(session: Session, reader: Reader) -> list[int]:
    """The open accounts without a password whose invitation has expired."""
    was_invited = exists().where(
        Change.subject == "account",
        Change.record == Account.login,
        Change.field == "invitation",
    )
    return _uninvited(session, reader, was_invited)


def _uninvited(session: Session, reader: Reader, wanted: ColumnElement[bool]) -> list[int]:
    """The open accounts without a password and without a valid invitation."""
    require(reader, "account.manage")
    day = today(session)
    rows = session.exec(
        select(Account.id, Account.person_id)
        .join(Person, Person.id == Account.person_id)
        .where(_is(Which.keyless, day), wanted)
        .order_by(Account.id)
    ).all()
    invited = invited_persons(session, day)
    return [account for account, person in rows if person not in invited]


# ── Conditions ────────────────────────────────────────────────────────────────────────────────────


def lapsed_accounts(
    session: Session, day: date, among: Collection[int] | None = None
) -> list[tuple[Account, str]]:
    """The accounts (all, or among these ids) to close at `day`, each with the reason: it has
    expired, or its person has left.
    """
    wanted = () if among is None else (Account.id.in_(among),)
    last = (
        select(Assignment.service_id)
        .where(live(Assignment, day), Assignment.person_id == Account.person_id)
        .order_by(Assignment.on.desc(), Assignment.id.desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )
    was_assigned = (
        select(Assignment.id)
        .where(live(Assignment, day), Assignment.person_id == Account.person_id)
        .correlate(Account)
        .exists()
    )
    has_left = was_assigned & last.is_(None)
    rows = session.execute(
        core_select(Account, Account.until)
        .where(Account.disabled.is_(False), (Account.until <= day) | has_left, *wanted)
        .order_by(Account.id)
    ).all()
    return [
        (account, "terme du compte" if until and until <= day else "départ")
        for account, until in rows
    ]


def invited_persons(session: Session, day: date) -> set[int]:
    """The persons with a valid invitation at `day`, or one still to be mailed."""
    linked = session.exec(
        select(Account.person_id)
        .join(Invitation, Invitation.account_id == Account.id)
        .where(Invitation.until >= day)
    ).all()
    return {*linked, *_mailed(session)}


def _mailed(session: Session) -> set[int]:
    waiting = select(Notice.person_id).where(
        Notice.kind == str(NoticeKind.invitation),
        Notice.state.in_([NoticeState.waiting, NoticeState.sending]),
    )
    return set(session.exec(waiting).all())


_NAMES = (Person.given_name, Person.family_name)


def _named(words: str, columns: Sequence[ColumnElement[str]]) -> ColumnElement[bool]:
    """Each word occurs in one of the columns."""
    found = [true()]
    for word in fold(words).split()[:6]:
        found.append(or_(*(folded(column).contains(word, autoescape=True) for column in columns)))
    return and_(*found)


def _is(which: Which, day: date) -> ColumnElement[bool]:
    if which is Which.closed:
        return ~open_account(day)
    if which is Which.keyless:
        return open_account(day) & _is_keyless()
    return true()


def _is_keyless() -> ColumnElement[bool]:
    return (Account.password_hash == "") & Account.subject.is_(None)


@dataclass(frozen=True)
class SecondFactor:
    """The second factor of one account: whether it is set up, how many recovery codes are left,
    whether it is offered (an administrator with a password), and whether the role requires it.
    """

    login: str
    is_set: bool
    codes_left: int
    is_offered: bool
    is_required: bool


def own_second_factor(session: Session, reader: Reader) -> SecondFactor | None:
    """The reader's own second factor; None without an account."""
    account = account_of_person(session, reader.person_id) if reader.is_known else None
    if account is None:
        return None
    codes_left = session.exec(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account.id)
    ).one()
    is_set = bool(account.second_factor)
    is_offered = bool(account.password_hash) and Role.admin in account.role_list
    is_required = is_offered and not is_set and requires_second_factor()
    return SecondFactor(account.login, is_set, codes_left, is_offered, is_required)


_MOST = 50


def followed(session: Session, scope: Scope) -> list[Idea]:
    """The entries the reader follows and may still see, newest first."""
    return _of(session, scope, ideas_marked(SubjectFollow, scope.reader.person_id))


def supported(session: Session, scope: Scope) -> list[Idea]:
    """The entries the reader supports and may still see, newest first."""
    return _of(session, scope, ideas_marked(SubjectSupport, scope.reader.person_id))


def entrusted(session: Session, scope: Scope) -> list[Idea]:
    """The open entries that the reader has to answer, the nearest due date first."""
    rows = _of(
        session,
        scope,
        Idea.owner_id == scope.reader.person_id,
        Idea.answered_on.is_(None),
        Idea.status.in_([str(s) for s in OPEN]),
    )
    return sorted(rows, key=lambda row: (row.due_on or date.max, row.number))


def merges_to_answer(session: Session, scope: Scope) -> list[tuple[Idea, date]]:
    """The reader's entries that somebody proposes to merge, with the last day to answer."""
    me = scope.reader.person_id
    if me is None:
        return []
    own = select(Idea.id).where(Idea.author_id == me)
    is_asked = or_(
        Merge.idea_id.in_(own) & Merge.one_says.is_(None),
        Merge.into_id.in_(own) & Merge.other_says.is_(None),
    )
    merges = session.exec(
        select(Merge)
        .where(is_asked, Merge.done_on.is_(None), Merge.ended_on.is_(None))
        .order_by(Merge.due_on)
    ).all()
    found = []
    for merge in merges:
        idea_of_reader = next(
            idea
            for id_ in (merge.idea_id, merge.into_id)
            if (idea := session.get(Idea, id_)).author_id == me
        )
        found.append((idea_of_reader, merge.due_on))
    return found


def _of(session: Session, scope: Scope, *conditions: object) -> list[Idea]:
    if scope.reader.person_id is None:
        return []
    rows = session.exec(
        select(Idea)
        .where(idea_conditions(scope.reader, scope.tree), *conditions)
        .order_by(Idea.id.desc())
        .limit(_MOST)
    ).all()
    return readable_ideas(rows)
