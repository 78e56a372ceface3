"""What surrounds Streamlit's pages on the wire: headers, French first page, compressed files,
closed doors.

Plain ASGI, no Streamlit beyond the place of its static files. `dashboard/asgi.py` wires it:

    st.App(script, routes=[*serving.routes(), ...], middleware=serving.middleware(frame_ancestors))
"""

import base64
import gzip
import hashlib
import json
import re
import tomllib
from collections.abc import Collection, Sequence
from functools import cache
from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import theme
from dashboard.rendering import render

OWN_FILES = Path(__file__).resolve().parent.parent / "static"
STREAMLIT_FILES = Path(find_spec("streamlit").submodule_search_locations[0]) / "static"

FOREVER = "public, immutable, max-age=31536000"
A_DAY = "public, max-age=86400"
ASK_AGAIN = "no-cache"
NOWHERE = "introuvable"  # an address that is none, and stays so
# The only screens that other pages may frame, and only as `?embed=true`: nothing of the product is
# around them then.
FRAMED = ("deposer", "extrait", "agenda")
KEY = "/cle"  # where links lead that hold a word


def middleware(
    frame_ancestors: Sequence[str] = ("'self'",), screens: Collection[str] | None = None
) -> list[Middleware]:
    """Ours, outermost first. `frame_ancestors` are the CSP sources that may frame the form and the
    extracts (the intranet); `screens` the addresses of the pages there are, without their slash:
    any other is answered as not found.
    """
    return [
        Middleware(SecurityHeaders, frame_ancestors=frame_ancestors),
        Middleware(ClosedDoors),
        Middleware(OwnSocket),
        Middleware(CompressedAssets),
        Middleware(FrenchPage, screens=screens),
    ]


def routes() -> list[Route]:
    """Our own static files. The fonts keep the address that Streamlit gives them, so that both
    ways of serving work.
    """
    scripts = [
        "theme.js",
        "theme.css",
        "fr.js",
        "page.js",
        "screen.js",
        "focus.js",
        "desk.js",
        "session.js",
        "acces.js",
        "leger.css",
        "leger.js",
        "hors-ligne.js",
        "manifest.webmanifest",
    ]
    icons = [
        "icon.svg",
        "icon-32.png",
        "icon-192.png",
        "icon-512.png",
        "icon-maskable-512.png",
        "apple-touch-icon.png",
    ]
    fonts = [f"fonts/{font.name}" for font in OWN_FILES.glob("fonts/*.woff2")]
    pictures = [f"guide/{picture.name}" for picture in OWN_FILES.glob("guide/*.png")]
    return [
        *(Route(f"/{name}", OwnFile(name, ASK_AGAIN)) for name in scripts),
        *(Route(f"/{name}", OwnFile(name, A_DAY)) for name in icons),
        *(Route(f"/app/static/{name}", OwnFile(name, FOREVER)) for name in fonts),
        *(Route(f"/app/static/{name}", OwnFile(name, A_DAY)) for name in pictures),
    ]


# ── Headers ───────────────────────────────────────────────────────────────────────────────────────


