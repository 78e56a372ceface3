"""Acts on the plans of the tree as such, milestones (jalons) and elements of the PST (projets):
creating, renaming, moving one; cancelling or deleting a milestone. What happens to a plan from then
on (reports, revisions) is in `reports` and `revisions`.
"""

import re
from collections.abc import Collection
from datetime import date

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, delete, func, select

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.roadmap.records import (
    held_milestone,
    held_plan,
    is_positive,
    last_report,
    named,
    note_changes,
)
from dashboard.actions.roadmap.reports import write_report
from dashboard.actions.roadmap.revisions import schedule_faults, write_schedule
from dashboard.files.plans import PROPOSED_FROM, proposed
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.roadmap import period_of
from models.clock import add_months, today
from models.discussions import Contribution, Subject, SubjectFollow, SubjectSupport
from models.errors import Invalid, Refused, refuse
from models.links import Link
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
from models.texts import clean_text, clean_title, too_long

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
    session: Session, reader: Reader, given: Plan, schedule: PlanSchedule | None = None
) -> Plan:
    """Créer un jalon, with its first calendar (baseline), or un projet du PST. Raises Invalid per
    field.
    """
    require(reader, "milestone.revise")
    plan = Plan(level=given.level, number=_number(given), title="")
    errors = plan_faults(session, plan, given)
    schedule = schedule or PlanSchedule()
    schedule.reason = FIRST_CALENDAR
    if plan.is_milestone:
        errors |= schedule_faults(session, plan, schedule)
    refuse(errors)
    return write_new_plan(session, reader, given, schedule)


