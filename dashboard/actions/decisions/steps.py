"""Acts on the steps of a point: postponed, decided, due date moved, entrusted, annotated, done,
communicated; and undoing the last one.
"""

from collections.abc import Collection
from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, lock_record
from dashboard.actions.decisions.effects import apply_effects, undo_effects
from dashboard.actions.decisions.records import TEXT_MAX, fault_of_day, refuse_closed_subject
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.following import (
    notify_decision_step,
    notify_entrusted,
    notify_no_longer_entrusted,
)
from dashboard.queries.decisions.records import one_decision
from dashboard.queries.decisions.sheets import DECISION, FIGURE, moves
from dashboard.queries.directions import organisation
from dashboard.queries.ideas.threads import End, end_named
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionStep, Outcome
from models.directions import Tree, UnitKind
from models.facts import facts_of
from models.programmes import programmes
from models.texts import Refused, clean_text, refuse, too_long

NO_SUCH = "Cette décision n'existe pas."
LAST_DAY = date(2035, 12, 31)
# Order of steps: decided once, then done and communicated, once each.
_AFTER_DECISION = (
    *(DecisionStep.due_moved, DecisionStep.done, DecisionStep.communicated),
    *(DecisionStep.review_planned, DecisionStep.reviewed),
)
_WITH_REVIEW = (DecisionStep.decided, DecisionStep.review_planned, DecisionStep.reviewed)


def follow_decision(
    session: Session,
    reader: Reader,
    decision_id: int,
    step: DecisionEvent,
    tree: Tree,
    leaves: Collection[End] = (),
    seen: Collection[End] | None = None,
) -> None:
    """Records one step, by those who record decisions; « done » and « told » also by the owner
    direction. Its effects are applied, except for `leaves`; `seen`: the effects shown to the writer
    (None: not shown).

    Raises Invalid per field, Refused where this step is not possible.
    """
    decision = lock_record(session, Decision, decision_id, NO_SUCH)
    owned = one_decision(session, decision_id, today(session)) or decision
    by_owner = step.what in (DecisionStep.done, DecisionStep.communicated)
    require(reader, "decision.follow" if by_owner else "decision.record", owned, tree)
    steps = facts_of(session, DecisionEvent, decision_id)
    _refuse_order(decision, step, steps)
    if step.what == DecisionStep.decided:
        refuse_closed_subject(session, decision)
    refuse(_faults(session, step, steps, owned.owner_direction_id))
    outcome = Outcome(step.outcome) if step.outcome else None
    planned = moves(session, reader, tree, decision_id, step.what, outcome)
    has_moved = seen is not None and set(seen) != {move.end for move in planned}
    meanwhile = "Ce que l'étape déplace a changé entre-temps : relisez la liste."
    refuse({"moves": has_moved and meanwhile})
    event = _add_step(session, reader, decision_id, step)
    apply_effects(session, reader, decision, event, planned, leaves)
    if step.what == DecisionStep.entrusted:
        notify_entrusted(session, decision, event)
    notify_decision_step(session, decision, event)


def _add_step(
    session: Session, reader: Reader, decision_id: int, step: DecisionEvent
) -> DecisionEvent:
    """Stores the fact of a checked step."""
    if step.what != DecisionStep.decided:
        step.outcome = None
    if step.what != DecisionStep.entrusted:
        step.owner_direction_id = None
    if step.what not in _WITH_REVIEW:
        step.review_on = None
    step.decision_id, step.what, step.text = decision_id, str(step.what), clean_text(step.text)
    return add_fact(session, reader, step)


def tie_figure(
    session: Session, reader: Reader, decision_id: int, code: str, figures: Collection[str]
) -> None:
    """Lier un chiffre: the figure that the decision is to move, shown at its review. Raises Invalid
    for a code that the catalogue does not hold.
    """
    require(reader, "decision.record")
    key = end_named(session, FIGURE, code, figures)
    refuse({"key": key is None and "Ce chiffre n'existe pas."})
    add_link(session, reader, (DECISION, str(decision_id)), (FIGURE, key))


