"""Links that open an account (liens à usage unique): of an invitation, of a forgotten password.

A link holds 128 random bits and is kept as their SHA-256: it is told to one person, by the mail
that leaves or on the sheet that is printed, and stands nowhere else. Using one takes every other
link and every login of the account away.
"""

import re
import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, delete
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.journal import note
from dashboard.actions.people import passwords
from dashboard.actions.people.logins import (
    check_password,
    close_all_logins,
    forget_tries,
    hash_of,
)
from dashboard.queries.notices.records import UNSENT
from models.clock import now as clock_now
from models.clock import today
from models.database import writing
from models.errors import Refused, refuse
from models.notices import Notice, NoticeKind
from models.people import Account, Invitation
from models.short_lived import ResetLink

INVITED_DAYS = 7
RESET_LIFE = timedelta(minutes=30)
PAGE = "/cle"
TOKEN = "jeton"
NO_LONGER_GOOD = (
    "Ce lien n'ouvre plus rien : il a déjà servi, son délai est passé, ou il n'a pas été copié en"
    " entier."
)
# Notices that bring a link.
MAILED = frozenset({str(NoticeKind.invitation), str(NoticeKind.reset)})
_BITS = 128


# ── Making ────────────────────────────────────────────────────────────────────────────────────────


def make_invitation(session: Session, account_id: int) -> tuple[str, date]:
    """The token of a new invitation, of which only the hash is stored, and the last day on which it
    is valid.
    """
    token = secrets.token_hex(_BITS // 8)
    day = today(session)
    until = day + timedelta(days=INVITED_DAYS)
    session.add(Invitation(token=hash_of(token), account_id=account_id, made_on=day, until=until))
    session.flush()
    return token, until


def make_reset(session: Session, account_id: int, now: datetime | None = None) -> str:
    """The word of a new link for a forgotten password, good for half an hour."""
    token = secrets.token_hex(_BITS // 8)
    session.add(
        ResetLink(
            token=hash_of(token),
            account_id=account_id,
            expires_at=(now or clock_now()) + RESET_LIFE,
        )
    )
    session.flush()
    return token


def in_groups(token: str) -> str:
    """What is typed from paper, in groups of eight."""
    return "-".join(token[i : i + 8] for i in range(0, len(token), 8)).upper()


def address(token: str) -> str:
    """The address of ours that a link opens."""
    return f"{PAGE}?{TOKEN}={token}"


# ── Using ─────────────────────────────────────────────────────────────────────────────────────────


def account_of_link(session: Session, token: str, now: datetime | None = None) -> Account:
    """The account that a link opens. Raises Refused, with one sentence whatever the reason."""
    account = session.get(Account, _whose(session, token, now or clock_now()))
    if account is None or not account.is_open(today(session)):
        raise Refused(NO_LONGER_GOOD)
    return account


def choose_password(
    session: Session, token: str, password: str, again: str, now: datetime | None = None
) -> str:
    """Choisir son mot de passe par un lien, once: tries and lock are forgotten, all logins and
    links of the account go. Gives its login name.

    Raises Invalid per field, and Refused for a link that is not good any more.
    """
    check_new(password, again)
    password_hash = passwords.hashed(password)
    account = account_of_link(session, token, now)
    held = session.get(Account, account.id, with_for_update=True, populate_existing=True)
    # Of two hands with one link, the second finds it used.
    account_of_link(session, token, now)
    refuse({"password": passwords.fault(password, held.login)})
    held.password_hash = password_hash
    forget_tries(session, held.login)
    end_access(session, held)
    session.add(held)
    _note(session, held, "choisi")
    return held.login


def change_password(
    on: Engine,
    login: str,
    present: str,
    password: str,
    again: str,
    login_here: str,
    address: str | None,
    device: str = "",
) -> None:
    """Changer son mot de passe: the present one is asked, and counted like a try to sign in. Every
    login but `login_here` (its token's hash) ends, every link and every mail that brings one.

    Raises Invalid per field, Locked after too many tries.
    """
    check_new(password, again)
    refuse({"password": passwords.fault(password, login)})
    checked = check_password(on, login, present, address, device=device)
    refuse({"present": checked is None and "Ce n'est pas votre mot de passe actuel."})
    # Before the transaction: hashing is slow on purpose, and SQLite has one writer at a time.
    password_hash = passwords.hashed(password)
    with writing(on) as session:
        held = session.get(Account, checked.id, with_for_update=True, populate_existing=True)
        # Between the check and here another one may have been given.
        if held is None or held.password_hash != checked.password_hash:
            raise Refused("Ce compte vient d'être modifié : connectez-vous à nouveau.")
        held.password_hash = password_hash
        session.add(held)
        end_access(session, held, but=login_here)
        _note(session, held, "changé")


def _note(session: Session, account: Account, what: str) -> None:
    herself = Reader(person_id=account.person_id, login=account.login)
    note(session, herself, today(session), "account", account.login, "mot de passe", None, what)


def check_new(password: str, again: str) -> None:
    """A new password, written twice. Raises Invalid per field."""
    fault = passwords.fault(password)
    differs = passwords.spelt(password) != passwords.spelt(again)
    twice = differs and not fault and "Les deux saisies diffèrent."
    refuse({"password": fault, "again": twice})


def _whose(session: Session, token: str, now: datetime) -> int:
    """The account id of a link that is good, else 0; it may have been typed, in groups."""
    hashed = hash_of(re.sub(r"[\s-]", "", token).lower())
    invited = session.exec(
        select(Invitation.account_id).where(
            Invitation.token == hashed, Invitation.until >= today(session)
        )
    ).first()
    reset = select(ResetLink.account_id).where(
        ResetLink.token == hashed, ResetLink.expires_at > now
    )
    return invited or session.exec(reset).first() or 0


# ── When the mail leaves ──────────────────────────────────────────────────────────────────────────


def is_wanted(notice: Notice, day: date) -> bool:
    """Whether what waits is still to be sent: a forgotten password is asked for on the day."""
    return notice.kind != NoticeKind.reset or notice.on == day


def href_of(session: Session, notice: Notice) -> str:
    """Where a piece of news leads; for one that brings a key the link, made now."""
    if notice.kind not in MAILED:
        return notice.href
    account = session.exec(select(Account.id).where(Account.person_id == notice.person_id)).one()
    if notice.kind == NoticeKind.reset:
        return address(make_reset(session, account))
    return address(make_invitation(session, account)[0])


# ── The end of all ────────────────────────────────────────────────────────────────────────────────


def end_access(session: Session, account: Account, but: str = "") -> None:
    """Ends whatever opens an account without its password: sign-ins (but the one whose token has
    the hash `but`), links, and mails that would bring one.
    """
    close_all_logins(session, account.id, but)
    session.execute(delete(Invitation).where(Invitation.account_id == account.id))
    session.execute(delete(ResetLink).where(ResetLink.account_id == account.id))
    mails = delete(Notice).where(
        Notice.person_id == account.person_id,
        # One that a round has claimed and not told as sent would leave again.
        Notice.state.in_(UNSENT),
        Notice.kind.in_(MAILED),
    )
    session.execute(mails.execution_options(synchronize_session=False))


def purge(session: Session, now: datetime | None = None) -> None:
    """Links that lapsed go."""
    session.execute(delete(Invitation).where(Invitation.until < today(session)))
    session.execute(delete(ResetLink).where(ResetLink.expires_at <= (now or clock_now())))
