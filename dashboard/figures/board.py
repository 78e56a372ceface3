"""The board (tableau): all figures of one scope, each value with its target, status and change.

Every screen, export and command reads this object, so that a figure is the same everywhere.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import count

from sqlmodel import Session

from dashboard import formulas
from dashboard.access import OPERATOR
from dashboard.figures.kinds import (
    EVERY_AMBITION,
    REGISTRY,
    Breakdown,
    Figure,
    Point,
    Points,
    Reads,
    Value,
    every_value,
    figure_of,
    value_of,
)
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import PlanAt, is_expected, is_fresh, overrides
from dashboard.queries.targets import aimed_at, targets
from dashboard.scope import Scope
from models.programmes import programmes
from models.roadmap import (
    Health,
    MilestoneState,
    Override,
    Progress,
    Target,
    TargetKind,
    without_progress,
)


@dataclass(frozen=True)
class Entry:
    """One value of the board: first the fields of the machine-readable output, then those for the
    screens. `target` and `upper`: both ends of a range. `received` of `awaited` is its coverage.
    `rule`: what determined the status, if not a target.
    """

    code: str
    label: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int | None
    unit: str
    target: float | None = None
    upper: float | None = None
    expected: float | None = None
    attainment: float | None = None
    status: str | None = None
    fresh_on: date | None = None
    coverage: float | None = None
    received: float | None = None
    awaited: float | None = None
    suppressed: bool = False
    before: float | None = None
    change: float | None = None
    imposed: bool = False
    rule: str = ""

    def is_fresh(self, on: date, days: int) -> bool:
        """Whether its latest data is at most so many days old."""
        return self.fresh_on is not None and (on - self.fresh_on).days <= days

    def as_json(self) -> dict:
        return asdict(self) | {"fresh_on": self.fresh_on.isoformat() if self.fresh_on else None}


@dataclass(frozen=True)
class Board:
    """The entries of a scope, in the order of the catalogue."""

    scope: Scope
    entries: tuple[Entry, ...]

    def __getitem__(self, code: str) -> Entry:
        return next(entry for entry in self.entries if entry.code == code)

    def as_json(self) -> dict:
        """The stable layout of `figures --format json`."""
        scope = self.scope
        return {
            "au": scope.on.isoformat(),
            "depuis": scope.since.isoformat() if scope.since else None,
            "direction": ",".join(unit.code for unit in scope.units) or None,
            "sous_services": not scope.alone,
            "ambition": scope.ambition.code if scope.ambition else None,
            "figures": [entry.as_json() for entry in self.entries],
        }


# How a board gets the points of a figure: from the database, or through the cache of the screens.
PointsOf = Callable[[Figure, Scope, Sequence[date]], Points]


def board(
    session: Session,
    scope: Scope,
    codes: Iterable[str] | None = None,
    progress: Progress = without_progress,
) -> Board:
    """The board of `scope`, read from the database: all figures, or those named."""
    known = scope.known_by(scope.on)
    codes = list(codes or REGISTRY)
    done, reads = count(), Reads(session)

    def points(figure: Figure, of: Scope, dates: list[date]) -> Points:
        progress(next(done) / len(codes), f"Chiffre : {figure.label}")
        return reads.points(figure, of, dates)

    aims = aimed_at(targets(session, scope.on, known), scope.programmes, scope.programme)
    return assemble(scope, codes, aims, overrides(session, scope.on, known), points)


def assemble(
    scope: Scope,
    codes: Iterable[str] | None,
    decided: dict[str, list[Target]],
    imposed: dict[str, Override],
    points_of: PointsOf,
) -> Board:
    """The board from the targets and overrides in force and the points of each figure."""
    dates = [scope.on, *([scope.since] if scope.since else [])]
    entries: list[Entry] = []
    for figure in (REGISTRY[code] for code in codes or REGISTRY):
        own_scope = scope_for(scope, figure)
        points = points_of(figure, own_scope, dates)
        # A target for all five ambitions together does not apply to the part of one.
        is_a_slice = scope.ambition and figure.cut in (Breakdown.person, Breakdown.origin)
        aims = {} if is_a_slice else decided
        entries += [
            _entry(
                scope,
                value,
                points[value.code],
                aims.get(value.code, []),
                imposed_on(value, own_scope, imposed),
            )
            for value in figure.values or map(value_of, points)
        ]
    return Board(scope, tuple(entries))


def scope_for(scope: Scope, figure: Figure) -> Scope:
    """The whole administration for a figure that is not available by direction."""
    return scope.whole() if figure.cut == Breakdown.none else scope


def imposed_on(value: Value, scope: Scope, imposed: dict[str, Override]) -> Override | None:
    """The status imposed on a figure: it applies to the whole administration, not to a part of it.
    That of a workstream is the same for every scope.
    """
    if not value.subject and not (scope.is_whole and scope.ambition is None):
        return None
    return imposed.get(value.status_subject)


def _entry(
    scope: Scope, value: Value, points: list[Point], decided: list[Target], imposed: Override | None
) -> Entry:
    now = points[0]
    before = points[1].value if len(points) > 1 else None
    aim = last_target(decided, scope.on)
    expected = expected_value(value, decided, scope.on, scope.programme.first_day)
    change = now.value - before if now.value is not None and before is not None else None
    coverage = now.coverage or formulas.Rate(None, None)
    status = Health(imposed.status) if imposed else status_of(value, now, expected, aim)
    return Entry(
        value.code,
        value.label,
        now.value,
        now.numerator,
        now.denominator,
        now.n,
        str(value.unit),
        aim.value if aim else None,
        aim.upper if aim else None,
        expected,
        _attainment(value, now, aim),
        str(status) if status else None,
        now.fresh_on,
        coverage.value,
        coverage.numerator,
        coverage.denominator,
        now.suppressed,
        before,
        change,
        imposed is not None,
        now.verdict.rule if now.verdict else "",
    )


def last_target(decided: Sequence[Target], on: date) -> Target | None:
    """The next target from `on`, else the last one."""
    coming = [target for target in decided if target.for_date >= on]
    if coming:
        return min(coming, key=lambda t: t.for_date)
    return max(decided, key=lambda t: t.for_date, default=None)


def line_of(decided: Sequence[Target], start: date) -> list[tuple[date, float]]:
    """The dated values for interpolation: the first baseline (dated `start` if it has no day), then
    the targets.
    """
    if not decided:
        return []
    first = min(decided, key=lambda t: t.for_date)
    points = [(target.for_date, target.value) for target in decided]
    if first.baseline is not None:
        points.append((first.baseline_on or start, first.baseline))
    return sorted(points)


def expected_value(value: Value, decided: Sequence[Target], on: date, start: date) -> float | None:
    """The value expected at `on`: interpolated between targets, and from the baseline to the first
    one.
    """
    if not decided or value.kind == TargetKind.follow:
        return None
    line = line_of(decided, start)
    expected = formulas.interpolated(line, on)
    return line[0][1] if expected is None else expected


def _attainment(value: Value, point: Point, aim: Target | None) -> float | None:
    if aim is None or value.thresholds:
        return None
    return formulas.attainment(point.value, value.kind, aim.value, aim.baseline, aim.upper)


def status_of(
    value: Value, point: Point, expected: float | None, aim: Target | None
) -> Health | None:
    """The status by the published rule: a verdict or thresholds if there are any, else against the
    expected value.
    """
    if point.verdict:
        return point.verdict.health
    if value.thresholds:
        return formulas.threshold_health(point.value, *value.thresholds)
    return formulas.target_health(point.value, value.kind, expected, aim.upper if aim else None)


def statuses(session: Session, day: date, codes: Collection[str]) -> dict[str, Health]:
    """Code → status at a day for the whole administration: `reached` once its target is."""
    at = organisation(session).at
    scope = Scope.for_reader(OPERATOR, {}, day, at, [], programmes(session))
    entries = board(session, scope, {figure_of(code).code for code in codes}).entries
    return {
        entry.code: Health.reached if (entry.attainment or 0) >= 100 else Health(entry.status)
        for entry in entries
        if entry.code in codes and entry.status
    }


Pair = tuple[PlanAt, PlanAt]  # one milestone, before and after


@dataclass(frozen=True)
class Changes:
    """What changed after `start` and until `end`, in the order of the roadmap and of the
    register.
    """

    start: date
    end: date
    moved: list[Pair]
    slipped: list[Pair]
    revised: list[PlanAt]
    decided: list[DecisionAt]
    executed: list[DecisionAt]
    stale: list[PlanAt]


def changes(
    earlier: Sequence[PlanAt],
    later: Sequence[PlanAt],
    decisions: Sequence[DecisionAt],
    start: date,
    end: date,
) -> Changes:
    """Compares two days. `decisions` are those of the later day: their facts have their own
    dates.
    """
    before = {m.plan.id: m for m in earlier}
    pairs = [(before[m.plan.id], m) for m in later if m.plan.id in before]
    return Changes(
        start,
        end,
        [(a, b) for a, b in pairs if a.state != b.state or a.progress != b.progress],
        [
            (a, b)
            for a, b in pairs
            if _forecasts(a) and _forecasts(b) and a.report.forecast_end != b.report.forecast_end
        ],
        [b for a, b in pairs if a.schedule.id != b.schedule.id],
        [d for d in decisions if d.decided and start < d.decided.on <= end],
        [d for d in decisions if d.done_on and start < d.done_on <= end],
        [
            b
            for a, b in pairs
            if is_expected(b, end)
            and not is_fresh(b, end)
            and (is_fresh(a, start) or not is_expected(a, start))
        ],
    )


def _forecasts(m: PlanAt) -> bool:
    is_open = m.state not in (MilestoneState.done, MilestoneState.cancelled)
    return is_open and m.report is not None and m.report.forecast_end is not None


def days_later(before: PlanAt, after: PlanAt) -> int:
    """By how many days the forecast of a milestone moved; negative: earlier."""
    return (after.report.forecast_end - before.report.forecast_end).days


def of_workstream(code: str, stream: int) -> tuple[str, ...]:
    """The codes of the values shown with the workstream of this code and number."""
    return tuple(
        value.code
        for declared, value in every_value([stream])
        if declared.of_stream or code == (value.workstream or declared.workstream)
    )


def of_ambition(code: str) -> tuple[str, ...]:
    """The codes of the values shown with this ambition."""
    own = [value.code for _, value in every_value() if code in value.ambitions]
    shared = [value.code for _, value in every_value() if value.ambitions == EVERY_AMBITION]
    return (*own, *shared)


# Manually entered data is stale after a year.
FRESH_DAYS = 366
TYPED = tuple(declared.code for declared in REGISTRY.values() if declared.typed)