class SecurityHeaders:
    """Puts the security headers on every HTTP answer. HSTS is the proxy's, which knows whether
    HTTPS is there.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: Sequence[str] = ("'self'",)) -> None:
        self.app = app
        self.alone = content_security_policy(("'none'",))
        # Our own page too: « Intégrer » shows what it gives away.
        self.framed = content_security_policy(
            ("'self'", *(s for s in frame_ancestors if s not in ("'none'", "'self'")))
        )
        self.by_us = content_security_policy(("'self'",))
        self.headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": (
                "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()"
            ),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        policy = self.framed if _may_be_framed(scope) else self.alone
        if _is_preview(scope):
            policy = self.by_us
        headers = self.headers | {"Content-Security-Policy": policy}
        # Its address may hold the secret of a link.
        if scope["path"].startswith(KEY):
            headers["Referrer-Policy"] = "no-referrer"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _may_be_framed(scope: Scope) -> bool:
    """The form, the extracts and the agenda, asked for as a frame asks. Without `embed=true` they
    have a menu that leads anywhere.
    """
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("embed")
    return scope["path"].removeprefix("/") in FRAMED and asked == ["true"]


def _is_preview(scope: Scope) -> bool:
    """A questionnaire that its office tries, in a frame of its own screen."""
    asked = parse_qs(scope["query_string"].decode("latin-1"))
    return scope["path"] == "/questionnaire" and "apercu" in asked


def content_security_policy(frame_ancestors: Sequence[str]) -> str:
    """The narrowest policy under which Streamlit, Vega and the grid work: measured, no unsafe-eval,
    no other host.

    `blob:` scripts serve our one inline component; styles are inline because Emotion writes them at
    run time.
    """
    hashes = " ".join(f"'sha256-{digest}'" for digest in _inline_script_hashes(french_page()))
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' blob: {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(frame_ancestors)}",
        ]
    )


def _inline_script_hashes(html: str) -> list[str]:
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    return [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]


class ClosedDoors:
    """Answers 404 where Streamlit would describe itself to strangers (its metrics, its interface
    for agents), and at its own sign-on, which is not ours.
    """

    doors = frozenset(
        {
            ("_stcore", "metrics"),
            ("_stcore", "agent"),
            ("auth", "login"),
            ("auth", "logout"),
            ("oauth2callback",),
        }
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_closed(scope["path"]):
            return await Response("Not Found", status_code=404)(scope, receive, send)
        await self.app(scope, receive, send)

    def _is_closed(self, path: str) -> bool:
        asked = tuple(path.split("/")[1:3])
        return asked in self.doors or asked[:1] in self.doors


# ── The first page ────────────────────────────────────────────────────────────────────────────────


class OwnSocket:
    """Refuses a websocket that a page of another origin opens.

    Streamlit refuses it too, but first asks a server on the internet for the address of this
    machine.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and self._is_foreign(Headers(scope=scope)):
            await receive()  # the handshake, which a close answers with 403
            return await send({"type": "websocket.close", "code": 1008})
        await self.app(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        return origin is not None and origin.partition("://")[2] != headers.get("host")


class FrenchPage:
    """Serves our version of Streamlit's index.html, prepared once, wherever Streamlit would serve
    its own.

    Streamlit answers every address of a page with that file, so it is recognised by its content:
    what other routes answer, HTML included, goes through untouched. An address that is no page gets
    it too, as a 404: the frame says so in plain words. Below the root the page could not find its
    scripts: such an address is sent to one where it can.
    """

    def __init__(self, app: ASGIApp, screens: Collection[str] | None = None) -> None:
        self.app = app
        self.screens = screens
        self.original = _streamlit_page().encode()
        self.page = french_page().encode()
        self.zipped = gzip.compress(self.page, mtime=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["method"] == "GET"
        if not is_page or scope["path"].startswith("/static/"):
            return await self.app(scope, receive, send)
        accepts_gzip = _accepts_gzip(scope)
        started: Message | None = None
        held = bytearray()

        async def send_or_replace(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and _is_html(message):
                # The headers wait until the body tells whose page it is.
                started = message
                return
            if started is None or message["type"] != "http.response.body":
                return await send(message)
            held.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            body = bytes(held)
            if _plain(started, body) == self.original:
                if elsewhere := self._elsewhere(scope):
                    answer = Response(status_code=307, headers={"Location": elsewhere})
                    return await answer(scope, receive, send)
                body = self._ours(scope, started, accepts_gzip)
            await send(started)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, send_or_replace)

    def _ours(self, scope: Scope, start: Message, zipped: bool) -> bytes:
        """Our page in the place of Streamlit's; changes the head of the answer to fit it."""
        if self.screens is not None and scope["path"].strip("/") not in self.screens:
            start["status"] = 404
        body = self.zipped if zipped else self.page
        _describe(start, body, zipped)
        return body

    def _elsewhere(self, scope: Scope) -> str:
        """Where an address below the root is sent: « /idees/ » to « /idees », any other to one
        that says it does not exist.
        """
        path = scope["path"]
        if self.screens is None or "/" not in path.removeprefix("/") or "/_stcore/" in path:
            return ""
        asked = path.strip("/")
        if asked not in self.screens:
            return f"/{NOWHERE}"
        # ASGI gives the query as bytes; latin-1 hands each of them on as it is.
        query = scope["query_string"].decode("latin-1")
        return f"/{asked}?{query}" if query else f"/{asked}"


def _is_html(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return message["status"] == 200 and headers.get("content-type", "").startswith("text/html")


def _plain(start: Message, body: bytes) -> bytes:
    """The body before Streamlit compressed it, which it does for every page but the first."""
    is_zipped = Headers(raw=start["headers"]).get("content-encoding") == "gzip"
    return gzip.decompress(body) if is_zipped else body


def _describe(start: Message, body: bytes, zipped: bool) -> None:
    """The validators of the original file would be lies about ours; `no-cache` is kept."""
    headers = MutableHeaders(scope=start)
    for name in ("etag", "last-modified", "accept-ranges", "content-encoding"):
        del headers[name]
    headers["content-length"] = str(len(body))
    headers["vary"] = "Accept-Encoding"
    if zipped:
        headers["content-encoding"] = "gzip"


def _streamlit_page() -> str:
    return (STREAMLIT_FILES / "index.html").read_text(encoding="utf-8")


@cache
def french_page() -> str:
    """index.html in French, under our name and icon, with our scripts and without the invitation
    to agents.
    """
    page = _streamlit_page()
    for pattern, ours in _replacements():
        page, times = re.subn(pattern, lambda _, ours=ours: ours, page, count=1, flags=re.DOTALL)
        # Found at the start of the server rather than by a reader: another version of Streamlit
        # may write its page otherwise.
        if not times:
            raise RuntimeError(f"Streamlit's index.html has changed: nothing matches {pattern!r}")
    return page


def versioned(name: str) -> str:
    """An address that changes with the content, so that browsers may keep it for ever."""
    return f"/{name}?v={_hash(_own_file(name))}"


_FONTS = (
    "atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "bricolage-grotesque-latin-700-normal.woff2",
)


def _replacements() -> list[tuple[str, str]]:
    """What is replaced in index.html: a pattern that must match, and our text."""
    # The theme and the language before Streamlit's own scripts, which read both as they start.
    before = [versioned("theme.js"), versioned("fr.js")]
    after = [versioned(script) for script in ("page.js", "screen.js", "focus.js", "desk.js")]
    head = render(
        "first_page/head.html", paper=theme.PAPER, scripts_before=before, scripts_after=after
    )
    fonts = render("first_page/fonts.html", fonts=[f"/app/static/fonts/{font}" for font in _FONTS])
    return [
        (r'<html lang="en">', '<html lang="fr">'),
        (r"<title>.*?</title>", "<title>C-Possible</title>"),
        (r'<link rel="shortcut icon"[^>]*>', str(head)),
        (r'<div id="root">', str(render("first_page/root.html", style=versioned("theme.css")))),
        # Our two fonts instead of Streamlit's.
        (r'<link\s+rel="preload"\s+href="[^"]*SourceSans[^>]*>', str(fonts)),
        (r'<!--(?:(?!-->).)*?agent API.*?-->\s*<link rel="service-desc"[^>]*>', ""),
        (r"<noscript>.*?</noscript>", str(render("first_page/noscript.html"))),
    ]


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────


class CompressedAssets:
    """Answers Streamlit's /static files compressed, each when it is first asked for, from memory
    after that.

    Streamlit leaves them as they are (5.3 MB for a page with charts, 1.7 MB compressed). A browser
    that does not want gzip gets Streamlit's own answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.files = compressible_assets()
        self.answers: dict[str, Response] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self.files.get(scope["path"]) if scope["type"] == "http" else None
        if file is None or scope["method"] != "GET" or not _accepts_gzip(scope):
            return await self.app(scope, receive, send)
        answer = self.answers.get(scope["path"])
        if answer is None:
            # In a thread: the largest take tens of milliseconds, in which all others would wait.
            # All 320 took a second of a start, and most are never asked for.
            answer = self.answers[scope["path"]] = await run_in_threadpool(_zipped_asset, file)
        await answer(scope, receive, send)


def compressible_assets() -> dict[str, Path]:
    """Path → file, of the files of Streamlit's that are worth compressing."""
    return {
        "/" + file.relative_to(STREAMLIT_FILES).as_posix(): file
        for file in (STREAMLIT_FILES / "static").rglob("*")
        if file.suffix in {".js", ".css", ".svg"}
    }


def _zipped_asset(file: Path) -> Response:
    return _zipped_answer(file.read_bytes(), file.name, FOREVER)


class OwnFile:
    """One of our files, read once: compressed if that helps, revalidated by its hash, kept for
    ever if versioned.
    """

    def __init__(self, name: str, caching: str) -> None:
        content = _own_file(name)
        self.etag = f'W/"{_hash(content)}"'
        self.caching = caching
        self.plain = _answer(content, name)
        # Pictures and fonts are compressed already.
        is_compressed = name.endswith((".png", ".woff2"))
        self.zipped = self.plain if is_compressed else _zipped_answer(content, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        headers = {
            "ETag": self.etag,
            "Cache-Control": FOREVER if "v" in request.query_params else self.caching,
        }
        if request.headers.get("if-none-match") == self.etag:
            return await Response(status_code=304, headers=headers)(scope, receive, send)
        answer = self.zipped if _accepts_gzip(scope) else self.plain

        async def send_described(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The answer is shared by all requests: its headers are copied before they are
                # changed.
                message = {**message, "headers": list(message["headers"])}
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await answer(scope, receive, send_described)


def _own_file(name: str) -> bytes:
    made = {
        "theme.js": _first_theme,
        "theme.css": theme.css,
        "leger.css": theme.light_css,
    }.get(name)
    return made().encode() if made else (OWN_FILES / name).read_bytes()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _first_theme() -> str:
    """The theme of config.toml for the moments before the server has sent it.

    Without it the first frame has Streamlit's colours and fetches its text font, 171 kB that nobody
    sees again.
    """
    ours = tomllib.loads(
        (OWN_FILES.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    )["theme"]
    shared = {
        "bodyFont": ours["font"],
        "headingFont": ours["headingFont"],
        "fontFaces": ours["fontFaces"],
    }
    colours = ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor")
    themes = {
        "LIGHT_THEME": shared | {name: ours["light"][name] for name in colours},
        "DARK_THEME": shared | {name: ours["dark"][name] for name in colours},
    }
    return f"window.__streamlit = {json.dumps(themes, ensure_ascii=False)};\n"


def _answer(content: bytes, name: str, caching: str = ASK_AGAIN) -> Response:
    media_type = _TYPES.get(Path(name).suffix) or guess_type(name)[0] or "application/octet-stream"
    return Response(
        content,
        media_type=media_type,
        headers={"Cache-Control": caching, "Vary": "Accept-Encoding"},
    )


def _zipped_answer(content: bytes, name: str, caching: str = ASK_AGAIN) -> Response:
    answer = _answer(gzip.compress(content, mtime=0), name, caching)
    answer.headers["Content-Encoding"] = "gzip"
    return answer


# The tables of the operating system disagree about these.
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


def _accepts_gzip(scope: Scope) -> bool:
    offered = Headers(scope=scope).get("accept-encoding", "")
    return any(
        re.fullmatch(r"\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?", coding)
        for coding in offered.split(",")
    )
