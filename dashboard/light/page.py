"""A light page: the request that a handler receives, and the HTML document around its parts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlencode

import segno
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
# The links in the head of every page.
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
    """One request: the query, the posted form and files, the address of the client (None: this
    machine), and the mark of the sign-in (empty without one).
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

    def query_value(self, name: str) -> str:
        """The value of this parameter in the address; empty if it is missing."""
        return self.request.query_params.get(name, "")

    def form_value(self, name: str) -> str:
        """The value typed or chosen in this field."""
        found = self.form.get(name, "")
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int | None:
        """The id chosen in a list of records; None for « je ne sais pas »."""
        return whole_number(self.form_value(name))

    @property
    def token(self) -> str:
        """The token of the posted form; empty if we did not issue it."""
        found = self.form_value("jeton")
        return found if _TOKEN.fullmatch(found) else ""

    @property
    def public_address(self) -> str:
        """The public address of the product, for links that leave the page (a QR code)."""
        return settings().public_address(str(self.request.url))


def whole_number(text: str) -> int | None:
    """The number, or None; below 19 digits it fits into an id column on both engines."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class Around(Word):
    """What surrounds a page: menu and foot; name of the product and foot; the name alone, without a
    link (a shared tablet); nothing (a paper).
    """

    whole = "tout", "Menu et pied"
    plain = "simple", "Nom et pied"
    name = "nom", "Nom"
    nothing = "rien", "Rien"


@dataclass(frozen=True)
class Again:
    """Where a page redirects by itself, after so many seconds."""

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
    """The document; `form` says that the browser may store the page for offline use, `code` that it
    contains a code and must not be stored anywhere.
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
    """A page that needs no database: one sentence, and a link back."""
    return _answer(request, render("web/sentence.html", title="C-Possible", sentence=text), status)


def sign_in_address(visit: Visit) -> str:
    """This page as Streamlit serves it, or else the first page: the sign-in, and then the page
    itself.
    """
    if visit.here not in addresses():
        return f"/?{ASKED_FOR}=oui"
    params = {k: v for k, v in visit.request.query_params.items() if k not in (ASKED_FOR, "embed")}
    return f"/{visit.here}?{urlencode(params | {ASKED_FOR: 'oui'})}"


def _answer(request: Request, html: str, status: int) -> Response:
    # The page at this address depends on the cookie: browsers must revalidate it.
    return HTMLResponse(html, status, {"Cache-Control": "private, no-cache", "Vary": "Cookie"})


@cache
def _file(name: str) -> str:
    return versioned(name)


_BORDER = 3  # squares


def qr_code(address: str) -> str:
    """The picture as a data address: dark on white in both themes, one pixel per square; the
    stylesheet enlarges it with hard edges.
    """
    return segno.make(address, error="m", micro=False).png_data_uri(border=_BORDER)
