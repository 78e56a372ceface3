"""Effects of a decision on other records: applied and undone with its step; the revisions it
proposes, which the programme office accepts or dismisses; and the sheet (fiche) that prepares it.
"""

from collections.abc import Collection, Sequence

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, lock_record, note, refuse_conflict
from dashboard.actions.groups.records import enter_state, leave_state, lock_group
from dashboard.actions.ideas import facts
from dashboard.actions.notices.ideas import (
    notify_decision_undone,
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
from dashboard.queries.ideas.threads import End
from dashboard.queries.journal import LastWrite
from models.clock import today
from models.decisions import (
    Decision,
    DecisionEffect,
    DecisionEvent,
    DecisionSheet,
    DecisionStep,
    Instance,
)
from models.facts import facts_of
from models.groups import ProgressGroup
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.roadmap import IS_ELEMENT, IS_MILESTONE, Plan
from models.texts import Invalid, Refused, clean_text, refuse, too_long


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
    group = session.exec(select(ProgressGroup).where(ProgressGroup.code == code)).one()
    return lock_group(session, group.id).group


# --- undoing --------------------------------------------------------------------------------------


def undo_effects(
    session: Session, reader: Reader, decision: Decision, event: DecisionEvent
) -> list[str]:
    """Undoes the effects of a step, with new notices. Returns the names of records that changed
    since, which are left alone.
    """
    effects = session.exec(
        select(DecisionEffect)
        .where(DecisionEffect.event_id == event.id)
        .order_by(DecisionEffect.id.desc())
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
            stayed += _undo_plan(session, reader, decision, effect)
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
    notify_decision_undone(session, idea, decision.number, by=reader.person_id)
    return []


def _undo_plan(
    session: Session, reader: Reader, decision: Decision, effect: DecisionEffect
) -> list[str]:
    project = _plan(session, effect)
    last = last_revision(schedules(session, project.id, today(session)), is_milestone=False)
    if last is None or last.id != effect.fact_id:
        return [f"projet {effect.key}"]
    void_schedule(session, reader, project, last, f"Décision n° {decision.number} annulée")
    return []


def _plan(session: Session, effect: DecisionEffect) -> Plan:
    of_kind = IS_MILESTONE if effect.kind == sheets.MILESTONE else IS_ELEMENT
    return session.exec(select(Plan).where(of_kind, Plan.number == effect.key)).one()


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
    calendar = revised(now, **changes)
    return revise_plan(session, reader, plan.id, calendar, proposed.instance).id


def leave_revision(session: Session, reader: Reader, effect_id: int) -> str:
    """Classer: no revision is needed, or it was done by hand. Returns the record's name."""
    require(reader, "milestone.revise")
    effect, proposed = _pending(session, reader, effect_id)
    note(
        session,
        reader,
        today(session),
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
    every = sheets.proposed_revisions(session, reader)
    proposed = next((item for item in every if item.effect_id == effect_id), None)
    if effect is None or proposed is None:
        raise Refused("Cette proposition n'attend plus.")
    return effect, proposed


def _close(session: Session, reader: Reader, effect: DecisionEffect) -> None:
    effect.settled_on = today(session)
    effect.settled_by = reader.person_id


# ── The sheet of a point ────────────────────────────────────────────────────────────────────────

# Fits on two pages beside the computed parts.
TEXT_MAX = 3000
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
    decision = lock_record(session, Decision, decision_id, "Cette décision n'existe pas.")
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
        {name: too_long(values[name], TEXT_MAX) for name in _TEXTS}
        | {name: not 0 <= value < 1e9 and number for name, value in numbers.items()}
    )
    row = before or DecisionSheet(decision_id=decision_id, on=day)
    for name, value in values.items():
        was = getattr(row, name)
        if was != value:
            field = f"fiche : {name}"
            note(session, reader, day, "decision", decision.number, field, was or None, value)
            setattr(row, name, value)
    row.on = day
    row.by = reader.person_id
    return add_record(session, row)
