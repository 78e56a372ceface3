"""Reading the tree of plans: the milestones of the roadmap and the elements of the PST with their
dated facts, a bounded set, looked at as of any day.

Rows become plain values here: they are kept in memory by the screens, and a record
bound to a session may not be.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from sqlalchemy import Row
from sqlmodel import Session, select

from dashboard.formulas import UPDATE_DAYS, Item, MilestoneFacts
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.readable import Readable, readable
from dashboard.queries.targets import in_force, measured_by
from dashboard.scope import Scope
from models.facts import counting
from models.programmes import Period, Programmes, programmes
from models.roadmap import (
    Health,
    Measure,
    MilestoneState,
    Override,
    Plan,
    PlanLevel,
    PlanReport,
    PlanSchedule,
    PlanWait,
    ProjectState,
    Target,
    Workstream,
    states_of,
)

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Stream:
    """One workstream (chantier)."""

    id: int
    code: str
    name: str
    short_name: str
    programme_id: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One plan (jalon, projet du PST) without its dated facts."""

    id: int
    number: str
    workstream_id: int | None
    title: str
    ladder: bool
    figure: str | None = None
    by_count: bool = False
    threshold: float | None = None
    level: str = PlanLevel.milestone
    parent_id: int | None = None
    ambition_id: int | None = None
    objective: str = ""
    example: str = ""

    @property
    def is_milestone(self) -> bool:
        return self.level == PlanLevel.milestone


@dataclass(frozen=True, slots=True)
class Schedule:
    """One fact of the calendar: the dates, weight, budget and owner in force from `on`. A
    milestone always has dates.
    """

    id: int
    on: date
    recorded_on: date
    voids: int | None
    start: date
    end: date
    weight: float
    critical: bool
    owner: str
    owner_direction_id: int | None
    reason: str | None = None
    by: int | None = None
    budget: float | None = None


# What an element of the PST has before anything is planned of it; no fact has this id.
UNPLANNED = Schedule(0, date.min, date.min, None, None, None, 1.0, False, "", None)


@dataclass(frozen=True, slots=True)
class Report:
    """One report; its progress is None where it is not known."""

    id: int
    on: date
    recorded_on: date
    voids: int | None
    state: str
    progress: int | None
    forecast_end: date | None
    actual_end: date | None
    comment: str
    need: str
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Imposed:
    """One status imposed by hand (statut imposé), until `until`."""

    id: int
    on: date
    recorded_on: date
    voids: int | None
    by: int | None
    reason: str | None
    subject: str
    status: str
    until: date


@dataclass(frozen=True)
class PlanAt:
    """One plan as known at a day: its record, schedule in force, first schedule, last report; of a
    milestone also its imposed status, its programme, the ids of the milestones that it waits for.
    """

    plan: Record
    schedule: Schedule
    first: Schedule
    report: Report | None
    imposed: Imposed | None = None
    programme: Period | None = None
    waits_for: tuple[int, ...] = ()

    @property
    def state(self) -> MilestoneState | ProjectState:
        states = states_of(self.plan.level)
        return states(self.report.state) if self.report else next(iter(states))

    @property
    def is_counted(self) -> bool:
        """A cancelled milestone leaves the weight: otherwise giving up would look
        like falling behind.
        """
        return self.state != MilestoneState.cancelled

    @property
    def progress(self) -> float:
        """p in 0..1: as reported, or 0 / 1 where a milestone has no ladder."""
        if self.state == MilestoneState.done:
            return 1.0
        is_gradual = self.plan.ladder or not self.plan.is_milestone
        return (self.report.progress or 0) / 100 if self.report and is_gradual else 0.0

    @property
    def actual_end(self) -> date | None:
        """The day on which a milestone was reached; nobody reports that of an element."""
        if self.state != MilestoneState.done or not self.plan.is_milestone:
            return None
        return self.report.actual_end or self.report.on

    def item(self, initial: bool = False) -> Item:
        """The milestone for the formulae, on the schedule in force or on the first one."""
        plan = self.first if initial else self.schedule
        return Item(plan.weight, plan.start, plan.end, self.progress, self.plan.ladder)

    def facts(self) -> MilestoneFacts:
        report = self.report
        return MilestoneFacts(
            self.schedule.start,
            self.schedule.end,
            self.plan.ladder,
            self.schedule.critical,
            self.state,
            self.progress,
            report.forecast_end if report else None,
            self.actual_end,
            report.on if report else None,
        )


