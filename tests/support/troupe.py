"""The cast of the stories, as readers of a demonstration; a module of its own, since two conftest.py
share one name; values of a test crossed with the two engines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.scope import Scope
from models import database as house
from models.programmes import programmes

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# The cast of the stories, as readers of a demonstration; a module of its own, since two
# conftest.py share one name

FROZEN = date(2023, 6, 30)
STREAMS = range(1, 7)  # the workstreams of its programme
BOTH = ("sqlite", "postgresql")
# For a test whose `database` is only asked for what every engine does.
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Cast:
    """The readers of the stories, by their first names."""

    alice: Reader
    bruno: Reader
    carine: Reader
    didier: Reader
    elise: Reader
    farid: Reader
    gaelle: Reader
    nobody: Reader = NOBODY
    operator: Reader = OPERATOR


def cast_in(engine: Engine, on: date = FROZEN) -> Cast:
    """The cast as readers, from the accounts of a demonstration."""
    with house.reading(engine) as session:
        return Cast(
            *(
                reader_of(session, account_by_login(session, login), on)
                for login in ("alice", "bruno", "carine", "didier", "elise", "farid", "gaelle")
            )
        )


def scope_at(session: Session, reader: Reader, today: date = FROZEN, **address: str) -> Scope:
    """The Scope of that reader for that address."""
    return Scope.for_reader(
        reader,
        address,
        today,
        organisation(session).at,
        ambitions(session),
        programmes(session),
    )


# ── Values of a test crossed with the two engines ─────────────────────────────────────────────────
# Each value is met, and each engine in turn.


def once_each(some: Sequence, others: Sequence, whole: object = None) -> list[tuple]:
    """(engine, one, other): each one meets one of the others, in turn, and `whole` meets all."""
    return [
        (BOTH[(i + j) % len(BOTH)], one, other)
        for i, one in enumerate(some)
        for j, other in enumerate(others)
        if one == whole or i % len(others) == j
    ]


def in_turn(some: Sequence) -> list[tuple]:
    """(engine, one): each one on one of the engines, in turn."""
    return [(BOTH[nth % len(BOTH)], one) for nth, one in enumerate(some)]
