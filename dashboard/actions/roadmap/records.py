"""Shared by the acts on a plan: the locked record, its current facts, the dates and numbers
allowed.
"""

from collections.abc import Sequence
from datetime import date
from math import isfinite

from sqlmodel import Session, func, select

from dashboard.access import Reader, require
from dashboard.actions.acts import (
    add_fact,
    add_record,
    lock_record,
    note,
    refuse_conflict,
    write_changes,
)
from dashboard.actions.registers import save_record
from dashboard.queries.directions import organisation
from dashboard.queries.journal import last_change, last_recorded
from dashboard.queries.reference_tables import WORKSTREAMS
from dashboard.queries.roadmap import UNPLANNED
from models.clock import today
from models.decisions import Instance
from models.directions import Direction
from models.facts import facts_of
from models.ledger import Change
from models.programmes import Period, Programme, Programmes, programmes
from models.roadmap import (
    ENDED,
    Ambition,
    MilestoneState,
    Plan,
    PlanLevel,
    PlanReport,
    PlanSchedule,
    Workstream,
)
from models.scales import Word
from models.texts import Refused, clean_text, clean_title, refuse, too_long

# A mistyped year would stretch every chart; PST elements are in none.
EARLIEST = date(2020, 1, 1)
LATEST = date(2035, 12, 31)


def lock_plan(session: Session, plan_id: int) -> Plan:
    """The plan, locked until the transaction ends."""
    return lock_record(session, Plan, plan_id, "Ce jalon ou ce projet n'existe pas.")


def lock_milestone(session: Session, plan_id: int) -> Plan:
    """The milestone, locked until the transaction ends."""
    plan = lock_plan(session, plan_id)
    if not plan.is_milestone:
        raise Refused("Ce jalon n'existe pas.")
    return plan


def named(plan: Plan) -> str:
    """« Le jalon 1.7 », « Le projet SNB »."""
    return f"Le {'jalon' if plan.is_milestone else 'projet'} {plan.number}"


def can_undo(last, reader: Reader, day: date) -> bool:
    """Whether the reader may undo this report or revision (None: none exists): its author, on the
    same day.
    """
    return (
        last is not None
        and last.recorded_on == day
        and reader.person_id is not None
        and last.by == reader.person_id
    )


def is_positive(number: float | None) -> bool:
    return number is not None and isfinite(number) and number > 0


def schedules(session: Session, plan_id: int, on: date) -> Sequence[PlanSchedule]:
    """The schedules of a plan, oldest first."""
    return facts_of(session, PlanSchedule, plan_id, on)


def last_report(session: Session, plan_id: int, on: date) -> PlanReport | None:
    return next(reversed(facts_of(session, PlanReport, plan_id, on)), None)


def bounds_of(level: str) -> tuple[date, date]:
    """The first and last dates allowed for a plan of this level."""
    return (
        (EARLIEST, LATEST)
        if level == PlanLevel.milestone
        else (date(2000, 1, 1), date(2060, 12, 31))
    )


def far_days(level: str, days: dict[str, date | None]) -> dict[str, str]:
    """Errors by field for dates outside those bounds."""
    first, last = bounds_of(level)
    sentence = f"Les dates vont du {first:%d/%m/%Y} au {last:%d/%m/%Y}."
    far = [name for name, day in days.items() if day is not None and not first <= day <= last]
    return dict.fromkeys(far, sentence)


_TABLES = {"owner_direction_id": Direction, "ambition_id": Ambition}


def note_changes(
    session: Session, reader: Reader, plan: Plan, changes: dict[str, tuple[object, object]]
) -> None:
    """A journal line per field with its previous and new value; other records by their code."""
    for name, values in changes.items():
        texts = [_in_journal(session, name, value) for value in values]
        note(session, reader, plan.in_journal, plan.number, name, *texts)


def _in_journal(session: Session, name: str, value: object) -> object:
    if name == "level":
        return PlanLevel(value).label if value in list(PlanLevel) else value
    if name == "parent_id" and value:
        return session.get(Plan, value).number
    if name in _TABLES and value:
        return session.get(_TABLES[name], value).code
    text = value.label if isinstance(value, Word) else value
    return None if text == "" else text


