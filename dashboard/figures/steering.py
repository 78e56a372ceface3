"""Figures of decisions and meetings (pilotage), of the communities and progress groups, and those
measured elsewhere (relevés): well-being, citizens, sustainable development.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dashboard.figures.kinds import (
    Function,
    Point,
    Reads,
    figure,
    value_codes,
)
from dashboard.figures.persons import (
    FIELD,
    OFFICE,
    Parts,
    Share,
    at_month_end,
    parts_of,
    share_of,
    share_of_members,
    shares_of,
)
from dashboard.formulas import Rate, median
from dashboard.queries import communities as query
from dashboard.queries.decisions.records import register
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from dashboard.queries.groups import GroupAt, decided, register as group_register
from dashboard.queries.meetings.records import MeetingAt, calendar
from dashboard.queries.people.readers import managers_by_service
from dashboard.queries.targets import every_measure, measured_by
from dashboard.scope import Scope
from models.clock import quarter_start, window_start
from models.communities import Community
from models.meetings import MeetingKind, MeetingState
from models.roadmap import Measure


@figure(
    "decisions",
    late_facts.decisions,
    rows_of={
        "decisions.taux": figure_rows.due_decisions,
        "decisions.attente": figure_rows.waiting_points,
    },
)
def decisions(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    history, known = reads.register(register), scope.known_by(on)
    fresh = history.steps.last_day(on, known)
    in_scope = [d for d in history.at(on, known) if scope.has(d.owner_direction_id)]
    due = [d for d in in_scope if d.due_on and window_start(on) <= d.due_on <= on]
    in_time = Rate(sum(d.done_on is not None and d.done_on <= d.due_on for d in due), len(due))
    waiting = sum(d.is_waiting for d in in_scope) if fresh else None
    return {
        "decisions.taux": Point.of_rate(on, in_time, fresh_on=fresh),
        "decisions.attente": Point(on, waiting, fresh_on=fresh),
    }


def _of_last_year(reads: Reads, scope: Scope, kind: MeetingKind, on: date) -> list[MeetingAt]:
    """The meetings of a body whose day falls in the 12 months ending at `on`."""
    meetings = reads.register(calendar, (kind,)).at(on, scope.known_by(on))
    return [m for m in meetings if window_start(on) <= m.day <= on]


@figure("copilotage", late_facts.meetings, rows=figure_rows.meetings)
def steering_meetings(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    planned = _of_last_year(reads, scope, MeetingKind.steering, on)
    rate = Rate(sum(m.state == MeetingState.held for m in planned), len(planned))
    moments = reads.register(calendar, (MeetingKind.steering,)).moments
    fresh = moments.last_day(on, scope.known_by(on))
    return {"copilotage": Point.of_rate(on, rate, fresh_on=fresh)}


@figure("presence-conseil", late_facts.meetings, rows=figure_rows.meetings)
def council_attendance(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    planned = _of_last_year(reads, scope, MeetingKind.council, on)
    meetings = [m for m in planned if m.state == MeetingState.held]
    presences = reads.register(calendar, (MeetingKind.council,)).presences
    point = Point.of_rate(
        on,
        Rate(sum(m.present for m in meetings), sum(m.invited for m in meetings)),
        n=len(meetings),
        coverage=Rate(sum(m.is_noted for m in meetings), len(meetings)),
        fresh_on=presences.last_day(on, scope.known_by(on)),
    )
    return {"presence-conseil": point}


@figure("communication", late_facts.decisions, rows=figure_rows.notified_decisions)
def communication(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    history, known = reads.register(register), scope.known_by(on)
    delays = [
        (d.communicated_on - d.decided.on).days
        for d in history.at(on, known)
        if d.decided and d.communicated_on and window_start(on) <= d.communicated_on <= on
    ]
    fresh = history.steps.last_day(on, known)
    return {"communication": Point(on, median(delays), n=len(delays) or None, fresh_on=fresh)}


@figure("couverture", late_facts.members, rows=figure_rows.services)
def coverage(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    services = [unit.id for unit in scope.tree.services(scope.counted)]
    covered = reads.read(query.covered_services, scope, on)
    rate = Rate(sum(s in covered for s in services), len(services))
    fresh = reads.read(query.last_fact, scope, on)
    return {"couverture": Point.of_rate(on, rate, fresh_on=fresh)}


@figure(
    "ambassadeurs-actifs",
    late_facts.members,
    late_facts.ideas,
    late_facts.registrations,
    late_facts.meetings,
    rows=figure_rows.ambassadors,
)
def active(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _active_share)


def _active_share(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    members = reads.derive(_active, scope, month_end)
    fresh = reads.read(query.last_fact, scope, month_end)
    point = share_of_members(month_end, scope, members, fresh, is_public=True)
    return {"ambassadeurs-actifs": point}


def _active(reads: Reads, scope: Scope, month_end: date) -> Parts[Share]:
    """The ambassadors at a month end, with those of them who were active."""
    own = reads.read(query.ambassadors, scope, month_end)
    acting = reads.read(query.active_ambassadors, scope, month_end)
    return parts_of(scope, share_of, shares_of(own, acting, own))


@figure(
    "retention",
    late_facts.members,
    late_facts.ideas,
    late_facts.registrations,
    late_facts.meetings,
    rows=figure_rows.ambassadors,
)
def retention(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    end = quarter_start(on + timedelta(days=1)) - timedelta(days=1)
    members = reads.derive(_stayed, scope, end)
    fresh = reads.read(query.last_fact, scope, end)
    return {"retention": share_of_members(on, scope, members, fresh, is_public=False)}


def _stayed(reads: Reads, scope: Scope, quarter_end: date) -> Parts[Share]:
    """Those active in the previous quarter, with those of them who still were in the quarter that
    ends.
    """
    before_end = quarter_start(quarter_end) - timedelta(days=1)
    known = scope.known_by(quarter_end)
    own = query.own_services(reads.session, Community.ambassadors, before_end, known)
    before = query.active(reads.session, list(own), quarter_start(before_end), before_end, known)
    stayed = query.active(
        reads.session, sorted(before), quarter_start(quarter_end), quarter_end, known
    )
    return parts_of(scope, share_of, shares_of(own, stayed, before))


def _groups(reads: Reads, scope: Scope, on: date) -> tuple[list[GroupAt], date | None]:
    """The progress groups of the scope's ambition at a day, and the day of their last fact."""
    history, known = reads.register(group_register), scope.known_by(on)
    groups = [
        group
        for group in history.at(on, known)
        if scope.ambition is None or group.ambition_id == scope.ambition.id
    ]
    return groups, history.last_fact(on, known)


