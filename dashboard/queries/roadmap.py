"""Reads the tree of plans, as of any day: the milestones of the roadmap and the elements of the PST
with their dated facts; the files of the PST and what ties them to our records.

Rows are converted to plain values: screens keep them in memory, which a record bound to a session
does not allow.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial

from sqlalchemy import Row
from sqlmodel import Session, select

from dashboard.formulas import UPDATE_DAYS, Item, MilestoneFacts
from dashboard.queries.readable import Readable, history, readable, unbound
from dashboard.queries.targets import in_force, measured_by
from dashboard.scope import Scope
from models.facts import History, counting
from models.programmes import Period, Programmes, PstStatement, PstTie, programmes
from models.roadmap import (
    Activity,
    Ambition,
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

_BEGINNING = 5  # milestones that tell how a programme began
# The schedule of a PST element that has none yet; no fact has this id.
UNPLANNED = PlanSchedule(id=0, on=date.min, recorded_on=date.min)


@dataclass(frozen=True)
class PlanAt:
    """One plan as known at a day: its record, schedule in force, first schedule and last report;
    for a milestone also its imposed status, its programme, and the ids of the milestones it depends
    on.
    """

    plan: Plan
    schedule: PlanSchedule
    first: PlanSchedule
    report: PlanReport | None
    imposed: Override | None = None
    programme: Period | None = None
    waits_for: tuple[int, ...] = ()

    @cached_property
    def state(self) -> MilestoneState | ProjectState:
        states = states_of(self.plan.level)
        return states(self.report.state) if self.report else next(iter(states))

    @property
    def is_counted(self) -> bool:
        """Whether the plan counts in the weights; a cancelled milestone does not, since cancelling
        would otherwise look like falling behind.
        """
        return self.state != MilestoneState.cancelled

    @property
    def progress(self) -> float:
        """p in 0..1: as reported, or 0 / 1 for a milestone without a ladder."""
        if self.state == MilestoneState.done:
            return 1.0
        is_gradual = self.plan.ladder or not self.plan.is_milestone
        return (self.report.progress or 0) / 100 if self.report and is_gradual else 0.0

    @cached_property
    def actual_end(self) -> date | None:
        """The day on which a milestone was reached; None for a PST element, whose reports have no
        such day.
        """
        if self.state != MilestoneState.done or not self.plan.is_milestone:
            return None
        return self.report.actual_end or self.report.on

    @property
    def end(self) -> date:
        """The actual end, else the forecast, else the due date."""
        return self.actual_end or (self.report and self.report.forecast_end) or self.schedule.end

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
    """All plans and their facts, voided ones included (a few hundred rows); `at` gives them as of a
    day. `asked`: the selected programme, whichever one runs on that day.
    """

    workstreams: tuple[Workstream, ...]
    plans: tuple[Plan, ...]
    schedules: History[PlanSchedule] = field(default_factory=partial(History, PlanSchedule))
    reports: History[PlanReport] = field(default_factory=partial(History, PlanReport))
    waits: History[PlanWait] = field(default_factory=partial(History, PlanWait))
    statuses: History[Override] = field(default_factory=partial(History, Override))
    unread: int = 0
    programmes: Programmes = field(default_factory=Programmes.of_settings)
    asked: Period | None = None

    def of_programme(self, asked: Period | None) -> "Roadmap":
        """The same roadmap for a selected programme (None: on each day the one that runs then)."""
        return replace(self, asked=asked) if asked else self

    def period(self, on: date) -> Period:
        """The selected programme, else the one that runs on that day."""
        return self.asked or self.programmes.running(on)

    def streams(self, on: date) -> list[Workstream]:
        """The workstreams of the programme shown on a day, in order."""
        return self.streams_of(self.period(on))

    def streams_of(self, period: Period) -> list[Workstream]:
        """The workstreams of a programme; those of none belong to the first one."""
        own = {period.id, None} if period == self.programmes.periods[0] else {period.id}
        return [stream for stream in self.workstreams if stream.programme_id in own]

    def imposed(self, on: date, known: date | None = None) -> dict[str, Override]:
        """Subject (`jalon:1.7`, `chantier:2`, `figure:reponse.tenue`) → the status
        imposed by hand and in force at `on`.
        """
        return _in_force(self.statuses, on, known)

    def at(self, on: date, known: date | None = None) -> Readable[PlanAt]:
        """The milestones of the programme shown on `on`, as of that day and in order; with `known`,
        only what had been recorded by then.
        """
        return self.of(self.period(on), on, known)

    def of(self, period: Period, on: date, known: date | None = None) -> Readable[PlanAt]:
        """The milestones of one programme, which may be over by then or still in preparation."""
        found = Readable[PlanAt](unread=self.unread)
        imposed = self.imposed(on, known)
        own = {stream.id for stream in self.streams_of(period)}
        for plan in self.plans:
            if plan.is_milestone and plan.workstream_id in own:
                at = self._plan_at(plan, on, known)
                if at.schedule is not UNPLANNED:
                    status = imposed.get(f"jalon:{plan.number}")
                    waits = tuple(w.waits_for_id for w in self.waits.at(plan.id, on, known))
                    found.append(replace(at, imposed=status, programme=period, waits_for=waits))
        return found

    def elements(self, on: date, known: date | None = None) -> list[PlanAt]:
        """The elements of the PST as of a day, in order of creation."""
        found = [self._plan_at(plan, on, known) for plan in self.plans if not plan.is_milestone]
        return sorted(found, key=lambda at: at.plan.id)

    def _plan_at(self, plan: Plan, on: date, known: date | None) -> PlanAt:
        schedules = self.schedules.at(plan.id, on, known) or [UNPLANNED]
        reports = self.reports.at(plan.id, on, known)
        return PlanAt(plan, schedules[-1], schedules[0], reports[-1] if reports else None)

    def one(self, number: str, on: date) -> PlanAt | None:
        """The milestone of this number as of `on`, in any programme; None if there is none."""
        return next((m for m in self.every(on) if m.plan.number == number), None)

    def every(self, on: date) -> Iterator[PlanAt]:
        """The milestones of all programmes as of `on`, programme by programme."""
        for period in self.programmes.periods:
            yield from self.of(period, on)


def is_expected(m: PlanAt, on: date) -> bool:
    """A report is due for a milestone that has begun and is neither done, cancelled nor paused."""
    return m.state in (MilestoneState.to_plan, MilestoneState.under_way) and m.schedule.start <= on


def is_fresh(m: PlanAt, on: date) -> bool:
    """Whether its last report belongs to the current reporting period."""
    return m.report is not None and (on - m.report.on).days <= UPDATE_DAYS


def whole_roadmap(session: Session) -> Roadmap:
    """The whole roadmap with its history."""
    plans = readable(
        unbound(session, Plan, Plan.position, Plan.id),
        _with_known_level,
        lambda plan: f"plan {plan.id}",
    )
    levels = {plan.id: plan.level for plan in plans}

    def check_state(row: Row) -> None:
        # A report that only voids another has no state.
        if row.state:
            states_of(levels.get(row.plan_id, PlanLevel.milestone))(row.state)

    schedules = history(session, PlanSchedule)
    reports = history(session, PlanReport, check=check_state)
    statuses = _statuses(session)
    return Roadmap(
        tuple(unbound(session, Workstream, Workstream.id)),
        tuple(plans),
        schedules,
        reports,
        history(session, PlanWait),
        statuses,
        reports.unread + statuses.unread + schedules.unread + plans.unread,
        programmes(session),
    )


def in_tree(elements: Iterable[PlanAt]) -> Iterator[tuple[PlanAt, int]]:
    """The elements of the PST from the broadest level down, each with its depth and followed by its
    children. An element whose parent is not among them is at the top; each appears once.
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
    # A cycle has no top: its elements are listed all the same.
    yield from ((at, 0) for at in rows if at.plan.id not in seen)


