"""Signing in: the password check with its locks, the logins (connexions) behind the cookie,
single-use tickets.

Only hashes of the cookie's token and of the ticket are stored. The token is derived from the ticket
and the signing key.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import bcrypt
from sqlalchemy import Connection, Date, Engine, Row, bindparam, delete, func, update
from sqlmodel import Session, select

from dashboard.actions.acts import add_record
from dashboard.queries.people import readers
from dashboard.queries.people.readers import account_by_login
from models.clock import frozen_on, local_day, now as clock_now
from models.database import writing
from models.inserts import insert_new
from models.installation import Installation
from models.people import Account, open_account
from models.short_lived import Attempt, DayKey, Login, Ticket
from models.sign_on import Identity
from models.signing import keyed_hash
from models.texts import Refused

SHORTEST = 12
MOST_BYTES = 72  # bcrypt reads no further
ROUNDS = 12
# Compared for an unknown login name, so that the response takes as long.
NOBODYS_HASH = "$2b$12$UvccvoKbZkBvQuDWyqlbXeO0CUjDhUuQVI7isuYhLkBZHFHcqLyOW"


def spelt(password: str) -> str:
    """The password normalised: keyboards compose letters differently, and copying adds outer
    spaces.
    """
    return unicodedata.normalize("NFC", password).strip()


def fault(password: str, login: str = "") -> str | None:
    """What is wrong with a new password, or None."""
    password = spelt(password)
    if len(password) < SHORTEST:
        return (
            f"Le mot de passe compte au moins {SHORTEST} caractères : une phrase courte convient"
            " très bien."
        )
    if len(password.encode()) > MOST_BYTES:
        return (
            f"Le mot de passe est trop long : {MOST_BYTES} octets au plus (une lettre accentuée en"
            " compte deux)."
        )
    folded = password.casefold()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    if len(set(folded)) < 4 or folded in _common() or core in _common():
        return "Ce mot de passe est parmi les premiers que l'on essaie : choisissez-en un autre."
    # A shorter name may be contained by chance.
    if len(login) > 3 and login.casefold() in password.casefold():
        return "Le mot de passe ne peut pas contenir l'identifiant."
    return None


@cache
def _common() -> frozenset[str]:
    lines = (
        Path(__file__).with_name("common-passwords.txt").read_text(encoding="utf-8").splitlines()
    )
    return frozenset(line for line in lines if line and not line.startswith("#"))


def hashed(password: str) -> str:
    """The hash to store; takes a quarter of a second, so compute it before the transaction."""
    return bcrypt.hashpw(spelt(password).encode(), bcrypt.gensalt(ROUNDS)).decode()


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password matches the hash; False, after the same time, without a hash."""
    typed = spelt(password).encode()
    same = bcrypt.checkpw(typed[:MOST_BYTES], (password_hash or NOBODYS_HASH).encode())
    return same and bool(password_hash) and len(typed) <= MOST_BYTES


LONG_LOGIN = timedelta(days=30)
NOTED_EVERY = timedelta(minutes=10)
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Patience:
    """Number of failures without a lock, longest lock, first lock."""

    failures: int
    longest: timedelta
    first: timedelta = timedelta(minutes=1)


# For a name on a recognised device, and for second-factor codes.
STRICT = Patience(5, timedelta(hours=1))


