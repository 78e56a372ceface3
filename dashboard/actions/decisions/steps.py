"""Acts on the steps of a point: postponed, decided, due date moved, entrusted, annotated, done,
communicated; undoing the last one. Their effects on other records are applied and undone with them;
the revisions that a decision proposes, and the sheet (fiche) that prepares it.
"""

from collections.abc import Collection, Sequence
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, add_record, lock_record, note, refuse_conflict
from dashboard.actions.decisions.records import TEXT_MAX, fault_of_day, refuse_closed_subject
from dashboard.actions.groups import enter_state, leave_state, lock_group
from dashboard.actions.ideas import facts
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.events import (
    notify_decision_step,
    notify_entrusted,
    notify_news,
    notify_no_longer_entrusted,
    notify_state,
    notify_to_answer,
    take_back,
)
from dashboard.actions.roadmap.records import (
    last_revision,
    revise_plan,
    revised,
    schedule_now,
    schedules,
    void_schedule,
)
from dashboard.queries.decisions import sheets
from dashboard.queries.decisions.records import one_decision
from dashboard.queries.directions import organisation
from dashboard.queries.ideas.threads import End, end_named
from dashboard.queries.journal import LastWrite
from models.clock import today
from models.decisions import (
    Decision,
    DecisionEffect,
    DecisionEvent,
    DecisionSheet,
    DecisionStep,
    Instance,
    Outcome,
)
from models.directions import Tree, UnitKind
from models.facts import facts_of
from models.groups import ProgressGroup
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.notices import NoticeKind
from models.programmes import programmes
from models.roadmap import IS_ELEMENT, IS_MILESTONE, Plan
from models.texts import Invalid, Refused, clean_text, refuse, too_long

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
    planned = sheets.moves(session, reader, tree, decision_id, step.what, outcome)
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
    step.decision_id, step.text = decision_id, clean_text(step.text)
    return add_fact(session, reader, step)


