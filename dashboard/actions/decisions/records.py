"""Acts on the points of a body (décisions): putting one before it, and the facts that follow it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact
from dashboard.actions.decisions.points import about_of, put_in_thread
from dashboard.queries.ideas.threads import End
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance
from models.errors import refuse
from models.programmes import programmes
from models.texts import clean_text, too_long

TITLE_MAX = 255
TEXT_MAX = 2000


@dataclass(frozen=True)
class PointInput:
    """A point to put before a body: what, which body, who answers for it; `about` names what it
    speaks of (kind, number or code).
    """

    title: str
    instance: Instance
    owner_direction_id: int | None = None
    text: str = ""
    on: date | None = None
    meeting_id: int | None = None
    about: End | None = None


def submit_point(session: Session, reader: Reader, point: PointInput) -> Decision:
    """Inscrire un point: from that day it waits for a decision, in the thread of what it speaks
    of. Raises Invalid per field, Refused.
    """
    require(reader, "decision.record")
    about = about_of(session, point.about)
    found = add_point(session, reader, point)
    if about:
        put_in_thread(session, reader, found, about)
    return found


def add_point(session: Session, reader: Reader, point: PointInput) -> Decision:
    """The point itself, for an act that has asked its own right: a group submits its
    proposition. Raises Invalid per field.
    """
    title = clean_text(point.title)
    day = today(session)
    fault = too_long(title, TITLE_MAX, "L'intitulé") if title else "Donnez l'intitulé du point."
    refuse(
        {
            "title": fault,
            "on": fault_of_day(point.on or day, programmes(session).first_day, day),
            "text": too_long(point.text, TEXT_MAX),
        }
    )
    number = (session.exec(select(func.max(Decision.number))).one() or 0) + 1
    found = Decision(
        number=number,
        title=title,
        instance=str(point.instance),
        owner_direction_id=point.owner_direction_id,
    )
    session.add(found)
    session.flush()
    what, text = str(DecisionStep.submitted), clean_text(point.text)
    step = DecisionEvent(what=what, on=point.on, text=text, meeting_id=point.meeting_id)
    step.decision_id = found.id
    add_fact(session, reader, step)
    return found


def fault_of_day(on: date, first: date, day: date) -> str:
    if first <= on <= day:
        return ""
    return f"La date se trouve entre le {first:%d/%m/%Y} et le {day:%d/%m/%Y}."
