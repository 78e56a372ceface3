"""Acts on the calendar of a plan: revising it (révision du calendrier), and undoing that."""

from collections.abc import Sequence
from datetime import date
from math import isfinite

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, refuse_conflict
from dashboard.actions.roadmap.records import (
    can_undo,
    far_days,
    is_positive,
    last_report,
    lock_plan,
    named,
    note_changes,
    schedules,
)
from dashboard.queries.directions import organisation
from dashboard.queries.edit_conflicts import last_recorded
from dashboard.queries.roadmap import UNPLANNED
from models.clock import today
from models.decisions import Instance
from models.errors import Refused, refuse
from models.roadmap import ENDED, MilestoneState, Plan, PlanSchedule
from models.texts import clean_text

REASON_MAX = 500
OWNER_MAX = 120
WEIGHT_MAX = 100
BUDGET_MAX = 1e10
REVISED = ("start", "end", "weight", "critical", "budget", "owner", "owner_direction_id")
_UNDONE = "Révision annulée par son auteur"


def revised(now: PlanSchedule, **changes: object) -> PlanSchedule:
    """The calendar in force as it would be typed, with these changes."""
    return PlanSchedule(**{name: getattr(now, name) for name in REVISED} | changes)


def calendar_values(now: PlanSchedule) -> dict[str, object]:
    """The calendar in force by the fields of its form; weight and budget as typed."""
    budget = "" if now.budget is None else f"{now.budget:.15g}"
    return {
        "start": now.start,
        "end": now.end,
        "weight": f"{now.weight:g}".replace(".", ","),
        "critical": now.critical,
        "budget": budget.replace(".", ","),
        "owner": now.owner,
        "unit": now.owner_direction_id or 0,
    }


def revise_plan(
    session: Session,
    reader: Reader,
    plan_id: int,
    typed: PlanSchedule,
    instance: Instance | None = None,
    *,
    read: str | None = None,
) -> PlanSchedule:
    """Révision du calendrier: from today the plan has these dates, weight, budget and owner, for
    this reason; `instance` is the body that decided it. Raises Invalid per field, Refused,
    EditConflict.
    """
    require(reader, "milestone.revise")
    plan = lock_plan(session, plan_id)
    now = schedule_now(session, plan)
    written = last_recorded(session, PlanSchedule, PlanSchedule.plan_id == plan_id)
    refuse_conflict(session, reader, read, calendar_values(now), written)
    if refusal := revision_refusal(session, plan):
        raise Refused(refusal)
    refuse(schedule_faults(session, plan, typed, now))
    by = f" ({instance.label})" if instance else ""
    fact = write_schedule(session, reader, plan, typed, by=by)
    nothing = "Rien ne change : modifiez une date, un montant, le poids ou le porteur."
    refuse({"form": fact is None and nothing})
    return fact


def schedule_now(session: Session, plan: Plan) -> PlanSchedule:
    """The calendar in force today; an empty one where nothing is planned."""
    return next(reversed(schedules(session, plan.id, today(session))), UNPLANNED)


def revision_refusal(session: Session, plan: Plan) -> str | None:
    """Why the calendar of a plan cannot be revised; None where it can."""
    last = last_report(session, plan.id, today(session)) if plan.is_milestone else None
    if last is None or last.state not in ENDED:
        return None
    state = MilestoneState(last.state).label.lower()
    return f"{named(plan)} est {state} : son calendrier ne se révise plus."


def write_schedule(
    session: Session,
    reader: Reader,
    plan: Plan,
    typed: PlanSchedule,
    since: date | None = None,
    by: str = "",
) -> PlanSchedule | None:
    """Stores a checked calendar from today or an earlier day; None where it does not differ from
    the one in force. `by` is appended to its reason.
    """
    now = schedule_now(session, plan)
    if not differs(now, typed):
        return None
    reason = clean_text(typed.reason) + by
    fact = PlanSchedule(on=since, reason=reason or None, **_values(typed))
    return _write(session, reader, plan, now, fact)


def differs(now: PlanSchedule, typed: PlanSchedule) -> bool:
    """Whether a calendar differs from the one in force."""
    return any(getattr(now, name) != value for name, value in _values(typed).items())


def _values(typed: PlanSchedule) -> dict[str, object]:
    """The typed values as they are stored."""
    values = {name: getattr(typed, name) for name in REVISED}
    budget = None if typed.budget is None else float(typed.budget)
    owner = clean_text(typed.owner)
    return values | {"weight": float(typed.weight), "budget": budget, "owner": owner}


