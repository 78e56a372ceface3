"""Acts on the points of a body (décisions): submitting them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact
from dashboard.actions.decisions.points import link_subject, subject_of
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
    """A point to submit: title, body, owner; `about` names its subject (kind, number or code)."""

    title: str
    instance: Instance
    owner_direction_id: int | None = None
    text: str = ""
    on: date | None = None
    meeting_id: int | None = None
    about: End | None = None


def submit_point(session: Session, reader: Reader, point: PointInput) -> Decision:
    """Inscrire un point: from that day it is pending, and linked to its subject. Raises Invalid per
    field, Refused.
    """
    require(reader, "decision.record")
    about = subject_of(session, point.about)
    decision = add_point(session, reader, point)
    if about:
        link_subject(session, reader, decision, about)
    return decision


def add_point(session: Session, reader: Reader, point: PointInput) -> Decision:
    """Adds the point; the caller has checked the right (a group submits its proposal). Raises
    Invalid per field.
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
    decision = Decision(
        number=number,
        title=title,
        instance=str(point.instance),
        owner_direction_id=point.owner_direction_id,
    )
    session.add(decision)
    session.flush()
    what, text = str(DecisionStep.submitted), clean_text(point.text)
    step = DecisionEvent(what=what, on=point.on, text=text, meeting_id=point.meeting_id)
    step.decision_id = decision.id
    add_fact(session, reader, step)
    return decision


def fault_of_day(on: date, first: date, day: date) -> str:
    if first <= on <= day:
        return ""
    return f"La date se trouve entre le {first:%d/%m/%Y} et le {day:%d/%m/%Y}."
