"""Acts on plans, i.e. milestones (jalons) and elements of the PST (projets): creating, renaming and
moving them; cancelling or deleting a milestone. Reports and revisions are in `reports` and
`revisions`.
"""

import re
from collections.abc import Collection
from datetime import date

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, delete, func, select

from dashboard.access import Reader, require
from dashboard.actions.acts import note, refuse_conflict
from dashboard.actions.roadmap.records import (
    is_positive,
    last_report,
    lock_milestone,
    lock_plan,
    named,
    note_changes,
    schedule_faults,
    write_schedule,
)
from dashboard.actions.roadmap.reports import write_report
from dashboard.figures.forecast import tieable
from dashboard.files.registers import PROPOSED_FROM, proposed
from dashboard.queries.journal import last_change
from dashboard.queries.roadmap import period_of
from models.clock import add_months, today
from models.discussions import Contribution, Link, Subject, SubjectFollow, SubjectSupport
from models.programmes import programmes
from models.roadmap import (
    ENDED,
    IS_ELEMENT,
    IS_MILESTONE,
    PST_LEVELS,
    Ambition,
    MilestoneState,
    Override,
    Plan,
    PlanLevel,
    PlanReport,
    PlanSchedule,
    PlanWait,
    Workstream,
)
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long

NUMBER_MAX = 12
CODE_MAX = 30
TITLE_MAX = 200
TEXT_MAX = 1000
REASON_MAX = 500
FIRST_CALENDAR = "Premier calendrier"
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]*")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9\-]*")
WORDS = ("title", "ladder", "workstream_id", "level", "parent_id", "ambition_id")
WORDS += ("objective", "example", "figure", "threshold", "by_count")


def create_plan(
    session: Session, reader: Reader, typed: Plan, schedule: PlanSchedule | None = None
) -> Plan:
    """Créer un jalon, with its first calendar (baseline), or un projet du PST. Raises Invalid per
    field.
    """
    require(reader, "milestone.revise")
    plan = Plan(level=typed.level, number=_number(typed), title="")
    errors = plan_faults(session, plan, typed)
    schedule = schedule or PlanSchedule()
    schedule.reason = FIRST_CALENDAR
    if plan.is_milestone:
        errors |= schedule_faults(session, plan, schedule)
    refuse(errors)
    return write_new_plan(session, reader, typed, schedule)


def take_proposed(session: Session, reader: Reader, numbers: Collection[str]) -> list[str]:
    """Reprendre des jalons proposés, shifted to this programme's dates; existing numbers are
    skipped. Returns the new numbers.
    """
    require(reader, "milestone.revise")
    existing = set(session.exec(select(Plan.number).where(IS_MILESTONE)))
    second = programmes(session).first_day
    months = 12 * (second.year - PROPOSED_FROM.year) + second.month - PROPOSED_FROM.month
    created = []
    for row in proposed():
        number = str(row.get("number"))
        if number not in numbers or number in existing:
            continue
        typed = Plan(
            number=number,
            title=str(row.get("title")),
            workstream_id=int(row.get("workstream")),
            ladder=bool(row.get("ladder")),
        )
        schedule = PlanSchedule(
            start=add_months(row.get("start"), months),
            end=add_months(row.get("end"), months),
            weight=row.get("weight"),
            critical=bool(row.get("critical")),
            owner=str(row.get("owner", "")),
        )
        try:
            created.append(create_plan(session, reader, typed, schedule).number)
        except Invalid as error:
            reason = next(iter(error.errors.values()))
            raise Refused(f"Jalon proposé {number} : {reason}") from error
    return created