def period_of(session: Session, workstream_id: int) -> Period:
    """The programme of a workstream; a workstream without one belongs to the first."""
    known = programmes(session)
    stream = session.get(Workstream, workstream_id)
    return known.of(stream.programme_id) or known.periods[0]


def is_over(known: Programmes, period: Period, on: date) -> bool:
    """Whether a later programme had begun by a day."""
    return known.running(on).first_day > period.first_day


def roadmap_of(session: Session, scope: Scope) -> Roadmap:
    """The roadmap for the programme that a scope selects."""
    return whole_roadmap(session).of_programme(scope.asked)


def _with_known_level(plan: Plan) -> Plan:
    plan.level = PlanLevel(plan.level)
    return plan


def _statuses(session: Session) -> History[Override]:
    return history(session, Override, check=lambda row: Health(row.status))


def awaited(
    measures: Mapping[str, Sequence[Measure]],
    decided: list[Target],
    codes: Sequence[str],
    scope: Scope,
    on: date,
) -> dict[tuple[str, int | None], date | None]:
    """(figure, direction) → the day of its last measure (relevé), for the measures that are
    expected: measured once by `on`, or with a target. The whole has its own, each direction its
    own.
    """
    known = scope.known_by(on)
    found: dict[tuple[str, int | None], date | None] = {}
    if scope.is_whole:
        aimed = in_force(decided, on, known)
        found = {(code, None): None for code in codes if code in aimed}
    for m in measured_by([m for code in codes for m in measures.get(code, ())], on, known):
        if m.direction_id is None if scope.is_whole else m.direction_id in scope.counted:
            found[(m.figure, m.direction_id)] = m.on
    return found


