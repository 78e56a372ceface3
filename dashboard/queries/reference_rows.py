"""The rows of the references as in their files, in the order of the columns. Each function checks
the right of its register.
"""

from datetime import date

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from dashboard.queries.targets import targets
from models.directions import Direction, DirectionPlace, Headcount, UnitKind
from models.facts import History, last_facts
from models.jobs import REGISTERS
from models.roadmap import Ambition

Rows = list[tuple[object, ...]]
CLOSED = "fermée"


def _require_right_on(reader: Reader, register: str) -> None:
    require(reader, REGISTERS[register].right)


def project_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The projects of the PST from the broadest level down, with the plan and the state of `on`. A
    closed direction is left out: an empty cell leaves the stored one unchanged. Raises Refused
    without the right.
    """
    _require_right_on(reader, "projets")
    ambitions = dict(session.exec(select(Ambition.id, Ambition.code)).all())
    open_units = {unit.id: unit.code for unit in organisation(session).at(on).units}
    known = whole_roadmap(session).elements(on)
    codes = {at.plan.id: at.plan.number for at in known}
    return [
        (
            at.plan.number,
            at.plan.level.label,
            codes.get(at.plan.parent_id),
            at.plan.title,
            at.plan.objective,
            ambitions.get(at.plan.ambition_id),
            at.state.label,
            at.report.progress if at.report else None,
            _plain(at.schedule.budget),
            at.schedule.start,
            at.schedule.end,
            at.schedule.owner,
            open_units.get(at.schedule.owner_direction_id),
            at.plan.example,
        )
        for at, _ in in_tree(known)
    ]


def target_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The targets in force at `on`, by figure and day; the reason is empty, since it belongs to a
    change. Raises Refused without the right.
    """
    _require_right_on(reader, "cibles")
    return [
        (
            t.figure,
            t.for_date,
            _plain(t.value),
            _plain(t.upper),
            _plain(t.baseline),
            t.baseline_on,
            None,
        )
        for decided in targets(session, on).values()
        for t in decided
    ]


def unit_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The units of the chart with their place and headcount at `on`, and the day since when both
    are so. Raises Refused without the right.
    """
    _require_right_on(reader, "directions")
    found = session.exec(select(Direction).order_by(Direction.position, Direction.id)).all()
    codes = {d.id: d.code for d in found}
    places = last_facts(session, DirectionPlace, on)
    counts = last_facts(session, Headcount, on)
    rows: Rows = []
    for d in found:
        place, count = places.get(d.id), counts.get(d.id)
        since = max((fact.on for fact in (place, count) if fact), default=None)
        is_root = d.kind == UnitKind.root
        parent = codes.get(place.parent_id) if place else None
        rows.append(
            (
                d.code,
                d.name,
                UnitKind(d.kind).label,
                parent or (None if is_root else CLOSED),
                count.agents if count else None,
                count.without_computer if count else None,
                since,
                d.head,
            )
        )
    return rows


def headcount_rows(session: Session, reader: Reader, on: date) -> Rows:
    """Every headcount up to `on`, service by service. Raises Refused without the right."""
    _require_right_on(reader, "effectifs")
    counts = History(Headcount, session.exec(select(Headcount)).all())
    services = session.exec(select(Direction).order_by(Direction.position, Direction.id)).all()
    return [
        (service.code, fact.agents, fact.without_computer, fact.on)
        for service in services
        for fact in counts.at(service.id, on)
    ]


def _plain(value: float | None) -> float | int | None:
    """12 500 rather than 12 500,0."""
    return int(value) if value is not None and value == int(value) else value


MAINTAIN = "milestone.revise"


def milestone_rows(session: Session, reader: Reader, on: date) -> list[tuple[object, ...]]:
    """The milestones with the calendar in force at `on`, cell by cell as in
    its file. Raises Refused without the right.
    """
    require(reader, MAINTAIN)
    # A closed direction is left out: an empty cell leaves the stored one unchanged.
    codes = {unit.id: unit.code for unit in organisation(session).at(on).units}
    return [
        (
            m.plan.number,
            m.plan.workstream_id,
            m.plan.title,
            m.schedule.weight,
            _yes(m.schedule.critical),
            _yes(m.plan.ladder),
            french.day(m.schedule.start),
            french.day(m.schedule.end),
            m.schedule.owner,
            codes.get(m.schedule.owner_direction_id, ""),
            "",
        )
        for m in whole_roadmap(session).every(on)
    ]


def _yes(value: bool) -> str:
    return "oui" if value else "non"


def projects(session: Session, reader: Reader, on: date) -> list[tuple[PlanAt, int]]:
    """Every project as of a day, from the broadest level down, each with its depth. Raises Refused
    without the right.
    """
    require(reader, MAINTAIN)
    return list(in_tree(whole_roadmap(session).elements(on)))
