"""What surrounds Streamlit's pages on the wire: headers, French first page, compressed files,
closed doors.

Plain ASGI, no Streamlit beyond the place of its static files. `dashboard/asgi.py` wires it:

    st.App(script, routes=[*serving.routes(), ...], middleware=serving.middleware(frame_ancestors))
"""

import gzip
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.web.first_page import STREAMLIT_FILES, FrenchPage, inline_script_hashes
from dashboard.web.own_files import (
    A_DAY,
    ASK_AGAIN,
    FOREVER,
    OWN_FILES,
    OwnFile,
    media_type_of,
)

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
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
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
        "stores.js",
        "page.js",
        "screen.js",
        "focus.js",
        "desk.js",
        "session.js",
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
    # Browsers ask for it by themselves, before they have read which icon a page names.
    by_itself = Route("/favicon.ico", OwnFile("icon-32.png", A_DAY))
    fonts = [f"fonts/{font.name}" for font in OWN_FILES.glob("fonts/*.woff2")]
    pictures = [f"guide/{picture.name}" for picture in OWN_FILES.glob("guide/*.png")]
    return [
        *(Route(f"/{name}", OwnFile(name, ASK_AGAIN)) for name in scripts),
        *(Route(f"/{name}", OwnFile(name, A_DAY)) for name in icons),
        by_itself,
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
    hashes = " ".join(f"'sha256-{digest}'" for digest in inline_script_hashes())
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


# ── The socket ───────────────────────────────────────────────────────────────────────────────────


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
        if file is None or scope["method"] != "GET" or not _takes_gzip(scope):
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


def _takes_gzip(scope: Scope) -> bool:
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


def _zipped_asset(file: Path) -> Response:
    return Response(
        gzip.compress(file.read_bytes(), mtime=0),
        media_type=media_type_of(file.name),
        headers={
            "Cache-Control": FOREVER,
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
        },
    )
