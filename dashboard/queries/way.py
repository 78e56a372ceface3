"""From the ground to a decision (du terrain à la décision): the counts of twelve months at each
step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import french
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.groups import GroupAt, decided
from models.clock import window_start
from models.groups import GroupState

MONTHS = 12


@dataclass(frozen=True)
class Way:
    """Counts of the twelve months up to a day, except `at_work`, which is as of that day.

    `filed`: idées and suggestions; `at_work`: groups; `submitted`: groups that handed in their
    proposition; `decided`: decided propositions, of which `adopted` in whole or in part;
    `carried_out`: implemented ones among the filed.
    """

    filed: int
    at_work: int
    submitted: int
    decided: int
    adopted: int
    carried_out: int

    @property
    def steps(self) -> tuple[tuple[int, str], ...]:
        """(number, label) of each step: filed, at work, submitted, decided, implemented."""
        words = (
            (self.filed, "idée ou suggestion", "idées et suggestions"),
            (self.at_work, "groupe au travail", "groupes au travail"),
            (self.submitted, "proposition remise", "propositions remises"),
            (self.decided, "décision prise", "décisions prises"),
            (self.carried_out, "idée réalisée", "idées réalisées"),
        )
        return tuple((n, french.plural(n, one, many)) for n, one, many in words)


def way_at(
    on: date,
    entries: tuple[int, int],
    groups: Sequence[GroupAt],
    decisions: Sequence[DecisionAt],
) -> Way:
    """`entries`: idées and suggestions filed in the twelve months, and how many of them are
    implemented; groups and decisions are as known at `on`.
    """
    filed, carried_out = entries
    since = window_start(on, MONTHS)
    taken = [d for _, d in decided(groups, decisions) if d.decided.on >= since]
    return Way(
        filed=filed,
        at_work=sum(not group.state.is_over for group in groups),
        submitted=sum(_handed_in_since(group, since) for group in groups),
        decided=len(taken),
        adopted=sum(d.outcome is not None and d.outcome.is_to_do for d in taken),
        carried_out=carried_out,
    )


def _handed_in_since(group: GroupAt, since: date) -> bool:
    return any(step.state == GroupState.submitted and step.on >= since for step in group.steps)
