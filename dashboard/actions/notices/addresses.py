"""Acts on one's own mail address (adresse de courriel): set, confirmed from the mail sent there,
removed.

An address is in force once its holder has opened the mail it received. Where no mail can be sent,
or mails hold no links (CP_PUBLIC_URL), it is in force at once.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, delete, func, update
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.acts import lock_record, note
from dashboard.actions.notices.records import queue_mail
from dashboard.actions.notices.sending import can_send_mails
from dashboard.actions.operations import mixing
from dashboard.actions.people import links
from dashboard.actions.people.accounts import forget, remember
from dashboard.queries.notices.records import TO_CONFIRM, UNSENT, address_to_confirm, count_of_day
from dashboard.queries.people.accounts import lapsed_invitations
from dashboard.queries.people.readers import account_by_login
from models.clock import now as clock_now, today
from models.database import writing
from models.notices import Notice, NoticeKind, NoticeState
from models.people import OWN_ADDRESS, Account, Person, is_address
from models.settings import settings
from models.short_lived import ResetLink
from models.signing import keyed_hash
from models.texts import Refused, refuse

MOST_A_DAY = 5
_CONFIRMING = "/mon-espace?adresse="


def choose_address(session: Session, reader: Reader, address: str) -> bool:
    """Choisir l'adresse où l'on est écrit, ou n'en garder aucune. Returns whether it is in force
    now; otherwise it is to be confirmed.

    Raises Invalid for an invalid address, Refused after MOST_A_DAY messages in a day, so that a
    stranger's mailbox is not flooded.
    """
    person = _self(session, reader)
    address = address.strip().lower()
    how = "Ceci n'est pas une adresse de courriel : écrivez-la comme prenom.nom@commune.be."
    same = "C'est déjà votre adresse." if address else "Aucune adresse n'est gardée pour vous."
    is_wrong = address and not is_address(address)
    refuse({"address": (is_wrong and how) or (address == person.email and same)})
    if not (address and can_send_mails(session) and settings().cp_public_url):
        _store(session, reader, person, address)
        return True
    _withdraw_demand(session, person)
    if count_of_day(session, person.id, NoticeKind.address) >= MOST_A_DAY:
        raise Refused("Assez de messages de confirmation pour aujourd'hui : réessayez demain.")
    until = today(session) + timedelta(days=7)
    remember(session, reader, TO_CONFIRM, f"{until:%Y-%m-%d} {address}")
    _write(
        session,
        person,
        address,
        "Confirmez votre adresse dans C-Possible",
        "Ouvrez la page ci-dessous et confirmez : vos courriels viendront ici. Sans confirmation"
        f" avant le {french.day_long(until)}, rien ne change.",
        f"{_CONFIRMING}{_token(person, address)}",
    )
    return False


def confirm_address(session: Session, reader: Reader, token: str) -> str:
    """Confirmer: the reader opened the mail sent to her new address. Returns the address. Raises
    Refused for a link that is not hers, was used or is too old.
    """
    person = _self(session, reader)
    address, _ = address_to_confirm(session, person.id)
    if not address or not hmac.compare_digest(token.encode(), _token(person, address).encode()):
        raise Refused(
            "Ce lien n'est plus valable : redonnez votre adresse, un nouveau message y sera envoyé."
        )
    _store(session, reader, person, address)
    return address


def give_up_address(session: Session, reader: Reader) -> None:
    """Renoncer à l'adresse à confirmer; its link is no longer valid."""
    person = _self(session, reader)
    forget(session, reader, TO_CONFIRM)
    _withdraw_demand(session, person)


def _self(session: Session, reader: Reader) -> Person:
    require(reader, "page.everyone")
    person = (
        session.get(Person, reader.person_id, with_for_update=True) if reader.is_known else None
    )
    if person is None:
        raise Refused("Connectez-vous pour continuer.")
    return person


def _token(person: Person, address: str) -> str:
    """Valid for one change only: it depends on the person, her present address and the new one."""
    return keyed_hash(f"adresse {person.id} {person.email} {address}")[:32]