def take_proposed(session: Session, reader: Reader, numbers: Collection[str]) -> list[str]:
    """Reprendre des jalons proposés, moved to the days of this programme; a number that is taken
    already stays as it is. Gives the numbers of those that are new.
    """
    require(reader, "milestone.revise")
    known = set(session.exec(select(Plan.number).where(IS_MILESTONE)).all())
    months = _months_from(PROPOSED_FROM, programmes(session).first_day)
    taken = []
    for row in proposed():
        number = str(row.get("number"))
        if number not in numbers or number in known:
            continue
        given = Plan(
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
            taken.append(create_plan(session, reader, given, schedule).number)
        except Invalid as error:
            reason = next(iter(error.errors.values()))
            raise Refused(f"Jalon proposé {number} : {reason}") from error
    return taken


def _months_from(first: date, second: date) -> int:
    return 12 * (second.year - first.year) + second.month - first.month


def write_new_plan(
    session: Session,
    reader: Reader,
    given: Plan,
    schedule: PlanSchedule,
    since: date | None = None,
) -> Plan:
    """A plan whose fields have been checked: its record, its first calendar, the journal; `since`
    is the day from which it counts. Raises Invalid where somebody takes its number at this very
    moment.
    """
    last = session.exec(select(func.max(Plan.position))).one() or 0
    plan = Plan(number=_number(given), position=last + 1, **_values(given))
    try:
        # A savepoint: PostgreSQL would otherwise give up the whole transaction.
        with session.begin_nested():
            session.add(plan)
    except IntegrityError as error:
        raise Invalid({"number": _taken(plan)}) from error
    day = today(session)
    what = "jalon" if plan.is_milestone else "projet"
    note(session, reader, day, plan.in_journal, plan.number, what, None, plan.title)
    if plan.is_milestone:
        since = since or first_day(session, plan.workstream_id, day)
    write_schedule(session, reader, plan, schedule, since)
    return plan


def first_day(session: Session, workstream_id: int, day: date) -> date:
    """From which day a new milestone counts. While its programme is being prepared, from that
    programme's first day, and from today where it has not come; once something was reported of the
    programme, from today, so that no figure of the past moves.
    """
    period = period_of(session, workstream_id)
    streams = session.exec(select(Workstream)).all()
    own = [stream.id for stream in streams if period_of(session, stream.id) == period]
    reported = (
        select(PlanReport.id)
        .join(Plan, Plan.id == PlanReport.plan_id)
        .where(Plan.workstream_id.in_(own))
    )
    if session.exec(reported.limit(1)).first() is not None:
        return day
    return min(period.first_day, day)


def text_values(plan: Plan) -> dict[str, object]:
    """What a plan is, as the form of its text shows it."""
    return {name: getattr(plan, name) for name in WORDS}


def as_given(plan: Plan, **changes: object) -> Plan:
    """What a plan is, as its form would give it, but for what changes."""
    return Plan(**{"number": plan.number} | text_values(plan) | changes)


def change_plan(
    session: Session,
    reader: Reader,
    plan_id: int,
    given: Plan,
    allowed: Collection[str] = (),
    *,
    read: str | None = None,
) -> None:
    """Renommer, déplacer ou lier un jalon ou un projet; the journal keeps what it was. `allowed`
    are the figures that it may be tied to: those of the roadmap are not among them, since progress
    would follow from progress. Raises Invalid per field, EditConflict.
    """
    require(reader, "milestone.revise")
    plan = held_plan(session, plan_id)
    last = last_change(session, plan.in_journal, plan.number)
    refuse_conflict(session, reader, read, text_values(plan), last)
    refuse(plan_faults(session, plan, given) | _wrong_tie(plan, given, allowed))
    changed = write_text(session, reader, plan, given)
    refuse({"form": not changed and "Rien ne change."})


def write_text(session: Session, reader: Reader, plan: Plan, given: Plan) -> bool:
    """Writes what differs, each with its line in the journal; whether anything did."""
    changed = text_changes(plan, given)
    note_changes(session, reader, plan, changed)
    for name, (_, value) in changed.items():
        setattr(plan, name, value)
    session.add(plan)
    session.flush()
    return bool(changed)


def text_changes(plan: Plan, given: Plan) -> dict[str, tuple[object, object]]:
    """Field → what it is and what it would be, of those that differ."""
    pairs = {name: (getattr(plan, name), value) for name, value in _values(given).items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _values(given: Plan) -> dict[str, object]:
    """What is given, as it is stored."""
    values = {name: getattr(given, name) for name in WORDS}
    values |= {name: clean_text(getattr(given, name)) for name in ("objective", "example")}
    values |= {"title": clean_title(given.title), "level": str(given.level)}
    if not given.figure:
        return values | {"figure": None, "threshold": None, "by_count": False}
    return values | {"threshold": float(given.threshold)}


def _number(given: Plan) -> str:
    number = given.number.strip()
    return number if given.level == PlanLevel.milestone else number.upper()


def cancel_milestone(session: Session, reader: Reader, plan_id: int, reason: str) -> None:
    """Annuler un jalon: from today it leaves the weight, and its past stays. Raises Invalid without
    a reason, Refused where it is done or cancelled already.
    """
    require(reader, "milestone.revise")
    plan = held_milestone(session, plan_id)
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
    """Supprimer un jalon that nothing was ever said of; the journal keeps its title. Raises Refused
    where it has a report, a status, a link, a wait, a talk or a revision: it is then cancelled
    instead.
    """
    require(reader, "milestone.revise")
    plan = held_milestone(session, plan_id)
    if has_history(session, plan):
        raise Refused(
            f"{named(plan)} a une histoire (rapport, révision, statut, lien ou parole) :"
            " annulez-le, il restera lisible."
        )
    session.exec(delete(PlanSchedule).where(PlanSchedule.plan_id == plan_id))
    day = today(session)
    note(session, reader, day, plan.in_journal, plan.number, "jalon", plan.title, None)
    session.delete(plan)


def has_history(session: Session, milestone: Plan) -> bool:
    """Whether anything was said of it besides its first calendar."""
    subject = f"jalon:{milestone.number}"
    linked = (Link.from_kind == "jalon") & (Link.from_key == milestone.number)
    linked |= (Link.to_kind == "jalon") & (Link.to_key == milestone.number)
    waits = PlanWait.plan_id == milestone.id
    waits |= PlanWait.waits_for_id == milestone.id
    calendars = select(func.count(PlanSchedule.id)).where(PlanSchedule.plan_id == milestone.id)
    mentions = (
        select(Override.id).where(Override.subject == subject),
        select(Link.id).where(linked),
        select(PlanWait.id).where(waits),
        _talk(Contribution, milestone),
        _talk(SubjectSupport, milestone),
        _talk(SubjectFollow, milestone),
    )
    return (
        _is_reported(session, milestone.id)
        or session.exec(calendars).one() > 1
        or any(session.exec(one.limit(1)).first() is not None for one in mentions)
    )


def _talk(table: type[Contribution | SubjectSupport | SubjectFollow], milestone: Plan) -> Select:
    return select(table.person_id).where(
        table.subject == Subject.milestone, table.key == milestone.number
    )


# --- rules ----------------------------------------------------------------------------------------


def plan_faults(session: Session, plan: Plan, given: Plan) -> dict[str, str]:
    """What is wrong with a plan, new or known, field by field."""
    is_titled = 0 < len(clean_title(given.title)) <= TITLE_MAX
    is_known = given.ambition_id is None or session.get(Ambition, given.ambition_id)
    faults = {
        "title": not is_titled and f"Donnez un titre, de {TITLE_MAX} caractères au plus.",
        "objective": too_long(given.objective, TEXT_MAX),
        "example": too_long(given.example, TEXT_MAX),
        "ambition_id": not is_known and "Cette ambition n'existe pas.",
    }
    errors = {name: said for name, said in faults.items() if said}
    of_level = _of_milestone if plan.is_milestone else _of_element
    return errors | _wrong_number(session, plan, given) | of_level(session, plan, given)


def _wrong_number(session: Session, plan: Plan, given: Plan) -> dict[str, str]:
    number = _number(given)
    form, most = (_NUMBER, NUMBER_MAX) if plan.is_milestone else (_CODE, CODE_MAX)
    example = "2.7" if plan.is_milestone else "SNB"
    if not form.fullmatch(number) or len(number) > most:
        sentence = f"Donnez un code court, comme « {example} » ({most} signes au plus)."
        return {"number": sentence}
    if plan.id is not None and plan.number != number:
        return {"number": "Le code ne change plus : des liens et des points le nomment."}
    same_kind = IS_MILESTONE if plan.is_milestone else IS_ELEMENT
    other = select(Plan.id).where(same_kind, Plan.number == number, Plan.id != (plan.id or 0))
    return {"number": _taken(plan)} if session.exec(other).first() else {}


def _taken(plan: Plan) -> str:
    what = "Le numéro" if plan.is_milestone else "Le code"
    owner = "d'un jalon" if plan.is_milestone else "d'un projet"
    return f"{what} {plan.number} est déjà celui {owner}."


def _wrong_tie(plan: Plan, given: Plan, allowed: Collection[str]) -> dict[str, str]:
    if not given.figure:
        return {}
    errors = {}
    if given.figure not in (plan.figure, *allowed):
        errors["figure"] = (
            "Ce chiffre ne peut pas servir : il n'existe pas, ou il vient de la feuille de route"
            " elle-même."
        )
    if not is_positive(given.threshold):
        errors["threshold"] = "Donnez un seuil plus grand que zéro."
    return errors


def _of_milestone(session: Session, plan: Plan, given: Plan) -> dict[str, str]:
    """It stays in its programme, and on its ladder once it was reported."""
    if given.workstream_id is None or session.get(Workstream, given.workstream_id) is None:
        return {"workstream_id": "Choisissez le chantier."}
    if plan.id is None:
        return {}
    errors = {}
    if period_of(session, given.workstream_id) != period_of(session, plan.workstream_id):
        errors["workstream_id"] = (
            "Ce chantier est d'un autre programme : un jalon reste dans le sien."
        )
    if given.ladder != plan.ladder and _is_reported(session, plan.id):
        errors["ladder"] = (
            "Ce jalon a déjà un rapport : changer son échelle changerait l'avancement du passé."
        )
    return errors


def _of_element(session: Session, plan: Plan, given: Plan) -> dict[str, str]:
    """It stands below one of the level above its own, and takes what is below it along."""
    below = select(Plan.number).where(Plan.parent_id == (plan.id or 0)).order_by(Plan.id)
    if plan.level != given.level and (child := session.exec(below).first()):
        return {"level": f"{child} se trouve sous ce projet : son niveau ne change pas."}
    if given.parent_id is None:
        return {}
    parent = session.get(Plan, given.parent_id)
    if parent is None or parent.is_milestone:
        return {"parent_id": "Ce projet n'existe pas."}
    if plan.id is not None and plan.id in _chain(session, parent):
        return {"parent_id": f"{parent.number} se trouve lui-même sous ce projet."}
    if wrong := wrong_place(given.level, parent.number, parent.level):
        return {"parent_id": wrong}
    return {}


def wrong_place(level: PlanLevel, parent: str, above: str) -> str:
    """Why an element of this level does not stand below one of that level; empty where it does."""
    place = PST_LEVELS.index(level)
    if place == 0:
        return "Un objectif stratégique n'est sous aucun autre projet."
    needed = PST_LEVELS[place - 1]
    if above == needed:
        return ""
    # What a hand in the database left there is told as it is.
    has = PlanLevel(above).label.lower() if above in PST_LEVELS else above
    return (
        f"{PlanLevel(level).label} : se place sous un « {needed.label.lower()} », et {parent} est"
        f" de niveau « {has} »."
    )


def _chain(session: Session, plan: Plan | None) -> set[int]:
    """The ids of a plan and of what stands above it."""
    found: set[int] = set()
    while plan is not None and plan.id not in found:
        found.add(plan.id)
        plan = session.get(Plan, plan.parent_id) if plan.parent_id else None
    return found


def next_number(session: Session, workstream_id: int) -> str:
    """« 2.9 » where 2.8 is the last of the second workstream."""
    numbers = session.exec(select(Plan.number).where(Plan.workstream_id == workstream_id)).all()
    ends = [number.rpartition(".")[2] for number in numbers]
    last = max((int(end) for end in ends if end.isdecimal()), default=0)
    return f"{workstream_id}.{last + 1}"


def _is_reported(session: Session, plan_id: int) -> bool:
    reports = select(PlanReport.id).where(PlanReport.plan_id == plan_id)
    return session.exec(reports.limit(1)).first() is not None
