"""The meeting that the cockpit compares with (séance): the last one of the CODIR, another one, or a
day of the reader's own.
"""

from datetime import date

from dashboard import cached, french
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import COCKPIT, address
from models.meetings import MeetingKind, MeetingState

COMPARED = "seance"  # of the address: the day of a meeting, or NOTHING
NOTHING = "aucune"
_OFFERED = 6


def compared_day(scope: Scope, asked: dict[str, str]) -> date | None:
    """The day that figures are compared with: « évolution depuis » where it is given, else the
    meeting asked for, else the last one before the day looked at; None where there is none.
    """
    if scope.since:
        return scope.since
    wanted = asked.get(COMPARED)
    held = held_before(scope)
    if wanted == NOTHING:
        return None
    return next((day for day in held if day.isoformat() == wanted), held[0] if held else None)


def held_before(scope: Scope) -> list[date]:
    """The meetings of the CODIR that were held before the day looked at, the last one first."""
    days = {
        meeting.day
        for meeting in cached.meetings(scope.on)
        if meeting.kind == MeetingKind.codir
        and meeting.state == MeetingState.held
        and meeting.day < scope.on
    }
    return sorted(days, reverse=True)


def choice(scope: Scope, since: date | None, **others: str) -> None:
    """Which meeting it is, with the way to the others; `others` stay in the address."""
    held = held_before(scope)
    if scope.since or not held:
        return
    days = [
        (french.day(day), address(COCKPIT, scope, **others, **{COMPARED: day.isoformat()}), day)
        for day in held[:_OFFERED]
    ]
    nothing = address(COCKPIT, scope, **others, **{COMPARED: NOTHING})
    draw(
        "cockpit/compared.html",
        since=since,
        days=[(label, href, day == since) for label, href, day in days],
        nothing=nothing,
        more=address("depuis", scope, **({COMPARED: since.isoformat()} if since else {})),
    )