class Locked(Refused):
    """Trop d'essais: gives the minutes to wait."""

    def __init__(self, until: datetime, now: datetime):
        self.minutes = max(-(-int((until - now).total_seconds()) // 60), 1)
        super().__init__(
            f"Trop d'essais : réessayez dans {self.minutes}"
            f" minute{'s' if self.minutes > 1 else ''}."
        )


# ── The password ──────────────────────────────────────────────────────────────────────────────────


def check_password(
    engine: Engine,
    login: str,
    password: str,
    address: str | None,
    now: datetime | None = None,
    device: str = "",
) -> Account | None:
    """The account of this login name and password, or None; same answer and timing for an unknown
    name. `device` is the browser's cookie.

    Raises Locked, without checking the password, where the name or the address has failed too
    often; on a recognised device, where the name has failed there.
    """
    now = now or clock_now()
    mark = mark_of(device, login)
    with writing(engine) as session:
        # Counted before the slow comparison: concurrent attempts would otherwise all find the
        # account unlocked. An unknown name locks like a known one, or locks would reveal which
        # names exist.
        counters = _counters(session, readers.name(login), address, mark, now)
        # A name tried from many places is slowed down for all, by a minute at most.
        slowly = Patience(50, timedelta(minutes=1), timedelta(seconds=5))
        _count(counters, STRICT if mark else slowly, now)
        account = account_by_login(session, login)
        is_open = account is not None and account.is_open(_day(session, now))
    # Compared for an unknown name too, so that the response time reveals nothing.
    good = matches(password, account.password_hash if account else None) and is_open
    with writing(engine) as session:
        record_outcome(_counters(session, readers.name(login), address, mark, now), good, now)
    return account if good else None


# The counters of the name and of the address; on a recognised device, of the name there only.
Counters = tuple[Attempt, Attempt | None]


def _counters(
    session: Session, who: str, address: str | None, mark: str | None, now: datetime
) -> Counters:
    """Locked in this order, so that two attempts cannot deadlock."""
    if mark:
        return _attempt(session, readers.on_device(who, mark), now), None
    return _attempt(session, who, now), _attempt(session, readers.address(address), now)


def _count(counters: Counters, patience: Patience, now: datetime) -> None:
    """Counts an attempt before its outcome is known. Raises Locked."""
    for item in filter(None, counters):
        if item.locked_until and item.locked_until > now:
            raise Locked(item.locked_until, now)
    _count_failure(counters[0], patience, now)


def record_outcome(counters: Counters, is_good: bool, now: datetime) -> None:
    """A success clears the name's counter and removes one failure of the address; a failure counts
    on the address.
    """
    name, address = counters
    if is_good:
        name.failures, name.locked_until = 0, None
    if address and is_good:
        address.failures = max(address.failures - 1, 0)
    elif address:
        # A whole town hall may share one address: more attempts, shorter locks.
        _count_failure(address, Patience(20, timedelta(minutes=5)), now)


def forget_tries(session: Session, login: str) -> None:
    """Deletes the failed attempts under a name, second factor included, and its locks."""
    for mark in readers.hashes(session, readers.name(login), readers.code(login)):
        session.execute(delete(Attempt).where(readers.of_name(mark)))


def count_code_try(
    session: Session, login: str, address: str | None, now: datetime, device: str = ""
) -> Counters:
    """Counts a second-factor attempt. Raises Locked."""
    counters = _counters(session, readers.code(login), address, mark_of(device, login), now)
    _count(counters, STRICT, now)
    return counters


def _attempt(session: Session, who: readers.Who, now: datetime) -> Attempt:
    """The counter of an address or of a name, created if needed, locked until the transaction ends.

    Yesterday's counter is moved to today's key, so that no lock ends at midnight.
    """
    key = readers.hashed(key_of_day(session, now), who)
    older = readers.hashes(session, who).keys() - {key}
    locked = select(Attempt).filter_by(who=key).with_for_update()
    counter = session.scalar(locked)
    if counter is None:
        moved = update(Attempt).where(Attempt.who.in_(older)).values(who=key)
        if not (older and session.execute(moved).rowcount):
            # Another process may insert it at the same moment.
            insert_new(session, Attempt, [{"who": key, "failures": 0, "last_at": now}])
        counter = session.exec(locked).one()
    return counter


def _count_failure(counter: Attempt, patience: Patience, now: datetime) -> None:
    """Each failure past the first few doubles the lock; a day without failures resets it."""
    if counter.locked_until and counter.locked_until + FORGOTTEN_AFTER < now:
        counter.failures = 0
        counter.locked_until = None
    counter.failures += 1
    counter.last_at = now
    beyond = counter.failures - patience.failures
    if beyond >= 0:
        # The exponent is bounded: a few dozen failures would overflow a date.
        counter.locked_until = now + min(patience.first * 2 ** min(beyond, 10), patience.longest)


# ── Logins ────────────────────────────────────────────────────────────────────────────────────────


def hash_of(secret: str) -> str:
    """SHA-256 of a token or ticket: random values need neither key nor slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in_mark(token_hash: str) -> str:
    """Identifies a login in its browser, without giving access."""
    return hash_of(f"mark {token_hash}")[:16]


def open_login(
    session: Session,
    account: Account,
    remember: bool,
    now: datetime | None = None,
    by: Identity | None = None,
    ticket: str = "",
) -> str:
    """Ouvrir une connexion: returns the cookie's token, which is not stored. `ticket`: with which
    the browser fetches it.

    `account` is the one that was authenticated. Raises Refused where it was closed, or its password
    changed, since.
    """
    now = now or clock_now()
    checked_hash = account.password_hash
    current = session.get(Account, account.id, with_for_update=True, populate_existing=True)
    day = _day(session, now)
    if current is None or not current.is_open(day) or current.password_hash != checked_hash:
        raise Refused("Ce compte vient d'être modifié : connectez-vous à nouveau.")
    token = _cookie_of(ticket or secrets.token_urlsafe(32))
    add_record(
        session,
        Login(
            token=hash_of(token),
            account_id=account.id,
            created_at=now,
            used_at=now,
            expires_at=now + (LONG_LOGIN if remember else timedelta(hours=12)),
            issuer=by.issuer if by else None,
            sign_on_session=by.sid if by else None,
            sign_on_token=by.sealed_token if by else None,
        ),
    )
    return token


def _day(session: Session, now: datetime) -> date:
    """The day on which an account must be open: frozen in a demonstration."""
    return frozen_on(session) or local_day(now)


def login_of(session: Session, token_hash: str, now: datetime | None = None) -> Account | None:
    """The account of a valid login: open, not expired, account not closed."""
    login = open_row(session, token_hash, now)
    return session.get(Account, login.account_id) if login else None


# Built once, and columns alone: it runs at each run of each screen.
_OPEN_LOGIN = select(Login.token, Login.account_id, Login.used_at, Login.sign_on_token).where(
    *(
        Account.id == Login.account_id,
        Login.token == bindparam("token"),
        Login.expires_at > bindparam("now"),
        open_account(
            func.coalesce(
                select(Installation.frozen_on).filter_by(id=1).scalar_subquery(),
                bindparam("day", type_=Date),
            )
        ),
    )
)


def open_row(
    session: Session | Connection, token_hash: str, now: datetime | None = None
) -> Row | None:
    """The row of a valid login: its token, account id, last use and the issuer's token."""
    now = now or clock_now()
    return session.execute(
        _OPEN_LOGIN, {"token": token_hash, "now": now, "day": local_day(now)}
    ).first()


def has_use_to_note(login: Row, now: datetime | None = None) -> bool:
    """Whether the last recorded use is more than ten minutes old."""
    return login.used_at <= (now or clock_now()) - NOTED_EVERY


def note_use(session: Session, token_hash: str, now: datetime | None = None) -> None:
    """Records that the login is in use."""
    session.execute(update(Login).filter_by(token=token_hash).values(used_at=now or clock_now()))


def close_login(session: Session, token_hash: str) -> None:
    """Fermer une connexion: its cookie is no longer valid."""
    session.execute(delete(Login).filter_by(token=token_hash))


# ── Tickets ───────────────────────────────────────────────────────────────────────────────────────


def _cookie_of(ticket: str) -> str:
    return keyed_hash(f"cookie {ticket}")


def make_ticket(session: Session, remember: bool, now: datetime | None = None) -> str:
    """A ticket that fetches the cookie of the login opened with it, once, within a minute."""
    ticket = secrets.token_urlsafe(32)
    add_record(
        session,
        Ticket(
            ticket=hash_of(ticket),
            remember=remember,
            expires_at=(now or clock_now()) + timedelta(seconds=60),
        ),
    )
    return ticket


def is_waiting(session: Session, ticket: str, now: datetime | None = None) -> bool:
    """Whether the ticket is still to be redeemed and valid."""
    row = session.get(Ticket, hash_of(ticket))
    return row is not None and row.expires_at > (now or clock_now())


def redeem_ticket(
    session: Session, ticket: str, now: datetime | None = None
) -> tuple[str, int | None]:
    """The cookie's value and its Max-Age (None: until the browser closes). Raises Refused for a
    used or expired ticket.
    """
    now = now or clock_now()
    # One statement reads and removes it: a ticket is redeemed once.
    row = session.execute(
        delete(Ticket)
        .filter_by(ticket=hash_of(ticket))
        .returning(Ticket.remember, Ticket.expires_at)
    ).first()
    cookie = _cookie_of(ticket)
    if row is None or row.expires_at <= now or login_of(session, hash_of(cookie), now) is None:
        raise Refused("Ce ticket de connexion n'est plus valable : connectez-vous à nouveau.")
    return cookie, int(LONG_LOGIN.total_seconds()) if row.remember else None


def purge(session: Session, now: datetime | None = None) -> None:
    """Deletes expired logins and tickets, attempts that no longer count and keys older than
    yesterday.
    """
    now = now or clock_now()
    # A login created while the clock was ahead would outlive its validity.
    ahead = Login.created_at > now + timedelta(days=1)
    session.execute(delete(Login).where((Login.expires_at <= now) | ahead))
    session.execute(delete(Ticket).where(Ticket.expires_at <= now))
    session.execute(
        delete(Attempt).where((Attempt.last_at < now - FORGOTTEN_AFTER) | (Attempt.failures == 0))
    )
    session.execute(delete(DayKey).where(DayKey.day < now.date() - FORGOTTEN_AFTER))


# ── The device cookie (témoin d'appareil) ─────────────────────────────────────────────────────────
# It recognises a browser on which a login name has signed in, so that attempts made elsewhere do
# not lock its owner out. It holds a random word and, for each recent name, a mark signed by this
# installation: no name, and nothing stored on the server.

DEVICE_LIFE = timedelta(days=365)
MOST_NAMES = 8  # per browser: bounds the cookie of a shared computer
_SHAPE = re.compile(rf"[0-9a-f]{{32}}(\.[0-9a-f]{{32}}){{1,{MOST_NAMES}}}")


def cookie_after(cookie: str, login: str) -> str:
    """The cookie after this name has signed in."""
    word, *marks = cookie.split(".") if _SHAPE.fullmatch(cookie) else [secrets.token_hex(16)]
    mark_now = _mark(word, login)
    others = [mark for mark in marks if mark != mark_now]
    return ".".join([word, mark_now, *others[: MOST_NAMES - 1]])


def mark_of(cookie: str, login: str) -> str | None:
    """The mark that counts this name's attempts on this browser; None where it never signed in
    there.
    """
    if not _SHAPE.fullmatch(cookie):
        return None
    word, *marks = cookie.split(".")
    own_mark = _mark(word, login)
    return own_mark if any(hmac.compare_digest(mark, own_mark) for mark in marks) else None


def _mark(word: str, login: str) -> str:
    return keyed_hash(f"device {word} {login.strip().lower()}")[:32]


def key_of_day(session: Session, now: datetime) -> str:
    """Today's key, created on first use."""
    # Two requests may create it at once: one inserts it, both read the same.
    if session.get(DayKey, now.date()) is None:
        insert_new(session, DayKey, [{"day": now.date(), "key": secrets.token_urlsafe(32)}])
    return session.exec(select(DayKey.key).filter_by(day=now.date())).one()
