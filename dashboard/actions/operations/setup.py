"""Acts of setting up an installation (mise en route): a test mail, steps left for later."""

from sqlmodel import Session, func, select

from dashboard.access import Reader, require
from dashboard.actions.notices.records import notify
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.people.preferences import remember
from dashboard.queries.operations.setup import LATER, RIGHT
from models.clock import today
from models.errors import Refused
from models.notices import Notice, NoticeKind
from models.people import Person


def send_test_mail(session: Session, reader: Reader) -> str:
    """Envoyer un courriel d'essai to oneself through the outbox; returns the address. Raises
    Refused with the reason where no mail can be sent, or without an address.
    """
    require(reader, RIGHT)
    if why := mail_problem(session):
        raise Refused(why)
    address = session.get(Person, reader.person_id).email
    if not address:
        raise Refused("Vous n'avez pas d'adresse de courriel : donnez-la dans « Mon espace ».")
    sent = notify(
        session,
        [reader.person_id],
        key=_next_key(session, reader),
        kind=NoticeKind.task,
        href="/mise-en-route",
        title="Courriel d'essai",
        text="Les courriels de C-Possible vous parviennent.",
        urgent=True,
    )
    if not sent:
        raise Refused("Vous avez choisi de ne recevoir aucun courriel : changez-en le rythme.")
    return address


def _next_key(session: Session, reader: Reader) -> str:
    """The day and her number of test mails on it: the database stores no hours."""
    before = f"essai-{today(session)}-"
    sent_today = select(func.count(Notice.id)).where(
        Notice.person_id == reader.person_id, Notice.key.startswith(before)
    )
    return f"{before}{session.exec(sent_today).one() + 1}"


def leave_for_later(session: Session, reader: Reader, steps: frozenset[str]) -> None:
    """Stores the steps the reader skipped; they remain listed."""
    require(reader, RIGHT)
    remember(session, reader, LATER, ",".join(sorted(steps)))
