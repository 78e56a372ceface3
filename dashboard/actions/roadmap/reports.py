"""Acts on the reports of a plan (rapport): reporting, and undoing that."""

from collections.abc import Collection
from datetime import date

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, note, refuse_conflict
from dashboard.actions.notices.events import notify_report
from dashboard.actions.roadmap.records import (
    can_undo,
    far_days,
    last_report,
    lock_milestone,
    lock_plan,
    named,
    note_changes,
    schedule_now,
)
from dashboard.queries.journal import REPORTED, last_recorded
from dashboard.queries.roadmap import is_over, period_of
from dashboard.queries.waits import is_a_circle
from models.clock import today
from models.directions import Tree
from models.facts import facts_of, live
from models.programmes import programmes
from models.roadmap import (
    ENDED,
    IS_MILESTONE,
    LADDER,
    MilestoneState,
    Plan,
    PlanReport,
    PlanWait,
    ProjectState,
    states_of,
)
from models.texts import Refused, clean_text, refuse, too_long

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
        require(reader, "milestone.report", schedule_now(session, plan), tree)
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
        note(session, reader, REPORTED, plan.number, label, None, progress)
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
    is_under_way = plan.is_milestone and report.state == MilestoneState.under_way
    is_early = last and report.on and report.on < last.on
    faults = {
        "progress": _wrong_progress(plan, report),
        "forecast_end": is_under_way
        and not report.forecast_end
        and "Donnez la date à laquelle vous prévoyez la fin.",
        "actual_end": report.actual_end
        and report.actual_end > day
        and f"La fin réelle ne peut pas être après le {day:%d/%m/%Y}.",
        "on": is_early
        and f"Le dernier rapport est du {last.on:%d/%m/%Y} : celui-ci vient après lui.",
        "comment": too_long(report.comment, COMMENT_MAX),
        "need": too_long(report.need, COMMENT_MAX),
    }
    if report.on and report.on > day:
        faults["on"] = f"Un rapport se date au plus tard du {day:%d/%m/%Y}."
    return far_days(plan.level, days) | {
        name: sentence for name, sentence in faults.items() if sentence
    }


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


MOST = 12


def waits_values(waits_for: Collection[int]) -> dict[str, object]:
    """The dependencies, by the field of their form."""
    return {"waits_for": sorted(waits_for)}


def set_waits(
    session: Session,
    reader: Reader,
    plan_id: int,
    wanted: Collection[int],
    *,
    read: str | None = None,
) -> None:
    """From today the milestone depends on exactly these. Raises Invalid where one does not exist,
    would be circular, or nothing changes, and EditConflict.
    """
    require(reader, "milestone.revise")
    milestone = lock_milestone(session, plan_id)
    current = facts_of(session, PlanWait, plan_id, today(session))
    now = {wait.waits_for_id for wait in current}
    written = last_recorded(session, PlanWait, PlanWait.plan_id == plan_id)
    refuse_conflict(session, reader, read, waits_values(now), written)
    chosen = set(wanted)
    refuse({"waits_for": _fault(session, milestone, chosen)})
    refuse({"form": chosen == now and "Rien ne change : choisissez un jalon, ou enlevez-en un."})
    for wait in current:
        if wait.waits_for_id not in chosen:
            add_fact(session, reader, PlanWait(plan_id=milestone.id, voids=wait.id))
    for waited_id in sorted(chosen - now):
        add_fact(session, reader, PlanWait(plan_id=milestone.id, waits_for_id=waited_id))
    before, after = _numbers(session, now), _numbers(session, chosen)
    note(session, reader, "milestone", milestone.number, "attend", before, after)


def _fault(session: Session, milestone: Plan, chosen: set[int]) -> str:
    existing = session.exec(select(Plan.id).where(IS_MILESTONE, Plan.id.in_(chosen))).all()
    last = last_report(session, milestone.id, today(session))
    if last and last.state in ENDED:
        state = MilestoneState(last.state).label.lower()
        return f"Le jalon {milestone.number} est {state} : il n'attend plus rien."
    if chosen - set(existing):
        return "Un des jalons choisis n'existe pas (ou plus)."
    if len(chosen) > MOST:
        return f"Un jalon en attend {MOST} au plus."
    waits: dict[int, list[int]] = {}
    rows = session.exec(
        select(PlanWait.plan_id, PlanWait.waits_for_id).where(
            PlanWait.plan_id != milestone.id,
            live(PlanWait, today(session)),
        )
    )
    for plan_id, waits_for_id in rows:
        waits.setdefault(plan_id, []).append(waits_for_id)
    if is_a_circle(milestone.id, sorted(chosen), waits):
        return (
            f"Le jalon {milestone.number} s'attendrait lui-même : un de ceux-là l'attend déjà,"
            " directement ou par un autre."
        )
    return ""


def _numbers(session: Session, ids: Collection[int]) -> str:
    """« 2.3, 4.1 », in roadmap order."""
    numbers = session.exec(
        select(Plan.number).where(Plan.id.in_(ids)).order_by(Plan.position, Plan.id)
    ).all()
    return ", ".join(numbers)
