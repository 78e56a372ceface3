"""Rows of the steering: decisions, pending points, meetings of the bodies."""

from sqlmodel import Session

from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.figures.figure_rows import CellLink, Rows, cut
from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from dashboard.queries.meetings.records import calendar
from dashboard.queries.targets import measures as measures_of
from dashboard.scope import Scope
from models.clock import window_start
from models.meetings import MeetingKind


def _decisions(session: Session, scope: Scope) -> list[DecisionAt]:
    return [
        d
        for d in register(session).at(scope.on, scope.known_by(scope.on))
        if scope.has(d.owner_direction_id)
    ]


def _point(d: DecisionAt) -> CellLink:
    return CellLink(f"{d.number}", "decisions", "decision", str(d.number))


def due_decisions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Decisions due in the window, and whether they were done by then."""
    rows = [
        (
            _point(d),
            d.title,
            d.instance.label,
            d.due_on,
            d.done_on,
            "oui" if d.done_on and d.done_on <= d.due_on else "non",
        )
        for d in _decisions(session, scope)
        if d.due_on and window_start(scope.on) <= d.due_on <= scope.on
    ]
    return Rows(
        ("N°", "Décision", "Instance", "Échéance", "Exécutée le", "À temps"),
        cut(rows, page),
        len(rows),
    )


def waiting_points(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Points pending a decision, the oldest first."""
    waiting = sorted(
        (d for d in _decisions(session, scope) if d.is_waiting), key=lambda d: d.submitted_on
    )
    rows = [
        (_point(d), d.title, d.instance.label, d.submitted_on, (scope.on - d.submitted_on).days)
        for d in waiting
    ]
    return Rows(
        ("N°", "Point", "Instance", "Inscrit le", "Attend depuis (jours)"),
        cut(rows, page),
        len(rows),
        numbers=frozenset({4}),
    )


def notified_decisions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Decisions communicated to the services in the window, and the delay."""
    known = [d for d in _decisions(session, scope) if d.decided]
    rows = [
        (
            _point(d),
            d.title,
            d.decided.on,
            d.communicated_on,
            (d.communicated_on - d.decided.on).days,
        )
        for d in known
        if d.communicated_on and window_start(scope.on) <= d.communicated_on <= scope.on
    ]
    not_communicated = sum(d.communicated_on is None for d in known)
    note = ""
    if not_communicated:
        note = f"Décidées et pas encore communiquées : {not_communicated}, en dehors de la médiane."
    return Rows(
        ("N°", "Décision", "Décidée le", "Communiquée le", "Délai (jours)"),
        cut(rows, page),
        len(rows),
        note,
        frozenset({4}),
    )


def meetings(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Meetings of the body whose day falls in the window: held or not, present and invited."""
    kind = MeetingKind.steering if code == "copilotage" else MeetingKind.council
    known = calendar(session, (kind,)).at(scope.on, scope.known_by(scope.on))
    rows = [
        (m.day, m.label, m.state.label, m.present or None, m.invited or None)
        for m in known
        if window_start(scope.on) <= m.day <= scope.on
    ]
    return Rows(
        ("Jour", "Séance", "État", "Présents", "Invités"),
        cut(rows, page),
        len(rows),
        numbers=frozenset({3, 4}),
    )


def measures(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """The measures of the whole, or of the one direction of the scope, newest first."""
    place = scope.unit.id if scope.unit else None
    found = [
        m
        for m in reversed(measures_of(session, code, scope.on, scope.known_by(scope.on)))
        if m.direction_id == place and (scope.is_whole or place)
    ]
    rows = []
    for m in cut(found, page):
        few = m.n is not None and m.n < SMALLEST_AVERAGE
        rows.append(
            (
                m.on,
                "moins de 10 réponses" if few else m.value,
                None if few else m.n,
                m.source,
                m.recorded_on,
            )
        )
    return Rows(
        ("Date", "Valeur", "n", "Source", "Encodé le"), rows, len(found), numbers=frozenset({1, 2})
    )
