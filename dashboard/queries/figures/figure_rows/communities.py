"""Rows of the communities: the coverage of each service."""

from collections import Counter

from sqlmodel import Session

from dashboard.queries.communities import coverage as covered_by
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.figure_rows import Rows, cut, unit_name
from dashboard.scope import Scope
from models.communities import Community


def services(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """The services of the scope, in the order of the chart, with the number of ambassadors who
    cover each.
    """
    by_person = covered_by(session, Community.ambassadors, scope.on, known_by(scope, scope.on))
    covered = Counter(unit for units in by_person.values() for unit in units)
    rows = [
        (
            unit.name,
            unit_name(scope, unit.parent),
            "oui" if unit.id in covered else "non",
            covered.get(unit.id, 0),
        )
        for unit in scope.tree.services(scope.counted)
    ]
    return Rows(
        ("Service", "Direction", "Couvert", "Ambassadeurs"),
        cut(rows, page),
        len(rows),
        numbers=frozenset({3}),
    )


def ambassadors(_session: Session, _scope: Scope, _code: str, _page: int) -> Rows:
    """Activity is not public: counts only."""
    return Rows(
        ("",),
        note=(
            "L'activité d'un ambassadeur n'est pas publique : seuls les deux nombres ci-dessus sont"
            " montrés."
        ),
    )
