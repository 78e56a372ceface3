"""Acts on the points of a body (décisions): putting one before it, and the facts that follow it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.decisions.points import about_of, put_in_thread
from dashboard.queries.ideas.threads import End
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome
from models.errors import Invalid
from models.programmes import programmes
from models.texts import clean_text

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


@dataclass(frozen=True)
class StepInput:
    """One further fact of a decision; outcome, cost and ETP belong to « décidée », the due date
    also to its revision, the owner to « confiée ». `leaves`: of what the step would move, what
    stays as it is; `seen`: all that it would move when its writer looked (None: not looked at).
    """

    what: DecisionStep
    on: date | None = None
    outcome: Outcome | None = None
    due_on: date | None = None
    cost: float | None = None
    fte: float | None = None
    text: str = ""
    meeting_id: int | None = None
    owner_direction_id: int | None = None
    leaves: frozenset[End] = frozenset()
    seen: frozenset[End] | None = None


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
    errors = {}
    if not title:
        errors["title"] = "Donnez l'intitulé du point."
    if len(title) > TITLE_MAX:
        errors["title"] = f"L'intitulé peut compter {TITLE_MAX} caractères au plus."
    day = today(session)
    check_day(errors, point.on or day, programmes(session).first_day, day)
    check_text(errors, point.text)
    if errors:
        raise Invalid(errors)
    number = (session.exec(select(func.max(Decision.number))).one() or 0) + 1
    found = Decision(
        number=number,
        title=title,
        instance=str(point.instance),
        owner_direction_id=point.owner_direction_id,
    )
    session.add(found)
    session.flush()
    add_step(
        session,
        reader,
        found.id,
        StepInput(DecisionStep.submitted, point.on, text=point.text, meeting_id=point.meeting_id),
    )
    return found


def check_day(errors: dict[str, str], on: date, first: date, day: date) -> None:
    if not first <= on <= day:
        errors["on"] = f"La date se trouve entre le {first:%d/%m/%Y} et le {day:%d/%m/%Y}."


def check_text(errors: dict[str, str], text: str) -> None:
    if len(text) > TEXT_MAX:
        errors["text"] = f"Le texte peut compter {TEXT_MAX} caractères au plus."


def add_step(session: Session, reader: Reader, decision_id: int, step: StepInput) -> DecisionEvent:
    """The fact of a step that has been checked."""
    day = today(session)
    outcome = step.outcome if step.what == DecisionStep.decided else None
    event = DecisionEvent(
        decision_id=decision_id,
        what=str(step.what),
        on=step.on or day,
        recorded_on=day,
        by=reader.person_id,
        meeting_id=step.meeting_id,
        outcome=str(outcome) if outcome else None,
        due_on=step.due_on,
        cost=step.cost,
        fte=step.fte,
        owner_direction_id=step.owner_direction_id if step.what == DecisionStep.entrusted else None,
        text=clean_text(step.text),
    )
    session.add(event)
    session.flush()
    return event