def undo_step(session: Session, reader: Reader, decision_id: int) -> tuple[DecisionStep, list[str]]:
    """Annuler le dernier encodage: voids the last fact from its own day and undoes its effects,
    with new notices. Returns the step, and the records left alone because they changed since.
    """
    require(reader, "decision.record")
    decision = lock_record(session, Decision, decision_id, NO_SUCH)
    steps = facts_of(session, DecisionEvent, decision_id)
    if len(steps) < 2:
        raise Refused("Il n'y a pas d'encodage à annuler : un point inscrit reste inscrit.")
    last = steps[-1]
    undone = DecisionEvent(decision_id=decision_id, what=str(DecisionStep.undone), on=last.on)
    undone.voids = last.id
    add_fact(session, reader, undone)
    unchanged = undo_effects(session, reader, decision, last)
    if last.what == DecisionStep.entrusted:
        notify_no_longer_entrusted(session, decision, last, by=reader.person_id)
    session.flush()
    return DecisionStep(last.what), unchanged


def _refuse_order(decision: Decision, step: DecisionEvent, steps: list[DecisionEvent]) -> None:
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
    if step.what == DecisionStep.communicated and DecisionStep.communicated in made:
        raise Refused(f"La décision n° {decision.number} est déjà communiquée.")


def _faults(
    session: Session, step: DecisionEvent, steps: list[DecisionEvent], owner_id: int | None
) -> dict[str, str]:
    """What is wrong with a step, by field; `owner_id` is the point's owner."""
    day = today(session)
    on = step.on or day
    first = max(programmes(session).first_day, steps[-1].on)
    is_far = step.due_on and not on <= step.due_on <= LAST_DAY
    far = f"L'échéance ne peut pas précéder le {on:%d/%m/%Y} ni dépasser 2035."
    number = "Donnez un nombre positif, ou laissez vide."
    given = step.model_dump() | {"text": clean_text(step.text)}
    missing = {name: why for name, why in _needed(step).items() if not given[name]}
    if step.what == DecisionStep.entrusted:
        missing["owner_direction_id"] = _fault_of_owner(session, step, owner_id)
    return {
        "on": fault_of_day(on, first, day),
        "due_on": is_far and far,
        "review_on": step.review_on
        and not on < step.review_on <= LAST_DAY
        and f"Le jour de la revue vient après le {on:%d/%m/%Y}, et avant 2036.",
        "cost": step.cost is not None and not 0 <= step.cost < 1e9 and number,
        "fte": step.fte is not None and not 0 <= step.fte < 1e9 and number,
        "text": too_long(step.text, TEXT_MAX),
        **missing,
    }


_NEEDED = {
    DecisionStep.due_moved: {
        "text": "Dites pourquoi l'échéance est revue.",
        "due_on": "Donnez la nouvelle échéance.",
    },
    DecisionStep.noted: {"text": "Écrivez la note."},
    DecisionStep.review_planned: {"review_on": "Donnez le jour de la revue."},
    DecisionStep.reviewed: {
        "verdict": "Dites si la décision est maintenue.",
        "text": "Dites en une phrase ce qu'elle a produit.",
    },
}


def _needed(step: DecisionEvent) -> dict[str, str]:
    """What a step cannot do without, by field, with the sentence that asks for it."""
    if step.what != DecisionStep.decided:
        return _NEEDED.get(step.what, {})
    if not step.outcome:
        return {"outcome": "Dites ce qui est décidé."}
    if Outcome(step.outcome).is_to_do:
        return {"due_on": "Donnez l'échéance : ce qui est adopté doit être fait pour une date."}
    return {"text": "Donnez le motif : il sera communiqué aux services."}


def _fault_of_owner(session: Session, step: DecisionEvent, owner_id: int | None) -> str:
    unit = organisation(session).at(today(session)).by_id.get(step.owner_direction_id)
    if step.owner_direction_id is None:
        return "Dites à quelle direction le point est confié."
    if unit is None or unit.kind == UnitKind.service:
        return "Cette direction n'existe pas, ou elle est fermée."
    return "Cette direction en répond déjà." if step.owner_direction_id == owner_id else ""