@dataclass(frozen=True)
class Roadmap:
    """All plans and their facts, voided ones included (a few hundred rows);
    `at` undoes the later ones. `asked`: the programme looked at on every day,
    whichever runs then.
    """

    workstreams: tuple[Stream, ...]
    plans: tuple[Record, ...]
    schedules: dict[int, list[Schedule]]
    reports: dict[int, list[Report]]
    waits: dict[int, list[Row]] = field(default_factory=dict)
    statuses: tuple[Imposed, ...] = ()
    unread: int = 0
    programmes: Programmes = field(default_factory=Programmes.of_settings)
    asked: Period | None = None

    def of_programme(self, asked: Period | None) -> "Roadmap":
        """The same, of the programme asked for (None: on each day the one that runs then)."""
        return replace(self, asked=asked) if asked else self

    def period(self, on: date) -> Period:
        """The programme looked at on a day."""
        return self.asked or self.programmes.running(on)

    def streams(self, on: date) -> list[Stream]:
        """The workstreams of the programme looked at on a day, in order."""
        return self.streams_of(self.period(on))

    def streams_of(self, period: Period) -> list[Stream]:
        """The workstreams of a programme; those of none belong to the first one."""
        own = {period.id, None} if period == self.programmes.periods[0] else {period.id}
        return [stream for stream in self.workstreams if stream.programme_id in own]

    def imposed(self, on: date, known: date | None = None) -> dict[str, Imposed]:
        """Subject (`jalon:1.7`, `chantier:2`, `figure:reponse.tenue`) → the status
        imposed by hand and in force at `on`.
        """
        return {
            status.subject: status
            for status in counting(self.statuses, on, known)
            if status.until >= on
        }

    def at(self, on: date, known: date | None = None) -> Readable[PlanAt]:
        """The milestones of the programme looked at on `on`, as of that day and in
        order; with `known`, only with what had been recorded by then.
        """
        return self.of(self.period(on), on, known)

    def of(self, period: Period, on: date, known: date | None = None) -> Readable[PlanAt]:
        """The same for one programme, which is over by then or is still being prepared."""
        found = Readable[PlanAt](unread=self.unread)
        imposed = self.imposed(on, known)
        own = {stream.id for stream in self.streams_of(period)}
        for plan in self.plans:
            if plan.is_milestone and plan.workstream_id in own:
                at = self._plan_at(plan, on, known)
                if at.schedule is not UNPLANNED:
                    status = imposed.get(f"jalon:{plan.number}")
                    waits = self._awaited(plan.id, on, known)
                    found.append(replace(at, imposed=status, programme=period, waits_for=waits))
        return found

    def elements(self, on: date, known: date | None = None) -> list[PlanAt]:
        """The elements of the PST as of a day, in the order in which they were made."""
        found = [self._plan_at(plan, on, known) for plan in self.plans if not plan.is_milestone]
        return sorted(found, key=lambda at: at.plan.id)

    def _plan_at(self, plan: Record, on: date, known: date | None) -> PlanAt:
        schedules = counting(self.schedules.get(plan.id, []), on, known) or [UNPLANNED]
        reports = _with_state(counting(self.reports.get(plan.id, []), on, known))
        return PlanAt(plan, schedules[-1], schedules[0], reports[-1] if reports else None)

    def _awaited(self, plan_id: int, on: date, known: date | None) -> tuple[int, ...]:
        standing = counting(self.waits.get(plan_id, []), on, known)
        return tuple(wait.waits_for_id for wait in standing if wait.waits_for_id)

    def one(self, number: str, on: date) -> PlanAt | None:
        """The milestone of this number as of `on`, whichever its programme; None
        where there is none.
        """
        return next((m for m in self.every(on) if m.plan.number == number), None)

    def every(self, on: date) -> Iterator[PlanAt]:
        """The milestones of all programmes as of `on`, one programme after the other."""
        for period in self.programmes.periods:
            yield from self.of(period, on)

    def history(self, plan_id: int, on: date) -> list[Report]:
        """The live reports of one milestone up to `on`, oldest first."""
        return _with_state(counting(self.reports.get(plan_id, []), on))

    def calendar(self, plan_id: int, on: date) -> list[Schedule]:
        """The live schedules of one milestone up to `on`, oldest first: the first
        calendar, then its revisions.
        """
        return counting(self.schedules.get(plan_id, []), on)


def is_expected(m: PlanAt, on: date) -> bool:
    """A report is due for a milestone that has begun and is neither done, cancelled nor paused."""
    return m.state in (MilestoneState.to_plan, MilestoneState.under_way) and m.schedule.start <= on


def is_fresh(m: PlanAt, on: date) -> bool:
    """Whether its last report is of the present period."""
    return m.report is not None and (on - m.report.on).days <= UPDATE_DAYS


def _with_state(reports: list[Report]) -> list[Report]:
    """Without the facts that only undo a report: they have no state and say nothing themselves."""
    return [report for report in reports if report.state]


