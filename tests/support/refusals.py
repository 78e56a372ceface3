"""Checks that an act refuses, by its right and nothing else, and that a refusal writes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from dashboard.access import Reader
from models.errors import Refused

from .acts import COUNTED, REFUSALS, Act, Stage


@contextmanager
def taken_back(stage: Stage) -> Iterator[Session]:
    """A session on the stage whose changes are never kept."""
    with Session(stage.engine) as session:
        stage.session = session
        try:
            yield session
        finally:
            session.rollback()


def rows_written(session: Session) -> int:
    """How many rows this connection has written since it was opened, those taken back included."""
    return session.connection().connection.driver_connection.total_changes


def said_of_the_right(stage: Stage, act: Act, reader: Reader) -> str | None:
    """What the act says where it refuses for want of the right; None where it does anything else.

    Anything else is any outcome at all: behind the right, most acts meet a form that is not filled.
    """
    try:
        act.call(stage, reader)
    except Refused as refusal:
        return next((words for words in REFUSALS if words in str(refusal)), None)
    except Exception:
        return None
    return None


def check_act(stage: Stage, act: Act) -> int:
    """Each reader without the right is refused and writes nothing, the first with it is not. How
    many were refused.
    """
    refused = [name for name, reader in stage.readers.items() if act.refuses(reader)]
    for name in refused:
        with taken_back(stage) as session:
            before = rows_written(session)
            said = said_of_the_right(stage, act, stage.readers[name])
            assert said is not None, f"{act.name}: {name} is not refused for want of the right"
            counted = act.label == COUNTED and stage.readers[name].is_stranger
            assert counted or rows_written(session) == before, (
                f"{act.name}: {name} was refused and has written"
            )
            assert not session.new and not session.dirty, f"{act.name}: {name} leaves a change"
    for name, reader in stage.readers.items():
        if act.allows(reader):
            with taken_back(stage):
                assert said_of_the_right(stage, act, reader) is None, f"{act.name}: {name}"
            break
    return len(refused)
