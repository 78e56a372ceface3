"""Acts on the reports of a milestone (rapport d'un jalon): reporting, and undoing that."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.notices.following import notify_milestone_report
from dashboard.actions.roadmap.records import (
    NEAR,
    can_undo,
    held_milestone,
    is_near,
    last_fact,
    last_report,
    schedule_at,
)
from dashboard.queries.journal import REPORTED
from dashboard.queries.roadmap import Report, is_over, period_of
from models.clock import today
from models.directions import Tree
from models.errors import Invalid, Refused
from models.ledger import bump
from models.programmes import programmes
from models.roadmap import LADDER, Milestone, MilestoneReport, MilestoneState
from models.texts import clean_text

COMMENT_MAX = 2000


@dataclass(frozen=True)
class ReportInput:
    """What the report form asks: state, progress on the ladder, forecast, actual end once done,
    comment, need; the day it is of (None: the actual end once done, else today).
    """

    state: MilestoneState
    progress: int = 0
    forecast_end: date | None = None
    actual_end: date | None = None
    comment: str = ""
    need: str = ""
    on: date | None = None


def report_mark(last: MilestoneReport | Report | None) -> str:
    """The mark of the last report of a milestone."""
    return str(last.id) if last else "0"


def report_stands(last: MilestoneReport | None) -> dict[str, object]:
    """What was last reported, by the fields of the form; a day that was not given is left out."""
    if last is None:
        return {"state": MilestoneState.to_plan, "progress": 0, "comment": "", "need": ""}
    days = {"forecast_end": last.forecast_end, "actual_end": last.actual_end}
    return {
        "state": MilestoneState(last.state),
        "progress": last.progress,
        **{name: day for name, day in days.items() if day},
        "comment": last.comment,
        "need": last.need,
    }


def report_milestone(
    session: Session,
    reader: Reader,
    milestone_id: int,
    report: ReportInput,
    tree: Tree,
    *,
    read: str | None = None,
) -> None:
    """Rapport d'un jalon: adds a dated report. Raises Invalid per field, Refused on a cancelled
    milestone, EditConflict where somebody reported it meanwhile.
    """
    day = today(session)
    milestone = held_milestone(session, milestone_id)
    require(reader, "milestone.report", schedule_at(session, milestone_id, day), tree)
    last = last_report(session, milestone_id, day)
    written = last_fact(session, MilestoneReport, milestone_id)
    stands = report_stands(last)
    refuse_conflict(session, reader, read, stands, written, mark=report_mark(last))
    refusal = report_refusal(session, milestone, last, report.state)
    if refusal:
        raise Refused(refusal)
    errors = report_faults(report, milestone.ladder, day, last)
    if errors:
        raise Invalid(errors)
    written = write_report(session, reader, milestone, report, last)
    notify_milestone_report(session, milestone, written)


def report_refusal(
    session: Session,
    milestone: Milestone,
    last: MilestoneReport | None,
    state: MilestoneState,
) -> str | None:
    """Why a milestone takes no report, or none of this state; None where it does."""
    period = period_of(session, milestone.workstream_id)
    if is_over(programmes(session), period, today(session)):
        return (
            f"Le programme « {period.name} » est clos : le jalon {milestone.number} ne reçoit plus"
            " de rapport."
        )
    if last and last.state == MilestoneState.cancelled:
        return f"Le jalon {milestone.number} est annulé : il ne reçoit plus de rapport."
    if last and last.state == MilestoneState.done and state == MilestoneState.cancelled:
        return f"Le jalon {milestone.number} est terminé : il ne peut plus être annulé."
    return None


def day_of(report: ReportInput, last: MilestoneReport | None, day: date) -> date:
    """The day from which a report counts: its own, else the actual end where no later report says
    otherwise, else today.
    """
    if report.on is None and report.state == MilestoneState.done and report.actual_end:
        return max(report.actual_end, last.on) if last else report.actual_end
    return report.on or day


def write_report(
    session: Session,
    reader: Reader,
    milestone: Milestone,
    report: ReportInput,
    last: MilestoneReport | None,
) -> MilestoneReport:
    """A report whose fields have been checked, recorded today; `last` is the one before it."""
    day = today(session)
    done = report.state == MilestoneState.done
    found = MilestoneReport(
        milestone_id=milestone.id,
        on=day_of(report, last, day),
        recorded_on=day,
        by=reader.person_id,
        state=report.state,
        progress=100 if done else report.progress,
        forecast_end=None if done else report.forecast_end,
        # Done on the day it is reported, where no other day is given.
        actual_end=(report.actual_end or day) if done else None,
        comment=clean_text(report.comment),
        need=clean_text(report.need),
    )
    session.add(found)
    note_report(session, reader, milestone, report.state, 100 if done else report.progress)
    session.flush()
    bump(session, "roadmap", since=found.on)
    return found


def note_report(
    session: Session, reader: Reader, milestone: Milestone, state: MilestoneState, progress: int
) -> None:
    """The journal keeps that it was reported: a report that goes without an act is then missed."""
    label = MilestoneState(state).label
    note(
        session,
        reader,
        today(session),
        REPORTED,
        milestone.number,
        label,
        None,
        french.percent(progress, 0),
    )


def undo_report(session: Session, reader: Reader, milestone_id: int, tree: Tree) -> None:
    """Annuler ce rapport: undoes the last report, where it is one's own and of today. It then
    counts nowhere.
    """
    day = today(session)
    milestone = held_milestone(session, milestone_id)
    require(reader, "milestone.report", schedule_at(session, milestone_id, day), tree)
    last = last_report(session, milestone_id, day)
    if not can_undo(last, reader, day):
        raise Refused(
            f"Le dernier rapport du jalon {milestone.number} ne peut pas être annulé : il faut"
            " qu'il soit de vous et de ce jour. Faites un nouveau rapport."
        )
    # Without a state: this fact undoes, and reports nothing itself.
    session.add(
        MilestoneReport(
            milestone_id=milestone_id,
            on=last.on,
            recorded_on=day,
            by=reader.person_id,
            state="",
            voids=last.id,
            reason="Rapport annulé par son auteur",
        )
    )
    session.flush()
    bump(session, "roadmap", since=last.on)


def report_faults(
    report: ReportInput, ladder: bool, day: date, last: MilestoneReport | None
) -> dict[str, str]:
    """What is wrong with a report, field by field; `last` is the one before it."""
    errors = {}
    if ladder and (wrong := _off_ladder(report)):
        errors["progress"] = wrong
    if report.state == MilestoneState.under_way and report.forecast_end is None:
        errors["forecast_end"] = "Donnez la date à laquelle vous prévoyez la fin."
    if report.actual_end and report.actual_end > day:
        errors["actual_end"] = f"La fin réelle ne peut pas être après le {day:%d/%m/%Y}."
    if report.on and report.on > day:
        errors["on"] = f"Un rapport se date au plus tard du {day:%d/%m/%Y}."
    elif report.on and last and report.on < last.on:
        errors["on"] = f"Le dernier rapport est du {last.on:%d/%m/%Y} : celui-ci vient après lui."
    far = [
        name for name in ("forecast_end", "actual_end", "on") if not is_near(getattr(report, name))
    ]
    errors = dict.fromkeys(far, NEAR) | errors
    for name in ("comment", "need"):
        if len(getattr(report, name)) > COMMENT_MAX:
            errors[name] = f"Le texte peut compter {COMMENT_MAX} caractères au plus."
    return errors


def _off_ladder(report: ReportInput) -> str:
    if report.progress not in LADDER:
        return "L'avancement se choisit parmi 0, 25, 50, 75 et 100 %."
    is_early = report.progress == 100 and report.state != MilestoneState.done
    return "À 100 %, l'état est « Terminé »." if is_early else ""
