"""Acts on the mails that bring a key: an invitation to choose a password, a link for a forgotten
one.

What waits in the outbox holds no link: it is made when its mail leaves, and stands in that mail
alone. A mail that is sent again after a cut brings a new one; the first stays good.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.acts import lock_record
from dashboard.actions.journal import note
from dashboard.actions.notices.sending import can_send_mails
from dashboard.actions.operations import rounds
from dashboard.actions.people import links
from dashboard.queries.notices.records import UNSENT
from dashboard.queries.people.accounts import lapsed_invitations
from dashboard.queries.people.readers import account_by_login
from models.clock import now as clock_now
from models.clock import today
from models.database import writing
from models.errors import Refused
from models.notices import Notice, NoticeKind
from models.people import Account, Person
from models.settings import settings
from models.short_lived import ResetLink

# Between two links for the same forgotten password.
BETWEEN = timedelta(minutes=5)
MOST_A_DAY = 6
_SUBJECT = "notices"


# ── Inviting ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class AccessSlip:
    """Feuillet: what is printed for one person who has no address. `href` is an address of ours,
    `code` what is typed instead, `until` the last day on which both are good.
    """

    name: str
    login: str
    href: str
    code: str
    until: date


def why_not_by_mail(session: Session, person: Person) -> str:
    """Why no invitation can leave for this person, in French; nothing where one can."""
    if not person.email:
        return "Aucune adresse de courriel n'est connue pour cette personne : imprimez un feuillet."
    if _is_shared(session, person):
        return (
            f"L'adresse {person.email} est aussi celle d'une autre personne, qui pourrait lire le"
            " lien : imprimez un feuillet."
        )
    if not can_send_mails(session):
        return "Aucun courriel ne part d'ici pour le moment : imprimez un feuillet."
    if not settings().cp_public_url:
        return (
            "Les courriels ne portent pas de lien (CP_PUBLIC_URL n'est pas réglé) : imprimez un"
            " feuillet."
        )
    return ""


def _is_shared(session: Session, person: Person) -> bool:
    others = select(Person.id).where(
        func.lower(Person.email) == person.email.lower(), Person.id != person.id
    )
    return session.exec(others).first() is not None


def invite_by_mail(session: Session, reader: Reader, account_id: int) -> str:
    """Inviter par courriel: the link leaves with the next round. Gives the address. Raises
    Refused where no mail can leave, or one waits already.
    """
    account, person = _open_account(session, reader, account_id)
    if why := why_not_by_mail(session, person):
        raise Refused(why)
    if _waiting(session, person.id, NoticeKind.invitation):
        raise Refused("Une invitation attend déjà de partir vers cette personne.")
    write_invitation(session, person, account.login)
    _note(session, reader, account, "par courriel")
    return person.email


def write_invitation(session: Session, person: Person, login: str) -> None:
    """The notice of an invitation, for a person to whom a mail can leave."""
    _write(
        session,
        person,
        NoticeKind.invitation,
        "Votre compte C-Possible est ouvert",
        f"Votre identifiant : {login}. Ouvrez la page ci-dessous pour choisir votre mot de"
        f" passe. Ce lien sert une fois, pendant {links.INVITED_DAYS} jours.",
    )


def make_slip(session: Session, reader: Reader, account_id: int) -> AccessSlip:
    """Préparer un feuillet: a link that is shown once, to be printed and handed over."""
    account, person = _open_account(session, reader, account_id)
    token, until = links.make_invitation(session, account.id)
    _note(session, reader, account, "par feuillet")
    return AccessSlip(
        person.name, account.login, links.address(token), links.in_groups(token), until
    )


def make_slips(session: Session, reader: Reader, account_ids: Collection[int]) -> list[AccessSlip]:
    """The same for many, in the order of their names."""
    made = [make_slip(session, reader, account_id) for account_id in account_ids]
    return sorted(made, key=lambda slip: slip.name)


def renew_invitations(session: Session, reader: Reader) -> tuple[int, int]:
    """Renouveler les invitations échues: one more mail to each person whom it reaches. Gives how
    many leave, and how many persons only a sheet reaches.
    """
    lapsed = lapsed_invitations(session, reader)
    reached = [account_id for account_id in lapsed if not _why_not(session, account_id)]
    for account_id in reached:
        invite_by_mail(session, reader, account_id)
    return len(reached), len(lapsed) - len(reached)


def _why_not(session: Session, account_id: int) -> str:
    account = session.get(Account, account_id)
    return why_not_by_mail(session, session.get(Person, account.person_id))


def _open_account(session: Session, reader: Reader, account_id: int) -> tuple[Account, Person]:
    require(reader, "account.manage")
    account = lock_record(session, Account, account_id, "Ce compte n'existe pas.")
    if not account.is_open(today(session)):
        raise Refused("Ce compte est fermé : rouvrez-le d'abord.")
    return account, session.get(Person, account.person_id)


def _note(session: Session, reader: Reader, account: Account, how: str) -> None:
    note(session, reader, today(session), "account", account.login, "invitation", None, how)
    session.flush()


# ── A forgotten password ──────────────────────────────────────────────────────────────────────────


def ask_for_key(on: Engine, login: str, address: str | None, now: datetime | None = None) -> None:
    """Demander un lien pour un mot de passe oublié. Nothing tells whether there is such an
    account, nor whether a mail leaves; one does every few minutes at most.

    Raises TooMany where too much was asked from one address, whatever the names.
    """
    with writing(on) as session:
        limits.count(session, limits.Act.reset, address, now)
    rounds.request_soon()
    with writing(on) as session:
        account = account_by_login(session, login)
        person = session.get(Person, account.person_id) if account else None
        if person is None or not account.is_open(today(session)):
            return
        session.get(Account, account.id, with_for_update=True)
        if why_not_by_mail(session, person) or _is_too_soon(session, account, now or clock_now()):
            return
        _write(
            session,
            person,
            NoticeKind.reset,
            "Choisissez un nouveau mot de passe",
            f"Votre identifiant : {account.login}. La page ci-dessous vous laisse choisir un"
            " nouveau mot de passe, une fois, pendant 30 minutes. Si vous n'avez rien demandé,"
            " laissez ce message : rien ne change.",
        )


def _is_too_soon(session: Session, account: Account, now: datetime) -> bool:
    made_after = now - BETWEEN + links.RESET_LIFE
    lately = select(ResetLink.token).where(
        ResetLink.account_id == account.id, ResetLink.expires_at > made_after
    )
    of_today = (
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.person_id == account.person_id,
            Notice.kind == str(NoticeKind.reset),
            Notice.on == today(session),
        )
    )
    return (
        _waiting(session, account.person_id, NoticeKind.reset)
        or session.exec(lately).first() is not None
        or session.exec(of_today).one() >= MOST_A_DAY
    )


def _waiting(session: Session, person_id: int, kind: NoticeKind) -> bool:
    waiting = select(Notice.id).where(
        Notice.person_id == person_id, Notice.kind == str(kind), Notice.state.in_(UNSENT)
    )
    return session.exec(waiting).first() is not None


def _write(session: Session, person: Person, kind: NoticeKind, title: str, text: str) -> None:
    """To her address, whatever her rhythm; without a link, which is made when it leaves."""
    session.add(
        Notice(
            person_id=person.id,
            key=f"{kind}-{secrets.token_hex(8)}",
            kind=str(kind),
            on=today(session),
            title=title,
            text=text,
            href=links.PAGE,
            urgent=True,
            address=person.email,
        )
    )
