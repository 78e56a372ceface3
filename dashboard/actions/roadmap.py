"""Acts on the roadmap: reporting a milestone."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from models.clock import today
from models.directions import Tree
from models.errors import Invalid, Refused
from models.facts import live
from models.ideas import clean_text
from models.ledger import bump
from models.roadmap import LADDER, Milestone, MilestoneReport, MilestoneState, Rebaseline

COMMENT_MAX = 2000


@dataclass(frozen=True)
class ReportInput:
    """What the report form asks: state, progress on the ladder, forecast, actual end once done, comment, need."""

    state: MilestoneState
    progress: int = 0
    forecast_end: date | None = None
    actual_end: date | None = None
    comment: str = ""
    need: str = ""


def report_milestone(session: Session, reader: Reader, milestone_id: int, report: ReportInput, tree: Tree) -> None:
    """Rapport d'un jalon: adds a dated report. Raises Invalid per field, Refused on a cancelled milestone."""
    day = today(session)
    milestone = session.get(Milestone, milestone_id)
    if milestone is None:
        raise Refused("Ce jalon n'existe pas.")
    require(reader, "milestone.report", schedule_at(session, milestone_id, day), tree)
    last = last_report(session, milestone_id, day)
    if last and last.state == MilestoneState.cancelled:
        raise Refused(f"Le jalon {milestone.number} est annulé : il ne reçoit plus de rapport.")
    if last and last.state == MilestoneState.done and report.state == MilestoneState.cancelled:
        raise Refused(f"Le jalon {milestone.number} est terminé : il ne peut plus être annulé.")
    _check(report, milestone, day)
    done = report.state == MilestoneState.done
    session.add(MilestoneReport(
        milestone_id=milestone_id, on=day, recorded_on=day, by=reader.person_id, state=report.state,
        progress=100 if done else report.progress, forecast_end=None if done else report.forecast_end,
        actual_end=(report.actual_end or day) if done else None, comment=clean_text(report.comment),
        need=clean_text(report.need)))
    session.flush()
    bump(session, "roadmap")


def schedule_at(session: Session, milestone_id: int, on: date) -> Rebaseline:
    """The schedule in force, whose owner answers for the milestone."""
    found = session.exec(select(Rebaseline).where(Rebaseline.milestone_id == milestone_id, live(Rebaseline, on))
                         .order_by(Rebaseline.on.desc(), Rebaseline.id.desc())).first()
    if found is None:
        raise Refused("Ce jalon n'a pas encore de calendrier.")
    return found


def last_report(session: Session, milestone_id: int, on: date) -> MilestoneReport | None:
    return session.exec(select(MilestoneReport).where(MilestoneReport.milestone_id == milestone_id,
                                                      live(MilestoneReport, on))
                        .order_by(MilestoneReport.on.desc(), MilestoneReport.id.desc())).first()


def _check(report: ReportInput, milestone: Milestone, day: date) -> None:
    errors = {}
    if milestone.ladder and report.progress not in LADDER:
        errors["progress"] = "L'avancement se choisit parmi 0, 25, 50, 75 et 100 %."
    if milestone.ladder and report.progress == 100 and report.state != MilestoneState.done:
        errors["progress"] = "À 100 %, l'état est « Terminé »."
    if report.state == MilestoneState.under_way and report.forecast_end is None:
        errors["forecast_end"] = "Donnez la date à laquelle vous prévoyez la fin."
    if report.actual_end and report.actual_end > day:
        errors["actual_end"] = f"La fin réelle ne peut pas être après le {day:%d/%m/%Y}."
    for name in ("comment", "need"):
        if len(getattr(report, name)) > COMMENT_MAX:
            errors[name] = f"Le texte peut compter {COMMENT_MAX} caractères au plus."
    if errors:
        raise Invalid(errors)
