"""Lists that one works through ask the database as often for a thousand records as for twenty, and
read no more than the page that is shown.
"""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from support.databases import telling_statements
from support.troupe import FROZEN

from dashboard.queries import interests
from dashboard.queries.people.accounts import accounts_page
from dashboard.ui.desk import PAGE
from models.clock import now
from models.communities import Interest, InterestState
from models.database import reading, writing
from models.people import Account, Person

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


def test_marks_of_interest_are_read_a_page_at_a_time(demo_copy, cast, scope_for):
    def read(page: int) -> tuple[list[int], int]:
        with reading(demo_copy) as session:
            scope = scope_for(session, cast.didier)
            with telling_statements(demo_copy) as sent:
                found = interests.pipeline(session, scope, None, PAGE, (page - 1) * PAGE)
        return [item.id for item in found], len(sent)

    _, few = read(1)
    marked(demo_copy)
    seen = []
    pages = -(-(MANY + 28) // PAGE)
    for page in range(1, pages + 1):
        found, sent = read(page)
        assert len(found) <= PAGE and sent <= few
        seen += found
    with reading(demo_copy) as session:
        everyone = session.exec(select(Interest.id)).all()
    assert sorted(seen) == sorted(everyone), "each mark stands on one page"
    assert read(pages + 1)[0] == []


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
    assert len({item.id for item in found}) == len(found) == total > 0
    order = [(states.index(item.state), item.on, item.id) for item in found]
    assert order == sorted(order)
    if direction:
        assert {item.direction_id for item in found} <= scope.counted


def test_accounts_are_read_a_page_at_a_time(demo_copy, cast):
    def read(page: int) -> tuple[list[int], int]:
        with reading(demo_copy) as session, telling_statements(demo_copy) as sent:
            rows = accounts_page(session, cast.farid, now(), page, size=PAGE)
        return [row.id for row in rows], len(sent)

    _, few = read(1)
    with writing(demo_copy) as session:
        free = session.exec(
            select(Person.id).where(
                Person.erased_on.is_(None), Person.id.not_in(select(Account.person_id))
            )
        ).all()[:MANY]
        for n, person_id in enumerate(free):
            session.add(Account(login=f"compte{n:03}", person_id=person_id, password_hash=""))
    with reading(demo_copy) as session:
        everyone = session.exec(select(Account.id)).all()
    seen = []
    for page in range(1, -(-len(everyone) // PAGE) + 1):
        found, sent = read(page)
        assert len(found) <= PAGE and sent <= few
        seen += found
    assert sorted(seen) == sorted(everyone)
