"""Acts on the roadmap: reporting a milestone and undoing it, revising its calendar, tying it to
a figure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note
from dashboard.actions.keeping.overtaking import refuse_overtaken
from dashboard.queries.directions import organisation
from dashboard.queries.keeping.journal import REPORTED
from dashboard.queries.keeping.marks import Writing, last_change
from dashboard.queries.roadmap import Record, Report, Schedule, is_over, period_of
from models.clock import today
from models.decisions import Instance
from models.directions import Direction, Tree
from models.errors import Invalid, Refused
from models.facts import live
from models.ledger import bump
from models.programmes import programmes
from models.roadmap import LADDER, Milestone, MilestoneReport, MilestoneState, Rebaseline
from models.texts import clean_text

COMMENT_MAX = 2000
REASON_MAX = 500
OWNER_MAX = 120
WEIGHT_MAX = 100
EARLIEST = date(2020, 1, 1)
LATEST = date(2035, 12, 31)
_ENDED = (MilestoneState.done, MilestoneState.cancelled)


@dataclass(frozen=True)
class ReportInput:
    """What the report form asks: state, progress on the ladder, forecast, actual end once done,
    comment, need.
    """

    state: MilestoneState
    progress: int = 0
    forecast_end: date | None = None
    actual_end: date | None = None
    comment: str = ""
    need: str = ""


@dataclass(frozen=True)
class RevisionInput:
    """What the form of a révision du calendrier asks; `instance` is who decided it."""

    start: date | None
    end: date | None
    weight: float
    critical: bool = False
    owner: str = ""
    owner_direction_id: int | None = None
    reason: str = ""
    instance: Instance | None = None


@dataclass(frozen=True)
class TieInput:
    """The value of a figure a milestone is tied to (None: to none), and the threshold it is
    compared with.
    """

    figure: str | None
    threshold: float | None = None
    by_count: bool = False


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


def calendar_stands(now: Rebaseline | Schedule) -> dict[str, object]:
    """The calendar in force, by the fields of the form; the weight as one types it."""
    return {
        "start": now.start,
        "end": now.end,
        "weight": f"{now.weight:g}".replace(".", ","),
        "critical": now.critical,
        "owner": now.owner,
        "unit": now.owner_direction_id or 0,
    }


def _last_fact(
    session: Session, table: type[MilestoneReport | Rebaseline], milestone_id: int
) -> Writing:
    """Who recorded the last fact of this kind, be it one that undoes another."""
    last = session.exec(
        select(table).where(table.milestone_id == milestone_id).order_by(table.id.desc())
    ).first()
    return Writing(last.by, last.recorded_on) if last else Writing()


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
    milestone, Overtaken where somebody reported it meanwhile.
    """
    day = today(session)
    milestone = _milestone(session, milestone_id)
    require(reader, "milestone.report", schedule_at(session, milestone_id, day), tree)
    last = last_report(session, milestone_id, day)
    written = _last_fact(session, MilestoneReport, milestone_id)
    stands = report_stands(last)
    refuse_overtaken(session, reader, read, stands, written, mark=report_mark(last))
    refusal = report_refusal(session, milestone, last, report.state)
    if refusal:
        raise Refused(refusal)
    errors = report_faults(report, milestone.ladder, day)
    if errors:
        raise Invalid(errors)
    write_report(session, reader, milestone, report)


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


def write_report(
    session: Session, reader: Reader, milestone: Milestone, report: ReportInput
) -> None:
    """A report whose fields have been checked, of today."""
    day = today(session)
    done = report.state == MilestoneState.done
    session.add(
        MilestoneReport(
            milestone_id=milestone.id,
            on=day,
            recorded_on=day,
            by=reader.person_id,
            state=report.state,
            progress=100 if done else report.progress,
            forecast_end=None if done else report.forecast_end,
            actual_end=(report.actual_end or day) if done else None,
            comment=clean_text(report.comment),
            need=clean_text(report.need),
        )
    )
    note_report(session, reader, milestone, report.state, 100 if done else report.progress)
    session.flush()
    bump(session, "roadmap", since=day)


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
    milestone = _milestone(session, milestone_id)
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
            on=day,
            recorded_on=day,
            by=reader.person_id,
            state="",
            voids=last.id,
            reason="Rapport annulé par son auteur",
        )
    )
    session.flush()
    bump(session, "roadmap", since=day)


def can_undo(last, reader: Reader, day: date) -> bool:
    """Whether this report or revision (None: there is none) may be undone by its author, the
    same day.
    """
    return (
        last is not None
        and last.on == day
        and reader.person_id is not None
        and last.by == reader.person_id
    )


