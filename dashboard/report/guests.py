"""The poster of one date open to everybody (affiche d'une date) as PDF, with a QR code to its
page.
"""

from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.queries.seats.events import Where
from dashboard.queries.seats.records import open_event
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope
from models.errors import Refused
from models.settings import settings

_ALT = "Code QR : ouvre l'inscription à cette date, sans compte."


def date_poster(session: Session, scope: Scope, where: Where, origin: str) -> bytes:
    """The poster, which contains public data only. Raises Refused without an account, and for a
    date not open to everybody.
    """
    require(scope.reader, "page.everyone")
    on = open_event(session, where, scope.on)
    if on is None or on.refusal:
        raise Refused("On ne s'inscrit pas, ou plus, à cette date.")
    address = f"{origin}{where.address}"
    hours = (
        f", de{french.NO_BREAK}{on.starts} à{french.NO_BREAK}{on.ends}"
        if on.starts and on.ends
        else ""
    )
    day = f"{french.weekday(on.day)} {french.day_long(on.day)}".capitalize()
    facts = [f"{day}{hours}", on.place]
    return paper(
        "inscription.typ",
        scope,
        {
            "title": printable(on.title, 200),
            "kind": on.kind,
            "facts": [printable(fact, 200) for fact in facts if fact],
            "page": without_scheme(address),
            "contact": printable(settings().cp_contact, 200),
            "images": {"qr": qr(address, _ALT)},
        },
    )