def undo_revision(session: Session, reader: Reader, plan_id: int) -> None:
    """Annuler cette révision: voids the last one, if it is the reader's own and of today."""
    require(reader, "milestone.revise")
    plan = lock_plan(session, plan_id)
    day = today(session)
    last = last_revision(schedules(session, plan_id, day), plan.is_milestone)
    if not can_undo(last, reader, day):
        raise Refused(
            f"{named(plan)} : la dernière révision ne peut pas être annulée, il faut qu'elle soit"
            " de vous et de ce jour. Faites une nouvelle révision."
        )
    void_schedule(session, reader, plan, last, _UNDONE)


def void_schedule(
    session: Session, reader: Reader, plan: Plan, last: PlanSchedule, reason: str
) -> None:
    """Voids the last revision: from its own day, the previous calendar is in force again."""
    calendar = schedules(session, plan.id, today(session))
    earlier = [fact for fact in calendar if not fact.voids and fact.id != last.id]
    before = earlier[-1] if earlier else UNPLANNED
    # A fact that voids the revision and repeats the previous values: nothing is deleted.
    values = {name: getattr(before, name) for name in REVISED}
    fact = PlanSchedule(on=last.on, voids=last.id, reason=reason, **values)
    _write(session, reader, plan, last, fact)


def _write(
    session: Session,
    reader: Reader,
    plan: Plan,
    now: PlanSchedule,
    fact: PlanSchedule,
) -> PlanSchedule:
    fact.plan_id = plan.id
    add_fact(session, reader, fact)
    pairs = {name: (getattr(now, name), getattr(fact, name)) for name in REVISED}
    changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    note_changes(session, reader, plan, changed)
    return fact


def last_revision(calendar: Sequence, is_milestone: bool = True):
    """The last revision of a calendar, or None: a milestone's first calendar is not one, nor is a
    void.
    """
    valid = [schedule for schedule in calendar if not schedule.voids]
    return valid[-1] if len(valid) > is_milestone else None


def schedule_faults(
    session: Session, plan: Plan, typed: PlanSchedule, now: PlanSchedule = UNPLANNED
) -> dict[str, str]:
    """What is wrong with a calendar, by field. An unchanged owner direction may have closed since;
    a new one must be open.
    """
    errors = _wrong_dates(plan, typed) | _too_long(typed)
    if plan.is_milestone:
        errors = _missing(typed) | errors
    if not is_positive(typed.weight) or typed.weight > WEIGHT_MAX:
        errors["weight"] = f"Le poids est plus grand que 0 et vaut {WEIGHT_MAX} au plus."
    if typed.budget is not None and not (isfinite(typed.budget) and typed.budget >= 0):
        errors["budget"] = "Le budget est un montant en euros, de zéro ou plus."
    elif typed.budget is not None and typed.budget > BUDGET_MAX:
        errors["budget"] = "Ce budget est trop grand."
    open_units = organisation(session).at(today(session)).by_id
    unit = typed.owner_direction_id
    if unit not in (None, now.owner_direction_id) and unit not in open_units:
        errors["owner_direction_id"] = "Cette direction n'existe pas, ou elle est fermée."
    return errors


def _missing(typed: PlanSchedule) -> dict[str, str]:
    """A milestone needs dates, an owner, and a reason for each change."""
    sentences = {
        "start": "Donnez le début.",
        "end": "Donnez l'échéance.",
        "owner": f"Nommez le porteur, en {OWNER_MAX} caractères au plus.",
        "reason": "Donnez la raison de la révision : elle se lit dans la liste.",
    }
    texts = {name: clean_text(getattr(typed, name)) for name in _TEXTS}
    values = {"start": typed.start, "end": typed.end} | texts
    return {name: sentence for name, sentence in sentences.items() if not values[name]}


_TEXTS = {"owner": ("Le porteur", OWNER_MAX), "reason": ("La raison", REASON_MAX)}


def _too_long(typed: PlanSchedule) -> dict[str, str]:
    return {
        name: f"{what} peut compter {most} caractères au plus."
        for name, (what, most) in _TEXTS.items()
        if len(getattr(typed, name) or "") > most
    }


def _wrong_dates(plan: Plan, typed: PlanSchedule) -> dict[str, str]:
    errors = far_days(plan.level, {"start": typed.start, "end": typed.end})
    if not errors and typed.start and typed.end and typed.end < typed.start:
        errors["end"] = "L'échéance ne peut pas tomber avant le début."
    return errors
