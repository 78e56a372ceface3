"""An act or a query in a transaction of its own."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from models.database import reading, writing
from models.errors import Refused


def committed(engine: Engine, act: Callable, *args: object, **named: object):
    """What the act gives, once it is kept."""
    with writing(engine) as session:
        return act(session, *args, **named)


def queried(engine: Engine, query: Callable, *args: object, **named: object):
    """What the query finds."""
    with reading(engine) as session:
        return query(session, *args, **named)


def refusal(
    engine: Engine,
    act: Callable,
    *args: object,
    match: str | None = None,
    error: type[Exception] = Refused,
    **named: object,
) -> Exception:
    """Why the act is refused, of which nothing is kept."""
    with pytest.raises(error, match=match) as caught, writing(engine) as session:
        act(session, *args, **named)
    return caught.value
