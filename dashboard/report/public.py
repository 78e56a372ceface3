"""What a publication shows (situation publiée): gathered from one board and the roadmap, without
health, target, forecast, comment or owner.
"""

from datetime import date

from sqlmodel import Session

from dashboard.figures.board import board
from dashboard.figures.workstreams import workstream_states
from dashboard.queries import roadmap
from dashboard.queries.ideas.records import implemented
from dashboard.queries.news import PublicFigure, PublicMilestone, PublicWorkstream, Situation
from dashboard.report.wording import figure_of, value_of
from dashboard.scope import Scope

FIGURES = (
    "avancement",
    "idees.pour-100",
    "reponse.tenue",
    "idees-issue.retenues",
    "couverture",
    "formation",
)
IDEAS = 6


def situation(session: Session, scope: Scope) -> Situation:
    """The situation of the whole administration at `scope.on`; a small cell is left out, not
    shown as a gap.
    """
    whole = scope.whole()
    entries = board(session, whole, dict.fromkeys(figure_of(code).code for code in FIGURES))
    shown = [entries[code] for code in FIGURES if not entries[code].suppressed]
    known = roadmap.whole_roadmap(session)
    return Situation(
        tuple(
            PublicFigure(
                e.code,
                e.label,
                value_of(e.code).definition,
                e.unit,
                e.value,
                e.numerator,
                e.denominator,
                e.fresh_on,
            )
            for e in shown
        ),
        tuple(
            PublicWorkstream(s.workstream.id, s.workstream.name, s.earned, s.done, s.total)
            for s in workstream_states(known, scope.on)
        ),
        tuple(
            PublicMilestone(
                m.milestone.number, m.milestone.title, m.schedule.end, _reached(m, scope.on)
            )
            for m in known.at(scope.on)
            if m.is_counted
        ),
        tuple(row.number for row, _ in implemented(session, whole, IDEAS) if row.published),
    )


def _reached(milestone: roadmap.MilestoneAt, on: date) -> date | None:
    return milestone.actual_end if milestone.actual_end and milestone.actual_end <= on else None
