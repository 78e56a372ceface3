"""The team's sheet (feuille d'équipe): one A4 page for a manager's meeting, for the directions
asked for.
"""

from datetime import timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import may, require
from dashboard.figures.board import board
from dashboard.figures.workstreams import health_of
from dashboard.queries.academy.counts import AttendanceRow, AttendanceSheet, sheet_of
from dashboard.queries.ideas import counts, records as idea_records
from dashboard.queries.roadmap import PlanAt, roadmap_of
from dashboard.report import wording
from dashboard.report.pack import digest, owned
from dashboard.report.pdf import TITLE_MAX, fitted, frame, more, paper
from dashboard.report.wording import printable
from dashboard.scope import Scope
from models.clock import now
from models.ideas import Idea
from models.roadmap import MilestoneState, Progress, between, without_progress
from models.seats import ATTENDED, Seat, SeatState
from models.texts import Refused

FIGURES = (
    "reponse.ouvertes",
    "reponse.tenue",
    "reponse.mediane",
    "idees.pour-100",
    "formation",
    "presence.taux",
    "couverture",
    "echeances",
)
LATELY = timedelta(days=7)  # what moved is counted over these days
MOST_IDEAS = 500  # counted; a page shows a few
# Rows of a list and the size: tried in order until the sheet fits.
_FITS = (
    (16, 1.0),
    (12, 1.0),
    (9, 1.0),
    (7, 1.0),
    (5, 0.9),
    (4, 0.8),
)


def team_sheet(session: Session, scope: Scope, progress: Progress = without_progress) -> bytes:
    """One page as PDF, whose lists end with the number of the rest. Raises Refused without
    directions, or without the right to make reports.
    """
    data = gather_team(session, scope, between(progress, 0, 0.7))
    progress(0.7, "La mise en page se fait")
    ideas, milestones = data["ideas"], data["milestones"]
    attempts = (
        data
        | {
            "ideas": ideas[:lines],
            "more-ideas": more(len(ideas) - lines, "autre", "autres"),
            "milestones": milestones[:lines],
            "more-milestones": more(len(milestones) - lines, "autre", "autres"),
            "scale": scale,
        }
        for lines, scale in _FITS
    )
    return fitted("equipe.typ", attempts, 1, now())


def gather_team(session: Session, scope: Scope, progress: Progress = without_progress) -> dict:
    """The data of the sheet, with whole lists."""
    require(scope.reader, "report.make")
    if not scope.units:
        raise Refused(
            "La feuille d'équipe se fait pour une ou plusieurs directions : choisissez-en une."
        )
    own = board(session, scope, progress=between(progress, 0, 0.5))
    whole = board(session, scope.whole(), progress=between(progress, 0.5, 1))
    milestones = [
        m
        for m in owned(roadmap_of(session, scope).at(scope.on), scope)
        if m.is_counted and m.state != MilestoneState.done
    ]
    milestones.sort(key=lambda m: (m.schedule.end, m.plan.number))
    lately = counts.moves(session, scope, scope.on - LATELY, scope.on)
    ideas = idea_records.to_answer(session, scope, MOST_IDEAS)
    return frame(scope, now(), digest(own)) | {
        "figures": [
            {
                "label": printable(own[code].label),
                "own": wording.written(own[code]),
                "counts": wording.counts(own[code]),
                "whole": wording.written(whole[code]),
                "expected": wording.expected(own[code]),
                "status": own[code].status or "",
                "imposed": own[code].imposed,
            }
            for code in FIGURES
        ],
        "ideas": [_idea(idea, scope) for idea in ideas],
        "ideas-count": french.counted(len(ideas), "idée"),
        "milestones": [_milestone(m, scope) for m in milestones],
        "lately": (
            f"Du {french.day(scope.on - LATELY + timedelta(days=1))} au"
            f" {french.day(scope.on)}{french.NO_BREAK}:"
            f" {french.counted(lately.filed, 'dépôt')} et"
            f" {french.counted(lately.answered, 'première réponse', 'premières réponses')}"
        ),
    }


