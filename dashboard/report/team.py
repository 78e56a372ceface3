"""The team's sheet (feuille d'équipe): one A4 page for a manager's meeting, for the directions
asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.figures.board import Board, board
from dashboard.figures.workstreams import health_of
from dashboard.queries.ideas import moves
from dashboard.queries.ideas import records as idea_records
from dashboard.queries.roadmap import PlanAt, roadmap_of
from dashboard.report import wording
from dashboard.report.pack import digest, owned
from dashboard.report.pdf import TITLE_MAX, fitted, frame, more
from dashboard.report.wording import printable
from dashboard.scope import Scope
from models.clock import now
from models.errors import Refused
from models.ideas import Idea
from models.progress import Progress, between, without_progress
from models.roadmap import MilestoneState

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
LATELY = timedelta(days=7)
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


@dataclass(frozen=True)
class Team:
    """The content of a team's sheet; the last two count the days of LATELY."""

    scope: Scope
    own: Board
    whole: Board
    made_at: datetime
    to_answer: Sequence[Idea]
    milestones: Sequence[PlanAt]
    filed_lately: int
    answered_lately: int


def team_sheet(session: Session, scope: Scope, progress: Progress = without_progress) -> bytes:
    """One page as PDF. Raises Refused without directions, or without the right to make reports."""
    team = gather_team(session, scope, between(progress, 0, 0.7))
    progress(0.7, "La mise en page se fait")
    return sheet(team)


def gather_team(session: Session, scope: Scope, progress: Progress = without_progress) -> Team:
    require(scope.reader, "report.make")
    if not scope.units:
        raise Refused(
            "La feuille d'équipe se fait pour une ou plusieurs directions : choisissez-en une."
        )
    milestones = [
        m
        for m in owned(roadmap_of(session, scope).at(scope.on), scope)
        if m.is_counted and m.state != MilestoneState.done
    ]
    lately = moves.moves(session, scope, scope.on - LATELY, scope.on)
    return Team(
        scope,
        board(session, scope, progress=between(progress, 0, 0.5)),
        board(session, scope.whole(), progress=between(progress, 0.5, 1)),
        now(),
        idea_records.to_answer(session, scope, MOST_IDEAS),
        sorted(milestones, key=lambda m: (m.schedule.end, m.plan.number)),
        lately.filed,
        lately.answered,
    )


def sheet(team: Team) -> bytes:
    """The page; lists too long for it end with the number of the rest."""
    attempts = (_content(team, lines) | {"scale": scale} for lines, scale in _FITS)
    return fitted("equipe.typ", attempts, 1, team.made_at)


def _content(team: Team, lines: int) -> dict:
    pending_ideas = team.to_answer
    milestones = team.milestones
    return frame(team.scope, team.made_at, digest(team.own)) | {
        "figures": [
            {
                "label": printable(team.own[code].label),
                "own": wording.written(team.own[code]),
                "counts": wording.counts(team.own[code]),
                "whole": wording.written(team.whole[code]),
                "expected": wording.expected(team.own[code]),
                "status": team.own[code].status or "",
                "imposed": team.own[code].imposed,
            }
            for code in FIGURES
        ],
        "ideas": [_idea(team, idea) for idea in pending_ideas[:lines]],
        "more-ideas": more(len(pending_ideas) - lines, "autre", "autres"),
        "ideas-count": french.counted(len(pending_ideas), "idée"),
        "milestones": [_milestone(team, m) for m in milestones[:lines]],
        "more-milestones": more(len(milestones) - lines, "autre", "autres"),
        "lately": (
            f"Du {french.day(team.scope.on - LATELY + timedelta(days=1))} au"
            f" {french.day(team.scope.on)}{french.NO_BREAK}:"
            f" {french.counted(team.filed_lately, 'dépôt')} et"
            f" {french.counted(team.answered_lately, 'première réponse', 'premières réponses')}"
        ),
    }


def _idea(team: Team, idea: Idea) -> dict:
    late = idea.due_on is not None and idea.due_on < team.scope.on
    return {
        "number": str(idea.number),
        "title": printable(idea.title, TITLE_MAX),
        "late": late,
        "due": french.day(idea.due_on) if idea.due_on else "–",
    }


def _milestone(team: Team, m: PlanAt) -> dict:
    moved = m.report is not None and m.report.on > team.scope.on - LATELY
    return {
        "number": m.plan.number,
        "title": printable(m.plan.title, TITLE_MAX),
        "due": french.day(m.schedule.end),
        "forecast": (
            french.day(m.report.forecast_end) if m.report and m.report.forecast_end else "–"
        ),
        "health": str(health_of(m, team.scope.on).health),
        "imposed": m.imposed is not None,
        "moved": moved,
        "need": printable(m.report.need, 120) if m.report else "",
    }
