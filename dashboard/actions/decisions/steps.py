"""Acts on what becomes of a point: postponed, decided, its due date moved, entrusted to a
direction, noted upon, done, told to the services; and the last of these undone.
"""

from dataclasses import replace
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.decisions.effects import carry_out, take_effects_back
from dashboard.actions.decisions.points import refuse_gone
from dashboard.actions.decisions.records import (
    PointInput,
    StepInput,
    add_step,
    check_day,
    check_text,
    submit_point,
)
from dashboard.actions.notices.decisions import notify_entrusted, notify_no_longer_entrusted
from dashboard.actions.notices.following import notify_decision_step
from dashboard.queries.decisions.moves import moves
from dashboard.queries.decisions.records import one_decision
from dashboard.queries.directions import organisation
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionStep, Outcome
from models.directions import Tree, UnitKind
from models.errors import Invalid, Refused
from models.facts import live
from models.programmes import programmes
from models.texts import clean_text

LAST_DAY = date(2035, 12, 31)
# What may follow what: a point is decided once; what was decided is done and told, once each.
_AFTER_DECISION = (DecisionStep.due_moved, DecisionStep.done, DecisionStep.told)


def follow_decision(
    session: Session, reader: Reader, decision_id: int, step: StepInput, tree: Tree
) -> None:
    """One step of a decision: by who records decisions; done or told also by the direction that
    owns it. What it moves moves with it, but for what `step.leaves` names.

    Raises Invalid per field, Refused where this step may not follow.
    """
    decision = _locked(session, decision_id)
    owned = one_decision(session, decision_id, today(session)) or decision
    by_owner = step.what in (DecisionStep.done, DecisionStep.told)
    require(reader, "decision.follow" if by_owner else "decision.record", owned, tree)
    steps = _steps(session, decision_id)
    _refuse_order(decision, step, steps)
    if step.what == DecisionStep.decided:
        refuse_gone(session, decision)
    errors = _errors(step, steps, programmes(session).first_day, today(session))
    if step.what == DecisionStep.entrusted:
        _check_owner(session, errors, step, owned.owner_direction_id)
    if errors:
        raise Invalid(errors)
    planned = moves(session, reader, tree, decision_id, step.what, step.outcome)
    if step.seen is not None and step.seen != {move.end for move in planned}:
        raise Invalid({"moves": "Ce que l'étape déplace a changé entre-temps : relisez la liste."})
    event = add_step(session, reader, decision_id, step)
    carry_out(session, reader, decision, event, planned, step.leaves)
    if step.what == DecisionStep.entrusted:
        notify_entrusted(session, decision, event)
    notify_decision_step(session, decision, event)


def decide_on_the_spot(
    session: Session, reader: Reader, point: PointInput, step: StepInput, tree: Tree
) -> Decision:
    """Décidé en séance: the point and what is decided of it in one act.

    Raises Invalid per field of either, Refused.
    """
    found = submit_point(session, reader, point)
    follow_decision(session, reader, found.id, replace(step, what=DecisionStep.decided), tree)
    return found


def undo_step(session: Session, reader: Reader, decision_id: int) -> tuple[DecisionStep, list[str]]:
    """Annuler le dernier encodage: the last fact is voided, from its own day on, with what it
    moved; those who were told are told again. Gives the step, and the records that went on since
    and stay where they are.
    """
    require(reader, "decision.record")
    decision = _locked(session, decision_id)
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
    stayed = take_effects_back(session, reader, decision, last)
    if last.what == DecisionStep.entrusted:
        notify_no_longer_entrusted(session, decision, last, by=reader.person_id)
    session.flush()
    return DecisionStep(last.what), stayed


def _locked(session: Session, decision_id: int) -> Decision:
    """The decision, held until the act is over: two who record it do not both move what follows."""
    found = session.get(Decision, decision_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("Cette décision n'existe pas.")
    return found


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
    if not steps:
        raise Refused(f"Le point n° {decision.number} a été retiré : l'idée n'est plus soumise.")
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


def _errors(step: StepInput, steps: list[DecisionEvent], first: date, day: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    on = step.on or day
    check_day(errors, on, first, day)
    if "on" not in errors and on < steps[-1].on:
        errors["on"] = f"Cette date précède l'étape d'avant ({steps[-1].on:%d/%m/%Y})."
    if step.what == DecisionStep.decided:
        _check_outcome(errors, step)
    if step.what == DecisionStep.due_moved:
        _check_new_due(errors, step)
    if step.what == DecisionStep.noted and not clean_text(step.text):
        errors["text"] = "Écrivez la note."
    if step.due_on and not on <= step.due_on <= LAST_DAY:
        errors["due_on"] = f"L'échéance ne peut pas précéder le {on:%d/%m/%Y} ni dépasser 2035."
    for name, value in (("cost", step.cost), ("fte", step.fte)):
        if value is not None and not 0 <= value < 1e9:
            errors[name] = "Donnez un nombre positif, ou laissez vide."
    check_text(errors, step.text)
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


def _check_owner(
    session: Session, errors: dict[str, str], step: StepInput, owner_id: int | None
) -> None:
    unit = organisation(session).at(today(session)).by_id.get(step.owner_direction_id)
    if step.owner_direction_id is None:
        errors["owner_direction_id"] = "Dites à quelle direction le point est confié."
    elif unit is None or unit.kind == UnitKind.service:
        errors["owner_direction_id"] = "Cette direction n'existe pas, ou elle est fermée."
    elif step.owner_direction_id == owner_id:
        errors["owner_direction_id"] = "Cette direction en répond déjà."