def whole_roadmap(session: Session) -> Roadmap:
    """The whole roadmap with its history."""
    plans = readable(
        session.execute(_columns(Plan, Record, first=None).order_by(Plan.position, Plan.id)).all(),
        _record,
        lambda row: f"plan {row[0]}",
    )
    levels = {plan.id: plan.level for plan in plans}
    calendars = readable(
        session.execute(_columns(PlanSchedule, Schedule)).all(),
        lambda row: (row[0], Schedule(*row[1:])),
        lambda row: f"plan_schedule {row[1]}",
    )
    reports = readable(
        session.execute(_columns(PlanReport, Report)).all(),
        lambda row: _report(row, levels),
        lambda row: f"plan_report {row[1]}",
    )
    names = ("plan_id", "id", "on", "recorded_on", "voids", "waits_for_id")
    waits = session.execute(select(*(getattr(PlanWait, name) for name in names))).all()
    statuses = _statuses(session)
    streams = session.execute(
        _columns(Workstream, Stream, first=None).order_by(Workstream.id)
    ).all()
    return Roadmap(
        tuple(Stream(*row) for row in streams),
        tuple(plans),
        _by_plan(calendars),
        _by_plan(reports),
        _by_plan((wait.plan_id, wait) for wait in waits),
        tuple(statuses),
        reports.unread + statuses.unread + calendars.unread + plans.unread,
        programmes(session),
    )


def _by_plan(facts: Iterable[tuple[int, F]]) -> dict[int, list[F]]:
    found: dict[int, list[F]] = defaultdict(list)
    for plan_id, fact in facts:
        found[plan_id].append(fact)
    return dict(found)


def in_tree(elements: Iterable[PlanAt]) -> Iterator[tuple[PlanAt, int]]:
    """The elements of the PST from the broadest down, each with its depth: what stands below
    one follows it. One whose parent is not among them stands at the top, and none
    stands twice.
    """
    levels = list(PlanLevel)
    rows = sorted(elements, key=lambda at: (levels.index(at.plan.level), at.plan.number))
    ids = {at.plan.id for at in rows}
    below = defaultdict(list)
    for at in rows:
        below[at.plan.parent_id if at.plan.parent_id in ids else None].append(at)
    seen: set[int] = set()

    def walk(top: int | None, depth: int) -> Iterator[tuple[PlanAt, int]]:
        for at in below[top]:
            if at.plan.id not in seen:
                seen.add(at.plan.id)
                yield at, depth
                yield from walk(at.plan.id, depth + 1)

    yield from walk(None, 0)
    # A circle has no top: each of its elements is shown all the same.
    yield from ((at, 0) for at in rows if at.plan.id not in seen)


def period_of(session: Session, workstream_id: int) -> Period:
    """The programme of a workstream; one of none belongs to the first."""
    known = programmes(session)
    stream = session.get(Workstream, workstream_id)
    return known.of(stream.programme_id) or known.periods[0]


def is_over(known: Programmes, period: Period, on: date) -> bool:
    """Whether a later programme had begun by a day."""
    return known.running(on).first_day > period.first_day


def roadmap_of(session: Session, scope: Scope) -> Roadmap:
    """The roadmap as a scope looks at it: of the programme it asks for."""
    return whole_roadmap(session).of_programme(scope.asked)


def _record(row: Sequence) -> Record:
    record = Record(*row)
    return replace(record, level=PlanLevel(record.level))


def _report(row: Sequence, levels: Mapping[int, str]) -> tuple[int, Report]:
    plan_id, *fact = row
    report = Report(*fact)
    states = states_of(levels.get(plan_id, PlanLevel.milestone))
    # What only undoes a report has no state.
    return plan_id, replace(report, state=states(report.state) if report.state else "")


def _statuses(session: Session) -> Readable[Imposed]:
    return readable(
        session.execute(_columns(Override, Imposed, first=None)).all(),
        _imposed,
        lambda row: f"override {row.id}",
    )


def _imposed(row: Sequence) -> Imposed:
    imposed = Imposed(*row)
    return replace(imposed, status=Health(imposed.status))


def _columns(table: type, shape: type, first: str | None = "plan_id"):
    """The columns of `table` that `shape` names, after the one that groups them."""
    names = ([first] if first else []) + list(shape.__dataclass_fields__)
    return select(*(getattr(table, name) for name in names))


def awaited(
    told: Mapping[str, Sequence[Measure]],
    decided: list[Target],
    codes: Sequence[str],
    scope: Scope,
    on: date,
) -> dict[tuple[str, int | None], date | None]:
    """(figure, direction) → the day of its last relevé, of those whose value is
    awaited: measured once by `on`, or aimed at by a target. The whole awaits its
    own, a direction its own.
    """
    known = known_by(scope, on)
    found: dict[tuple[str, int | None], date | None] = {}
    if scope.is_whole:
        aimed = in_force(decided, on, known)
        found = {(code, None): None for code in codes if code in aimed}
    for m in measured_by([m for code in codes for m in told.get(code, ())], on, known):
        if m.direction_id is None if scope.is_whole else m.direction_id in scope.counted:
            found[(m.figure, m.direction_id)] = m.on
    return found


def overrides(session: Session, on: date, known: date | None = None) -> dict[str, Imposed]:
    """Subject → the status imposed by hand and in force at `on`, without the rest of
    the roadmap.
    """
    return Roadmap((), (), {}, {}, statuses=tuple(_statuses(session))).imposed(on, known)
