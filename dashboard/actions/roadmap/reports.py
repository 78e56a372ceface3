"""Acts on the reports of a plan (rapport): reporting, and undoing that."""

from datetime import date

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, note, refuse_conflict
from dashboard.actions.notices.following import notify_report
from dashboard.actions.roadmap.records import (
    can_undo,
    far_days,
    last_report,
    lock_plan,
    named,
    note_changes,
    schedule_at,
)
from dashboard.queries.edit_conflicts import last_recorded
from dashboard.queries.journal import REPORTED
from dashboard.queries.roadmap import is_over, period_of
from models.clock import today
from models.directions import Tree
from models.errors import Refused, refuse
from models.programmes import programmes
from models.roadmap import LADDER, MilestoneState, Plan, PlanReport, ProjectState, states_of
from models.texts import clean_text

COMMENT_MAX = 2000


def report_mark(last: PlanReport | None) -> str:
    """The edit mark of the last report of a plan."""
    return str(last.id) if last else "0"


def report_values(plan: Plan, last: PlanReport | None) -> dict[str, object]:
    """The last report by the fields of its form, without dates that were not given."""
    states = states_of(plan.level)
    if last is None:
        progress = 0 if plan.is_milestone else None
        return {"state": next(iter(states)), "progress": progress, "comment": "", "need": ""}
    days = {"forecast_end": last.forecast_end, "actual_end": last.actual_end}
    return {
        "state": states(last.state),
        "progress": last.progress,
        **{name: day for name, day in days.items() if day},
        "comment": last.comment,
        "need": last.need,
    }


def report_plan(
    session: Session,
    reader: Reader,
    plan_id: int,
    report: PlanReport,
    tree: Tree,
    *,
    read: str | None = None,
) -> None:
    """Rapport d'un jalon ou d'un projet: adds a dated report. Raises Invalid per field, Refused on
    a cancelled milestone, EditConflict where somebody reported meanwhile.
    """
    day = today(session)
    plan = lock_plan(session, plan_id)
    _require(session, reader, plan, tree)
    last = last_report(session, plan_id, day)
    written = last_recorded(session, PlanReport, PlanReport.plan_id == plan_id)
    current = report_values(plan, last)
    refuse_conflict(session, reader, read, current, written, mark=report_mark(last))
    refusal = report_refusal(session, plan, last, report.state)
    if refusal:
        raise Refused(refusal)
    refuse(report_faults(plan, report, day, last))
    written = write_report(session, reader, plan, report, last)
    compared = ("state", "progress") if plan.is_milestone else ("state",)
    has_changed = any(current[name] != getattr(written, name) for name in compared)
    notify_report(session, plan, written, has_changed)


def _require(session: Session, reader: Reader, plan: Plan, tree: Tree) -> None:
    """A milestone is reported by its owner, an element of the PST by the reference editors."""
    if plan.is_milestone:
        require(reader, "milestone.report", schedule_at(session, plan.id, today(session)), tree)
    else:
        require(reader, "milestone.revise")


def report_refusal(
    session: Session,
    plan: Plan,
    last: PlanReport | None,
    state: MilestoneState | ProjectState,
) -> str | None:
    """Why a plan accepts no report, or none of this state; None where it does."""
    if not plan.is_milestone:
        return None
    period = period_of(session, plan.workstream_id)
    if is_over(programmes(session), period, today(session)):
        return (
            f"Le programme « {period.name} » est clos : le jalon {plan.number} ne reçoit plus"
            " de rapport."
        )
    if last and last.state == MilestoneState.cancelled:
        return f"{named(plan)} est annulé : il ne reçoit plus de rapport."
    if last and last.state == MilestoneState.done and state == MilestoneState.cancelled:
        return f"{named(plan)} est terminé : il ne peut plus être annulé."
    return None


def day_of(report: PlanReport, last: PlanReport | None, day: date) -> date:
    """The effective date of a report: its own, else the actual end unless a later report exists,
    else today.
    """
    if report.on is None and report.state == MilestoneState.done and report.actual_end:
        return max(report.actual_end, last.on) if last else report.actual_end
    return report.on or day


