"""The posters of sites (affiches) as PDF: one page for each, to hang on its wall."""

from collections.abc import Sequence

from dashboard.access import require
from dashboard.queries.meetings.posters import PAGE, SitePoster, page_of
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope
from models.settings import settings

_ALT = "Code QR : ouvre la page de ce site, sans compte."


def posters(scope: Scope, found: Sequence[SitePoster], origin: str) -> bytes:
    """`found` are sites that have a poster; `origin` is where people open the product. Raises
    Refused without the right.
    """
    require(scope.reader, "poster.make")
    shown = without_scheme(origin)
    return paper(
        "affiche.typ",
        scope,
        {
            "page": f"{shown}/{PAGE}",
            "contact": printable(settings().cp_contact, 200),
            "posters": [_page(item, origin) for item in found],
        },
    )


def _page(item: SitePoster, origin: str) -> dict:
    href = f"{origin}{page_of(item.word)}"
    return {"site": printable(item.site.name, 120), "word": item.word, "qr": qr(href, _ALT)}
