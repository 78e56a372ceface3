"""What has a day and somebody who is to be told of it (échéances): milestone
reports, decisions, deliverables, sessions, meetings, approvals. Each kind is read
with a fixed number of statements.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import is_of_meeting
from dashboard.formulas import UPDATE_DAYS
from dashboard.queries.academy.registrations import services_at
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.decisions.records import register as decision_register
from dashboard.queries.groups import DeliverableAt, GroupAt
from dashboard.queries.groups import register as group_register
from dashboard.queries.roadmap import PlanAt, is_expected, whole_roadmap
from models.academy import (
    Approval,
    Registration,
    RegistrationStatus,
    Training,
    TrainingSession,
)
from models.communities import Community, Membership
from models.directions import Direction, Tree, UnitKind
from models.groups import GroupMember
from models.keeping import Notice, NoticeKind, NoticeState
from models.meetings import Meeting, MeetingKind
from models.people import Account, Mandate, Person, open_account

# The keys of these notices begin with it.
PREFIX = "echeance-"
# What may still be taken back.
UNTOLD = (NoticeState.waiting, NoticeState.dropped)
_EXPECTED_FROM = {
    MeetingKind.ambassadors: Community.ambassadors,
    MeetingKind.managers: Community.managers,
}


# ── What is due ───────────────────────────────────────────────────────────────────────────────────


def reports_awaited(session: Session, day: date) -> list[tuple[PlanAt, date]]:
    """The milestones whose report is expected and missing, each with the day on
    which its present period without news began.
    """
    awaited = ((m, awaited_since(m, day)) for m in whole_roadmap(session).at(day))
    return [(m, since) for m, since in awaited if since is not None]


def awaited_since(m: PlanAt, day: date) -> date | None:
    """The first day of the present period without a report; None where there is one,
    or where none is expected.
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
    """The decisions to execute by a day, and those that are late."""
    return [
        decision
        for decision in decision_register(session).at(day)
        if decision.due_on is not None and decision.due_on <= until and decision.done_on is None
    ]


def deliverables_due(
    session: Session, day: date, until: date
) -> list[tuple[GroupAt, DeliverableAt, date]]:
    """The deliverables of the groups at work that are to be handed in by a day, with
    that day: the one announced last.
    """
    found = [
        (group, deliverable, deliverable.forecast or deliverable.due_on)
        for group in group_register(session).at(day)
        if not group.state.is_over
        for deliverable in group.open_deliverables
    ]
    return [line for line in found if line[2] <= until]


@dataclass(frozen=True, slots=True)
class SessionAhead:
    """One session that takes place soon, and who has a seat in it."""

    id: int
    code: str
    title: str
    on: date
    starts: str
    ends: str
    place: str
    persons: frozenset[int]


def sessions_ahead(session: Session, day: date, until: date) -> list[SessionAhead]:
    """The sessions after a day and until another one that were not cancelled."""
    held = TrainingSession
    rows = session.execute(
        select(
            held.id,
            Training.code,
            Training.title,
            held.on,
            held.starts,
            held.ends,
            held.place,
            Registration.person_id,
        )
        .join(Training, Training.id == held.training_id)
        .join(Registration, Registration.session_id == held.id)
        .where(
            held.on > day,
            held.on <= until,
            held.cancelled_on.is_(None),
            Registration.status == str(RegistrationStatus.booked),
            Registration.person_id.is_not(None),
        )
        .order_by(held.on, held.id)
    ).all()
    persons = defaultdict(set)
    for *about, person in rows:
        persons[tuple(about)].add(person)
    return [SessionAhead(*about, frozenset(who)) for about, who in persons.items()]