def write_report(
    session: Session, reader: Reader, plan: Plan, report: PlanReport, last: PlanReport | None
) -> PlanReport:
    """Stores a checked report, recorded today; `last` is the previous one."""
    day = today(session)
    done = report.state == MilestoneState.done
    stored = PlanReport(
        plan_id=plan.id,
        on=day_of(report, last, day),
        state=report.state,
        progress=100 if done else report.progress,
        forecast_end=None if done else report.forecast_end,
        # A milestone without an actual end is done on the day of the report.
        actual_end=(report.actual_end or day) if done and plan.is_milestone else None,
        comment=clean_text(report.comment),
        need=clean_text(report.need),
    )
    add_fact(session, reader, stored)
    if plan.is_milestone:
        # Journalled, so that a report deleted directly in the database can be detected.
        label, progress = MilestoneState(stored.state).label, french.percent(stored.progress, 0)
        note(session, reader, day, REPORTED, plan.number, label, None, progress)
    else:
        _note_changes(session, reader, plan, last, stored)
    return stored


def _note_changes(
    session: Session,
    reader: Reader,
    plan: Plan,
    before: PlanReport | None,
    after: PlanReport | None,
) -> None:
    """Journals what a report changes of an element of the PST, field by field."""
    first, second = report_values(plan, before), report_values(plan, after)
    pairs = {name: (first[name], second[name]) for name in ("state", "progress", "comment")}
    changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    note_changes(session, reader, plan, changed)


def undo_report(session: Session, reader: Reader, plan_id: int, tree: Tree) -> None:
    """Annuler ce rapport: voids the last report, if it is the reader's own and of today."""
    day = today(session)
    plan = lock_plan(session, plan_id)
    _require(session, reader, plan, tree)
    last = last_report(session, plan_id, day)
    if not can_undo(last, reader, day):
        raise Refused(
            f"{named(plan)} : le dernier rapport ne peut pas être annulé, il faut qu'il soit de"
            " vous et de ce jour. Faites un nouveau rapport."
        )
    # Without a state: this fact only voids the other one.
    undone = PlanReport(plan_id=plan_id, on=last.on, state="", progress=0, voids=last.id)
    undone.reason = "Rapport annulé par son auteur"
    add_fact(session, reader, undone)
    if not plan.is_milestone:
        _note_changes(session, reader, plan, last, last_report(session, plan_id, day))


def report_faults(
    plan: Plan, report: PlanReport, day: date, last: PlanReport | None
) -> dict[str, str]:
    """What is wrong with a report, by field; `last` is the previous one."""
    days = {name: getattr(report, name) for name in ("forecast_end", "actual_end", "on")}
    errors = far_days(plan.level, days)
    if wrong := _wrong_progress(plan, report):
        errors["progress"] = wrong
    if report.state == MilestoneState.under_way and plan.is_milestone and not report.forecast_end:
        errors["forecast_end"] = "Donnez la date à laquelle vous prévoyez la fin."
    if report.actual_end and report.actual_end > day:
        errors["actual_end"] = f"La fin réelle ne peut pas être après le {day:%d/%m/%Y}."
    if report.on and report.on > day:
        errors["on"] = f"Un rapport se date au plus tard du {day:%d/%m/%Y}."
    elif report.on and last and report.on < last.on:
        errors["on"] = f"Le dernier rapport est du {last.on:%d/%m/%Y} : celui-ci vient après lui."
    for name in ("comment", "need"):
        if len(getattr(report, name)) > COMMENT_MAX:
            errors[name] = f"Le texte peut compter {COMMENT_MAX} caractères au plus."
    return errors


def _wrong_progress(plan: Plan, report: PlanReport) -> str:
    done = report.state == MilestoneState.done
    if plan.ladder and report.progress not in LADDER:
        return "L'avancement se choisit parmi 0, 25, 50, 75 et 100 %."
    if plan.ladder and report.progress == 100 and not done:
        return "À 100 %, l'état est « Terminé »."
    if report.progress is not None and not 0 <= report.progress <= 100:
        return "L'avancement va de 0 à 100 %."
    is_partial = done and not plan.is_milestone and report.progress not in (None, 100)
    return "Un projet terminé est à 100 %." if is_partial else ""
