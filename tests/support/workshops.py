"""A workshop that is planned, and lines filed in it."""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import select

from dashboard.access import Reader
from dashboard.actions.meetings.records import plan_meeting
from dashboard.actions.meetings.workshops import WorkshopLine, file_lines
from models.database import writing
from models.directions import Direction
from models.idea_states import IdeaKind
from models.meetings import Meeting, MeetingKind

from .transactions import write_with
from .troupe import FROZEN


def plan(
    engine: Engine, reader: Reader, day: date = FROZEN, direction: str | None = None, **more
) -> int:
    with writing(engine) as session:
        unit = (
            session.exec(select(Direction.id).where(Direction.code == direction)).first()
            if direction
            else None
        )
        return plan_meeting(
            session,
            reader,
            Meeting(
                **{
                    "kind": MeetingKind.workshop,
                    "place": "Dépôt de la Voirie",
                    "direction_id": unit,
                }
                | more
            ),
            day,
        ).id


def line(n: int, text: str = "", **more) -> WorkshopLine:
    return WorkshopLine(
        **{
            "key": f"cle-{n:06d}",
            "text": text or f"Une ligne de l'atelier, la {n}",
            "kind": IdeaKind.idea,
            "ambition_id": 1,
        }
        | more
    )


def file(engine: Engine, reader: Reader, meeting: int, *typed: WorkshopLine):
    return write_with(engine, file_lines, reader, meeting, typed)


def typed(n: int, **more) -> dict:
    return {
        "key": line(n).key,
        "text": f"Brouillon {n}",
        "cell": "idee",
        "ambition": 2,
        "voices": None,
        "concerns": None,
    } | more
