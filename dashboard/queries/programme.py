"""Reads the programme's reference data: activities, ambitions with their projects."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from models.roadmap import Activity, Ambition


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
