"""Single-use links that open an account (liens à usage unique): invitations and forgotten
passwords.

A link holds 128 random bits and is stored as their SHA-256 only. Using one ends every other link
and every login of the account.
"""

import re
import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, delete
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.acts import add_record, note
from dashboard.actions.people import logins
from dashboard.actions.people.logins import check_password, forget_tries, hash_of
from dashboard.queries.notices.records import UNSENT
from dashboard.queries.people.readers import account_of_person
from models.clock import now as clock_now, today
from models.database import writing
from models.notices import Notice, NoticeKind
from models.people import Account, Invitation
from models.short_lived import Login, ResetLink
from models.texts import Refused, refuse

INVITED_DAYS = 7
RESET_LIFE = timedelta(minutes=30)
PAGE = "/cle"
TOKEN = "jeton"
NO_LONGER_GOOD = (
    "Ce lien n'ouvre plus rien : il a déjà servi, son délai est passé, ou il n'a pas été copié en"
    " entier."
)
# Notices whose mail holds a link.
MAILED = frozenset({str(NoticeKind.invitation), str(NoticeKind.reset)})
_BITS = 128


# ── Making ────────────────────────────────────────────────────────────────────────────────────────


def make_invitation(session: Session, account_id: int) -> tuple[str, date]:
    """A new invitation's token, of which only the hash is stored, and its last day of validity."""
    token = secrets.token_hex(_BITS // 8)
    day = today(session)
    until = day + timedelta(days=INVITED_DAYS)
    add_record(
        session, Invitation(token=hash_of(token), account_id=account_id, made_on=day, until=until)
    )
    return token, until


def make_reset(session: Session, account_id: int) -> str:
    """The token of a link for a forgotten password, valid for half an hour."""
    token = secrets.token_hex(_BITS // 8)
    add_record(
        session,
        ResetLink(
            token=hash_of(token),
            account_id=account_id,
            expires_at=clock_now() + RESET_LIFE,
        ),
    )
    return token


def in_groups(token: str) -> str:
    """The token in groups of eight characters, to be typed from paper."""
    return "-".join(token[i : i + 8] for i in range(0, len(token), 8)).upper()


def address(token: str) -> str:
    """The address of the page that a link opens."""
    return f"{PAGE}?{TOKEN}={token}"


# ── Using ─────────────────────────────────────────────────────────────────────────────────────────


def account_of_link(session: Session, token: str, now: datetime | None = None) -> Account:
    """The account that a link opens. Raises Refused, with the same sentence for every reason."""
    # It may be typed in groups.
    hashed = hash_of(re.sub(r"[\s-]", "", token).lower())
    invited = session.scalar(
        select(Invitation.account_id)
        .filter_by(token=hashed)
        .where(Invitation.until >= today(session))
    )
    reset = (
        select(ResetLink.account_id)
        .filter_by(token=hashed)
        .where(ResetLink.expires_at > (now or clock_now()))
    )
    account = session.get(Account, invited or session.scalar(reset) or 0)
    if account is None or not account.is_open(today(session)):
        raise Refused(NO_LONGER_GOOD)
    return account


def choose_password(
    session: Session, token: str, password: str, again: str, now: datetime | None = None
) -> str:
    """Choisir son mot de passe par un lien, once: clears attempts and lock, ends all logins and
    links of the account. Returns its login name.

    Raises Invalid per field, and Refused for a link that is no longer valid.
    """
    check_new(password, again)
    password_hash = logins.hashed(password)
    account = account_of_link(session, token, now)
    locked = session.get(Account, account.id, with_for_update=True, populate_existing=True)
    # Checked again under the lock: a link is used once.
    account_of_link(session, token, now)
    refuse({"password": logins.fault(password, locked.login)})
    locked.password_hash = password_hash
    forget_tries(session, locked.login)
    end_access(session, locked)
    _note(session, locked, "choisi")
    return locked.login


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
    """Changer son mot de passe; the current one is checked and counted like a sign-in attempt. Ends
    every link and every login but `login_here` (its token's hash). Raises Invalid per field, Locked
    after too many attempts.
    """
    check_new(password, again)
    refuse({"password": logins.fault(password, login)})
    checked = check_password(on, login, present, address, device=device)
    refuse({"present": checked is None and "Ce n'est pas votre mot de passe actuel."})
    # Before the transaction: hashing is slow on purpose, and SQLite has one writer at a time.
    password_hash = logins.hashed(password)
    with writing(on) as session:
        locked = session.get(Account, checked.id, with_for_update=True, populate_existing=True)
        # The password may have changed since the check.
        if locked is None or locked.password_hash != checked.password_hash:
            raise Refused("Ce compte vient d'être modifié : connectez-vous à nouveau.")
        locked.password_hash = password_hash
        end_access(session, locked, but=login_here)
        _note(session, locked, "changé")


def _note(session: Session, account: Account, what: str) -> None:
    herself = Reader(person_id=account.person_id, login=account.login)
    note(session, herself, "account", account.login, "mot de passe", None, what)


def check_new(password: str, again: str) -> None:
    """Checks a new password, typed twice. Raises Invalid per field."""
    fault = logins.fault(password)
    differs = logins.spelt(password) != logins.spelt(again)
    twice = differs and not fault and "Les deux saisies diffèrent."
    refuse({"password": fault, "again": twice})


# ── When the mail is sent ─────────────────────────────────────────────────────────────────────────


def is_wanted(notice: Notice, day: date) -> bool:
    """Whether a pending notice is still to be sent: a password reset only on its day."""
    return notice.kind != NoticeKind.reset or notice.on == day


def href_of(session: Session, notice: Notice) -> str:
    """The address a notice leads to; for one that holds a link, the link created now."""
    if notice.kind not in MAILED:
        return notice.href
    account = account_of_person(session, notice.person_id)
    if notice.kind == NoticeKind.reset:
        return address(make_reset(session, account.id))
    return address(make_invitation(session, account.id)[0])


# ── Ending access ─────────────────────────────────────────────────────────────────────────────────


def end_access(session: Session, account: Account, but: str = "") -> None:
    """Ends everything that opens an account without its password: logins (except the token hash
    `but`), links, and pending mails with a link.
    """
    session.execute(delete(Login).filter_by(account_id=account.id).where(Login.token != but))
    session.execute(delete(Invitation).filter_by(account_id=account.id))
    session.execute(delete(ResetLink).filter_by(account_id=account.id))
    # One that was claimed but not marked as sent would be sent again.
    unsent = Notice.state.in_(UNSENT), Notice.kind.in_(MAILED)
    mails = delete(Notice).filter_by(person_id=account.person_id).where(*unsent)
    session.execute(mails.execution_options(synchronize_session=False))


def purge(session: Session, now: datetime | None = None) -> None:
    """Deletes expired links."""
    session.execute(delete(Invitation).where(Invitation.until < today(session)))
    session.execute(delete(ResetLink).where(ResetLink.expires_at <= (now or clock_now())))
