"""Reads communities: members, coverage of the services, activity of the ambassadors."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Date, Select, bindparam, func, union
from sqlmodel import Session, select

from dashboard.queries.directions import headcounts
from dashboard.queries.prepared import ON
from dashboard.scope import Scope
from models.academy import TrainingSession
from models.clock import add_months, month_start
from models.communities import Community, Membership, MembershipEvent
from models.directions import Unit
from models.discussions import Contribution, ContributionKind, Subject
from models.facts import counting, first_id, live
from models.idea_events import EventKind, IdeaEvent
from models.ideas import Idea
from models.meetings import Attendance
from models.people import Person
from models.seats import ATTENDED, SeatEvent


@dataclass(frozen=True)
class Member:
    """One member as of a day: person, own service, covered services, start date, reach."""

    person_id: int
    name: str
    function: str
    own_service: int | None
    covered: frozenset[int]
    since: date
    reach: str


def coverage(
    session: Session, community: Community, on: date, known: date | None = None
) -> dict[int, set[int]]:
    """Person id → the services covered for the community at `on` (a few hundred rows at most).

    Here and below, `known` is the day by which a fact must have been recorded (None: any).
    """
    rows = _memberships(session, community, on, known)
    state: dict[tuple[int, int], bool] = {
        (person, service): joined for person, service, joined in rows
    }
    covered = defaultdict(set)
    for (person, service), joined in state.items():
        if joined:
            covered[person].add(service)
    return dict(covered)


def own_services(
    session: Session, community: Community, on: date, known: date | None = None
) -> dict[int, int]:
    """Person id → own service of each member at `on`, the basis of counts by direction."""
    rows = _memberships(session, community, on, known, own=True)
    return _own_after(rows)


def _memberships(
    session: Session, community: Community, on: date, known: date | None, own: bool = False
) -> Sequence[tuple[int, int, bool]]:
    """(person, service, joined) of the facts that count at `on`, in their order."""
    params = {"community": str(community), "on": on, "known": known}
    return session.execute(_facts_of_members(known is not None, own), params).all()


@cache
def _facts_of_members(is_known: bool, own: bool) -> Select:
    known = bindparam("known", type_=Date()) if is_known else None
    own_only = [MembershipEvent.own.is_(True)] if own else []
    return (
        select(MembershipEvent.person_id, MembershipEvent.service_id, MembershipEvent.joined)
        .where(
            live(MembershipEvent, ON, known),
            MembershipEvent.community == bindparam("community"),
            *own_only,
        )
        .order_by(MembershipEvent.on, MembershipEvent.id)
    )


def covered_services(session: Session, scope: Scope, on: date) -> frozenset[int]:
    """The services with an ambassador at `on`, of their own or covering them too."""
    reached = coverage(session, Community.ambassadors, on, scope.known_by(on))
    return frozenset().union(*reached.values())


def ambassadors(session: Session, scope: Scope, on: date) -> dict[int, int]:
    """Person id → own service of each ambassador at `on`."""
    return own_services(session, Community.ambassadors, on, scope.known_by(on))


def active_ambassadors(session: Session, scope: Scope, on: date) -> set[int]:
    """The ambassadors at `on` who were active in the 90 days to it."""
    persons = list(ambassadors(session, scope, on))
    return active(session, persons, on - timedelta(days=89), on, scope.known_by(on))


def _own_after(rows: Iterable[tuple[int, int, bool]]) -> dict[int, int]:
    """Person id → own service after these facts (person, service, joined), in order."""
    own: dict[int, int] = {}
    for person, service, joined in rows:
        if joined:
            own[person] = service
        elif own.get(person) == service:
            del own[person]
    return own


def members(session: Session, scope: Scope, community: Community) -> list[Member]:
    """The members of the scope, in the order of the chart, then by name. Membership is public by
    consent.
    """
    service_of = own_services(session, community, scope.on)
    covered = coverage(session, community, scope.on)
    ids = [person for person, service in service_of.items() if scope.has(service)]
    people = {p.id: p for p in session.exec(select(Person).where(Person.id.in_(ids))).all()}
    records = {
        m.person_id: m
        for m in session.exec(
            select(Membership)
            .where(Membership.person_id.in_(ids), Membership.community == community)
            .order_by(Membership.joined_on)
        ).all()
    }
    place = {unit.id: i for i, (unit, _) in enumerate(scope.tree.walk())}
    found = [
        Member(
            i,
            people[i].name,
            people[i].function,
            service_of[i],
            frozenset(covered.get(i, ())),
            records[i].joined_on,
            records[i].reach,
        )
        for i in ids
    ]
    return sorted(found, key=lambda m: (place.get(m.own_service, 0), m.name))


@dataclass(frozen=True)
class Reached:
    """One service and its coverage: its agents, the ambassadors who work there, those from
    elsewhere who cover it.
    """

    service: Unit
    direction: str
    agents: int
    own: int
    others: int

    @property
    def ambassadors(self) -> int:
        return self.own + self.others


def coverage_map(session: Session, scope: Scope) -> list[Reached]:
    """The services of the scope in the order of the chart, with their coverage at its day."""
    covered = coverage(session, Community.ambassadors, scope.on)
    own = own_services(session, Community.ambassadors, scope.on)
    size = headcounts(session, scope.on)
    members_of = Counter(own.values())
    reaching = Counter(service for services in covered.values() for service in services)
    return [
        Reached(
            unit,
            scope.tree.by_id[unit.parent].name if unit.parent else "",
            size.get(unit.id, (0, 0))[0],
            members_of[unit.id],
            reaching[unit.id] - members_of[unit.id],
        )
        for unit in scope.tree.services(scope.counted)
    ]


@dataclass(frozen=True)
class Load:
    """The workload of one ambassador (charge): covered services, their agents, and her share of
    those that several cover.
    """

    member: Member
    services: int
    agents: int
    share: float


def load(session: Session, scope: Scope) -> list[Load]:
    """The load of the ambassadors of the scope, in the order of the chart: they are not ranked."""
    size = headcounts(session, scope.on)
    reaching = Counter(
        service
        for services in coverage(session, Community.ambassadors, scope.on).values()
        for service in services
    )
    found = []
    for member in members(session, scope, Community.ambassadors):
        agents = {service: size.get(service, (0, 0))[0] for service in member.covered}
        share = sum(n / reaching[service] for service, n in agents.items())
        found.append(Load(member, len(member.covered), sum(agents.values()), share))
    return found


@dataclass(frozen=True)
class Growth:
    """How a community grew in one month: members at its end, those who joined in it
    and those who left.
    """

    month_end: date
    members: int
    joined: int
    left: int


def growth(session: Session, scope: Scope, community: Community, months: int = 24) -> list[Growth]:
    """The last months up to the day of the scope, oldest first; membership is public, so small
    cells are not hidden.
    """
    ends = [
        *(
            month_start(add_months(month_start(scope.on), 1 - n)) - timedelta(days=1)
            for n in range(months - 1, 0, -1)
        ),
        scope.on,
    ]
    facts = session.exec(
        select(MembershipEvent).where(
            MembershipEvent.community == community, MembershipEvent.on <= scope.on
        )
    ).all()
    found = []
    before = None
    for end in ends:
        own = _own_after(
            (fact.person_id, fact.service_id, fact.joined)
            for fact in counting(facts, end)
            if fact.own
        )
        members_now = {person for person, service in own.items() if scope.has(service)}
        if before is not None:
            found.append(
                Growth(end, len(members_now), len(members_now - before), len(before - members_now))
            )
        before = members_now
    return found


def active(
    session: Session, persons: list[int], start: date, end: date, known: date | None = None
) -> set[int]:
    """The persons among these who filed, relayed, commented or attended (a session, a meeting by
    name) between two days, both included.
    """
    span = [Idea.id >= first_id(start), Idea.id < first_id(end + timedelta(days=1))]
    if known is not None:
        span.append(
            Idea.id.in_(
                select(IdeaEvent.idea_id).where(
                    IdeaEvent.what == EventKind.filed,
                    IdeaEvent.on.between(start, end),
                    IdeaEvent.recorded_on <= known,
                )
            )
        )
    # `exists`, not a list: a few hundred persons file any number of entries.
    filed, relayed = (
        select(Person.id).where(
            Person.id.in_(persons),
            select(Idea.id).where(who == Person.id, *span).correlate(Person).exists(),
        )
        for who in (Idea.author_id, Idea.relay_id)
    )
    attended = (
        select(SeatEvent.person_id)
        .join(TrainingSession, TrainingSession.id == SeatEvent.session_id)
        .where(
            live(SeatEvent, end, known),
            SeatEvent.person_id.in_(persons),
            SeatEvent.status.in_([str(s) for s in ATTENDED]),
            TrainingSession.on.between(start, end),
        )
    )
    # Comments on ideas only: those on other subjects are no activity of an ambassador.
    commented = select(Contribution.person_id).where(
        Contribution.person_id.in_(persons),
        Contribution.on.between(start, end),
        Contribution.subject == Subject.idea,
        Contribution.kind == ContributionKind.comment,
    )
    met = select(Attendance.person_id).where(
        live(Attendance, end, known),
        Attendance.person_id.in_(persons),
        Attendance.present > 0,
        Attendance.on.between(start, end),
    )
    return set(session.execute(union(filed, relayed, commented, attended, met)).scalars().all())


def last_fact(session: Session, scope: Scope, on: date) -> date | None:
    """The day of the last fact about members at `on`."""
    known = scope.known_by(on)
    recorded = [MembershipEvent.recorded_on <= known] if known else []
    return session.exec(
        select(func.max(MembershipEvent.on)).where(MembershipEvent.on <= on, *recorded)
    ).one()