def tie_figure(
    session: Session, reader: Reader, decision_id: int, code: str, figures: Collection[str]
) -> None:
    """Lier un chiffre: the figure that the decision is to move, shown at its review. Raises Invalid
    for a code that the catalogue does not hold.
    """
    require(reader, "decision.record")
    key = end_named(session, sheets.FIGURE, code, figures)
    refuse({"key": key is None and "Ce chiffre n'existe pas."})
    add_link(session, reader, (sheets.DECISION, str(decision_id)), (sheets.FIGURE, key))


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
    undone = DecisionEvent(decision_id=decision_id, what=DecisionStep.undone, on=last.on)
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
    number = "Donnez un nombre positif, ou laissez vide."
    given = step.model_dump() | {"text": clean_text(step.text)}
    missing = {name: why for name, why in _needed(step).items() if not given[name]}
    if step.what == DecisionStep.entrusted:
        missing["owner_direction_id"] = _fault_of_owner(session, step, owner_id)
    return {
        "on": fault_of_day(on, first, day),
        "due_on": is_far and f"L'échéance ne peut pas précéder le {on:%d/%m/%Y} ni dépasser 2035.",
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


# ── Effects on other records, and the sheet ───────────────────────────────────────────────────────


def apply_effects(
    session: Session,
    reader: Reader,
    decision: Decision,
    event: DecisionEvent,
    planned: Sequence[sheets.DecisionMove],
    excluded: Collection[End],
) -> None:
    """Applies the effects of a decision's step, except the ends in `left`, and notifies those
    concerned. The caller has checked the right.
    """
    for move in planned:
        if move.end in excluded:
            continue
        kind, key = move.end
        fact = None
        if kind == sheets.IDEA:
            fact = _move_idea(session, reader, decision, event, int(key), move.to)
        elif kind == sheets.GROUP:
            reason = sheets.reason_in_words(decision, event)
            fact = enter_state(session, reader, _locked_group(session, key), move.to, reason)
        session.add(DecisionEffect(event_id=event.id, kind=kind, key=key, fact_id=fact))


def _move_idea(
    session: Session,
    reader: Reader,
    decision: Decision,
    event: DecisionEvent,
    idea_id: int,
    to: IdeaStatus,
) -> int:
    """Sets the new state, with the decision as its reason. Those who answer for the entry are asked
    to complete the answer.
    """
    idea = facts.idea_to_change(session, session.get(Idea, idea_id).number)
    before = idea.status
    reason = sheets.reason_in_words(decision, event)
    idea.postponed_until = None
    fact = facts.write_fact(
        session,
        reader,
        idea,
        EventKind.status,
        to=to,
        answers=to.is_answer,
        text=reason,
        function=Instance(decision.instance).label,
    )
    notify_state(session, idea, before, reason, by=reader.person_id)
    if to is not IdeaStatus.implemented:
        notify_to_answer(session, idea, reason, by=reader.person_id)
    return fact


def _locked_group(session: Session, code: str) -> ProgressGroup:
    group = session.exec(select(ProgressGroup).filter_by(code=code)).one()
    return lock_group(session, group.id).group


# --- undoing --------------------------------------------------------------------------------------


def undo_effects(
    session: Session, reader: Reader, decision: Decision, event: DecisionEvent
) -> list[str]:
    """Undoes the effects of a step, with new notices. Returns the names of records that changed
    since, which are left alone.
    """
    effects = session.exec(
        select(DecisionEffect).filter_by(event_id=event.id).order_by(DecisionEffect.id.desc())
    ).all()
    stayed = []
    for effect in effects:
        if effect.kind == sheets.IDEA:
            stayed += _undo_idea(session, reader, decision, effect)
        elif effect.kind == sheets.GROUP:
            group = _locked_group(session, effect.key)
            if not leave_state(session, reader, group, effect.fact_id):
                stayed.append(f"groupe {effect.key}")
        elif effect.fact_id and effect.kind == sheets.PROJECT:
            project = _plan(session, effect)
            calendar = schedules(session, project.id, today(session))
            last = last_revision(calendar, is_milestone=False)
            if last is None or last.id != effect.fact_id:
                stayed.append(f"projet {effect.key}")
                continue
            undone = f"Décision n° {decision.number} annulée"
            void_schedule(session, reader, project, last, undone)
        elif effect.fact_id:
            stayed.append(f"jalon {effect.key}")
    return stayed[::-1]


def _undo_idea(
    session: Session, reader: Reader, decision: Decision, effect: DecisionEffect
) -> list[str]:
    idea = facts.idea_to_change(session, session.get(Idea, int(effect.key)).number)
    last = facts.life_of(session, idea)[-1]
    if last.id != effect.fact_id:
        return [f"idée n° {idea.number}"]
    take_back(session, idea)
    facts.undo(session, reader, idea, [last])
    again = f"est de nouveau « {IdeaStatus(idea.status).label} »"
    text = f"La décision n° {decision.number} avait été encodée par erreur."
    news = NoticeKind.state, "decision-annulee", again, text
    notify_news(session, idea, *news, reader.person_id)
    return []


def _plan(session: Session, effect: DecisionEffect) -> Plan:
    of_kind = IS_MILESTONE if effect.kind == sheets.MILESTONE else IS_ELEMENT
    return session.exec(select(Plan).filter_by(number=effect.key).where(of_kind)).one()


# --- revisions that a decision proposes -----------------------------------------------------------


def take_revision(session: Session, reader: Reader, effect_id: int) -> str:
    """Reprendre: sets the decided end date of the milestone or project, and a project's cost as
    budget, with the decision as the reason. Returns its number or code. Raises Refused where it
    cannot be revised.
    """
    require(reader, "milestone.revise")
    effect, proposed = _pending(session, reader, effect_id)
    try:
        effect.fact_id = _revise(session, reader, _plan(session, effect), proposed)
    except Invalid as error:
        raise Refused(next(iter(error.errors.values()))) from error
    _close(session, reader, effect)
    return effect.key


def _revise(session: Session, reader: Reader, plan: Plan, proposed: sheets.ProposedRevision) -> int:
    """Stores the new calendar. Raises Invalid, Refused."""
    cost = None if plan.is_milestone else proposed.cost
    if proposed.due_on is None and plan.is_milestone:
        raise Refused("La décision ne donne pas de date : révisez le jalon sur son écran.")
    if proposed.due_on is None and cost is None:
        raise Refused(
            "La décision ne donne ni date ni montant : planifiez le projet sur son formulaire."
        )
    now = schedule_now(session, plan)
    changes = {
        "end": proposed.due_on or now.end,
        "budget": now.budget if cost is None else cost,
        "reason": f"Décision n° {proposed.number}",
    }
    return revise_plan(session, reader, plan.id, revised(now, **changes), proposed.instance).id


def leave_revision(session: Session, reader: Reader, effect_id: int) -> str:
    """Classer: no revision is needed, or it was done by hand. Returns the record's name."""
    require(reader, "milestone.revise")
    effect, proposed = _pending(session, reader, effect_id)
    note(
        session,
        reader,
        "decision",
        str(proposed.number),
        "révision proposée",
        proposed.name,
        "classée",
    )
    _close(session, reader, effect)
    return proposed.name


def _pending(
    session: Session, reader: Reader, effect_id: int
) -> tuple[DecisionEffect, sheets.ProposedRevision]:
    # Locked: of two concurrent answers the second finds the proposal closed.
    effect = session.get(DecisionEffect, effect_id, with_for_update=True, populate_existing=True)
    proposed = next(
        (
            item
            for item in sheets.proposed_revisions(session, reader)
            if item.effect_id == effect_id
        ),
        None,
    )
    if effect is None or proposed is None:
        raise Refused("Cette proposition n'attend plus.")
    return effect, proposed


def _close(session: Session, reader: Reader, effect: DecisionEffect) -> None:
    effect.settled_on = today(session)
    effect.settled_by = reader.person_id


# ── The sheet of a point ────────────────────────────────────────────────────────────────────────

# Fits on two pages beside the computed parts.
SHEET_MAX = 3000
_TEXTS = ("problem", "options", "concerned", "objections")


def sheet_values(sheet: DecisionSheet | None) -> dict[str, object]:
    """The fields of a sheet's form."""
    row = sheet or DecisionSheet()
    return {name: getattr(row, name) for name in (*_TEXTS, "cost", "fte")}


def write_sheet(
    session: Session,
    reader: Reader,
    decision_id: int,
    typed: DecisionSheet,
    *,
    read: str | None = None,
) -> DecisionSheet:
    """Préparer la fiche, until the point is decided. Raises Invalid per field, Refused,
    EditConflict.
    """
    require(reader, "decision.record")
    decision = lock_record(session, Decision, decision_id, NO_SUCH)
    day = today(session)
    steps = facts_of(session, DecisionEvent, decision.id, day)
    if any(step.what == DecisionStep.decided for step in steps):
        raise Refused(
            f"La décision n° {decision.number} est prise : sa fiche reste telle qu'elle a été lue."
        )
    before = session.get(DecisionSheet, decision_id)
    last = LastWrite(before.by, before.on) if before else LastWrite()
    refuse_conflict(session, reader, read, sheet_values(before), last)
    values = {name: clean_text(getattr(typed, name)) for name in _TEXTS}
    values |= {"cost": typed.cost, "fte": typed.fte}
    number = "Donnez un nombre positif, ou laissez vide."
    numbers = {name: values[name] for name in ("cost", "fte") if values[name] is not None}
    refuse(
        {name: too_long(values[name], SHEET_MAX) for name in _TEXTS}
        | {name: not 0 <= value < 1e9 and number for name, value in numbers.items()}
    )
    row = before or DecisionSheet(decision_id=decision_id, on=day)
    for name, value in values.items():
        was = getattr(row, name)
        if was != value:
            field = f"fiche : {name}"
            note(session, reader, "decision", decision.number, field, was or None, value)
            setattr(row, name, value)
    row.on = day
    row.by = reader.person_id
    return add_record(session, row)
