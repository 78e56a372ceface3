"""Feeds (flux): the public posts as Atom, for news readers and the intranet. Plain ASGI, no
Streamlit.
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
from models.notices import Post
from models.settings import settings

_ATOM = "http://www.w3.org/2005/Atom"


def routes() -> list[Route]:
    return [Route("/actualites.xml", news_feed)]


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
