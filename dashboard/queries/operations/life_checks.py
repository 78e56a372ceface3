"""Checks of life cycles (vies): each step of an entry, a decision or a group is allowed after the
previous one.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import tuple_
from sqlalchemy.orm.attributes import InstrumentedAttribute
from sqlmodel import Session, select

from dashboard.french import counted
from dashboard.queries.operations.finding import Finding, finding
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.facts import Fact, live
from models.groups import GroupEvent, GroupState, ProgressGroup
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus, next_statuses
from models.ideas import Idea
from models.import_sources import SourceKey

_AFTER_DECISION = (DecisionStep.due_moved, DecisionStep.done, DecisionStep.communicated)


def entry_steps(session: Session) -> Finding:
    """An entry filed here only made allowed changes of state. Imported entries have the history of
    their file.
    """
    may_follow = [
        (str(state), str(after))
        for kind in IdeaKind
        for state in IdeaStatus
        for after in (*next_statuses(kind, state), state)
    ]
    step = tuple_(IdeaEvent.from_status, IdeaEvent.to_status)
    imported = select(SourceKey.record_id).where(SourceKey.subject == "idea")
    jumps = (
        select(Idea.number)
        .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
        .where(
            IdeaEvent.from_status.is_not(None),
            IdeaEvent.to_status.is_not(None),
            IdeaEvent.what != EventKind.undone,
            step.not_in(sorted(set(may_follow))),
            Idea.id.not_in(imported),
        )
        .distinct()
        .order_by(Idea.number)
    )
    return finding(
        "étapes des idées",
        [f"n° {number}" for number in session.execute(jumps).scalars()],
        "chacune suit la précédente",
        "idée a sauté une étape",
        "idées ont sauté une étape",
    )


def decision_steps(session: Session) -> Finding:
    """A decision was submitted first, and is executed only after it was decided."""
    lives = _lives(session, DecisionEvent, DecisionEvent.decision_id, DecisionEvent.what)
    numbers = session.execute(select(Decision.id, Decision.number).order_by(Decision.number)).all()
    put = select(DecisionEvent.decision_id).where(DecisionEvent.what == DecisionStep.submitted)
    # A point that was submitted and withdrawn has no step in force.
    taken_back = set(session.scalars(put)) - lives.keys()
    wrong = [
        f"n° {number} ({lack})"
        for id_, number in numbers
        if id_ not in taken_back and (lack := _lacks(lives.get(id_, [])))
    ]
    return finding(
        "étapes des décisions",
        wrong,
        counted(len(numbers), "décision"),
        "décision n'a pas l'acte que la suite suppose",
        "décisions n'ont pas l'acte que la suite suppose",
    )


def _lacks(steps: Sequence[str]) -> str:
    """The missing step of a decision; empty if none is missing."""
    if not steps or steps[0] != DecisionStep.submitted:
        return "jamais inscrite"
    decided = steps.index(DecisionStep.decided) if DecisionStep.decided in steps else len(steps)
    is_early = any(step in _AFTER_DECISION for step in steps[:decided])
    return "suivie sans être décidée" if is_early else ""


def group_steps(session: Session) -> Finding:
    """A progress group starts by forming, and takes one step at a time."""
    lives = _lives(session, GroupEvent, GroupEvent.group_id, GroupEvent.state)
    codes = session.execute(select(ProgressGroup.id, ProgressGroup.code).order_by("code")).all()
    wrong = [code for id_, code in codes if _jumps(lives.get(id_, []))]
    return finding(
        "étapes des groupes",
        wrong,
        counted(len(codes), "groupe"),
        "groupe a sauté une étape",
        "groupes ont sauté une étape",
    )


def _jumps(states: Sequence[str]) -> bool:
    known = [GroupState(state) for state in states]
    if known[:1] != [GroupState.forming]:
        return True
    return any(
        after not in (before.following, GroupState.dropped) for before, after in pairwise(known)
    )


def _lives(
    session: Session, fact: type[Fact], of: InstrumentedAttribute, what: InstrumentedAttribute
) -> dict[int, list[str]]:
    """Record → the values of its facts in force, oldest first."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(select(of, what).where(live(fact, date.max)).order_by(fact.on, fact.id))
    for record, stored in rows:
        found[record].append(stored)
    return found
