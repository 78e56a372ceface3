"""The meeting (séance) that the cockpit compares with: the last one of the CODIR, another one, or a
day chosen by the reader.
"""

from datetime import date

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.figures.since import Changes, changes
from dashboard.queries.meetings.points import last_with_points
from dashboard.queries.meetings.records import MeetingAt
from dashboard.report.pack import owned
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import COCKPIT, address
from models.meetings import MeetingKind, MeetingState

COMPARED = "seance"  # parameter of the address: the day of a meeting, or NOTHING
NOTHING = "aucune"
_OFFERED = 6


def compared_day(scope: Scope, asked: dict[str, str]) -> date | None:
    """The day that figures are compared with: « évolution depuis » if set, else the chosen meeting,
    else the last one that had points; None if there is none.
    """
    if scope.since:
        return scope.since
    asked_day = asked.get(COMPARED)
    if asked_day == NOTHING:
        return None
    found = (day for day in held_before(scope) if day.isoformat() == asked_day)
    return next(found, None) or last_meeting(scope)


def last_meeting(scope: Scope) -> date | None:
    """The day of the last meeting of the CODIR that had points."""
    of_codir = [m for m in cached.meetings(scope.on) if m.kind == MeetingKind.codir]
    return last_with_points(of_codir, cached.decisions(scope.on), scope.on)


def held_before(scope: Scope) -> list[date]:
    """The days of the CODIR meetings held before the day looked at, latest first."""
    days = {m.day for m in held(scope, MeetingKind.codir) if m.day < scope.on}
    return sorted(days, reverse=True)


def held(scope: Scope, body: MeetingKind) -> list[MeetingAt]:
    """The meetings of a body held up to the day looked at."""
    return [
        m
        for m in cached.meetings(scope.on)
        if m.kind == body and m.state == MeetingState.held and m.day <= scope.on
    ]


def changes_since(scope: Scope, since: date) -> Changes:
    """What changed between a meeting and the day looked at, in the scope."""
    return changes(
        owned(cached.milestones(since, scope.asked), scope),
        owned(cached.milestones(scope.on, scope.asked), scope),
        [d for d in cached.decisions(scope.on) if scope.has(d.owner_direction_id)],
        since,
        scope.on,
    )


def since_in_words(scope: Scope, since: date) -> str:
    """How the roadmap, decisions and ideas changed since that day, in one sentence."""
    since_changes = changes_since(scope, since)
    moves = ideas.idea_moves(scope, since, scope.on)
    parts = [
        _counted(len(since_changes.moved), "jalon a bougé", "jalons ont bougé"),
        _counted(len(since_changes.decided), "décision prise", "décisions prises"),
        _counted(len(since_changes.executed), "décision exécutée", "décisions exécutées"),
        _counted(moves.filed, "dépôt reçu", "dépôts reçus"),
        _counted(moves.answered, "réponse donnée", "réponses données"),
    ]
    changes_in_words = ", ".join(filter(None, parts)) or "rien n'a bougé"
    return f"Depuis la séance du {french.day(since)} : {changes_in_words}."


def _counted(n: int, singular: str, plural: str) -> str:
    return french.counted(n, singular, plural) if n else ""


def choice(scope: Scope, since: date | None, **others: str) -> None:
    """The chosen meeting, with links to the others; `others` are parameters kept in the address."""
    meeting_days = held_before(scope)
    if scope.since or not meeting_days:
        return
    days = [
        (french.day(day), address(COCKPIT, scope, **others, **{COMPARED: day.isoformat()}), day)
        for day in meeting_days[:_OFFERED]
    ]
    nothing_href = address(COCKPIT, scope, **others, **{COMPARED: NOTHING})
    draw(
        "cockpit/compared.html",
        told=since_in_words(scope, since) if since else "Sans comparaison.",
        days=[(label, href, day == since) for label, href, day in days],
        nothing=nothing_href,
        is_compared=since is not None,
        more=address("preparer", scope, **({COMPARED: since.isoformat()} if since else {})),
    )
