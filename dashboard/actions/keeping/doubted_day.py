"""The day in doubt (jour mis en doute): administrators are told once, and confirm it.

Nothing of it is a notice: a notice is dated.
"""

from contextlib import suppress

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note
from dashboard.actions.keeping.heartbeats import note_ends
from dashboard.actions.notices.sending import why_no_mail
from dashboard.files.mail import messages as mails
from dashboard.files.mail import smtp
from dashboard.files.mail.smtp import Rejected, Unreachable
from dashboard.queries.keeping.health import CLOCK, in_words
from dashboard.queries.notices.recipients import administrators
from models import doubted_day
from models.clock import local, now, today
from models.database import reading, writing
from models.doubted_day import Doubt
from models.errors import Refused
from models.keeping import NoticeKind
from models.people import Person

NOTHING_TO_CONFIRM = "Le jour du serveur n'est pas mis en doute : il n'y a rien à confirmer."
CONFIRMED = "Le jour est confirmé : les actes s'enregistrent de nouveau."


def confirm_day(session: Session, reader: Reader) -> str:
    """Confirmer le jour que dit l'horloge. Raises Refused where nobody doubts it."""
    require(reader, "system.check")
    found = doubted_day.doubt(session)
    if found is None:
        raise Refused(NOTHING_TO_CONFIRM)
    doubted_day.accept(session)
    # The day that the next start of the machine is compared with, whatever facts say.
    note_ends(session, {CLOCK: ""}, now())
    expected, says = (french.moment(local(at)) for at in (found.expected, found.says))
    note(session, reader, today(session), "horloge", "serveur", "jour", expected, says)
    return CONFIRMED


def tell_of_doubt(on: Engine) -> bool:
    """A round while the day is in doubt: administrators get a mail, once. Whether it is."""
    with reading(on) as session:
        found = doubted_day.doubt(session)
    if found is None:
        return False
    with writing(on, dates_nothing=True) as session:
        is_first = doubted_day.is_first_told(session)
    if is_first:
        # Who watches is told by « /sante » too: a mail server that is away is no further trouble.
        with suppress(Refused, Unreachable):
            _write_to_administrators(on, found)
    return True


def _write_to_administrators(on: Engine, found: Doubt) -> None:
    with reading(on) as session:
        if why_no_mail(session):
            return
        chosen = Person.id.in_(administrators(session)), Person.email != ""
        people = session.exec(select(Person).where(*chosen).order_by(Person.id)).all()
    to, news = smtp.server(), _news(found)
    with smtp.connected(to) as connection:
        for person in people:
            with suppress(Rejected):
                batch = f"clock-{found.says.isoformat()}-{person.id}"
                mail = mails.message(to, person.name, person.email, [news], batch, now())
                smtp.hand_over(connection, to, mail, person.email)


def _news(found: Doubt) -> mails.News:
    return mails.News(
        NoticeKind.alert,
        "C-Possible demande votre attention : l'horloge du serveur a fait un bond",
        in_words(found),
        "/etat-du-systeme",
    )