def _idea(idea: Idea, scope: Scope) -> dict:
    late = idea.due_on is not None and idea.due_on < scope.on
    return {
        "number": str(idea.number),
        "title": printable(idea.title, TITLE_MAX),
        "late": late,
        "due": french.day(idea.due_on) if idea.due_on else "–",
    }


def _milestone(m: PlanAt, scope: Scope) -> dict:
    moved = m.report is not None and m.report.on > scope.on - LATELY
    return {
        "number": m.plan.number,
        "title": printable(m.plan.title, TITLE_MAX),
        "due": french.day(m.schedule.end),
        "forecast": (
            french.day(m.report.forecast_end) if m.report and m.report.forecast_end else "–"
        ),
        "health": str(health_of(m, scope.on).health),
        "imposed": m.imposed is not None,
        "moved": moved,
        "need": printable(m.report.need, 120) if m.report else "",
    }


def presence_sheet(session: Session, scope: Scope, session_id: int) -> bytes:
    """« Feuille de présence »: those with a seat, by name, with space to sign. Raises Refused
    without the right.
    """
    sheet = _sheet(session, session_id)
    require(scope.reader, "training.hold", sheet)
    seats = str(len(sheet.lines))
    if sheet.session.capacity:
        seats = f"{seats} sur {sheet.session.capacity}"
    facts = [
        ("Jour", french.day_long(sheet.session.on)),
        ("Heures", _hours(sheet)),
        ("Lieu", sheet.session.place),
        ("Formateur", sheet.training.trainer),
        ("Places", seats),
    ]
    lines = [
        {
            "rank": str(line.rank),
            "name": printable(line.name),
            "mark": line.status.label if line.status != SeatState.booked else "",
        }
        for line in sheet.lines
    ]
    return paper(
        "presence.typ",
        scope,
        {
            "title": printable(sheet.training.title),
            "lines": lines,
            "facts": [[term, printable(text)] for term, text in facts if text],
        },
    )


def attestations(session: Session, scope: Scope, session_id: int, own: bool = False) -> bytes:
    """« Attestation »: one page per person who attended; `own`: only the reader's. Raises Refused
    if there is none.
    """
    sheet = _sheet(session, session_id)
    if own or not may(scope.reader, "training.hold", sheet):
        lines = [
            line
            for line in sheet.lines
            if session.get(Seat, line.seat_id).person_id == scope.reader.person_id
            and scope.reader.person_id is not None
        ]
    else:
        lines = list(sheet.lines)
    # Only persons of the register: the name on a certificate must be verified.
    there = [line for line in lines if line.status in ATTENDED and not line.is_guest]
    if not there:
        raise Refused("Il n'y a pas d'attestation : aucune présence n'est encodée.")
    hours = f" ({_hours(sheet)})" if _hours(sheet) else ""
    return paper(
        "attestation.typ",
        scope,
        {
            "title": printable(sheet.training.title),
            "when": f"le {french.day_long(sheet.session.on)}{hours}",
            "where": f", {printable(sheet.session.place)}" if sheet.session.place else "",
            "people": [_person(line, sheet) for line in there],
        },
    )


def _person(line: AttendanceRow, sheet: AttendanceSheet) -> dict:
    part = line.status == SeatState.partial
    hours = sheet.training.hours / 2 if part else sheet.training.hours
    return {
        "name": printable(line.name),
        "followed": "a suivi en partie la formation" if part else "a suivi la formation",
        "hours": printable(french.counted(hours, "heure")),
    }


def _hours(sheet: AttendanceSheet) -> str:
    if sheet.session.starts and sheet.session.ends:
        return f"de {sheet.session.starts} à {sheet.session.ends}"
    return ""


def _sheet(session: Session, session_id: int) -> AttendanceSheet:
    sheet = sheet_of(session, session_id)
    if sheet is None:
        raise Refused("Cette session n'existe pas.")
    return sheet
