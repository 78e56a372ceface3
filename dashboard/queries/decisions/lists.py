"""Work lists of decisions (listes de travail): the content and the order of each."""

from collections.abc import Iterable
from datetime import date

from dashboard.queries.columns import Column
from dashboard.queries.decisions.records import DecisionAt
from dashboard.scope import Scope
from models.decisions import Instance, Outcome
from models.words import Word


class DecisionList(Word):
    """The next step that the decisions of a list need."""

    to_decide = "a-decider", "À décider"
    to_execute = "a-executer", "À exécuter"
    late = "en-retard", "En retard"
    to_communicate = "a-communiquer", "À communiquer"
    every = "toutes", "Toutes"

    def holds(self, decision: DecisionAt, on: date) -> bool:
        return {
            DecisionList.to_decide: decision.is_waiting,
            DecisionList.to_execute: decision.is_to_execute,
            DecisionList.late: decision.is_late(on),
            DecisionList.to_communicate: not decision.is_waiting
            and decision.communicated_on is None,
            DecisionList.every: True,
        }[self]


def listed(decisions: Iterable[DecisionAt], of: DecisionList, on: date) -> list[DecisionAt]:
    """The decisions of a list by submission, due or decision date; the list of all has the newest
    first.
    """
    found = [decision for decision in decisions if of.holds(decision, on)]
    return sorted(found, key=_day_and_number, reverse=of is DecisionList.every)


def _day_and_number(decision: DecisionAt) -> tuple[date, int]:
    if decision.is_waiting:
        return decision.submitted_on, decision.number
    day = decision.due_on if decision.is_to_execute else decision.decided.on
    return day, decision.number


def columns(scope: Scope) -> tuple[Column[DecisionAt], ...]:
    """The columns that a list can be sorted by."""
    bodies, outcomes = list(Instance), list(Outcome)

    def owner(decision: DecisionAt) -> str:
        unit = scope.tree.by_id.get(decision.owner_direction_id)
        return unit.name if unit else ""

    def outcome(decision: DecisionAt) -> int | None:
        return outcomes.index(decision.outcome) if decision.outcome else None

    return (
        Column("titre", "Titre", lambda decision: decision.title),
        Column("numero", "Numéro", lambda decision: decision.number),
        Column("instance", "Instance", lambda decision: bodies.index(decision.instance)),
        Column("etat", "Où en est-elle", lambda decision: _by_state(decision, scope.on)),
        Column("porteur", "Porteur", owner),
        Column("issue", "Issue", outcome),
        Column("echeance", "Échéance", lambda decision: decision.due_on),
    )


def _by_state(decision: DecisionAt, on: date) -> int:
    """The rank of its state: pending, late, in progress, done, nothing to do."""
    states = (
        decision.is_waiting,
        decision.is_late(on),
        decision.is_to_execute,
        decision.done_on is not None,
        True,
    )
    return states.index(True)
