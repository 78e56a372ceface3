"""Feeds (flux): the public posts as Atom, for readers of news and for the intranet. Plain ASGI,
no Streamlit.
"""

from datetime import UTC, date, datetime, time
from xml.etree import ElementTree as ET

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.access import NOBODY
from dashboard.queries.news import posts
from models.clock import today
from models.database import reading
from models.news import Post
from models.settings import settings

_ATOM = "http://www.w3.org/2005/Atom"
_MOST = 50


def routes() -> list[Route]:
    return [Route("/actualites.xml", news_feed)]


async def news_feed(request: Request) -> Response:
    """The public posts, the latest first; a withdrawn one is gone from the next reading on."""
    found = await anyio.to_thread.run_sync(_public_posts)
    return Response(
        atom(found, origin(request)),
        media_type="application/atom+xml; charset=utf-8",
        headers={"Cache-Control": kept_for(300)},
    )


def kept_for(seconds: int) -> str:
    """How long an answer to everybody that bears our address may be kept; not at all where it
    bears the name that somebody asked for.
    """
    return f"public, max-age={seconds}" if settings().public_origin else "no-store"


def origin(request: Request) -> str:
    """What addresses of ours begin with: as set, else as it was asked for."""
    return settings().public_origin or str(request.base_url).rstrip("/")


def _public_posts() -> list[Post]:
    with reading() as session:
        return posts(session, NOBODY, today(session), _MOST)


def atom(found: list[Post], address: str) -> bytes:
    """The feed as RFC 4287 asks for it; `address` is the site's, without its last slash."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "fr"})
    _element(feed, "id", f"{address}/actualites")
    _element(feed, "title", "C-Possible — actualités de la transformation")
    _element(
        feed, "updated", _moment(max((post.public_on for post in found), default=date(2021, 1, 1)))
    )
    _element(_element(feed, "author"), "name", "C-Possible")
    _element(feed, "link", rel="self", href=f"{address}/actualites.xml")
    _element(feed, "link", rel="alternate", href=f"{address}/actualites")
    for post in found:
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
    """A post is dated by its day; a feed wants a moment."""
    return datetime.combine(day, time(12), UTC).isoformat()
