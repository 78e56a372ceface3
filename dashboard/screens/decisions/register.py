"""The register of decisions as a file: decided points, latest first."""

from collections.abc import Sequence

from dashboard import french
from dashboard.queries.decisions.records import DecisionAt
from dashboard.scope import Scope
from dashboard.ui.tables import csv_button, link, unit_name
from dashboard.visit.navigation import address

_DECIDED = (
    "N°",
    "Décision",
    "Instance",
    "Décidée le",
    "Issue",
    "Porteur",
    "Échéance",
    "Où en est-elle",
    "Communiquée",
)


def decided_file(decisions: Sequence[DecisionAt], scope: Scope) -> None:
    if any(d.decided for d in decisions):
        csv_button("decisions", _DECIDED, lambda: _decided_rows(decisions, scope))


def _decided_rows(decisions: Sequence[DecisionAt], scope: Scope) -> list[tuple[object, ...]]:
    decided = sorted(
        (d for d in decisions if d.decided), key=lambda d: (d.decided.on, d.number), reverse=True
    )
    return [
        (
            d.number,
            link(d.title, address("decisions", scope, decision=d.number)),
            d.instance.label,
            french.day(d.decided.on),
            d.outcome.label if d.outcome else "–",
            unit_name(scope.tree, d.owner_direction_id),
            french.day(d.due_on) if d.due_on else "–",
            d.state(scope.on),
            french.day(d.communicated_on) if d.communicated_on else "pas encore",
        )
        for d in decided
    ]
