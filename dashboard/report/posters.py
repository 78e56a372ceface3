"""The posters of sites (affiches) as PDF, one page each."""

from collections.abc import Sequence

from dashboard.access import require
from dashboard.queries.meetings.posters import PAGE, SitePoster, page_of
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope
from models.settings import settings

_ALT = "Code QR : ouvre la page de ce site, sans compte."


def posters(scope: Scope, sites: Sequence[SitePoster], origin: str) -> bytes:
    """`sites` are sites with a poster; `origin` is the public address of the product. Raises
    Refused without the right.
    """
    require(scope.reader, "poster.make")
    address = without_scheme(origin)
    return paper(
        "affiche.typ",
        scope,
        {
            "page": f"{address}/{PAGE}",
            "contact": printable(settings().cp_contact, 200),
            "posters": [_page(item, origin) for item in sites],
        },
    )


def _page(item: SitePoster, origin: str) -> dict:
    href = f"{origin}{page_of(item.word)}"
    return {"site": printable(item.site.name, 120), "word": item.word, "qr": qr(href, _ALT)}
