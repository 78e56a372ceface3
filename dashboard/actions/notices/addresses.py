"""Acts on one's own mail address (adresse de courriel): set, confirmed from the mail sent there,
removed.

An address is in force once its holder has opened the mail it received. Where no mail can be sent,
or mails hold no links (CP_PUBLIC_URL), it is in force at once.
"""

import hmac
from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.acts import note
from dashboard.actions.notices.records import queue_mail
from dashboard.actions.notices.sending import can_send_mails
from dashboard.actions.people.preferences import forget, remember
from dashboard.queries.notices.recipients import TO_CONFIRM, address_to_confirm
from dashboard.queries.notices.records import count_of_day
from models.clock import today
from models.errors import Refused, refuse
from models.notices import Notice, NoticeKind, NoticeState
from models.people import Person, is_address
from models.preferences import OWN_ADDRESS
from models.settings import settings
from models.signing import keyed_hash

DAYS_TO_CONFIRM = 7
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
    until = today(session) + timedelta(days=DAYS_TO_CONFIRM)
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
        today(session),
        "person",
        str(person.id),
        "adresse de courriel",
        None,
        change,
    )
    _retry_failed(session, person.id)
    if before and can_send_mails(session):
        _write(
            session,
            person,
            before,
            "Vos courriels C-Possible ne viendront plus à cette adresse",
            "Votre adresse a été changée ou retirée dans C-Possible.",
            "/mon-espace",
        )


def _retry_failed(session: Session, person_id: int) -> None:
    """Resets the attempts of mails that the old address refused."""
    refused = (
        Notice.state.in_([NoticeState.waiting, NoticeState.dropped])
        & (Notice.tries > 0)
        & (Notice.address == "")
    )
    session.execute(
        update(Notice)
        .where(Notice.person_id == person_id, refused)
        .values(state=NoticeState.waiting, tries=0, error="", sent_on=None)
        .execution_options(synchronize_session=False)
    )


def _withdraw_demand(session: Session, person: Person) -> None:
    """Deletes unsent mails to an address that is no longer requested."""
    session.execute(
        delete(Notice)
        .where(
            Notice.person_id == person.id,
            Notice.state == NoticeState.waiting,
            Notice.href.startswith(_CONFIRMING),
        )
        .execution_options(synchronize_session=False)
    )


def _write(
    session: Session, person: Person, address: str, title: str, text: str, href: str
) -> None:
    """Queues a mail to one address, whatever the person's rhythm: she asked for it."""
    warned = f"{text} Si ce n'est pas vous, prévenez l'équipe du programme :"
    warned += f" {settings().cp_contact}."
    queue_mail(session, person, NoticeKind.address, title, warned, href, address)
