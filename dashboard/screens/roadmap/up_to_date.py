"""« À jour ce mois-ci »: the share of milestones reported on, among those expected, per owner's
direction.
"""

from collections.abc import Sequence

from dashboard import cached, french
from dashboard.formulas import Rate
from dashboard.queries.roadmap import PlanAt, is_expected, is_fresh
from dashboard.scope import WITHOUT_SERVICES, Scope
from dashboard.ui.components import section
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address


def up_to_date(scope: Scope) -> None:
    """One line per direction with expected reports, in the order of the chart; draws nothing if
    there are none.
    """
    expected = [
        m
        for m in cached.milestones(scope.on, scope.asked)
        if is_expected(m, scope.on) and _is_looked_at(m, scope)
    ]
    if not expected:
        return
    received = _in_words(_received(expected, scope))
    section(
        "À jour ce mois-ci",
        f"Jalons commencés et ouverts qui ont un rapport de la période (reçu : {received}).",
    )
    table(
        ("Direction", "À jour"),
        [(name, _in_words(rate)) for name, rate in _lines(expected, scope)],
        "Jalons à jour, par direction responsable",
    )


def _is_looked_at(m: PlanAt, scope: Scope) -> bool:
    return scope.has(m.schedule.owner_direction_id)


def _received(milestones: Sequence[PlanAt], scope: Scope) -> Rate:
    return Rate(sum(is_fresh(m, scope.on) for m in milestones), len(milestones))


def _in_words(rate: Rate) -> str:
    """« 3 sur 5 »."""
    return f"{french.number(rate.numerator)} sur {french.number(rate.denominator)}"


def _lines(expected: Sequence[PlanAt], scope: Scope) -> list[tuple[object, Rate]]:
    """(the direction, linked to its missing reports; its rate)."""
    units = [unit for unit, _ in scope.tree.walk()]
    known = {unit.id for unit in units}
    lines = []
    for unit in units:
        own_milestones = [m for m in expected if m.schedule.owner_direction_id == unit.id]
        if own_milestones:
            lines.append(
                (
                    link(
                        unit.label,
                        address(
                            "feuille-de-route",
                            scope,
                            direction=unit.code,
                            services=WITHOUT_SERVICES,
                            volet="attendues",
                        ),
                    ),
                    _received(own_milestones, scope),
                )
            )
    # The milestone may have no owner direction, or one that this day's chart lacks.
    others = [m for m in expected if m.schedule.owner_direction_id not in known]
    if others:
        lines.append(("Sans direction", _received(others, scope)))
    return lines