def revise_milestone(
    session: Session,
    reader: Reader,
    milestone_id: int,
    revision: RevisionInput,
    *,
    read: str | None = None,
) -> None:
    """Révision du calendrier: from today the milestone has these dates, weight and owner, for
    this reason. Raises Invalid per field, Refused, Overtaken.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = _milestone(session, milestone_id)
    stands = calendar_stands(schedule_at(session, milestone_id, day))
    written = _last_fact(session, Rebaseline, milestone_id)
    refuse_overtaken(session, reader, read, stands, written)
    last = last_report(session, milestone_id, day)
    if last and last.state in _ENDED:
        state = MilestoneState(last.state).label.lower()
        raise Refused(
            f"Le jalon {milestone.number} est {state} : son calendrier ne se révise plus."
        )
    errors = revision_faults(session, revision)
    if errors:
        raise Invalid(errors)
    if not write_revision(session, reader, milestone_id, revision):
        raise Invalid(
            {
                "form": (
                    "Rien ne change : modifiez une date, le poids, le caractère critique ou le"
                    " porteur."
                )
            }
        )


def write_revision(
    session: Session, reader: Reader, milestone_id: int, revision: RevisionInput
) -> bool:
    """A calendar whose fields have been checked, from today; whether it differs from the one in
    force.
    """
    day = today(session)
    now = schedule_at(session, milestone_id, day)
    values = {
        "start": revision.start,
        "end": revision.end,
        "weight": float(revision.weight),
        "critical": revision.critical,
        "owner": clean_text(revision.owner),
        "owner_direction_id": revision.owner_direction_id,
    }
    if all(getattr(now, name) == value for name, value in values.items()):
        return False
    by = f" ({revision.instance.label})" if revision.instance else ""
    _note_calendar(session, reader, milestone_id, now, values)
    session.add(
        Rebaseline(
            milestone_id=milestone_id,
            on=day,
            recorded_on=day,
            by=reader.person_id,
            reason=clean_text(revision.reason) + by,
            **values,
        )
    )
    session.flush()
    bump(session, "roadmap", since=day)
    return True


def undo_revision(session: Session, reader: Reader, milestone_id: int) -> None:
    """Annuler cette révision: the last one, one's own and of today, gives way to the calendar
    before it.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = _milestone(session, milestone_id)
    known = [s for s in _schedules(session, milestone_id, day) if not s.voids]
    last = last_revision(known)
    if not can_undo(last, reader, day):
        raise Refused(
            f"La dernière révision du jalon {milestone.number} ne peut pas être annulée : il faut"
            " qu'elle soit de vous et de ce jour. Faites une nouvelle révision."
        )
    before = {name: getattr(known[-2], name) for name in _REVISED}
    _note_calendar(session, reader, milestone_id, last, before)
    session.add(
        Rebaseline(
            milestone_id=milestone_id,
            on=day,
            recorded_on=day,
            by=reader.person_id,
            voids=last.id,
            reason="Révision annulée par son auteur",
            **before,
        )
    )
    session.flush()
    bump(session, "roadmap", since=day)


_REVISED = ("start", "end", "weight", "critical", "owner", "owner_direction_id")


def _note_calendar(
    session: Session,
    reader: Reader,
    milestone_id: int,
    now: Rebaseline,
    values: Mapping[str, object],
) -> None:
    """The journal keeps each field that a calendar changes; a direction by its code."""
    milestone = session.get(Milestone, milestone_id)
    for name, value in values.items():
        before, after = getattr(now, name), value
        if before == after:
            continue
        if name == "owner_direction_id":
            before, after = _code(session, before), _code(session, after)
        note(session, reader, today(session), "milestone", milestone.number, name, before, after)


def _code(session: Session, direction_id: int | None) -> str | None:
    found = session.get(Direction, direction_id) if direction_id else None
    return found.code if found else None


def last_revision(calendar: Sequence):
    """The last revision of a calendar, None where there is none: the first calendar is none, nor
    what undoes one.
    """
    known = [schedule for schedule in calendar if not schedule.voids]
    return known[-1] if len(known) > 1 else None


def tie_stands(milestone: Milestone | Record) -> dict[str, object]:
    """The figure that a milestone is tied to, as its form shows it."""
    return {name: getattr(milestone, name) for name in ("figure", "threshold", "by_count")}