def overrides(session: Session, on: date, known: date | None = None) -> dict[str, Override]:
    """Subject → the status imposed by hand and in force at `on`."""
    return _in_force(_statuses(session), on, known)


def _in_force(statuses: History[Override], on: date, known: date | None) -> dict[str, Override]:
    return {
        subject: status
        for subject in statuses.facts
        for status in statuses.at(subject, on, known)
        if status.until >= on
    }


def statements(session: Session, on: date, known: date | None = None) -> list[PstStatement]:
    """The files in force on a day, oldest first; withdrawals are left out."""
    columns = (column for column in PstStatement.__table__.columns if column.name != "content")
    rows = session.execute(select(*columns)).all()
    return [row for row in counting(rows, on, known) if not row.voids]


def content_of(session: Session, statement: int) -> bytes:
    """The content of an imported file, unchanged."""
    return session.execute(
        select(PstStatement.content).where(PstStatement.id == statement)
    ).scalar_one()


def ties(session: Session, on: date, known: date | None = None) -> Mapping[str, PstTie]:
    """Key of an element → its tie in force on a day."""
    return {tie.element: tie for tie in counting(session.exec(select(PstTie)).all(), on, known)}


def first_reached(milestones: Iterable[PlanAt]) -> list[PlanAt]:
    """The first milestones reached, by their days: how the programme began."""
    reached = (m for m in milestones if m.actual_end)
    return sorted(reached, key=lambda m: m.actual_end)[:_BEGINNING]


@dataclass(frozen=True)
class AmbitionSummary:
    """One ambition with its goal and its PST projects as of a day, from the broadest level down."""

    id: int
    code: str
    name: str
    description: str
    goal: str
    horizon: int
    projects: tuple[PlanAt, ...]


def activities(session: Session) -> list[Activity]:
    """The four participatory activities, with their descriptions."""
    return list(session.exec(select(Activity).order_by(Activity.id)).all())


def ambition_summaries(session: Session, on: date) -> list[AmbitionSummary]:
    """The five ambitions in their order, with the projects as of `on`."""
    projects = [project for project, _ in in_tree(whole_roadmap(session).elements(on))]
    summaries = []
    for a in session.exec(select(Ambition).order_by(Ambition.id)).all():
        own = tuple(project for project in projects if project.plan.ambition_id == a.id)
        fields = (a.id, a.code, a.name, a.description, a.goal, a.horizon)
        summaries.append(AmbitionSummary(*fields, own))
    return summaries


def ambition_colours(session: Session) -> dict[str, str]:
    """Ambition code → the colour chosen for it."""
    rows = session.exec(select(Ambition.code, Ambition.colour).where(Ambition.colour != "")).all()
    return dict(rows)
