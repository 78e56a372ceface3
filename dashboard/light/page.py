"""One light page: what a handler is given, and the whole document around what it draws."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboard import cached, theme
from dashboard.frame.menu import MOTTO, colour_ambitions
from dashboard.rendering import render
from dashboard.ui.blocks import gathering
from dashboard.visit.screens import addresses
from dashboard.visit.signin import ASKED_FOR
from dashboard.web.own_files import versioned
from models.settings import settings
from models.words import Word

STYLE, SCRIPTS = "leger.css", ("stores.js", "leger.js")
# The pages of the head, on every page.
MENU = (
    ("Accueil", ""),
    ("Déposer", "deposer"),
    ("Suivre", "suivre"),
    ("Agenda", "agenda"),
    ("Actualités", "actualites"),
)
_TOKEN = re.compile(r"[\w-]{20,64}", re.ASCII)


@dataclass(frozen=True)
class Visit:
    """One request: what its address says, what was sent with it (`form`, and the bytes of the
    files), from where it comes (None: from this machine), under which sign-in (mostly none).
    """

    request: Request
    form: FormData = field(default_factory=FormData)
    uploads: Sequence[bytes] = ()
    whose: str = ""

    @property
    def is_sent(self) -> bool:
        return self.request.method == "POST"

    @property
    def is_framed(self) -> bool:
        return self.request.query_params.get("embed") == "true"

    @property
    def here(self) -> str:
        """The address of the page, without its slash."""
        return self.request.scope["path"].strip("/")

    @property
    def address(self) -> str | None:
        return self.request.client.host if self.request.client else None

    def asked(self, name: str) -> str:
        """What the address says under this name."""
        return self.request.query_params.get(name, "")

    def given(self, name: str) -> str:
        """What was typed or chosen in this field."""
        found = self.form.get(name, "")
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int | None:
        """What was chosen in a list of records; None for « je ne sais pas »."""
        return whole_number(self.given(name))

    @property
    def token(self) -> str:
        """The token of the form that was sent; empty where it is none of ours."""
        found = self.given("jeton")
        return found if _TOKEN.fullmatch(found) else ""

    @property
    def origin(self) -> str:
        """Where this product is, for an address that leaves the page (a QR code)."""
        if ours := settings().public_origin:
            return ours
        url = self.request.url
        return f"{url.scheme}://{url.netloc}"


def whole_number(text: str) -> int | None:
    """Below 19 digits a number fits into the column of an id, on either engine."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class Around(Word):
    """What stands around a page: the menu and the foot; the name of the product and the foot; the
    name alone, which leads nowhere (a tablet of several people); nothing (a paper).
    """

    whole = "tout", "Menu et pied"
    plain = "simple", "Nom et pied"
    name = "nom", "Nom"
    nothing = "rien", "Rien"


@dataclass(frozen=True)
class Again:
    """Where a page goes on its own, after so many seconds."""

    seconds: int
    address: str


def page(
    visit: Visit,
    title: str,
    parts: Iterable[Markup],
    status: int = 200,
    form: bool = False,
    around: Around = Around.whole,
    again: Again | None = None,
    code: bool = False,
) -> Response:
    """The document; `form` says that the page is one that the phone may keep for when there is no
    network, `code` that it holds one, and is kept nowhere.
    """
    installation = cached.installation()
    with gathering() as styles:
        colour_ambitions()
    html = render(
        "light/page.html",
        title=title,
        parts=list(parts),
        here=visit.here,
        whose=visit.whose,
        menu=MENU,
        is_framed=visit.is_framed,
        around=Around.nothing if visit.is_framed else around,
        again=again,
        sign_in=sign_in_address(visit),
        frozen_on=installation.frozen_on if installation.demonstration else None,
        motto=MOTTO,
        paper=theme.PAPER,
        style=_file(STYLE),
        scripts=[_file(script) for script in SCRIPTS],
        styles=styles,
        contact=settings().cp_contact,
    )
    answer = _answer(visit.request, html, status)
    if form:
        answer.headers["X-Form"] = "whole"
    if code:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def sentence(request: Request, text: str, status: int) -> Response:
    """A page that needs no database: one sentence, and the way back."""
    return _answer(request, render("web/sentence.html", sentence=text), status)


def sign_in_address(visit: Visit) -> str:
    """This page as Streamlit serves it, or the first one where it does not: the sign-in, and after
    it the page itself.
    """
    if visit.here not in addresses():
        return f"/?{ASKED_FOR}=oui"
    params = {k: v for k, v in visit.request.query_params.items() if k not in (ASKED_FOR, "embed")}
    return f"/{visit.here}?{urlencode(params | {ASKED_FOR: 'oui'})}"


def _answer(request: Request, html: str, status: int) -> Response:
    # The house at this address depends on the cookie; a page that was left is asked for again.
    return HTMLResponse(html, status, {"Cache-Control": "private, no-cache", "Vary": "Cookie"})


@cache
def _file(name: str) -> str:
    return versioned(name)