def _store(session: Session, reader: Reader, person: Person, address: str) -> None:
    """Sets the address, redirects unsent mails to it and notifies the old one. Later personnel
    files leave it unchanged.
    """
    before = person.email
    person.email = address
    remember(session, reader, OWN_ADDRESS, "sienne")
    forget(session, reader, TO_CONFIRM)
    change = "retirée"
    if address:
        change = "changée" if before else "donnée"
    # The journal does not hold the address itself: others read it.
    note(
        session,
        reader,
        "person",
        str(person.id),
        "adresse de courriel",
        None,
        change,
    )
    # What the old address refused is tried again.
    refused = (
        Notice.state.in_([NoticeState.waiting, NoticeState.dropped])
        & (Notice.tries > 0)
        & (Notice.address == "")
    )
    session.execute(
        update(Notice)
        .filter_by(person_id=person.id)
        .where(refused)
        .values(state=NoticeState.waiting, tries=0, error="", sent_on=None)
        .execution_options(synchronize_session=False)
    )
    if before and can_send_mails(session):
        _write(
            session,
            person,
            before,
            "Vos courriels C-Possible ne viendront plus à cette adresse",
            "Votre adresse a été changée ou retirée dans C-Possible.",
            "/mon-espace",
        )


def _withdraw_demand(session: Session, person: Person) -> None:
    """Deletes unsent mails to an address that is no longer requested."""
    session.execute(
        delete(Notice)
        .filter_by(person_id=person.id, state=NoticeState.waiting)
        .where(Notice.href.startswith(_CONFIRMING))
        .execution_options(synchronize_session=False)
    )


def _write(
    session: Session, person: Person, address: str, title: str, text: str, href: str
) -> None:
    """Queues a mail to one address, whatever the person's rhythm: she asked for it."""
    warned = f"{text} Si ce n'est pas vous, prévenez l'équipe du programme :"
    warned += f" {settings().cp_contact}."
    queue_mail(session, person, NoticeKind.address, title, warned, href, address)


# ── Inviting ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class AccessSlip:
    """Feuillet: the printed sheet for a person without an address. `href` is the link, `code` what
    may be typed instead, `until` the last day of validity.
    """

    name: str
    login: str
    href: str
    code: str
    until: date


def why_not_by_mail(session: Session, person: Person) -> str:
    """Why no invitation can be mailed to this person, in French; empty where one can."""
    if not person.email:
        return "Aucune adresse de courriel n'est connue pour cette personne : imprimez un feuillet."
    same_address = select(Person.id).where(
        func.lower(Person.email) == person.email.lower(), Person.id != person.id
    )
    if session.scalar(same_address) is not None:
        return (
            f"L'adresse {person.email} est aussi celle d'une autre personne, qui pourrait lire le"
            " lien : imprimez un feuillet."
        )
    if not can_send_mails(session):
        return "Aucun courriel ne part d'ici pour le moment : imprimez un feuillet."
    if not settings().cp_public_url:
        return "Sans adresse publique, les courriels ne portent pas de lien : imprimez un feuillet."
    return ""


def invite_by_mail(session: Session, reader: Reader, account_id: int) -> str:
    """Inviter par courriel: the link is sent by the next round. Returns the address. Raises Refused
    where no mail can be sent, or one is already pending.
    """
    account, person = _open_account(session, reader, account_id)
    if why := why_not_by_mail(session, person):
        raise Refused(why)
    if _is_pending(session, person.id, NoticeKind.invitation):
        raise Refused("Une invitation attend déjà de partir vers cette personne.")
    write_invitation(session, person, account.login)
    _note(session, reader, account, "par courriel")
    return person.email


def write_invitation(session: Session, person: Person, login: str) -> None:
    """Queues the invitation of a person whom a mail can reach."""
    queue_mail(
        session,
        person,
        NoticeKind.invitation,
        "Votre compte C-Possible est ouvert",
        f"Votre identifiant : {login}. Ouvrez la page ci-dessous pour choisir votre mot de"
        f" passe. Ce lien sert une fois, pendant {links.INVITED_DAYS} jours.",
        links.PAGE,
        person.email,
    )


