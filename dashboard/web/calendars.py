"""Calendar feeds (/agenda.ics and /agenda.json for everybody, /agenda/….ics for one person). Plain
ASGI, no Streamlit.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard.actions.people.logins import hash_of
from dashboard.queries.meetings.agenda import Appointment, of_reader, open_to_all, reader_of_key
from dashboard.web.files import cache_control
from models.clock import TOWN, today
from models.database import reading
from models.faults import report_fault
from models.settings import settings

TYPE = "text/calendar; charset=utf-8"
# The address is a secret key: no shared cache may store its content.
_PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def routes() -> list[Route]:
    feeds = {
        "/agenda.ics": _feed(partial(written, "C-Possible : agenda"), TYPE),
        "/agenda.json": _feed(events, "application/json"),
        "/agenda/{secret}.ics": _feed(partial(written, "C-Possible : mon calendrier"), TYPE),
    }
    return [Route(address, feed, methods=["GET"]) for address, feed in feeds.items()]


def _feed(
    write: Callable[[list[Appointment], str], bytes], media_type: str
) -> Callable[[Request], Awaitable[Response]]:
    """The dates open to everybody, or those of the holder of the key in the address; unknown keys
    all get the same answer.
    """

    async def answer(request: Request) -> Response:
        secret = request.path_params.get("secret")
        try:
            appointments = await run_in_threadpool(_appointments, secret)
        except DBAPIError as error:
            return PlainTextResponse(report_fault(error), status_code=503, headers=_PRIVATE)
        if appointments is None:
            return PlainTextResponse(
                "Ce calendrier n'existe pas, ou n'existe plus.", status_code=404, headers=_PRIVATE
            )
        headers = {"Cache-Control": cache_control(900), "X-Content-Type-Options": "nosniff"}
        content = write(appointments, settings().public_address(str(request.url)))
        return Response(content, media_type=media_type, headers=_PRIVATE if secret else headers)

    return answer


def _appointments(secret: str | None) -> list[Appointment] | None:
    with reading() as session:
        day = today(session)
        if secret is None:
            return open_to_all(session, day)
        reader = reader_of_key(session, hash_of(secret), day)
        return of_reader(session, reader, day) if reader else None


def written(name: str, appointments: list[Appointment], address: str) -> bytes:
    """The feed as iCalendar; `address` is the origin of the site, without a trailing slash."""
    # Imported with the first request: the iCalendar library takes 4 MiB.
    from dashboard.files import calendars

    return calendars.as_bytes(
        name,
        (
            calendars.Event(
                _uid(item, address),
                item.changed_on,
                item.changes,
                item.day,
                item.summary,
                item.starts,
                item.ends,
                item.place,
                address + item.href,
                item.status,
            )
            for item in appointments
        ),
    )


def _uid(item: Appointment, address: str) -> str:
    """The identity by which a phone recognises a changed event."""
    host = address.partition("://")[2].partition(":")[0] or "c-possible"
    return f"{item.key}@{host}"


def events(appointments: list[Appointment], address: str) -> bytes:
    """The dates as JSON, with the names of `@events` of iMio (iA.Smartweb); one without hours
    begins and ends at midnight.
    """
    items = []
    for item in appointments:
        timed = bool(item.starts and item.ends)
        starts, ends = (item.starts, item.ends) if timed else ("00:00", "00:00")
        last = item.day if timed else item.day + timedelta(days=1)
        items.append(
            {
                "UID": _uid(item, address),
                "title": item.summary,
                "description": " · ".join(filter(None, (item.place, address + item.href))),
                "start": _moment(item.day, starts),
                "end": _moment(last, ends),
                "category": "Formation" if item.key.startswith("session") else "Rencontre",
            }
        )
    return json.dumps({"items": items, "items_total": len(items)}, ensure_ascii=False).encode()


def _moment(day: date, hour: str) -> str:
    return datetime.combine(day, time.fromisoformat(hour), TOWN).isoformat()
