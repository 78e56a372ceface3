"""Files offered by a page (/fichier/…): made at the request, for the login they were offered to.

Not Streamlit's download button: it makes the file with the rights that the page had, at an address
without access control. An offer is stored in the state of its tab, and ends with it.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from weakref import WeakValueDictionary
from xml.etree import ElementTree as ET

import anyio.to_thread
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard import cached
from dashboard.access import NOBODY, Reader, may
from dashboard.actions.people import logins
from dashboard.cached import memory
from dashboard.queries.academy.attendance import material
from dashboard.queries.ideas.card import photo_content
from dashboard.queries.news import posts
from dashboard.queries.operations.jobs import result_file
from dashboard.web.answers import (
    NO_STORE,
    attachment,
    file_answer,
    protected_route,
    reader_by_cookie,
)
from models.academy import TrainingMaterial
from models.clock import today
from models.database import fetch, reading
from models.notices import Post
from models.settings import settings

ADDRESS = "/fichier/"
NOT_YOURS = (
    "Ce fichier n'est plus offert, ou ne l'est pas à vous : "
    "revenez à l'écran qui le propose, rechargez-le et demandez-le à nouveau."
)


@dataclass(frozen=True, eq=False)
class OfferedFile:
    """One file offered by a page: how it is made, its name, and for whom."""

    make: Callable[[], bytes]
    name: str
    mime: str
    reader: Reader
    login: str | None  # SHA-256 of the login token; None for a visitor
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))


# Weak: the offers are removed with the state of their tab.
_offered: WeakValueDictionary[str, OfferedFile] = WeakValueDictionary()


def offer(offered: OfferedFile) -> str:
    """Registers the file and returns its address, valid as long as the caller holds the offer."""
    _offered[offered.token] = offered
    return ADDRESS + offered.token


def withdraw(offered: OfferedFile) -> None:
    """Removes an offer."""
    _offered.pop(offered.token, None)


async def send(request: Request) -> Response:
    """The file, for the login of the cookie."""
    offered = _offered.get(request.path_params["token"])

    def made(cookie: str) -> Response | None:
        if offered is None:
            return None
        reader = fetch(reader_by_cookie, cookie)
        current = (logins.hash_of(cookie), reader) if reader else (None, NOBODY)
        # The whole reader is compared, rights included: a lost role makes the file unavailable.
        if current != (offered.login, offered.reader):
            return None
        with memory.one_run():
            content = offered.make()
        return Response(content, media_type=offered.mime, headers=attachment(offered.name))

    return await file_answer(request, made, offered.name if offered else "", NOT_YOURS)


MATERIAL = "/document/"
JOB_RESULT = "/sauvegarde/"


def _photo(session: Session, reader: Reader, photo: str) -> bytes | None:
    return photo_content(session, cached.scope_of(reader), photo)


def _picture(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg", headers=NO_STORE)


def _material(material: TrainingMaterial) -> Response:
    if material.href:
        return RedirectResponse(material.href, status_code=302, headers=NO_STORE)
    return Response(material.content, media_type=material.mime, headers=attachment(material.name))


def _job_result(result: tuple[Path, str]) -> Response:
    path, name = result
    return FileResponse(path, media_type="application/zip", filename=name, headers=NO_STORE)


_ATOM = "http://www.w3.org/2005/Atom"


async def news_feed(request: Request) -> Response:
    """The public posts, the latest first; withdrawn posts disappear at the next request."""

    def public_posts() -> list[Post]:
        with reading() as session:
            return posts(session, NOBODY, today(session), 50)

    found = await anyio.to_thread.run_sync(public_posts)
    return Response(
        atom(found, settings().public_address(str(request.url))),
        media_type="application/atom+xml; charset=utf-8",
        headers={"Cache-Control": cache_control(300)},
    )


def cache_control(seconds: int) -> str:
    """Cache-Control of a public answer that contains our address; not cacheable if that address was
    taken from the request.
    """
    return f"public, max-age={seconds}" if settings().public_origin else "no-store"


def atom(posts: list[Post], address: str) -> bytes:
    """The feed as of RFC 4287; `address` is the origin of the site, without a trailing slash."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "fr"})
    _element(feed, "id", f"{address}/actualites")
    _element(feed, "title", "C-Possible — actualités de la transformation")
    _element(
        feed, "updated", _moment(max((post.public_on for post in posts), default=date(2021, 1, 1)))
    )
    _element(_element(feed, "author"), "name", "C-Possible")
    _element(feed, "link", rel="self", href=f"{address}/actualites.xml")
    _element(feed, "link", rel="alternate", href=f"{address}/actualites")
    for post in posts:
        entry = _element(feed, "entry")
        _element(entry, "id", f"{address}/actualites#{post.id}")
        _element(entry, "title", post.title)
        _element(entry, "updated", _moment(post.public_on))
        _element(entry, "link", rel="alternate", href=f"{address}/actualites")
        _element(entry, "content", post.body, type="text")
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def _element(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = text or None
    return element


def _moment(day: date) -> str:
    """The day of a post as a timestamp, which Atom requires."""
    return datetime.combine(day, time(12), UTC).isoformat()


SCOPE_ADDRESS = "/donnees/"
NOT_OPEN = "Ce fichier n'existe pas, ou ne vous est pas ouvert : connectez-vous et redemandez-le."


@dataclass(frozen=True)
class ScopeFile:
    """One file: its name, the right it needs, and how it is made for a scope and further parameters
    (`asks`); None if there is no such file.
    """

    name: str
    mime: str
    right: str
    make: Callable[..., bytes | None]
    asks: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        return SCOPE_ADDRESS + self.name


def _sending(file: ScopeFile) -> Callable:
    async def send(request: Request) -> Response:
        """The file, for the login of the cookie."""
        params = dict(request.query_params)

        def made(cookie: str) -> Response | None:
            reader = fetch(reader_by_cookie, cookie)
            if reader is None or not may(reader, file.right):
                return None
            with memory.one_run():
                scope = cached.scope_of(reader, params)
                content = file.make(scope, **{name: params.get(name, "") for name in file.asks})
            if content is None:
                return None
            return Response(content, media_type=file.mime, headers=attachment(file.name))

        return await file_answer(request, made, file.name, NOT_OPEN)

    return send


def routes(of_scopes: Iterable[ScopeFile]) -> list[Route]:
    """The files that a page offers, the documents, the feed, and these files of a scope."""
    return [
        Route(f"{ADDRESS}{{token}}", send, methods=["GET"]),
        protected_route(
            "/photo/", _photo, _picture, "Cette photo n'est pas là, ou ne vous est pas ouverte."
        ),
        protected_route(
            MATERIAL, material, _material, "Ce support n'est pas là, ou ne vous est pas ouvert."
        ),
        protected_route(
            JOB_RESULT,
            result_file,
            _job_result,
            "Ce fichier n'est pas là, ou n'est pas à vous : connectez-vous, ou demandez-le une"
            " nouvelle fois.",
        ),
        Route("/actualites.xml", news_feed),
        *(Route(file.href, _sending(file), methods=["GET"]) for file in of_scopes),
    ]
