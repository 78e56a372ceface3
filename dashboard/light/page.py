"""A light page: the request that a handler receives, and the HTML document around its parts."""

import re
from collections.abc import Iterable, Mapping, Sequence
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
from dashboard.visit.screens import addresses
from dashboard.visit.signin import ASKED_FOR
from dashboard.web.own_files import versioned
from models.clock import now
from models.scales import Word
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
        style=_file("leger.css"),
        scripts=[_file("shared.js"), _file("leger.js")],
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


def qr_code(address: str) -> str:
    """The picture as a data address: dark on white in both themes, one pixel per square; the
    stylesheet enlarges it with hard edges.
    """
    return segno.make(address, error="m", micro=False).png_data_uri(border=3)


# Keys of errors that belong to no field: an error of the whole form, and a limit after which the
# visitor has to wait.
WHOLE, WAIT = "form", "attente"


def refused(refusal: Invalid | Refused) -> dict[str, str]:
    """The errors of the fields, or a refusal as the error of the whole form. Too many requests is
    not an error to correct: the message says how long to wait, and that the typed text is not lost.
    """
    if isinstance(refusal, Invalid):
        return refusal.errors
    if not isinstance(refusal, TooMany):
        return {WHOLE: str(refusal)}
    minutes = max(ceil((refusal.until - now()).total_seconds() / 60), 1)
    remaining = french.counted(minutes, "minute")
    sentence = str(refusal).removesuffix(".")
    return {WAIT: f"{sentence}, dans {remaining} au plus ; ce que vous avez écrit reste ici."}


@dataclass(frozen=True)
class Fields:
    """The fields of one form, filled with what the visitor sent, each with its error."""

    visit: Visit
    errors: Mapping[str, str] = field(default_factory=dict)

    def line(self, name: str, label: str, hint: str = "", **how: object) -> Markup:
        """A one-line text field."""
        return self._field("light/line.html", name, label, hint, **how)

    def text(self, name: str, label: str, hint: str = "", **how: object) -> Markup:
        """A text field of several lines."""
        return self._field("light/text.html", name, label, hint, **how)

    def choice(
        self,
        name: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        default: str = "",
        hint: str = "",
        **how: object,
    ) -> Markup:
        """One of a few (value, words), all visible."""
        return self._field(
            "light/choice.html", name, label, hint, choices=choices, default=default, **how
        )

    def select(
        self,
        name: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        default: str = "",
        hint: str = "",
    ) -> Markup:
        """One of many (value, words)."""
        return self._field("light/select.html", name, label, hint, choices=choices, default=default)

    def ticks(
        self, name: str, label: str, choices: Sequence[tuple[str, str]], hint: str = ""
    ) -> Markup:
        """Several of a few (value, words)."""
        chosen = self.visit.form.getlist(name)
        return self._field("light/ticks.html", name, label, hint, choices=choices, chosen=chosen)

    def steps(
        self,
        name: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        ends: Sequence[tuple[str, str]] = (),
        hint: str = "",
    ) -> Markup:
        """One step of a numeric scale, side by side; `ends` labels the ends (step, words)."""
        more = (f"{name}-bouts",) if ends else ()
        return self._field("light/steps.html", name, label, hint, more, choices=choices, pairs=ends)

    def grid(
        self,
        name: str,
        label: str,
        lines: Sequence[tuple[str, str]],
        choices: Sequence[tuple[str, str]],
        hint: str = "",
    ) -> Markup:
        """Several lines (field name, words), each with one of the same choices."""
        values = [(line, words, self.value(line)) for line, words in lines]
        return self._field("light/grid.html", name, label, hint, choices=choices, lines=values)

    def check(self, name: str, label: str, hint: str = "") -> Markup:
        """A checkbox."""
        return self._field("light/check.html", name, label, hint)

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

    def _field(
        self,
        template: str,
        name: str,
        label: str,
        hint: str,
        more: Sequence[str] = (),
        **how: object,
    ) -> Markup:
        """`more`: ids of other elements that describe the field."""
        is_kept = how.pop("is_kept", True)
        default = str(how.pop("default", ""))
        value = self.value(name, default) if is_kept else default
        error = self.errors.get(name, "")
        described = [f"{name}-aide"] * bool(hint) + [f"{name}-erreur"] * bool(error) + [*more]
        return render(
            template,
            name=name,
            label=label,
            hint=hint,
            value=value,
            error=error,
            described=" ".join(described),
            **{"most": None, "rows": 6, "autocomplete": "off", "colours": (), "mode": ""} | how,
        )
