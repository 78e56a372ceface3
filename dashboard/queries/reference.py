"""Reads the references (référentiels) for the people who maintain them: the milestones of the
programme with their calendar, and the projects.
"""

from datetime import date

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap

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
