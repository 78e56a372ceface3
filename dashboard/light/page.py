"""A light page: the request that a handler receives, and the HTML document around its parts."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import ceil
from urllib.parse import urlencode

import segno
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboard import cached, french, theme
from dashboard.actions.limits import TooMany
from dashboard.frame.around import MOTTO, colour_ambitions
from dashboard.rendering import render
from dashboard.ui.components import gathering
from dashboard.visit.navigation import whole_number
from dashboard.visit.screens import addresses
from dashboard.visit.signin import ASKED_FOR
from dashboard.web.first_page import versioned
from models.clock import now
from models.settings import settings
from models.texts import Invalid, Refused

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


def page(
    visit: Visit,
    title: str,
    parts: Iterable[Markup],
    status: int = 200,
    form: bool = False,
    around: str = "tout",
    again: Mapping[str, object] | None = None,
    code: bool = False,
) -> Response:
    """The document; `form` says that the browser may store the page for offline use, `code` that it
    contains a code and must not be stored anywhere; `again` to which address it redirects by
    itself, after so many seconds. `around`: what surrounds it: menu and foot (« tout »); name of
    the product and foot (« simple »); the name alone, without a link, on a shared tablet (« nom »);
    nothing on a paper (« rien »).
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
        around="rien" if visit.is_framed else around,
        again=again,
        sign_in=sign_in_address(visit),
        frozen_on=installation.frozen_on if installation.demonstration else None,
        motto=MOTTO,
        paper=theme.PAPER,
        style=_file("leger.css"),
        scripts=[_file("shared.js"), _file("leger.js")],
        styles=styles,
        contact=settings().cp_contact,
    )
    # The page at this address depends on the cookie: browsers must revalidate it.
    answer = HTMLResponse(html, status, {"Cache-Control": "private, no-cache", "Vary": "Cookie"})
    if form:
        answer.headers["X-Form"] = "whole"
    if code:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def sign_in_address(visit: Visit) -> str:
    """This page as Streamlit serves it, or else the first page: the sign-in, and then the page
    itself.
    """
    if visit.here not in addresses():
        return f"/?{ASKED_FOR}=oui"
    params = {k: v for k, v in visit.request.query_params.items() if k not in (ASKED_FOR, "embed")}
    return f"/{visit.here}?{urlencode(params | {ASKED_FOR: 'oui'})}"


@cache
def _file(name: str) -> str:
    return versioned(name)


def qr_code(address: str) -> str:
    """The picture as a data address: dark on white in both themes, one pixel per square; the
    stylesheet enlarges it with hard edges.
    """
    return segno.make(address, error="m", micro=False).png_data_uri(border=3)


# Keys of errors that belong to no field: an error of the whole form, and a limit after which the
# visitor has to wait.
WHOLE, WAIT = "form", "attente"


def refused(refusal: Invalid | Refused, name: str = WHOLE) -> dict[str, str]:
    """The errors of the fields, or a refusal as the error of this field or the whole form. Too many
    requests is not an error to correct: the message says how long to wait, and that the typed text
    is not lost.
    """
    if isinstance(refusal, Invalid):
        return refusal.errors
    if not isinstance(refusal, TooMany):
        return {name: str(refusal)}
    minutes = max(ceil((refusal.until - now()).total_seconds() / 60), 1)
    remaining = french.counted(minutes, "minute")
    sentence = str(refusal).removesuffix(".")
    return {WAIT: f"{sentence}, dans {remaining} au plus ; ce que vous avez écrit reste ici."}


def answered(
    visit: Visit, form: Callable[[dict[str, str]], Response], act: Callable[[], Response]
) -> Response:
    """GET: the form. POST: the answer of the act; or the form with the errors, if it refuses."""
    try:
        return act() if visit.is_sent else form({})
    except (Invalid, Refused) as refusal:
        return form(refused(refusal))


@dataclass(frozen=True)
class Fields:
    """The fields of one form, filled with what the visitor sent, each with its error."""

    visit: Visit
    errors: Mapping[str, str] = field(default_factory=dict)

    def field(
        self,
        shape: str,
        name: str,
        label: str,
        hint: str = "",
        choices: Sequence[tuple[str, str]] = (),
        default: object = "",
        is_kept: bool = True,
        **how: object,
    ) -> Markup:
        """One field, in the shape of its template: « line » or « text » is typed; of the (value,
        words) in `choices` « choice » takes one of a few, « select » one of many, « ticks »
        several, « steps » a step of a scale whose ends `pairs` names; « grid » has one for each of
        its `lines` (field name, words); « check » is a checkbox.
        """
        error = self.errors.get(name, "")
        parts = {"aide": hint, "erreur": error, "bouts": how.get("pairs")}
        return render(
            f"light/{shape}.html",
            name=name,
            label=label,
            hint=hint,
            choices=choices,
            value=self.value(name, str(default)) if is_kept else str(default),
            value_of=self.value,
            chosen=self.visit.form.getlist(name),
            error=error,
            described=" ".join(f"{name}-{part}" for part, text in parts.items() if text),
            **{"most": None, "rows": 6, "autocomplete": "off", "colours": (), "mode": ""} | how,
        )

    def summary(self, labels: Mapping[str, str]) -> Markup:
        """The errors, each a link to its field; empty without errors. An error of the whole form
        (`WHOLE`) has no field; a wait (`WAIT`) is not an error.
        """
        errors = [
            (name, sentence, labels.get(name, ""))
            for name, sentence in self.errors.items()
            if name != WAIT
        ]
        return render("light/errors.html", errors=errors, wait=self.errors.get(WAIT, ""))

    @property
    def status(self) -> int:
        """The HTTP status of the answer; with 429 an entry queued offline stays queued."""
        if WAIT in self.errors:
            return 429
        return 422 if self.errors else 200

    def value(self, name: str, default: str = "") -> str:
        """The value typed or chosen before, else the default."""
        return self.visit.form_value(name) if self.visit.is_sent else default
