"""Calendar feeds (/agenda.ics for everybody, /agenda/….ics for one person). Plain ASGI, no
Streamlit.
"""

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard.actions.people.logins import hash_of
from dashboard.queries.meetings import calendars as query
from dashboard.queries.meetings.calendars import Appointment
from dashboard.web.feeds import cache_control
from models.clock import today
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
    return [
        Route("/agenda.ics", of_all, methods=["GET"]),
        Route("/agenda/{secret}.ics", of_one, methods=["GET"]),
    ]


async def of_all(request: Request) -> Response:
    """The feed of dates open to everybody."""
    headers = {"Cache-Control": cache_control(900), "X-Content-Type-Options": "nosniff"}
    return await _feed_answer(request, "C-Possible : agenda", None, headers)


async def of_one(request: Request) -> Response:
    """The feed of the holder of this key; unknown keys all get the same answer."""
    return await _feed_answer(
        request, "C-Possible : mon calendrier", request.path_params["secret"], _PRIVATE
    )


async def _feed_answer(
    request: Request, name: str, secret: str | None, headers: dict[str, str]
) -> Response:
    try:
        appointments = await run_in_threadpool(_appointments, secret)
    except DBAPIError as error:
        return PlainTextResponse(report_fault(error), status_code=503, headers=_PRIVATE)
    if appointments is None:
        return PlainTextResponse(
            "Ce calendrier n'existe pas, ou n'existe plus.", status_code=404, headers=_PRIVATE
        )
    address = settings().public_address(str(request.url))
    return Response(written(name, appointments, address), media_type=TYPE, headers=headers)


def _appointments(secret: str | None) -> list[Appointment] | None:
    with reading() as session:
        day = today(session)
        if secret is None:
            return query.open_to_all(session, day)
        reader = query.reader_of_key(session, hash_of(secret), day)
        return query.of_reader(session, reader, day) if reader else None


def written(name: str, appointments: list[Appointment], address: str) -> bytes:
    """The feed as iCalendar; `address` is the origin of the site, without a trailing slash."""
    # Imported with the first request: the iCalendar library takes 4 MiB.
    from dashboard.files import calendars

    # Part of each event's identity (UID), by which a phone recognises a changed event.
    host = address.partition("://")[2].partition(":")[0] or "c-possible"
    return calendars.as_bytes(
        name,
        (
            calendars.Event(
                f"{item.key}@{host}",
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