def make_slip(session: Session, reader: Reader, account_id: int) -> AccessSlip:
    """Préparer un feuillet: a link shown once, to be printed and handed over."""
    account, person = _open_account(session, reader, account_id)
    token, until = links.make_invitation(session, account.id)
    _note(session, reader, account, "par feuillet")
    return AccessSlip(
        person.name, account.login, links.address(token), links.in_groups(token), until
    )


def make_slips(session: Session, reader: Reader, account_ids: Collection[int]) -> list[AccessSlip]:
    """The same for several accounts, sorted by name."""
    made = [make_slip(session, reader, account_id) for account_id in account_ids]
    return sorted(made, key=lambda slip: slip.name)


def renew_invitations(session: Session, reader: Reader) -> tuple[int, int]:
    """Renouveler les invitations échues, by mail. Returns how many are sent, and how many persons
    need a printed sheet.
    """
    lapsed = lapsed_invitations(session, reader)
    persons = session.exec(
        select(Account.id, Person)
        .join(Person, Person.id == Account.person_id)
        .where(Account.id.in_(lapsed))
        .order_by(Account.id)
    ).all()
    reached = [account for account, person in persons if not why_not_by_mail(session, person)]
    for account_id in reached:
        invite_by_mail(session, reader, account_id)
    return len(reached), len(lapsed) - len(reached)


def _open_account(session: Session, reader: Reader, account_id: int) -> tuple[Account, Person]:
    require(reader, "account.manage")
    account = lock_record(session, Account, account_id, "Ce compte n'existe pas.")
    if not account.is_open(today(session)):
        raise Refused("Ce compte est fermé : rouvrez-le d'abord.")
    return account, session.get(Person, account.person_id)


def _note(session: Session, reader: Reader, account: Account, how: str) -> None:
    note(session, reader, "account", account.login, "invitation", None, how)
    session.flush()


# ── A forgotten password ──────────────────────────────────────────────────────────────────────────


def ask_for_key(on: Engine, login: str, address: str | None, now: datetime | None = None) -> None:
    """Demander un lien pour un mot de passe oublié. The answer reveals neither whether there is
    such an account nor whether a mail is sent; at most one is every few minutes.

    Raises TooMany past the limit of one network address.
    """
    with writing(on) as session:
        limits.count(session, limits.Act.reset, address, now)
    mixing.request_soon()
    with writing(on) as session:
        account = account_by_login(session, login)
        person = session.get(Person, account.person_id) if account else None
        if person is None or not account.is_open(today(session)):
            return
        session.get(Account, account.id, with_for_update=True)
        # Five minutes between two links for the same account, and six links a day at most.
        made_after = (now or clock_now()) - timedelta(minutes=5) + links.RESET_LIFE
        lately = (
            select(ResetLink.token)
            .filter_by(account_id=account.id)
            .where(ResetLink.expires_at > made_after)
        )
        if (
            why_not_by_mail(session, person)
            or _is_pending(session, person.id, NoticeKind.reset)
            or session.scalar(lately) is not None
            or count_of_day(session, person.id, NoticeKind.reset) >= 6
        ):
            return
        queue_mail(
            session,
            person,
            NoticeKind.reset,
            "Choisissez un nouveau mot de passe",
            f"Votre identifiant : {account.login}. La page ci-dessous vous laisse choisir un"
            " nouveau mot de passe, une fois, pendant 30 minutes. Si vous n'avez rien demandé,"
            " laissez ce message : rien ne change.",
            links.PAGE,
            person.email,
        )


def _is_pending(session: Session, person_id: int, kind: NoticeKind) -> bool:
    pending = (
        select(Notice.id).filter_by(person_id=person_id, kind=kind).where(Notice.state.in_(UNSENT))
    )
    return session.scalar(pending) is not None
