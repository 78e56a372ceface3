"""The first page of Streamlit's screens (page d'ouverture): its index.html in French, with our
scripts; and our own files as they are answered: read once, cached for ever under an address that
changes with what they hold.
"""

import base64
import hashlib
import json
import re
import tomllib
from collections.abc import Collection
from functools import cache
from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import theme
from dashboard.rendering import render
from dashboard.web import answers

# ── Our files ───────────────────────────────────────────────────────────────────────────────────

OWN_FILES = Path(__file__).resolve().parent.parent / "static"

FOREVER = "public, immutable, max-age=31536000"
A_DAY = "public, max-age=86400"


def french_script() -> str:
    """Streamlit's words in French, before the script that puts them in their place."""
    ours = tomllib.loads(Path(__file__).with_name("streamlit.toml").read_text(encoding="utf-8"))
    words, phrases = (json.dumps(ours[part], ensure_ascii=False) for part in ("words", "phrases"))
    script = (OWN_FILES / "fr.js").read_text(encoding="utf-8")
    return f"const WORDS = {words}, PHRASES = {phrases};\n{script}"


GENERATED = {
    "theme.js": answers.script,
    "fr.js": french_script,
    "theme.css": theme.css,
    "leger.css": theme.light_css,
}


class OwnFile:
    """One of our files, read once: revalidated by its hash, cached for ever if versioned."""

    def __init__(self, name: str, caching: str) -> None:
        self.content = _own_file(name)
        self.etag = f'W/"{_hash(self.content)}"'
        self.caching = caching
        self.media_type = media_type_of(name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        headers = {
            "ETag": self.etag,
            "Cache-Control": FOREVER if "v" in request.query_params else self.caching,
        }
        if request.headers.get("if-none-match") == self.etag:
            answer = Response(status_code=304, headers=headers)
        else:
            answer = Response(self.content, headers=headers, media_type=self.media_type)
        await answer(scope, receive, send)


def _own_file(name: str) -> bytes:
    made = GENERATED.get(name)
    return made().encode() if made else (OWN_FILES / name).read_bytes()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def media_type_of(name: str) -> str:
    return _TYPES.get(Path(name).suffix) or guess_type(name)[0] or "application/octet-stream"


# Operating systems disagree about these types.
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


def versioned(name: str) -> str:
    """An address that changes with the content, so that browsers may cache it for ever."""
    return f"/{name}?v={_hash(_own_file(name))}"


# ── The page ────────────────────────────────────────────────────────────────────────────────────

FRONT = "accueil"  # the front page by its name
STREAMLIT_FILES = Path(find_spec("streamlit").submodule_search_locations[0]) / "static"


class FrenchPage:
    """Serves our version of Streamlit's index.html, prepared once, in place of Streamlit's own.

    Streamlit answers every address of a page with that file, so it is recognised by its content;
    answers of other routes, HTML included, are not touched. An unknown address gets the page too,
    as a 404, and the frame shows a message. Below the root the page could not find its scripts:
    such an address is redirected.
    """

    def __init__(self, app: ASGIApp, screens: Collection[str] | None = None) -> None:
        self.app = app
        self.screens = screens
        self.original = _streamlit_page().encode()
        self.page = french_page().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["method"] == "GET"
        if not is_page or scope["path"].startswith("/static/"):
            return await self.app(scope, receive, send)
        # As it is, to be told by its bytes; what leaves is compressed further out.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        started: Message | None = None
        body_so_far = bytearray()

        async def send_or_replace(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and _is_html(message):
                # The headers are held back until the body shows whether it is Streamlit's page.
                started = message
                return
            if started is None or message["type"] != "http.response.body":
                return await send(message)
            body_so_far.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            body = bytes(body_so_far)
            if body == self.original:
                if redirect := self._redirect(scope):
                    answer = Response(status_code=307, headers={"Location": redirect})
                    return await answer(scope, receive, send)
                body = self._french_body(scope, started)
            await send(started)
            await send({"type": "http.response.body", "body": body})

        await self.app({**scope, "headers": headers}, receive, send_or_replace)

    def _french_body(self, scope: Scope, start: Message) -> bytes:
        """Our page in the place of Streamlit's; changes the head of the answer to fit it."""
        if self.screens is not None and scope["path"].strip("/") not in self.screens:
            start["status"] = 404
        # The validators of the original file would not fit ours; `no-cache` stays.
        headers = MutableHeaders(scope=start)
        for name in ("etag", "last-modified", "accept-ranges"):
            del headers[name]
        headers["content-length"] = str(len(self.page))
        return self.page

    def _redirect(self, scope: Scope) -> str:
        """The redirect of the front page by its name, to « / », and of an address below the root:
        « /idees/ » to « /idees », any other to the page for unknown addresses.
        """
        path = scope["path"]
        screen = path.strip("/")
        is_below = "/" in path.removeprefix("/") and "/_stcore/" not in path
        if self.screens is None or not (is_below or screen == FRONT):
            return ""
        if screen not in self.screens:
            return "/introuvable"
        # ASGI gives the query as bytes; latin-1 preserves each of them.
        query = scope["query_string"].decode("latin-1")
        screen = screen.removeprefix(FRONT)
        return f"/{screen}?{query}" if query else f"/{screen}"


def _is_html(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return message["status"] == 200 and headers.get("content-type", "").startswith("text/html")


def _streamlit_page() -> str:
    return (STREAMLIT_FILES / "index.html").read_text(encoding="utf-8")


# In order of dependency.
SCRIPTS = ("shared.js", "page.js", "screen.js", "focus.js", "desk.js")


@cache
def french_page() -> str:
    """index.html in French, with our name, icon and scripts, and without the invitation to AI
    agents.
    """
    # The theme and the language before Streamlit's own scripts, which read both at their start.
    before = [versioned("theme.js"), versioned("fr.js")]
    after = [versioned(script) for script in SCRIPTS]
    head = render(
        "first_page/head.html", paper=theme.PAPER, scripts_before=before, scripts_after=after
    )
    fonts = (
        "/app/static/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
        "/app/static/fonts/bricolage-grotesque-latin-700-normal.woff2",
    )
    ahead = render("first_page/ahead.html", fonts=fonts)
    # A pattern that must match, and our text.
    replacements = [
        (r'<html lang="en">', '<html lang="fr">'),
        (r"<title>.*?</title>", "<title>C-Possible</title>"),
        (r'<link rel="shortcut icon"[^>]*>', str(head)),
        (r'<div id="root">', str(render("first_page/root.html", style=versioned("theme.css")))),
        # Our two fonts instead of Streamlit's.
        (r'<link\s+rel="preload"\s+href="[^"]*SourceSans[^>]*>', str(ahead)),
        (r'<!--(?:(?!-->).)*?agent API.*?-->\s*<link rel="service-desc"[^>]*>', ""),
        (r"<noscript>.*?</noscript>", str(render("first_page/noscript.html"))),
    ]
    page = _streamlit_page()
    for pattern, ours in replacements:
        page, times = re.subn(pattern, lambda _, ours=ours: ours, page, count=1, flags=re.DOTALL)
        # Checked when the server starts: another version of Streamlit may write its page
        # differently.
        if not times:
            raise RuntimeError(f"Streamlit's index.html has changed: nothing matches {pattern!r}")
    return page


def inline_script_hashes() -> list[str]:
    """The base64 SHA-256 of each inline script, for the content security policy."""
    scripts = re.findall(r"<script>(.*?)</script>", french_page(), re.DOTALL)
    return [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
