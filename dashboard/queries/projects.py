"""Reading the projects of the PST: what each is, with its plan and last report as of any day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.queries.readable import Readable, readable
from models.facts import counting
from models.roadmap import Project, ProjectLevel, ProjectPlan, ProjectReport, ProjectState

LEVELS = tuple(ProjectLevel)


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates, budget in euros and owner of a project; all empty where nothing was planned."""

    start: date | None = None
    end: date | None = None
    budget: float | None = None
    owner: str = ""
    owner_direction_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What was last said of a project, and on which day (None: nothing yet)."""

    state: ProjectState = ProjectState.not_begun
    progress: int | None = None
    comment: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ProjectAt:
    """One project as known at a day; `planned_on` is the day of its plan."""

    id: int
    code: str
    name: str
    example: str
    ambition_id: int | None
    level: ProjectLevel
    objective: str
    parent_id: int | None
    plan: Plan
    report: Reported
    planned_on: date | None = None

    @property
    def in_hundredths(self) -> int:
        """The part of a bar that is filled: what was reported, 100 once it is done."""
        if self.report.state is ProjectState.done:
            return 100
        return self.report.progress or 0


def plan_of(facts: Iterable[ProjectPlan], on: date, known: date | None = None) -> Plan:
    """The plan that these facts come to on a day."""
    counted = counting(facts, on, known)
    if not counted:
        return Plan()
    last = counted[-1]
    return Plan(*(getattr(last, name) for name in Plan.__dataclass_fields__))


def report_of(facts: Iterable[ProjectReport], on: date, known: date | None = None) -> Reported:
    """The report that these facts come to on a day; what only undoes one has no state."""
    said = [fact for fact in counting(facts, on, known) if fact.state]
    if not said:
        return Reported()
    last = said[-1]
    return Reported(ProjectState(last.state), last.progress, last.comment, last.on)


def projects_at(session: Session, on: date, known: date | None = None) -> Readable[ProjectAt]:
    """Every project as of a day, in the order of their codes."""
    plans = _by_project(session, ProjectPlan)
    reports = _by_project(session, ProjectReport)

    def read(p: Project) -> ProjectAt:
        return ProjectAt(
            p.id,
            p.code,
            p.name,
            p.example,
            p.ambition_id,
            ProjectLevel(p.level),
            p.objective,
            p.parent_id,
            plan_of(plans[p.id], on, known),
            report_of(reports[p.id], on, known),
            max((plan.on for plan in counting(plans[p.id], on, known)), default=None),
        )

    rows = session.exec(select(Project).order_by(Project.id)).all()
    return readable(rows, read, lambda project: f"project {project.code}")


def _by_project(session: Session, table: type) -> defaultdict[int, list]:
    found = defaultdict(list)
    for fact in session.exec(select(table).order_by(table.on, table.id)).all():
        found[fact.project_id].append(fact)
    return found


def in_tree(projects: Iterable[ProjectAt]) -> Iterator[tuple[ProjectAt, int]]:
    """The projects from the broadest down, each with its depth: what stands below
    one follows it. One whose parent is not among them stands at the top, and none
    stands twice.
    """
    rows = sorted(projects, key=lambda p: (LEVELS.index(p.level), p.code))
    ids = {p.id for p in rows}
    below = defaultdict(list)
    for p in rows:
        below[p.parent_id if p.parent_id in ids else None].append(p)
    seen: set[int] = set()

    def walk(top: int | None, depth: int) -> Iterator[tuple[ProjectAt, int]]:
        for p in below[top]:
            if p.id not in seen:
                seen.add(p.id)
                yield p, depth
                yield from walk(p.id, depth + 1)

    yield from walk(None, 0)
    # A circle has no top: each of its projects is shown all the same.
    for p in rows:
        if p.id not in seen:
            seen.add(p.id)
            yield p, 0
