"""Reading the programme's reference data: activities, ambitions with their projects."""

from dataclasses import dataclass

from sqlmodel import Session, select

from models.roadmap import Activity, Ambition, Project


@dataclass(frozen=True)
class AmbitionSummary:
    """One ambition with its PST projects and the examples under way."""

    id: int
    code: str
    name: str
    description: str
    projects: tuple[Project, ...]


def activities(session: Session) -> list[Activity]:
    """The four participatory activities, in the words of the presentation."""
    return list(session.exec(select(Activity).order_by(Activity.id)).all())


def ambition_summaries(session: Session) -> list[AmbitionSummary]:
    """The five ambitions in their order."""
    projects = session.exec(select(Project).order_by(Project.id)).all()
    found = []
    for a in session.exec(select(Ambition).order_by(Ambition.id)).all():
        own = tuple(project for project in projects if project.ambition_id == a.id)
        found.append(AmbitionSummary(a.id, a.code, a.name, a.description, own))
    return found
