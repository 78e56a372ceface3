"""Rows of external measures: the relevés of a figure."""

from sqlmodel import Session

from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.figure_rows import Rows, cut
from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from dashboard.queries.targets import measures as measures_of
from dashboard.scope import Scope


def measures(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """The measures of the whole, or of the one direction of the scope, newest first."""
    place = scope.unit.id if scope.unit else None
    found = [
        m
        for m in reversed(measures_of(session, code, scope.on, known_by(scope, scope.on)))
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
