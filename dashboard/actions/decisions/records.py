"""Acts on decisions: putting a point before a body, deciding it, moving its due date, doing it,
telling the services.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.decisions.points import about_of, put_in_thread, refuse_gone
from dashboard.queries.ideas.threads import End
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome
from models.directions import Tree
from models.errors import Invalid, Refused
from models.facts import live
from models.ideas import clean_text
from models.ledger import bump
from models.settings import settings

TITLE_MAX = 255
TEXT_MAX = 2000
LAST_DAY = date(2035, 12, 31)
# What may follow what: a point is decided once; what was decided is done and told, once each.
_AFTER_DECISION = (DecisionStep.due_moved, DecisionStep.done, DecisionStep.told)


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
    also to its revision.
    """

    what: DecisionStep
    on: date | None = None
    outcome: Outcome | None = None
    due_on: date | None = None
    cost: float | None = None
    fte: float | None = None
    text: str = ""
    meeting_id: int | None = None


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
    _check_day(errors, point.on or today(session), today(session))
    _check_text(errors, point.text)
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
    _add(
        session,
        reader,
        found.id,
        StepInput(DecisionStep.submitted, point.on, text=point.text, meeting_id=point.meeting_id),
    )
    return found


def follow_decision(
    session: Session, reader: Reader, decision_id: int, step: StepInput, tree: Tree
) -> None:
    """One step of a decision: postponed or decided by who records, done or told also by the
    direction that owns it.

    Raises Invalid per field, Refused where this step may not follow.
    """
    decision = session.get(Decision, decision_id)
    if decision is None:
        raise Refused("Cette décision n'existe pas.")
    by_owner = step.what in (DecisionStep.done, DecisionStep.told)
    if by_owner:
        require(reader, "decision.follow", decision, tree)
    else:
        require(reader, "decision.record", decision, tree)
    steps = _steps(session, decision_id)
    _refuse_order(decision, step, steps)
    if step.what == DecisionStep.decided:
        refuse_gone(session, decision)
    errors = _errors(step, steps, today(session))
    if errors:
        raise Invalid(errors)
    _add(session, reader, decision_id, step)


def undo_step(session: Session, reader: Reader, decision_id: int) -> DecisionStep:
    """Annuler le dernier encodage: the last fact is voided, from its own day on. Returns the
    step undone.
    """
    require(reader, "decision.record")
    steps = _steps(session, decision_id)
    if len(steps) < 2:
        raise Refused("Il n'y a pas d'encodage à annuler : un point inscrit reste inscrit.")
    last = steps[-1]
    session.add(
        DecisionEvent(
            decision_id=decision_id,
            what=str(DecisionStep.undone),
            on=last.on,
            recorded_on=today(session),
            by=reader.person_id,
            voids=last.id,
        )
    )
    session.flush()
    bump(session, "decisions")
    return DecisionStep(last.what)


def _steps(session: Session, decision_id: int) -> list[DecisionEvent]:
    rows = session.exec(
        select(DecisionEvent)
        .where(
            DecisionEvent.decision_id == decision_id,
            DecisionEvent.what != str(DecisionStep.undone),
            live(DecisionEvent, date.max),
        )
        .order_by(DecisionEvent.on, DecisionEvent.id)
    ).all()
    return list(rows)


def _refuse_order(decision: Decision, step: StepInput, steps: list[DecisionEvent]) -> None:
    made = {DecisionStep(s.what) for s in steps}
    if step.what in (DecisionStep.decided, DecisionStep.postponed) and DecisionStep.decided in made:
        raise Refused(f"La décision n° {decision.number} est déjà prise.")
    if step.what in _AFTER_DECISION and DecisionStep.decided not in made:
        raise Refused(f"Le point n° {decision.number} n'est pas encore décidé.")
    outcome = next(
        (Outcome(s.outcome) for s in steps if s.what == DecisionStep.decided and s.outcome), None
    )
    if step.what in (DecisionStep.done, DecisionStep.due_moved):
        if outcome and not outcome.is_to_do:
            raise Refused(
                f"La décision n° {decision.number} ({outcome.label.lower()}) n'est pas à exécuter."
            )
        if DecisionStep.done in made:
            raise Refused(f"La décision n° {decision.number} est déjà exécutée.")
    if step.what == DecisionStep.told and DecisionStep.told in made:
        raise Refused(f"La décision n° {decision.number} est déjà communiquée.")


def _errors(step: StepInput, steps: list[DecisionEvent], day: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    on = step.on or day
    _check_day(errors, on, day)
    if "on" not in errors and on < steps[-1].on:
        errors["on"] = f"Cette date précède l'étape d'avant ({steps[-1].on:%d/%m/%Y})."
    if step.what == DecisionStep.decided:
        _check_outcome(errors, step)
    if step.what == DecisionStep.due_moved:
        _check_new_due(errors, step)
    if step.due_on and not on <= step.due_on <= LAST_DAY:
        errors["due_on"] = f"L'échéance ne peut pas précéder le {on:%d/%m/%Y} ni dépasser 2035."
    for name, value in (("cost", step.cost), ("fte", step.fte)):
        if value is not None and not 0 <= value < 1e9:
            errors[name] = "Donnez un nombre positif, ou laissez vide."
    _check_text(errors, step.text)
    return errors


def _check_outcome(errors: dict[str, str], step: StepInput) -> None:
    if step.outcome is None:
        errors["outcome"] = "Dites ce qui est décidé."
    elif step.outcome.is_to_do and step.due_on is None:
        errors["due_on"] = "Donnez l'échéance : ce qui est adopté doit être fait pour une date."
    elif not step.outcome.is_to_do and not clean_text(step.text):
        errors["text"] = "Donnez le motif : il sera communiqué aux services."


def _check_new_due(errors: dict[str, str], step: StepInput) -> None:
    if not clean_text(step.text):
        errors["text"] = "Dites pourquoi l'échéance est revue."
    if step.due_on is None:
        errors["due_on"] = "Donnez la nouvelle échéance."


def _check_day(errors: dict[str, str], on: date, day: date) -> None:
    if not settings().cp_programme_start <= on <= day:
        errors["on"] = (
            f"La date se trouve entre le {settings().cp_programme_start:%d/%m/%Y} et le"
            f" {day:%d/%m/%Y}."
        )


def _check_text(errors: dict[str, str], text: str) -> None:
    if len(text) > TEXT_MAX:
        errors["text"] = f"Le texte peut compter {TEXT_MAX} caractères au plus."


def _add(session: Session, reader: Reader, decision_id: int, step: StepInput) -> None:
    day = today(session)
    outcome = step.outcome if step.what == DecisionStep.decided else None
    session.add(
        DecisionEvent(
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
            text=clean_text(step.text),
        )
    )
    session.flush()
    bump(session, "decisions", since=step.on or day)
