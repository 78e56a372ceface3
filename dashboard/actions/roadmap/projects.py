"""Acts on what is dated about a project of the PST: its plan (dates, budget, owner) and its reports
(state, progress), each a fact of its day; and the last of them undone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from math import isfinite

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.reference import held
from dashboard.actions.roadmap.records import can_undo
from dashboard.queries.directions import organisation
from dashboard.queries.edit_conflicts import LastWrite
from dashboard.queries.projects import Plan, Reported, plan_of, report_of
from models.clock import today
from models.directions import Direction
from models.errors import Invalid, Refused
from models.facts import counting
from models.ledger import bump
from models.roadmap import Project, ProjectPlan, ProjectReport, ProjectState
from models.texts import clean_text, clean_title

COMMENT_MAX = 2000
REASON_MAX = 500
OWNER_MAX = 120
BUDGET_MAX = 1e10
EARLIEST = date(2000, 1, 1)
LATEST = date(2060, 12, 31)
SUBJECT = "project"
_WHOLE = 100
_NOTHING = "Rien ne change."


@dataclass(frozen=True)
class PlanInput:
    """What the form of a plan asks; `reason` is why it changes, where somebody says so."""

    start: date | None = None
    end: date | None = None
    budget: float | None = None
    owner: str = ""
    owner_direction_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class ProgressInput:
    """What the form of a report asks; no progress where it is not known."""

    state: ProjectState
    progress: int | None = None
    comment: str = ""


# --- the plan -------------------------------------------------------------------------------------


def plan_stands(plan: Plan) -> dict[str, object]:
    """The plan in force, by the fields of the form: the budget as one types it."""
    budget = "" if plan.budget is None else f"{plan.budget:.15g}".replace(".", ",")
    return asdict(plan) | {"budget": budget}


def plan_project(
    session: Session,
    reader: Reader,
    project_id: int,
    given: PlanInput,
    *,
    read: str | None = None,
) -> None:
    """Planifier un projet: from today it has these dates, this budget and this owner. Raises
    Invalid per field, EditConflict.
    """
    require(reader, "milestone.revise")
    project = held(session, Project, project_id)
    now = plan_at(session, project_id, today(session))
    written = _last_writing(session, ProjectPlan, project_id)
    refuse_conflict(session, reader, read, plan_stands(now), written)
    errors = plan_faults(session, given, now)
    if errors:
        raise Invalid(errors)
    if write_plan(session, reader, project, given) is None:
        raise Invalid({"form": _NOTHING})


def plan_at(session: Session, project_id: int, on: date) -> Plan:
    """The plan in force."""
    return plan_of(_facts(session, ProjectPlan, project_id), on)


def plan_faults(session: Session, given: PlanInput, now: Plan) -> dict[str, str]:
    """What is wrong with a plan, field by field. The direction that it had may have closed since:
    only another one must stand.
    """
    errors = _wrong_days(given)
    if (wrong := _wrong_budget(given.budget)) is not None:
        errors["budget"] = wrong
    if len(given.owner) > OWNER_MAX:
        errors["owner"] = f"Le porteur se nomme en {OWNER_MAX} caractères au plus."
    if len(given.reason) > REASON_MAX:
        errors["reason"] = f"La raison peut compter {REASON_MAX} caractères au plus."
    open_units = organisation(session).at(today(session)).by_id
    unit = given.owner_direction_id
    if unit not in (None, now.owner_direction_id) and unit not in open_units:
        errors["owner_direction_id"] = "Cette direction n'existe pas, ou elle est fermée."
    return errors


def _wrong_days(given: PlanInput) -> dict[str, str]:
    far = f"Les dates vont du {EARLIEST:%d/%m/%Y} au {LATEST:%d/%m/%Y}."
    days = {"start": given.start, "end": given.end}
    errors = {
        name: far for name, day in days.items() if day is not None and not EARLIEST <= day <= LATEST
    }
    if not errors and given.start and given.end and given.end < given.start:
        return {"end": "La fin ne peut pas tomber avant le début."}
    return errors


def _wrong_budget(budget: float | None) -> str | None:
    if budget is None:
        return None
    if not isfinite(budget) or budget < 0:
        return "Le budget est un montant en euros, de zéro ou plus."
    return "Ce budget est trop grand." if budget > BUDGET_MAX else None


def write_plan(
    session: Session, reader: Reader, project: Project, given: PlanInput
) -> ProjectPlan | None:
    """A plan whose fields have been checked, from today; None where it says what is in force."""
    day = today(session)
    now = plan_at(session, project.id, day)
    wanted = Plan(
        given.start,
        given.end,
        None if given.budget is None else float(given.budget),
        clean_title(given.owner),
        given.owner_direction_id,
    )
    if wanted == now:
        return None
    fact = ProjectPlan(
        project_id=project.id,
        on=day,
        recorded_on=day,
        by=reader.person_id,
        reason=clean_text(given.reason) or None,
        **asdict(wanted),
    )
    session.add(fact)
    _told(session, reader, project, asdict(now), asdict(wanted))
    return fact


def undo_plan(session: Session, reader: Reader, project_id: int) -> None:
    """Annuler ce plan: the last one, one's own and of today, gives way to the one before it."""
    require(reader, "milestone.revise")
    project = held(session, Project, project_id)
    last = last_plan(session, project_id)
    if not can_undo(last, reader, today(session)):
        raise Refused(_not_undone(project))
    void_plan(session, reader, project, last, "Plan annulé par son auteur")


def last_plan(session: Session, project_id: int) -> ProjectPlan | None:
    """The plan in force as a fact; what only undoes one is none."""
    return next(reversed(_standing(session, ProjectPlan, project_id)), None)


