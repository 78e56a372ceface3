"""Acts of setting up an installation (mise en route): a test mail, steps left for later."""

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.notices.records import queue_mail
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.people.preferences import remember
from dashboard.queries.operations.setup import LATER, RIGHT
from models.errors import Refused
from models.notices import NoticeKind
from models.people import Person


def send_test_mail(session: Session, reader: Reader) -> str:
    """Envoyer un courriel d'essai to oneself through the outbox; returns the address. Raises
    Refused with the reason where no mail can be sent, or without an address.
    """
    require(reader, RIGHT)
    if why := mail_problem(session):
        raise Refused(why)
    person = session.get(Person, reader.person_id)
    if not person.email:
        raise Refused("Vous n'avez pas d'adresse de courriel : donnez-la dans « Mon espace ».")
    text = "Les courriels de C-Possible vous parviennent."
    title, href = "Courriel d'essai", "/mise-en-route"
    queue_mail(session, person, NoticeKind.task, title, text, href, person.email)
    return person.email


def leave_for_later(session: Session, reader: Reader, steps: frozenset[str]) -> None:
    """Stores the steps the reader skipped; they remain listed."""
    require(reader, RIGHT)
    remember(session, reader, LATER, ",".join(sorted(steps)))
