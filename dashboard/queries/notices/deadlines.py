"""Deadlines and the people to notify (échéances): milestone reports, decisions, deliverables,
sessions, meetings, approvals. Each kind takes a fixed number of statements.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import is_of_meeting
from dashboard.formulas import UPDATE_DAYS
from dashboard.queries.decisions.records import DecisionAt, register as decision_register
from dashboard.queries.groups import DeliverableAt, GroupAt, register as group_register
from dashboard.queries.meetings.agenda import is_restricted
from dashboard.queries.people.readers import reader_of
from dashboard.queries.roadmap import PlanAt, is_expected, whole_roadmap
from dashboard.queries.seats.records import Event, session_event
from models.academy import Training, TrainingSession
from models.communities import Community, Membership
from models.directions import Direction, UnitKind
from models.facts import live
from models.groups import GroupMember
from models.meetings import Attendance, Meeting, MeetingKind
from models.notices import Notice, NoticeKind, NoticeState
from models.people import Account, Mandate, Person, open_account
from models.seats import Seat, SeatState

# The prefix of the keys of these notices.
PREFIX = "echeance-"
# The states in which a notice can still be withdrawn.
UNSENT_STATES = (NoticeState.waiting, NoticeState.dropped)


# ── What is due ───────────────────────────────────────────────────────────────────────────────────


def reports_awaited(session: Session, day: date) -> list[tuple[PlanAt, date]]:
    """The milestones whose report is missing, each with the first day of the current period without
    one.
    """
    awaited = ((m, awaited_since(m, day)) for m in whole_roadmap(session).at(day))
    return [(m, since) for m, since in awaited if since is not None]


def awaited_since(m: PlanAt, day: date) -> date | None:
    """The first day of the current period without a report; None if there is a report, or none is
    expected.
    """
    if not is_expected(m, day):
        return None
    period = UPDATE_DAYS
    first = m.schedule.start
    if m.report:
        first = m.report.on + timedelta(days=int(period) + 1)
    if first > day:
        return None
    return first + timedelta(days=int((day - first).days // period * period))


def decisions_due(session: Session, day: date, until: date) -> list[DecisionAt]:
    """The decisions to execute by a day, late ones included."""
    return [
        decision
        for decision in decision_register(session).at(day)
        if decision.is_to_execute and decision.due_on <= until
    ]


def deliverables_due(
    session: Session, day: date, until: date
) -> list[tuple[GroupAt, DeliverableAt, date]]:
    """The deliverables that active groups must hand in by a day, with the date announced last."""
    found = [
        (group, deliverable, deliverable.forecast or deliverable.due_on)
        for group in group_register(session).at(day)
        if not group.state.is_over
        for deliverable in group.open_deliverables
    ]
    return [line for line in found if line[2] <= until]


def sessions_ahead(session: Session, day: date, until: date) -> list[tuple[Event, set[int]]]:
    """The sessions after `day` and up to `until` that are not cancelled, and who has a seat in
    each.
    """
    booked = session.exec(
        select(TrainingSession, Training, Seat.person_id)
        .join(Training, Training.id == TrainingSession.training_id)
        .join(Seat, Seat.session_id == TrainingSession.id)
        .where(
            TrainingSession.on > day,
            TrainingSession.on <= until,
            TrainingSession.cancelled_on.is_(None),
            Seat.status == str(SeatState.booked),
            Seat.person_id.is_not(None),
        )
        .order_by(TrainingSession.on, TrainingSession.id)
    ).all()
    persons = defaultdict(set)
    events = {}
    for held, training, person in booked:
        persons[held.id].add(person)
        events[held.id] = session_event(held, training, day)
    return [(events[ident], persons[ident]) for ident in events]


def expected_at(session: Session, meetings: Iterable[Meeting], day: date) -> dict[int, set[int]]:
    """Meeting → the people expected without registration: the volunteers of its group, the members
    of its community. Registered people are notified through their seats.
    """
    wanted = [meeting for meeting in meetings if not meeting.enrols]
    groups = {meeting.group_id for meeting in wanted if meeting.group_id}
    community = {
        meeting.id: str(
            {
                MeetingKind.ambassadors: Community.ambassadors,
                MeetingKind.managers: Community.managers,
            }.get(MeetingKind(meeting.kind), "")
        )
        for meeting in wanted
    }
    of_group = _open_seats(session, GroupMember, GroupMember.group_id, groups, day)
    of_community = _open_seats(
        session, Membership, Membership.community, set(community.values()), day
    )
    return {
        meeting.id: of_group.get(meeting.group_id, set())
        | of_community.get(community[meeting.id], set())
        for meeting in wanted
    }


def _open_seats(
    session: Session, table: type, owner: object, wanted: Collection, day: date
) -> dict[object, set[int]]:
    found = defaultdict(set)
    rows = session.execute(
        select(owner, table.person_id).where(
            owner.in_(sorted(wanted)),
            table.joined_on <= day,
            or_(table.left_on.is_(None), table.left_on > day),
        )
    ).all()
    for key, person in rows:
        found[key].add(person)
    return found


# ── Who is notified ───────────────────────────────────────────────────────────────────────────────


def codir_members(session: Session, day: date) -> list[int]:
    """The recipients of the CODIR's report: its members and its secretary by their accounts, and
    the Directeur général.
    """
    accounts = session.exec(select(Account).where(open_account(day), Account.roles != "")).all()
    top = session.exec(
        select(Mandate.person_id)
        .join(Direction, Direction.id == Mandate.direction_id)
        .join(Account, Account.person_id == Mandate.person_id)
        .where(
            Direction.kind == str(UnitKind.root),
            open_account(day),
            Mandate.since <= day,
            or_(Mandate.until.is_(None), Mandate.until > day),
        )
    ).all()
    members = {account.person_id for account in accounts if is_of_meeting(account.role_list)}
    return sorted(members | set(top))


def members_of(session: Session, body: MeetingKind, day: date) -> list[int]:
    """The members of a body, who receive its agenda and its PV: those of the CODIR; in the Conseil
    de direction also the heads of departments and directions; in the Comité de co-pilotage, whose
    members are stored nowhere, who came to one of its meetings or is expected.
    """
    if body is MeetingKind.steering:
        of_body = select(Meeting.id).where(Meeting.kind == str(body))
        came = select(Attendance.person_id).where(
            Attendance.meeting_id.in_(of_body), Attendance.invited > 0, live(Attendance, day)
        )
        seated = select(Seat.person_id).where(
            Seat.meeting_id.in_(of_body), Seat.status != SeatState.cancelled
        )
        known = or_(Account.person_id.in_(came), Account.person_id.in_(seated))
        accounts = session.exec(select(Account).where(open_account(day), known)).all()
        return sorted(
            account.person_id
            for account in accounts
            if not is_restricted(reader_of(session, account, day), body)
        )
    members = set(codir_members(session, day))
    if body is MeetingKind.council:
        heads = select(Mandate.person_id).join(Direction, Direction.id == Mandate.direction_id)
        members |= set(
            session.exec(
                heads.where(
                    Direction.kind != str(UnitKind.service),
                    Mandate.since <= day,
                    or_(Mandate.until.is_(None), Mandate.until > day),
                )
            ).all()
        )
    return sorted(members)


# ── What was notified ─────────────────────────────────────────────────────────────────────────────


def notified(session: Session, keys: Collection[str]) -> set[tuple[int, str]]:
    """The (person, key) pairs among these keys that already have a notice."""
    rows = session.execute(
        select(Notice.person_id, Notice.key).where(
            Notice.kind == str(NoticeKind.task), Notice.key.in_(sorted(keys))
        )
    ).all()
    return {tuple(row) for row in rows}


def notified_days(session: Session, key: str) -> dict[int, list[date]]:
    """Person → the days of her daily notices under this key, oldest first."""
    prefix = f"{PREFIX}{key}-"
    rows = session.execute(
        select(Notice.person_id, Notice.key).where(
            Notice.kind == str(NoticeKind.task), Notice.key.startswith(prefix)
        )
    ).all()
    found = defaultdict(list)
    for person, written in rows:
        found[person].append(date.fromisoformat(written.removeprefix(prefix)))
    return {person: sorted(days) for person, days in found.items()}


def names_of(session: Session, persons: Collection[int]) -> dict[int, str]:
    """« Prénom Nom » of these persons."""
    rows = session.exec(select(Person).where(Person.id.in_(sorted(persons)))).all()
    return {person.id: person.name for person in rows}


def waiting_reminders(session: Session) -> list[tuple[int, int, str]]:
    """(id, person, key) of the unsent reminders, for mail or in person."""
    rows = session.execute(
        select(Notice.id, Notice.person_id, Notice.key).where(
            Notice.state.in_(UNSENT_STATES),
            Notice.kind == str(NoticeKind.task),
            Notice.key.startswith(PREFIX),
        )
    ).all()
    return [tuple(row) for row in rows]