def tie_milestone(
    session: Session,
    reader: Reader,
    milestone_id: int,
    tie: TieInput,
    allowed: Collection[str],
    *,
    read: str | None = None,
) -> None:
    """Ties a milestone to the value of a figure and a threshold, or to none; `allowed` are the
    values that may be named.

    Those of the roadmap itself are not among them: progress would follow from progress. Raises
    Invalid per field, Overtaken.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = _milestone(session, milestone_id)
    written = last_change(session, "milestone", milestone.number)
    refuse_overtaken(session, reader, read, tie_stands(milestone), written)
    _check_tie(tie, allowed)
    wanted = {
        "figure": tie.figure,
        "by_count": bool(tie.figure) and tie.by_count,
        "threshold": float(tie.threshold) if tie.figure else None,
    }
    for name, value in wanted.items():
        before = getattr(milestone, name)
        if before != value:
            note(session, reader, day, "milestone", milestone.number, name, before, value)
            setattr(milestone, name, value)
    session.flush()
    bump(session, "roadmap")


def _check_tie(tie: TieInput, allowed: Collection[str]) -> None:
    errors = {}
    if tie.figure is not None and tie.figure not in allowed:
        errors["figure"] = (
            "Ce chiffre ne peut pas servir : il n'existe pas, ou il vient de la feuille de route"
            " elle-même."
        )
    if tie.figure is not None and not _is_positive(tie.threshold):
        errors["threshold"] = "Donnez un seuil plus grand que zéro."
    if errors:
        raise Invalid(errors)


def _is_positive(number: float | None) -> bool:
    return number is not None and isfinite(number) and number > 0


def _milestone(session: Session, milestone_id: int) -> Milestone:
    """The milestone, held until the act is over."""
    found = session.get(Milestone, milestone_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("Ce jalon n'existe pas.")
    return found


def schedule_at(session: Session, milestone_id: int, on: date) -> Rebaseline:
    """The schedule in force, whose owner answers for the milestone."""
    found = _schedules(session, milestone_id, on)
    if not found:
        raise Refused("Ce jalon n'a pas encore de calendrier.")
    return found[-1]


def _schedules(session: Session, milestone_id: int, on: date) -> Sequence[Rebaseline]:
    """The calendar of a milestone, oldest first."""
    return session.exec(
        select(Rebaseline)
        .where(Rebaseline.milestone_id == milestone_id, live(Rebaseline, on))
        .order_by(Rebaseline.on, Rebaseline.id)
    ).all()


def last_report(session: Session, milestone_id: int, on: date) -> MilestoneReport | None:
    return session.exec(
        select(MilestoneReport)
        .where(
            MilestoneReport.milestone_id == milestone_id,
            MilestoneReport.state != "",
            live(MilestoneReport, on),
        )
        .order_by(MilestoneReport.on.desc(), MilestoneReport.id.desc())
    ).first()


def report_faults(report: ReportInput, ladder: bool, day: date) -> dict[str, str]:
    """What is wrong with a report, field by field."""
    errors = {}
    if ladder and (wrong := _off_ladder(report)):
        errors["progress"] = wrong
    if report.state == MilestoneState.under_way and report.forecast_end is None:
        errors["forecast_end"] = "Donnez la date à laquelle vous prévoyez la fin."
    if report.actual_end and report.actual_end > day:
        errors["actual_end"] = f"La fin réelle ne peut pas être après le {day:%d/%m/%Y}."
    far = [name for name in ("forecast_end", "actual_end") if not _is_near(getattr(report, name))]
    errors = dict.fromkeys(far, _NEAR) | errors
    for name in ("comment", "need"):
        if len(getattr(report, name)) > COMMENT_MAX:
            errors[name] = f"Le texte peut compter {COMMENT_MAX} caractères au plus."
    return errors


def _off_ladder(report: ReportInput) -> str:
    if report.progress not in LADDER:
        return "L'avancement se choisit parmi 0, 25, 50, 75 et 100 %."
    is_early = report.progress == 100 and report.state != MilestoneState.done
    return "À 100 %, l'état est « Terminé »." if is_early else ""


_NEAR = f"Les dates vont du {EARLIEST:%d/%m/%Y} au {LATEST:%d/%m/%Y}."


def _is_near(day: date | None) -> bool:
    """A year mistyped would stretch every curve."""
    return day is None or EARLIEST <= day <= LATEST


def _wrong_dates(revision: RevisionInput) -> dict[str, str]:
    errors = {}
    for name, what in (("start", "le début"), ("end", "l'échéance")):
        if getattr(revision, name) is None:
            errors[name] = f"Donnez {what}."
        elif not _is_near(getattr(revision, name)):
            errors[name] = _NEAR
    if not errors and revision.end < revision.start:
        errors["end"] = "L'échéance ne peut pas tomber avant le début."
    return errors


def revision_faults(session: Session, revision: RevisionInput) -> dict[str, str]:
    """What is wrong with a calendar, field by field."""
    errors = _wrong_dates(revision)
    if not _is_positive(revision.weight) or revision.weight > WEIGHT_MAX:
        errors["weight"] = f"Le poids est plus grand que 0 et vaut {WEIGHT_MAX} au plus."
    if not clean_text(revision.owner) or len(revision.owner) > OWNER_MAX:
        errors["owner"] = f"Nommez le porteur, en {OWNER_MAX} caractères au plus."
    open_units = organisation(session).at(today(session)).by_id
    if revision.owner_direction_id is not None and revision.owner_direction_id not in open_units:
        errors["owner_direction_id"] = "Cette direction n'existe pas, ou elle est fermée."
    if not clean_text(revision.reason):
        errors["reason"] = "Donnez la raison de la révision : elle se lit dans la liste."
    elif len(revision.reason) > REASON_MAX:
        errors["reason"] = f"La raison peut compter {REASON_MAX} caractères au plus."
    return errors
