"""A list that one works through comes a page at a time, whole and in order."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from support.troupe import FROZEN

from dashboard.queries import interests
from models.communities import Interest, InterestState
from models.database import reading, writing

MANY = 400


def marked(engine: Engine) -> None:
    with writing(engine) as session:
        for n in range(MANY):
            session.add(
                Interest(
                    activity="ambassadeurs",
                    name=f"Personne {n}",
                    contact="dépôt",
                    on=FROZEN - timedelta(days=n % 90),
                    state=InterestState.new,
                )
            )


@pytest.mark.parametrize("direction", ["", "VC"])
def test_marks_come_state_by_state_and_in_each_the_oldest_first(
    demo_copy, cast, scope_for, direction
):
    marked(demo_copy)
    states = list(InterestState)
    with reading(demo_copy) as session:
        params = {"direction": direction} if direction else {}
        scope = scope_for(session, cast.didier, **params)
        total = sum(interests.counts(session, scope).values())
        found = [
            item
            for first in range(0, total, 7)
            for item in interests.pipeline(session, scope, None, 7, first)
        ]
    assert len({item.record.id for item in found}) == len(found) == total > 0
    order = [(states.index(item.state), item.record.on, item.record.id) for item in found]
    assert order == sorted(order)
    if direction:
        assert {item.record.direction_id for item in found} <= scope.counted