def void_plan(
    session: Session, reader: Reader, project: Project, plan: ProjectPlan, reason: str
) -> None:
    """The last plan counts nowhere any more: from its own day, the one before it holds again."""
    day = plan.on
    before = [fact for fact in _standing(session, ProjectPlan, project.id) if fact.id != plan.id]
    held_again = plan_of(before, day)
    session.add(
        ProjectPlan(
            project_id=project.id,
            on=day,
            recorded_on=today(session),
            by=reader.person_id,
            voids=plan.id,
            reason=reason,
            **asdict(held_again),
        )
    )
    _told(session, reader, project, asdict(plan_of([plan], day)), asdict(held_again), since=day)


# --- the report -----------------------------------------------------------------------------------


def progress_stands(report: Reported) -> dict[str, object]:
    """What was last reported, by the fields of the form."""
    return {"state": report.state, "progress": report.progress, "comment": report.comment}


def report_project(
    session: Session,
    reader: Reader,
    project_id: int,
    given: ProgressInput,
    *,
    read: str | None = None,
) -> None:
    """Rapport d'un projet: its state and progress of today. Raises Invalid per field,
    EditConflict.
    """
    require(reader, "milestone.revise")
    project = held(session, Project, project_id)
    now = progress_at(session, project_id, today(session))
    written = _last_writing(session, ProjectReport, project_id)
    refuse_conflict(session, reader, read, progress_stands(now), written)
    errors = progress_faults(given)
    if errors:
        raise Invalid(errors)
    if write_progress(session, reader, project, given) is None:
        raise Invalid({"form": _NOTHING})


def progress_at(session: Session, project_id: int, on: date) -> Reported:
    """The last report."""
    return report_of(_facts(session, ProjectReport, project_id), on)


def progress_faults(given: ProgressInput) -> dict[str, str]:
    """What is wrong with a report, field by field."""
    errors = {}
    if given.progress is not None and not 0 <= given.progress <= _WHOLE:
        errors["progress"] = "L'avancement va de 0 à 100 %."
    elif given.state is ProjectState.done and given.progress not in (None, _WHOLE):
        errors["progress"] = "Un projet terminé est à 100 %."
    if len(given.comment) > COMMENT_MAX:
        errors["comment"] = f"Le texte peut compter {COMMENT_MAX} caractères au plus."
    return errors


def write_progress(
    session: Session, reader: Reader, project: Project, given: ProgressInput
) -> ProjectReport | None:
    """A report whose fields have been checked, of today; None where it says what is known."""
    day = today(session)
    now = progress_at(session, project.id, day)
    is_done = given.state is ProjectState.done
    wanted = Reported(
        given.state, _WHOLE if is_done else given.progress, clean_text(given.comment), now.on
    )
    if wanted == now:
        return None
    fact = ProjectReport(
        project_id=project.id,
        on=day,
        recorded_on=day,
        by=reader.person_id,
        **progress_stands(wanted),
    )
    session.add(fact)
    _told(session, reader, project, progress_stands(now), progress_stands(wanted))
    return fact


def undo_progress(session: Session, reader: Reader, project_id: int) -> None:
    """Annuler ce rapport: the last one, one's own and of today, then counts nowhere."""
    require(reader, "milestone.revise")
    day = today(session)
    project = held(session, Project, project_id)
    said = [fact for fact in _standing(session, ProjectReport, project_id) if fact.state]
    last = next(reversed(said), None)
    if not can_undo(last, reader, day):
        raise Refused(_not_undone(project))
    session.add(
        ProjectReport(
            project_id=project_id,
            on=day,
            recorded_on=day,
            by=reader.person_id,
            state="",
            voids=last.id,
            reason="Rapport annulé par son auteur",
        )
    )
    before = progress_stands(report_of([last], day))
    _told(session, reader, project, before, progress_stands(report_of(said[:-1], day)))


# --- what both share ------------------------------------------------------------------------------


def _not_undone(project: Project) -> str:
    return (
        f"Ce qui a été enregistré en dernier sur le projet {project.code} ne peut pas être annulé :"
        " il faut que ce soit de vous et de ce jour."
    )


def _facts(session: Session, table: type, project_id: int) -> list:
    rows = session.exec(select(table).where(table.project_id == project_id)).all()
    return list(rows)


def _standing(session: Session, table: type, project_id: int) -> list:
    """What counts today, without what only undoes another."""
    facts = _facts(session, table, project_id)
    return [fact for fact in counting(facts, today(session)) if not fact.voids]


def _last_writing(session: Session, table: type, project_id: int) -> LastWrite:
    last = session.exec(
        select(table).where(table.project_id == project_id).order_by(table.id.desc())
    ).first()
    return LastWrite(last.by, last.recorded_on) if last else LastWrite()


def _told(
    session: Session,
    reader: Reader,
    project: Project,
    before: Mapping[str, object],
    after: Mapping[str, object],
    since: date | None = None,
) -> None:
    """A line of the journal for each field that differs, a direction by its code; and the revision
    of what shows them.
    """
    session.flush()
    day = today(session)
    for name, value in after.items():
        if before[name] != value:
            told = [_as_told(session, name, each) for each in (before[name], value)]
            note(session, reader, day, SUBJECT, project.code, name, *told)
    bump(session, "roadmap", since=since or day)


def _as_told(session: Session, name: str, value: object) -> object:
    if value in (None, ""):
        return None
    if name == "owner_direction_id":
        return session.get(Direction, value).code
    return value.label if isinstance(value, ProjectState) else value