def write_new_plan(
    session: Session,
    reader: Reader,
    typed: Plan,
    schedule: PlanSchedule,
    since: date | None = None,
) -> Plan:
    """Stores a checked plan, its first calendar and its journal line; `since` is the day from which
    it counts. Raises Invalid where its number was taken meanwhile.
    """
    last = session.scalar(select(func.max(Plan.position))) or 0
    plan = Plan(number=_number(typed), position=last + 1, **_values(typed))
    try:
        # A savepoint: PostgreSQL would otherwise abort the whole transaction.
        with session.begin_nested():
            session.add(plan)
    except IntegrityError as error:
        raise Invalid({"number": _number_taken(plan)}) from error
    day = today(session)
    what = "jalon" if plan.is_milestone else "projet"
    note(session, reader, plan.in_journal, plan.number, what, None, plan.title)
    if plan.is_milestone:
        since = since or first_day(session, plan.workstream_id, day)
    write_schedule(session, reader, plan, schedule, since)
    return plan


def first_day(session: Session, workstream_id: int, day: date) -> date:
    """The day from which a new milestone counts: the programme's first day (at the latest today)
    while it is being prepared; today once anything was reported in it, so that no past figure
    changes.
    """
    period = period_of(session, workstream_id)
    streams = session.exec(select(Workstream)).all()
    stream_ids = [stream.id for stream in streams if period_of(session, stream.id) == period]
    reported = (
        select(PlanReport.id)
        .join(Plan, Plan.id == PlanReport.plan_id)
        .where(Plan.workstream_id.in_(stream_ids))
    )
    if session.scalar(reported.limit(1)) is not None:
        return day
    return min(period.first_day, day)


def text_values(plan: Plan) -> dict[str, object]:
    """The fields of a plan's text form."""
    return {name: getattr(plan, name) for name in WORDS}


def as_given(plan: Plan, **changes: object) -> Plan:
    """The plan as its form would send it, with these changes."""
    return Plan(**{"number": plan.number} | text_values(plan) | changes)


def change_plan(
    session: Session,
    reader: Reader,
    plan_id: int,
    typed: Plan,
    *,
    read: str | None = None,
) -> None:
    """Renommer, déplacer ou lier un jalon ou un projet; the journal stores the previous values.
    Raises Invalid per field, EditConflict.
    """
    require(reader, "milestone.revise")
    plan = lock_plan(session, plan_id)
    last = last_change(session, plan.in_journal, plan.number)
    refuse_conflict(session, reader, read, text_values(plan), last)
    faults = plan_faults(session, plan, typed)
    if typed.figure:
        is_known = typed.figure in (plan.figure, *tieable())
        is_reachable = is_positive(typed.threshold)
        faults["figure"] = not is_known and (
            "Ce chiffre ne peut pas servir : il n'existe pas, ou il vient de la feuille de route"
            " elle-même."
        )
        faults["threshold"] = not is_reachable and "Donnez un seuil plus grand que zéro."
    refuse(faults)
    changed = write_text(session, reader, plan, typed)
    refuse({"form": not changed and "Rien ne change."})


def write_text(session: Session, reader: Reader, plan: Plan, typed: Plan) -> bool:
    """Writes the fields that differ, each with a journal line; returns whether any did."""
    changed = text_changes(plan, typed)
    note_changes(session, reader, plan, changed)
    for name, (_, value) in changed.items():
        setattr(plan, name, value)
    session.flush()
    return bool(changed)