REASON_MAX = 500
OWNER_MAX = 120
WEIGHT_MAX = 100
REVISED = ("start", "end", "weight", "critical", "budget", "owner", "owner_direction_id")


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
    void_schedule(session, reader, plan, last, "Révision annulée par son auteur")


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
    far = far_days(plan.level, {"start": typed.start, "end": typed.end})
    is_backwards = typed.start and typed.end and typed.end < typed.start
    is_weight = is_positive(typed.weight) and typed.weight <= WEIGHT_MAX
    is_amount = typed.budget is None or (isfinite(typed.budget) and 0 <= typed.budget <= 1e10)
    unit = typed.owner_direction_id
    open_units = organisation(session).at(today(session)).by_id
    is_open = unit in (None, now.owner_direction_id) or unit in open_units
    owner, reason = typed.owner or "", typed.reason or ""
    faults = {
        "end": is_backwards and "L'échéance ne peut pas tomber avant le début.",
        "owner": too_long(owner, OWNER_MAX, "Le porteur"),
        "reason": too_long(reason, REASON_MAX, "La raison"),
        "weight": not is_weight and f"Le poids est plus grand que 0 et vaut {WEIGHT_MAX} au plus.",
        "budget": not is_amount and "Le budget est un montant en euros, de 0 à 10 milliards.",
        "owner_direction_id": not is_open and "Cette direction n'existe pas, ou elle est fermée.",
    }
    # A milestone needs dates, an owner, and a reason for each change.
    missing = {
        "start": not typed.start and "Donnez le début.",
        "end": not typed.end and "Donnez l'échéance.",
        "owner": not clean_text(owner) and f"Nommez le porteur, en {OWNER_MAX} caractères au plus.",
        "reason": not clean_text(reason)
        and "Donnez la raison de la révision : elle se lit dans la liste.",
    }
    told = (missing, faults, far) if plan.is_milestone else (faults, far)
    return {name: sentence for errors in told for name, sentence in errors.items() if sentence}


NO_SUCH = "Ce programme n'existe pas."
NAME_MAX = 60
LAST_DAY = date(2060, 12, 31)
SUBJECT = "programme"


def create_programme(session: Session, reader: Reader, typed: Programme) -> Programme:
    """Préparer un programme. Raises Invalid per field, also where it overlaps another."""
    require(reader, "milestone.revise")
    refuse(_faults(programmes(session), typed, None))
    programme = add_record(
        session, Programme(**programme_values(typed) | {"name": clean_title(typed.name)})
    )
    note(
        session,
        reader,
        SUBJECT,
        programme.name,
        "créé",
        None,
        f"du {programme.first_day:%d/%m/%Y} au {programme.last_day:%d/%m/%Y}",
    )
    return programme


def programme_values(programme: Programme | Period) -> dict[str, object]:
    """The fields of a programme's form."""
    return {name: getattr(programme, name) for name in ("name", "first_day", "last_day")}


def change_programme(
    session: Session,
    reader: Reader,
    programme_id: int,
    typed: Programme,
    *,
    read: str | None = None,
) -> None:
    """Changer le nom ou les dates d'un programme. Raises Invalid per field, EditConflict."""
    require(reader, "milestone.revise")
    programme = lock_record(session, Programme, programme_id, NO_SUCH)
    # The journal also has it under its previous names.
    renamed = select(Change.record).filter_by(subject=SUBJECT, field="name", after=programme.name)
    last = last_change(session, SUBJECT, programme.name, *session.exec(renamed))
    refuse_conflict(session, reader, read, programme_values(programme), last)
    refuse(_faults(programmes(session), typed, programme.id))
    values = programme_values(typed) | {"name": clean_title(typed.name)}
    changes = write_changes(session, reader, (SUBJECT, programme.name), programme, values)
    refuse({"form": not changes and "Rien ne change : modifiez le nom ou une date."})


def add_workstream(
    session: Session, reader: Reader, programme_id: int, name: str, short_name: str
) -> Workstream:
    """Ajouter un chantier à un programme; its number follows the last one of all programmes. Raises
    Invalid per field.
    """
    require(reader, "milestone.revise")
    programme = lock_record(session, Programme, programme_id, NO_SUCH)
    last = session.scalar(select(func.max(Workstream.id))) or 0
    values = {"number": last + 1, "name": name, "short_name": short_name, "programme": programme.id}
    return save_record(session, reader, WORKSTREAMS, None, values)


# --- rules ----------------------------------------------------------------------------------------


def _faults(all_programmes: Programmes, typed: Programme, own_id: int | None) -> dict[str, str]:
    others = [period for period in all_programmes.periods if period.id != own_id]
    name = clean_title(typed.name)
    is_taken = name in {period.name for period in others}
    is_far = typed.last_day is None or typed.last_day > LAST_DAY
    long = f"Donnez un nom, de {NAME_MAX} caractères au plus."
    faults = {
        "name": (is_taken and f"Un programme s'appelle déjà « {name} ».")
        if 0 < len(name) <= NAME_MAX
        else long,
        "first_day": typed.first_day is None and "Donnez le premier jour.",
        "last_day": is_far and f"Donnez le dernier jour, au plus tard le {LAST_DAY:%d/%m/%Y}.",
    }
    return faults if any(faults.values()) else _faults_of_days(others, typed)


def _faults_of_days(others: list, typed: Programme) -> dict[str, str]:
    if typed.last_day <= typed.first_day:
        return {"last_day": "Le dernier jour vient après le premier."}
    for other in others:
        if typed.first_day <= other.last_day and other.first_day <= typed.last_day:
            return {
                "first_day": (
                    f"Ces dates chevauchent le programme « {other.name} », du"
                    f" {other.first_day:%d/%m/%Y} au {other.last_day:%d/%m/%Y}."
                )
            }
    return {}