@figure("groupes-delais", late_facts.deliverables, rows=figure_rows.due_deliverables)
def deliverables_in_time(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    groups, fresh = _groups(reads, scope, on)
    due = [d for group in groups for d in group.deliverables if window_start(on) <= d.due_on <= on]
    rate = Rate(sum(d.is_in_time for d in due), len(due))
    return {"groupes-delais": Point.of_rate(on, rate, fresh_on=fresh)}


@figure(
    "groupes-adoption",
    late_facts.group_steps,
    late_facts.decisions,
    rows=figure_rows.decided_propositions,
)
def propositions_adopted(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    groups, fresh = _groups(reads, scope, on)
    points = reads.register(register).at(on, scope.known_by(on))
    propositions = decided(groups, points)
    adopted = sum(d.outcome is not None and d.outcome.is_to_do for _, d in propositions)
    rate = Rate(adopted, len(propositions))
    return {"groupes-adoption": Point.of_rate(on, rate, fresh_on=fresh)}


@figure("managers", late_facts.meetings)
def managers(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _participation)


def _participation(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    history = reads.register(calendar, (MeetingKind.managers,))
    recorded = scope.known_by(month_end)
    fresh = history.presences.last_day(month_end, recorded)
    meetings = [
        m
        for m in history.at(month_end, recorded)
        if m.state == MeetingState.held and quarter_start(month_end) <= m.day <= month_end
    ]
    noted = [m for m in meetings if m.is_noted]
    point = Point(month_end, None, fresh_on=fresh)
    # Attendance was not recorded: unknown is not zero.
    if fresh is not None and (noted or not meetings):
        present = frozenset(person for m in noted for person, _ in m.persons)
        members = reads.derive(_managers, scope, month_end, present)
        point = share_of_members(month_end, scope, members, fresh, is_public=True)
    return {"managers": replace(point, coverage=Rate(len(noted), len(meetings)))}


def _managers(reads: Reads, scope: Scope, month_end: date, present: frozenset[int]) -> Parts[Share]:
    """Those who have a mandate at a month end, with those of them who were present."""
    own = reads.read(managers_by_service, scope, month_end)
    return parts_of(scope, share_of, shares_of(own, present, own))


def measured(*codes: str) -> Function:
    """The function of a figure read from dated measures: the last one; an average below n = 10 is
    not shown.
    """

    def last_measures(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
        measures = reads.register(every_measure)
        last = {code: _last_measure(measures.get(code, ()), scope, on) for code in codes}
        return {code: _beside_the_whole(last, code) for code in codes}

    return last_measures


def _beside_the_whole(points: dict[str, Point], code: str) -> Point:
    """Hides the average of a workplace if the rest of the whole is about fewer than ten, and both
    if one is hidden.
    """
    whole, _, side = code.partition("@")
    if not side:
        return points[code]
    sides = [points[f"{whole}{OFFICE}"], points[f"{whole}{FIELD}"]]
    rest = (points[whole].n or 0) - (points[code].n or 0)
    is_hidden = any(p.suppressed for p in sides) or 0 < rest < SMALLEST_AVERAGE
    if points[code].value is None or not is_hidden:
        return points[code]
    return Point.hidden(points[code].on, fresh_on=points[code].fresh_on)


def _last_measure(measures: Sequence[Measure], scope: Scope, on: date) -> Point:
    if not scope.is_whole and (scope.unit is None or scope.alone):
        # A measure is about one direction; several cannot be added.
        return Point(on, None)
    place = scope.unit.id if scope.unit else None
    known = measured_by(measures, on, scope.known_by(on))
    rows = [m for m in known if m.direction_id == place]
    if not rows:
        return Point(on, None)
    last = rows[-1]
    if last.n is not None and last.n < SMALLEST_AVERAGE:
        return Point.hidden(on, fresh_on=last.on)
    return Point(on, last.value, n=last.n, fresh_on=last.on)


for _code in ("bien-etre", "citoyens", "durable"):
    _values = value_codes(_code)
    figure(_code, late_facts.measures(*_values), rows=figure_rows.measures)(measured(*_values))
