"""The meetings of a steering body: planned, held or cancelled."""

from dashboard import cached, french
from dashboard.queries.meetings.records import MeetingAt
from dashboard.scope import Scope
from dashboard.ui.blocks import fold
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.meetings import MeetingKind, MeetingState

RECENT = 12


def meetings_table(scope: Scope, body: MeetingKind) -> None:
    """The meetings to come and the last ones, latest first, in a fold."""
    known = [m for m in cached.meetings(scope.on) if m.kind == body]
    if not known:
        return
    coming = [m for m in known if m.day > scope.on]
    past = [m for m in known if m.day <= scope.on][-RECENT:]
    title = f"Séances à venir, et les {RECENT} dernières"
    rows = [_meeting_row(m, scope) for m in (*coming[::-1], *past[::-1])]
    with fold(title, icon="event"):
        table(("Jour", "Séance", "État", "Présents", "Lieu"), rows, title)


def _meeting_row(m: MeetingAt, scope: Scope) -> tuple:
    is_to_come = m.state == MeetingState.planned and m.day > scope.on
    when = " · ".join(filter(None, (french.day(m.day), m.hours)))
    return (
        link(when, address("agenda", scope, reunion=m.id)),
        m.label,
        "À venir" if is_to_come else m.state.label,
        french.rate(m.present, m.invited, 0) if m.state == MeetingState.held else "–",
        m.place or "–",
    )
