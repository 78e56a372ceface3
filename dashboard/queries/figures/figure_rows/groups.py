"""Rows of the progress groups: deliverables, and decided propositions."""

from collections import Counter

from sqlmodel import Session

from dashboard.queries.communities import coverage as covered_by
from dashboard.queries.decisions.records import register
from dashboard.queries.figures.figure_rows import CellLink, Rows, cut, unit_name
from dashboard.queries.groups import GroupAt, decided, register as groups_register
from dashboard.scope import Scope
from models.clock import window_start
from models.communities import Community


def _groups(session: Session, scope: Scope) -> list[GroupAt]:
    return [
        g
        for g in groups_register(session).at(scope.on, scope.known_by(scope.on))
        if scope.ambition is None or g.ambition_id == scope.ambition.id
    ]


def _group(group: GroupAt) -> CellLink:
    return CellLink(group.code, "groupes", "groupe", group.code)


def due_deliverables(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Deliverables due in the window, and whether they were handed in by then."""
    found = sorted(
        (
            (d, g)
            for g in _groups(session, scope)
            for d in g.deliverables
            if window_start(scope.on) <= d.due_on <= scope.on
        ),
        key=lambda pair: (pair[0].due_on, pair[1].code),
    )
    rows = [
        (
            _group(g),
            d.title,
            d.due_on,
            d.delivered_on,
            d.forecast if d.delivered_on is None else None,
            "oui" if d.is_in_time else "non",
        )
        for d, g in found
    ]
    return Rows(
        ("Groupe", "Livrable", "Échéance", "Remis le", "Prévu le", "À temps"),
        cut(rows, page),
        len(rows),
    )


def decided_propositions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Decided propositions of groups, the earliest first."""
    points = register(session).at(scope.on, scope.known_by(scope.on))
    found = sorted(
        decided(_groups(session, scope), points),
        key=lambda pair: (pair[1].decided.on, pair[0].code),
    )
    rows = [
        (
            _group(g),
            g.title,
            d.decided.on,
            d.outcome.label if d.outcome else "–",
            "oui" if d.outcome and d.outcome.is_to_do else "non",
        )
        for g, d in found
    ]
    return Rows(
        ("Groupe", "Proposition", "Décidée le", "Issue", "Adoptée"), cut(rows, page), len(rows)
    )


def services(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """The services of the scope, in the order of the chart, with the number of ambassadors who
    cover each.
    """
    by_person = covered_by(session, Community.ambassadors, scope.on, scope.known_by(scope.on))
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
