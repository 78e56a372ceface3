"""The content of a publication (situation publiée): gathered from one board and the roadmap,
without health, target, forecast, comment or owner.
"""

from sqlmodel import Session

from dashboard.figures.board import Board, board
from dashboard.figures.workstreams import workstream_states
from dashboard.queries import roadmap
from dashboard.queries.ideas.records import implemented
from dashboard.queries.news import PublicFigure, PublicMilestone, PublicWorkstream, Situation
from dashboard.queries.roadmap import Roadmap
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
    """The situation of the whole administration at `scope.on`, read from the database."""
    whole = scope.whole()
    return public_situation(
        board(session, whole, figure_codes()),
        roadmap.whole_roadmap(session),
        newest_done(session, whole),
    )


def figure_codes() -> list[str]:
    """The figures that are published."""
    return list(dict.fromkeys(figure_of(code).code for code in FIGURES))


def newest_done(session: Session, whole: Scope) -> tuple[int, ...]:
    """Numbers of the latest ideas carried out that are published."""
    return tuple(row.number for row, _ in implemented(session, whole, IDEAS) if row.published)


def public_situation(entries: Board, known: Roadmap, done: tuple[int, ...]) -> Situation:
    """The public part of a board and of the roadmap on its day; a small cell is omitted
    entirely.
    """
    on = entries.scope.on
    entries_shown = [entries[code] for code in FIGURES if not entries[code].suppressed]
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
            for e in entries_shown
        ),
        tuple(
            PublicWorkstream(s.workstream.id, s.workstream.name, s.earned, s.done, s.total)
            for s in workstream_states(known, on)
        ),
        tuple(
            PublicMilestone(
                m.plan.number,
                m.plan.title,
                m.schedule.end,
                m.actual_end if m.actual_end and m.actual_end <= on else None,
            )
            for m in known.at(on)
            if m.is_counted
        ),
        done,
    )
