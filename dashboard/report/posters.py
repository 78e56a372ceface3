"""Papers to hang or hand out, each with a QR code: the posters of sites (affiches), the poster of
one date, those of a campaign (campagne), and invitation slips (feuillets).
"""

from collections.abc import Sequence

from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.actions.notices.keys import AccessSlip
from dashboard.actions.people import links
from dashboard.queries.campaigns import (
    asked_directions,
    campaign_at,
    restitution,
    restitution_in_words,
)
from dashboard.queries.meetings.posters import PAGE, SitePoster, page_of
from dashboard.queries.seats.events import Where
from dashboard.queries.seats.records import open_event
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope
from models.errors import Refused
from models.settings import settings

_OF_SITE = "Code QR : ouvre la page de ce site, sans compte."
_OF_DATE = "Code QR : ouvre l'inscription à cette date, sans compte."
_OF_CAMPAIGN = "Code QR : ouvre la page de la question, sans compte."
_TEXT_MAX = 700
_OF_SLIP = "Code QR : ouvre la page où l'on choisit son mot de passe."


def posters(scope: Scope, sites: Sequence[SitePoster], origin: str) -> bytes:
    """One page per site with a poster; `origin` is the public address of the product. Raises
    Refused without the right.
    """
    require(scope.reader, "poster.make")
    pages = [
        {
            "site": printable(item.site.name, 120),
            "word": item.word,
            "qr": qr(f"{origin}{page_of(item.word)}", _OF_SITE),
        }
        for item in sites
    ]
    address = f"{without_scheme(origin)}/{PAGE}"
    return paper("affiche.typ", scope, {"page": address, "contact": _contact(), "posters": pages})


def date_poster(session: Session, scope: Scope, where: Where, origin: str) -> bytes:
    """The poster of a date, which contains public data only. Raises Refused without an account,
    and for a date not open to everybody.
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
            "contact": _contact(),
            "images": {"qr": qr(address, _OF_DATE)},
        },
    )


def campaign_paper(session: Session, scope: Scope, key: str, address: str) -> bytes:
    """The poster of a campaign and the sheet to fill in by hand; once it is published, what
    follows. `address` is its public page. Raises Refused without an account.
    """
    require(scope.reader, "page.everyone")
    campaign = campaign_at(session, key)
    if campaign is None:
        raise Refused("Cette campagne n'existe pas.")
    found = restitution(session, campaign.id) if campaign.restituted_on else ()
    data = {
        "question": printable(campaign.question),
        "introduction": printable(campaign.introduction, _TEXT_MAX),
        "until": french.day_long(campaign.closes_on),
        "directions": [printable(u.name) for u in asked_directions(campaign, scope.tree)],
        "contact": _contact(),
        "rows": [[printable(t, _TEXT_MAX) for t in row] for row in restitution_in_words(found)],
        "page": without_scheme(address),
        "images": {"qr": qr(address, _OF_CAMPAIGN)},
    }
    return paper("restitution.typ" if campaign.restituted_on else "campagne.typ", scope, data)


def _contact() -> str:
    return printable(settings().cp_contact, 200)


def slips(scope: Scope, made: Sequence[AccessSlip], origin: str) -> bytes:
    """Four slips per page, for persons without mail: the link to choose a password. Raises Refused
    without the right.
    """
    require(scope.reader, "account.manage")
    pages = [
        {
            "name": printable(slip.name, 120),
            "login": printable(slip.login, 100),
            "code": slip.code,
            "until": french.day_long(slip.until),
            "qr": qr(f"{origin}{slip.href}", _OF_SLIP),
        }
        for slip in made
    ]
    page = f"{without_scheme(origin)}{links.PAGE}"
    return paper("feuillets.typ", scope, {"page": page, "slips": pages})
