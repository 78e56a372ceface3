"""Middleware around Streamlit's pages: headers, the French first page, compressed files, closed
addresses.

Plain ASGI; of Streamlit only the folder of its static files is used. `dashboard/asgi.py` wires it:

    st.App(script, routes=[*serving.routes(), ...], middleware=serving.middleware(frame_ancestors))
"""

import gzip
import re
from collections.abc import Collection, Sequence
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.web.answers import sentence
from dashboard.web.first_page import (
    A_DAY,
    FOREVER,
    GENERATED,
    OWN_FILES,
    STREAMLIT_FILES,
    FrenchPage,
    OwnFile,
    inline_script_hashes,
    media_type_of,
)

# The only screens that other pages may frame, and only as `?embed=true`, without menu or header.
FRAMED = ("deposer", "extrait", "agenda", "campagne")
KEY = "/cle"  # the address of links with a secret


def middleware(
    frame_ancestors: Sequence[str] = ("'self'",),
    screens: Collection[str] | None = None,
    *,
    limits: Sequence[Middleware] = (),
    light_door: Sequence[Middleware] = (),
) -> list[Middleware]:
    """The middleware, outermost first: the headers, which refusals carry too; French refusals;
    `limits`, so that what is refused costs nothing further; compression; closed doors; the light
    pages; the first page of Streamlit. `frame_ancestors` are the CSP sources that may frame the
    form and the extracts (the intranet); `screens` the addresses of the pages, without their slash:
    any other is a 404.
    """
    return [
        Middleware(SecurityHeaders, frame_ancestors=frame_ancestors),
        Middleware(FrenchRefusals),
        *limits,
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        Middleware(ClosedDoors),
        Middleware(CompressedAssets),
        *light_door,
        Middleware(FrenchPage, screens=screens),
    ]


def routes() -> list[Route]:
    """Our static files. The fonts have Streamlit's addresses, so that `streamlit run` works too."""
    files = [file.name for file in OWN_FILES.iterdir() if file.is_file()]
    # Browsers request the first before they have read which icon the page names; Streamlit's own
    # script names the second.
    found = [Route(f"/favicon.{kind}", OwnFile("icon-32.png", A_DAY)) for kind in ("ico", "png")]
    for name in (*files, *GENERATED):
        caching = A_DAY if name.endswith((".png", ".svg")) else "no-cache"
        found.append(Route(f"/{name}", OwnFile(name, caching)))
    for pattern, caching in (("fonts/*.woff2", FOREVER), ("guide/*.png", A_DAY)):
        for file in OWN_FILES.glob(pattern):
            name = file.relative_to(OWN_FILES).as_posix()
            found.append(Route(f"/app/static/{name}", OwnFile(name, caching)))
    return found


# ── Headers ─────────────────────────────────────────────────────────────────────────────────────


class SecurityHeaders:
    """Adds the security headers to every HTTP answer. HSTS is set by the proxy, which knows whether
    HTTPS is used.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: Sequence[str] = ("'self'",)) -> None:
        self.app = app
        self.alone = content_security_policy(("'none'",))
        # Our own page too: « Intégrer » shows a preview.
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

        params = parse_qs(scope["query_string"].decode("latin-1"))
        policy = self.alone
        # Without `embed=true` these pages have a menu that leads anywhere.
        if scope["path"].removeprefix("/") in FRAMED and params.get("embed") == ["true"]:
            policy = self.framed
        # A questionnaire previewed by its office, in a frame of its own screen.
        if scope["path"] == "/questionnaire" and "apercu" in params:
            policy = self.by_us
        headers = self.headers | {"Content-Security-Policy": policy}
        # The address may contain the secret of a link.
        if scope["path"].startswith(KEY):
            headers["Referrer-Policy"] = "no-referrer"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def content_security_policy(frame_ancestors: Sequence[str]) -> str:
    """The strictest policy under which Streamlit, Vega and the grid work (measured): no
    unsafe-eval, no other host.

    `blob:` scripts are needed by our one inline component; inline styles by Emotion, which writes
    them at run time.
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


_CLOSED = re.compile(r"/(_stcore/(metrics|agent)|auth/(login|logout)|oauth2callback)(/|$)")


class ClosedDoors:
    """Answers 404 for Streamlit's metrics, its interface for AI agents, and its own sign-on, which
    is not used; refuses a websocket opened by a page of another origin.

    Streamlit refuses such a websocket too, but first asks a server on the internet for the address
    of this machine.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _CLOSED.match(scope["path"]):
            return await Response("Not Found", status_code=404)(scope, receive, send)
        if scope["type"] == "websocket":
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and origin.partition("://")[2] != headers.get("host"):
                await receive()  # the handshake, which a close answers with 403
                return await send({"type": "websocket.close", "code": 1008})
        await self.app(scope, receive, send)


_NOTHING = "Il n'y a rien à cette adresse."
# What libraries answer in English → our sentence.
_IN_FRENCH = {
    b"Bad Request": "Cette adresse n'est pas lisible.",
    b"Invalid host header": "C-Possible ne répond pas sous ce nom.",
    b"Not Found": _NOTHING,
    b"File not found": _NOTHING,
    b"Component not found": _NOTHING,
    b"Method Not Allowed": "Cette adresse ne prend pas cette demande.",
}


class FrenchRefusals:
    """Replaces the English words of a library by a page with one sentence; the status stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started: list[Message] = []

        async def send_in_french(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (400, 404, 405):
                # Sent with the body, whose length it announces.
                return started.append(message)
            for start in started:
                if ours := _IN_FRENCH.get(message.get("body")):
                    page = sentence(start["status"], ours)
                    MutableHeaders(scope=start).update(page.headers)
                    message = message | {"body": page.body}
                await send(start)
            started.clear()
            await send(message)

        await self.app(scope, receive, send_in_french)


# ── Files ───────────────────────────────────────────────────────────────────────────────────────


class CompressedAssets:
    """Serves Streamlit's /static files compressed, from memory after their first request.

    Streamlit serves them uncompressed (5.3 MB for a page with charts, 1.7 MB compressed). A browser
    without gzip gets Streamlit's own answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.files = {
            "/" + file.relative_to(STREAMLIT_FILES).as_posix(): file
            for file in (STREAMLIT_FILES / "static").rglob("*")
            if file.suffix in {".js", ".css", ".svg"}  # worth compressing
        }
        self.answers: dict[str, Response] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self.files.get(scope["path"]) if scope["type"] == "http" else None
        if (
            file is None
            or scope["method"] != "GET"
            or "gzip" not in Headers(scope=scope).get("accept-encoding", "")
        ):
            return await self.app(scope, receive, send)
        answer = self.answers.get(scope["path"])
        if answer is None:
            # In a thread: the largest take tens of milliseconds, which would block other requests.
            # Compressing all 320 took a second at the start, and most are not requested.
            content = await run_in_threadpool(gzip.compress, file.read_bytes(), mtime=0)
            headers = {
                "Cache-Control": FOREVER,
                "Content-Encoding": "gzip",
                "Vary": "Accept-Encoding",
            }
            answer = Response(content, media_type=media_type_of(file.name), headers=headers)
            self.answers[scope["path"]] = answer
        await answer(scope, receive, send)