def text_changes(plan: Plan, typed: Plan) -> dict[str, tuple[object, object]]:
    """Field → (present, new) value, for those that differ."""
    pairs = {name: (getattr(plan, name), value) for name, value in _values(typed).items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _values(typed: Plan) -> dict[str, object]:
    """The typed values as they are stored."""
    values = {name: getattr(typed, name) for name in WORDS}
    values |= {name: clean_text(getattr(typed, name)) for name in ("objective", "example")}
    values |= {"title": clean_title(typed.title), "level": str(typed.level)}
    if not typed.figure:
        return values | {"figure": None, "threshold": None, "by_count": False}
    return values | {"threshold": float(typed.threshold)}


def _number(typed: Plan) -> str:
    number = typed.number.strip()
    return number if typed.level == PlanLevel.milestone else number.upper()


def cancel_milestone(session: Session, reader: Reader, plan_id: int, reason: str) -> None:
    """Annuler un jalon: from today it no longer has a weight; its past remains. Raises Invalid
    without a reason, Refused where it is done or already cancelled.
    """
    require(reader, "milestone.revise")
    plan = lock_milestone(session, plan_id)
    last = last_report(session, plan_id, today(session))
    if last and last.state in ENDED:
        state = MilestoneState(last.state).label.lower()
        raise Refused(f"{named(plan)} est {state} : il ne s'annule plus.")
    words = clean_text(reason)
    nothing = "Dites pourquoi : la raison se lit dans la feuille de route."
    refuse({"reason": too_long(words, REASON_MAX, "La raison") if words else nothing})
    progress = last.progress if last else 0
    report = PlanReport(state=MilestoneState.cancelled, progress=progress, comment=words)
    write_report(session, reader, plan, report, last)


def delete_milestone(session: Session, reader: Reader, plan_id: int) -> None:
    """Supprimer un jalon without any history; the journal stores its title. Raises Refused where it
    has a report, a status, a link, a dependency, a discussion or a revision: it can be cancelled.
    """
    require(reader, "milestone.revise")
    plan = lock_milestone(session, plan_id)
    subject = f"jalon:{plan.number}"
    linked = (Link.from_kind == "jalon") & (Link.from_key == plan.number)
    linked |= (Link.to_kind == "jalon") & (Link.to_key == plan.number)
    waits = PlanWait.plan_id == plan.id
    waits |= PlanWait.waits_for_id == plan.id
    calendars = select(func.count(PlanSchedule.id)).where(PlanSchedule.plan_id == plan.id)
    mentions = (
        select(Override.id).filter_by(subject=subject),
        select(Link.id).where(linked),
        select(PlanWait.id).where(waits),
        _talks(Contribution, plan),
        _talks(SubjectSupport, plan),
        _talks(SubjectFollow, plan),
    )
    if (
        _is_reported(session, plan.id)
        or session.scalar(calendars) > 1
        or any(session.exec(mention.limit(1)).first() is not None for mention in mentions)
    ):
        raise Refused(
            f"{named(plan)} a une histoire (rapport, révision, statut, lien ou parole) :"
            " annulez-le, il restera lisible."
        )
    session.exec(delete(PlanSchedule).filter_by(plan_id=plan_id))
    note(session, reader, plan.in_journal, plan.number, "jalon", plan.title, None)
    session.delete(plan)


def _talks(table: type[Contribution | SubjectSupport | SubjectFollow], milestone: Plan) -> Select:
    return select(table.person_id).where(
        table.subject == Subject.milestone, table.key == milestone.number
    )


# --- rules ----------------------------------------------------------------------------------------


def plan_faults(session: Session, plan: Plan, typed: Plan) -> dict[str, str]:
    """What is wrong with a new or existing plan, by field."""
    is_titled = 0 < len(clean_title(typed.title)) <= TITLE_MAX
    is_known = typed.ambition_id is None or session.get(Ambition, typed.ambition_id)
    faults = {
        "title": not is_titled and f"Donnez un titre, de {TITLE_MAX} caractères au plus.",
        "objective": too_long(typed.objective, TEXT_MAX),
        "example": too_long(typed.example, TEXT_MAX),
        "ambition_id": not is_known and "Cette ambition n'existe pas.",
    }
    of_level = _of_milestone if plan.is_milestone else _of_element
    return faults | _wrong_number(session, plan, typed) | of_level(session, plan, typed)


def _wrong_number(session: Session, plan: Plan, typed: Plan) -> dict[str, str]:
    number = _number(typed)
    form, most = (_NUMBER, NUMBER_MAX) if plan.is_milestone else (_CODE, CODE_MAX)
    example = "2.7" if plan.is_milestone else "OO3-A1"
    if not form.fullmatch(number) or len(number) > most:
        return {"number": f"Donnez un code court, comme « {example} » ({most} signes au plus)."}
    if plan.id is not None and plan.number != number:
        return {"number": "Le code ne change plus : des liens et des points le nomment."}
    same_kind = IS_MILESTONE if plan.is_milestone else IS_ELEMENT
    duplicate = select(Plan.id).filter_by(number=number).where(same_kind, Plan.id != (plan.id or 0))
    return {"number": _number_taken(plan)} if session.scalar(duplicate) else {}


def _number_taken(plan: Plan) -> str:
    what = "Le numéro" if plan.is_milestone else "Le code"
    owner = "d'un jalon" if plan.is_milestone else "d'un projet"
    return f"{what} {plan.number} est déjà celui {owner}."


def _of_milestone(session: Session, plan: Plan, typed: Plan) -> dict[str, str]:
    """A milestone cannot change programme, nor scale once it was reported."""
    if typed.workstream_id is None or session.get(Workstream, typed.workstream_id) is None:
        return {"workstream_id": "Choisissez le chantier."}
    if plan.id is None:
        return {}
    period = period_of(session, plan.workstream_id)
    is_elsewhere = period_of(session, typed.workstream_id) != period
    away = "Ce chantier est d'un autre programme : un jalon reste dans le sien."
    is_rescaled = typed.ladder != plan.ladder and _is_reported(session, plan.id)
    scale = "Ce jalon a déjà un rapport : changer son échelle changerait l'avancement du passé."
    return {"workstream_id": is_elsewhere and away, "ladder": is_rescaled and scale}


def _of_element(session: Session, plan: Plan, typed: Plan) -> dict[str, str]:
    """An element's parent is of the level above; its children move with it."""
    below = select(Plan.number).filter_by(parent_id=plan.id or 0).order_by(Plan.id)
    if plan.level != typed.level and (child := session.scalar(below)):
        return {"level": f"{child} se trouve sous ce projet : son niveau ne change pas."}
    if typed.parent_id is None:
        return {}
    parent = session.get(Plan, typed.parent_id)
    if parent is None or parent.is_milestone:
        return {"parent_id": "Ce projet n'existe pas."}
    if plan.id is not None and plan.id in _chain(session, parent):
        return {"parent_id": f"{parent.number} se trouve lui-même sous ce projet."}
    if wrong := wrong_place(typed.level, parent.number, parent.level):
        return {"parent_id": wrong}
    return {}


def wrong_place(level: PlanLevel, parent: str, above: str) -> str:
    """Why an element of this level cannot be under one of that level; empty where it can."""
    place = PST_LEVELS.index(level)
    if place == 0:
        return "Un objectif stratégique n'est sous aucun autre projet."
    needed = PST_LEVELS[place - 1]
    if above == needed:
        return ""
    # An unknown level, edited in the database, is shown as is.
    has = PlanLevel(above).label.lower() if above in PST_LEVELS else above
    return (
        f"{PlanLevel(level).label} : se place sous un « {needed.label.lower()} », et {parent} est"
        f" de niveau « {has} »."
    )


def _chain(session: Session, plan: Plan | None) -> set[int]:
    """The ids of a plan and of its ancestors."""
    ids: set[int] = set()
    while plan is not None and plan.id not in ids:
        ids.add(plan.id)
        plan = session.get(Plan, plan.parent_id) if plan.parent_id else None
    return ids


def next_number(session: Session, workstream_id: int) -> str:
    """The next free number: « 2.9 » where 2.8 is the last of the second workstream."""
    numbers = session.exec(select(Plan.number).filter_by(workstream_id=workstream_id)).all()
    ends = [number.rpartition(".")[2] for number in numbers]
    last = max((int(end) for end in ends if end.isdecimal()), default=0)
    return f"{workstream_id}.{last + 1}"


def _is_reported(session: Session, plan_id: int) -> bool:
    reports = select(PlanReport.id).filter_by(plan_id=plan_id)
    return session.scalar(reports.limit(1)) is not None
