"""Reads the decisions with their dated facts, as of any day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.queries.columns import Column
from dashboard.queries.readable import Readable, history, readable, unbound
from dashboard.scope import Scope
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome, Verdict
from models.facts import History
from models.scales import Word


@dataclass(frozen=True)
class DecisionAt:
    """One decision as known at a day, with its live facts, oldest first."""

    id: int
    number: int
    title: str
    instance: Instance
    first_owner_id: int | None
    steps: tuple[DecisionEvent, ...]

    def _last(self, *steps: DecisionStep) -> DecisionEvent | None:
        return next((s for s in reversed(self.steps) if s.what in steps), None)

    @property
    def owner_direction_id(self) -> int | None:
        """The direction responsible for the decision (porteur): the last one it was entrusted
        to.
        """
        entrusted = self._last(DecisionStep.entrusted)
        return entrusted.owner_direction_id if entrusted else self.first_owner_id

    @property
    def submitted_on(self) -> date:
        """The day the point was submitted."""
        return self.steps[0].on

    @property
    def decided(self) -> DecisionEvent | None:
        return self._last(DecisionStep.decided)

    @property
    def outcome(self) -> Outcome | None:
        return Outcome(self.decided.outcome) if self.decided and self.decided.outcome else None

    @property
    def is_waiting(self) -> bool:
        """Pending (en attente de décision): submitted, perhaps postponed, not decided yet."""
        return self.decided is None

    @property
    def due_on(self) -> date | None:
        """The due date; only an adopted decision has one, unless a review ended it before it was
        done.
        """
        if not (self.outcome and self.outcome.is_to_do):
            return None
        if self.verdict is Verdict.ended and self.done_on is None:
            return None
        step = self._last(DecisionStep.decided, DecisionStep.due_moved)
        return step.due_on if step else None

    @property
    def done_on(self) -> date | None:
        step = self._last(DecisionStep.done)
        return step.on if step else None

    @property
    def is_to_execute(self) -> bool:
        """Adopted with a due date, and not done."""
        return self.due_on is not None and self.done_on is None

    @property
    def communicated_on(self) -> date | None:
        """The day on which the services were informed."""
        step = self._last(DecisionStep.communicated)
        return step.on if step else None

    @property
    def review_on(self) -> date | None:
        """The day on which its effect is looked at again; None without one, or once reviewed."""
        step = next((s for s in reversed(self.steps) if s.review_on or s.verdict), None)
        return step.review_on if step else None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the last review."""
        step = self._last(DecisionStep.reviewed)
        return Verdict(step.verdict) if step and step.verdict else None

    @property
    def cost(self) -> float | None:
        return self.decided.cost if self.decided else None

    @property
    def fte(self) -> float | None:
        return self.decided.fte if self.decided else None

    def is_late(self, on: date) -> bool:
        """En retard: adopted, due before `on`, and not done."""
        return self.due_on is not None and self.due_on < on and self.done_on is None

    def state(self, on: date) -> str:
        """The state of the decision, in French."""
        if self.is_waiting:
            is_postponed = self._last(DecisionStep.postponed)
            return "Reportée" if is_postponed else "En attente de décision"
        if self.done_on:
            return "Exécutée"
        if self.verdict is Verdict.ended:
            return self.verdict.label
        if self.due_on is None:
            return self.outcome.label if self.outcome else "Décidée"
        return "En retard" if self.is_late(on) else "En cours d'exécution"


@dataclass(frozen=True)
class DecisionRegister:
    """The register (registre des décisions): all decisions with their facts, voided ones included;
    `at` gives them as of a day.
    """

    decisions: tuple[tuple[int, int, str, Instance, int | None], ...]
    steps: History[DecisionEvent]
    unread: int = 0

    def at(self, on: date, known: date | None = None) -> Readable[DecisionAt]:
        """The decisions known at `on`, by number."""
        found = Readable[DecisionAt](unread=self.unread)
        for ident, number, title, instance, owner in self.decisions:
            steps = self.steps.at(ident, on, known)
            if steps:
                found.append(DecisionAt(ident, number, title, instance, owner, tuple(steps)))
        return found


def one_decision(session: Session, decision_id: int, on: date) -> DecisionAt | None:
    """A single decision as known at `on`."""
    found = register(session, [decision_id]).at(on)
    return found[0] if found else None


def decision_numbered(session: Session, number: int, on: date) -> DecisionAt | None:
    """The decision of this number, as known at `on`."""
    ident = session.exec(select(Decision.id).where(Decision.number == number)).first()
    return one_decision(session, ident, on) if ident else None


def register(session: Session, only: Collection[int] | None = None) -> DecisionRegister:
    """Every decision with its history, or those of these ids."""
    steps = history(
        session,
        DecisionEvent,
        *([] if only is None else [DecisionEvent.decision_id.in_(only)]),
        check=_with_known_words,
    )
    stored = unbound(session, Decision, Decision.number)
    decisions = readable(
        [decision for decision in stored if only is None or decision.id in only],
        lambda d: (d.id, d.number, d.title, Instance(d.instance), d.owner_direction_id),
        lambda decision: f"decision {decision.id}",
    )
    return DecisionRegister(tuple(decisions), steps, decisions.unread + steps.unread)


def _with_known_words(fact: DecisionEvent) -> None:
    DecisionStep(fact.what)
    if fact.outcome:
        Outcome(fact.outcome)
    if fact.verdict:
        Verdict(fact.verdict)


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
