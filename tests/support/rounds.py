"""What a round does with a task, in one session of a test."""

from collections.abc import Iterable

from sqlmodel import Session

from dashboard.actions.operations.mixing import ShortAct


def done(session: Session, acts: Iterable[ShortAct]) -> int:
    """All that was due is found first, then done; how often it was done."""
    return sum(act(session) for act in list(acts))
