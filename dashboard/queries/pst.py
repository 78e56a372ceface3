"""Reads the imported PST: files, each of its day, and ties as of any day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from models.facts import counting
from models.programmes import PstStatement, PstTie
from models.roadmap import Activity, Ambition


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
