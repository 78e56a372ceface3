"""Files of the product as they are answered: read once, cached for ever under an address that
changes with what they hold.
"""

import hashlib
import json
import tomllib
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard import theme
from dashboard.web import answers

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
