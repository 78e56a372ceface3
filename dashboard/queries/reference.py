"""Reading the references (référentiels) as those who keep them see them: the
milestones of the programme with their calendar, the projects, what was changed and
by whom.
"""

from dataclasses import asdict, dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from models.keeping import Change
from models.people import Person
from models.roadmap import Ambition

KEPT_BY = "milestone.revise"
_MOST_CHANGES = 50


@dataclass(frozen=True, slots=True)
class AmbitionRow:
    """One ambition with its words, colour, goal and horizon."""

    id: int
    name: str
    description: str
    colour: str
    goal: str
    horizon: int

    @property
    def stands(self) -> dict[str, object]:
        """What it says, by the fields of its form."""
        values = asdict(self)
        del values["id"]
        return values


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of the journal about a reference: when, who (empty: a file), what, before, after."""

    on: date
    who: str
    field: str
    before: str
    after: str


def milestone_rows(session: Session, reader: Reader, on: date) -> list[tuple[object, ...]]:
    """The milestones with the calendar in force at `on`, cell by cell as their file
    has them (`dashboard.files.plans.HEADERS`). Raises Refused without the
    right.
    """
    require(reader, KEPT_BY)
    # A direction that is closed stays out: an empty cell leaves it.
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
    """Every project as of a day, from the broadest down, each with its depth. Raises
    Refused without the right.
    """
    require(reader, KEPT_BY)
    return list(in_tree(whole_roadmap(session).elements(on)))


def ambition_rows(session: Session, reader: Reader) -> list[AmbitionRow]:
    """Every ambition, in its order. Raises Refused without the right."""
    require(reader, KEPT_BY)
    found = session.exec(select(Ambition).order_by(Ambition.id)).all()
    return [AmbitionRow(a.id, a.name, a.description, a.colour, a.goal, a.horizon) for a in found]


def changes_of(session: Session, reader: Reader, subject: str, record: str) -> list[ChangeRow]:
    """What was changed of one record, the newest first. Raises Refused without the right."""
    require(reader, KEPT_BY)
    rows = session.exec(
        select(Change, Person)
        .join(Person, Person.id == Change.by, isouter=True)
        .where(Change.subject == subject, Change.record == record)
        .order_by(Change.on.desc(), Change.id.desc())
        .limit(_MOST_CHANGES)
    ).all()
    return [
        ChangeRow(c.on, p.name if p else "", c.field, c.before or "", c.after or "")
        for c, p in rows
    ]