def expected_at(session: Session, meetings: Iterable[Meeting], day: date) -> dict[int, set[int]]:
    """Meeting → who is expected without a registration: the volunteers of its group,
    the members of its community. Where people register, those who did are told by
    their seats.
    """
    wanted = [meeting for meeting in meetings if not meeting.enrols]
    groups = {meeting.group_id for meeting in wanted if meeting.group_id}
    community = {
        meeting.id: str(_EXPECTED_FROM.get(MeetingKind(meeting.kind), "")) for meeting in wanted
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


@dataclass(frozen=True, slots=True)
class ApprovalAwaited:
    """One registration that waits for an approval: whose, in which service, for which session."""

    id: int
    person_id: int
    name: str
    service_id: int | None
    asked_on: date
    title: str
    on: date


def approvals_awaited(session: Session, day: date) -> list[ApprovalAwaited]:
    """The approvals that nobody has given or refused, of sessions to come."""
    asking = (RegistrationStatus.requested, RegistrationStatus.booked)
    rows = session.execute(
        select(Approval, Person, Training.title, TrainingSession.on)
        .join(Registration, Registration.id == Approval.registration_id)
        .join(Person, Person.id == Registration.person_id)
        .join(Training, Training.id == Registration.training_id)
        .join(TrainingSession, TrainingSession.id == Registration.session_id)
        .where(
            Approval.approved.is_(None),
            Registration.status.in_([str(status) for status in asking]),
            TrainingSession.on > day,
            TrainingSession.cancelled_on.is_(None),
        )
        .order_by(TrainingSession.on, Approval.id)
    ).all()
    services = services_at(session, day, [person.id for _, person, *_ in rows])
    return [
        ApprovalAwaited(
            approval.id,
            person.id,
            person.name,
            services.get(person.id),
            approval.asked_on,
            title,
            on,
        )
        for approval, person, title, on in rows
    ]


# ── Who is told ───────────────────────────────────────────────────────────────────────────────────


def heads_by_unit(session: Session, day: date) -> dict[int, list[int]]:
    """Unit → the persons with a mandate on it."""
    found = defaultdict(list)
    rows = session.execute(
        select(Mandate.direction_id, Mandate.person_id)
        .join(Person, Person.id == Mandate.person_id)
        .where(
            Mandate.since <= day,
            or_(Mandate.until.is_(None), Mandate.until > day),
            Person.erased_on.is_(None),
        )
        .order_by(Mandate.person_id)
    ).all()
    for unit, person in rows:
        found[unit].append(person)
    return dict(found)


def who_answers(tree: Tree, heads: Mapping[int, list[int]], unit_id: int | None) -> list[int]:
    """The heads of a unit, or of the nearest unit above it up to its direction."""
    unit = tree.by_id.get(unit_id) if unit_id else None
    while unit:
        found = heads.get(unit.id, [])
        if found or unit.kind != UnitKind.service:
            return found
        unit = tree.by_id.get(unit.parent) if unit.parent else None
    return []


def codir_members(session: Session, day: date) -> list[int]:
    """Who receives the report for the CODIR: its members and its secretary by their
    accounts, and the Directeur général.
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


# ── What was told ─────────────────────────────────────────────────────────────────────────────────


def told(session: Session, keys: Collection[str]) -> set[tuple[int, str]]:
    """Of these keys, (person, key) of what was written before."""
    rows = session.execute(
        select(Notice.person_id, Notice.key).where(
            Notice.kind == str(NoticeKind.task), Notice.key.in_(sorted(keys))
        )
    ).all()
    return {tuple(row) for row in rows}


def told_days(session: Session, key: str) -> dict[int, list[date]]:
    """Person → the days of what was written to her once a day under this key, oldest first."""
    began = f"{PREFIX}{key}-"
    rows = session.execute(
        select(Notice.person_id, Notice.key).where(
            Notice.kind == str(NoticeKind.task), Notice.key.startswith(began)
        )
    ).all()
    found = defaultdict(list)
    for person, written in rows:
        found[person].append(date.fromisoformat(written.removeprefix(began)))
    return {person: sorted(days) for person, days in found.items()}


def names_of(session: Session, persons: Collection[int]) -> dict[int, str]:
    """« Prénom Nom » of these persons."""
    rows = session.exec(select(Person).where(Person.id.in_(sorted(persons)))).all()
    return {person.id: person.name for person in rows}


def untold(session: Session) -> list[tuple[int, int, str]]:
    """(id, person, key) of what waits to be told, by mail or by voice."""
    rows = session.execute(
        select(Notice.id, Notice.person_id, Notice.key).where(
            Notice.state.in_(UNTOLD),
            Notice.kind == str(NoticeKind.task),
            Notice.key.startswith(PREFIX),
        )
    ).all()
    return [tuple(row) for row in rows]
