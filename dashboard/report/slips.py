"""Invitation slips (feuillets), four per page: for persons without mail, the link to choose a
password, as QR code and in words.
"""

from collections.abc import Sequence

from dashboard import french
from dashboard.access import require
from dashboard.actions.notices.keys import AccessSlip
from dashboard.actions.people.links import PAGE
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope

_ALT = "Code QR : ouvre la page où l'on choisit son mot de passe."


def slips(scope: Scope, made: Sequence[AccessSlip], origin: str) -> bytes:
    """The slips as PDF; `origin` is the public address of the product. Raises Refused without the
    right.
    """
    require(scope.reader, "account.manage")
    address = without_scheme(origin)
    return paper(
        "feuillets.typ",
        scope,
        {
            "page": f"{address}{PAGE}",
            "slips": [_slip(item, origin) for item in made],
        },
    )


def _slip(slip: AccessSlip, origin: str) -> dict:
    return {
        "name": printable(slip.name, 120),
        "login": printable(slip.login, 100),
        "code": slip.code,
        "until": french.day_long(slip.until),
        "qr": qr(f"{origin}{slip.href}", _ALT),
    }
