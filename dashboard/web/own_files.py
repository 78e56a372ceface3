"""Static files of the product: read once, compressed where that helps, cached for ever under an
address that contains their hash.
"""

import gzip
import hashlib
import re
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from dashboard import theme
from dashboard.web import client

OWN_FILES = Path(__file__).resolve().parent.parent / "static"

FOREVER = "public, immutable, max-age=31536000"
A_DAY = "public, max-age=86400"
ASK_AGAIN = "no-cache"


class OwnFile:
    """One static file, read once: compressed if that helps, revalidated by its hash, cached for
    ever if versioned.
    """

    def __init__(self, name: str, caching: str) -> None:
        content = _own_file(name)
        self.etag = f'W/"{_hash(content)}"'
        self.caching = caching
        self.plain = answered(content, name)
        # Images and fonts are compressed already.
        is_compressed = name.endswith((".png", ".woff2"))
        self.zipped = self.plain if is_compressed else zipped_answer(content, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        headers = {
            "ETag": self.etag,
            "Cache-Control": FOREVER if "v" in request.query_params else self.caching,
        }
        if request.headers.get("if-none-match") == self.etag:
            return await Response(status_code=304, headers=headers)(scope, receive, send)
        answer = self.zipped if accepts_gzip(scope) else self.plain

        async def send_described(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The answer object is shared by all requests: copy its headers before changing
                # them.
                message = {**message, "headers": list(message["headers"])}
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await answer(scope, receive, send_described)


def _own_file(name: str) -> bytes:
    generated = {
        "theme.js": client.script,
        "theme.css": theme.css,
        "leger.css": theme.light_css,
    }.get(name)
    return generated().encode() if generated else (OWN_FILES / name).read_bytes()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def answered(content: bytes, name: str, caching: str = ASK_AGAIN) -> Response:
    media_type = _TYPES.get(Path(name).suffix) or guess_type(name)[0] or "application/octet-stream"
    return Response(
        content,
        media_type=media_type,
        headers={"Cache-Control": caching, "Vary": "Accept-Encoding"},
    )


def zipped_answer(content: bytes, name: str, caching: str = ASK_AGAIN) -> Response:
    answer = answered(gzip.compress(content, mtime=0), name, caching)
    answer.headers["Content-Encoding"] = "gzip"
    return answer


# Operating systems disagree about these types.
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


def accepts_gzip(scope: Scope) -> bool:
    offered = Headers(scope=scope).get("accept-encoding", "")
    return any(
        re.fullmatch(r"\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?", coding)
        for coding in offered.split(",")
    )


def versioned(name: str) -> str:
    """An address that changes with the content, so that browsers may cache it for ever."""
    return f"/{name}?v={_hash(_own_file(name))}"
