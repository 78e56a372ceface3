"""Views of a list that one keeps, and the order of its rows by any column: one's own alone, gone with
the person, and each record on one page whatever the order.
"""

import pytest
from support.crossing import in_turn
from support.troupe import FROZEN

from dashboard.queries import interests
from dashboard.queries.columns import Sort
from dashboard.queries.ideas.ordering import COLUMNS
from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.queries.people.accounts import COLUMNS as OF_ACCOUNTS
from dashboard.queries.people.accounts import accounts_page
from models.clock import now
from models.database import reading
from models.idea_states import IdeaStatus
from models.search import fold


@pytest.mark.parametrize(
    "demo_copy,column", in_turn([column.code for column in COLUMNS]), indirect=["demo_copy"]
)
def test_every_idea_stands_on_one_page_whatever_the_order(demo_copy, cast, scope_for, column):
    orders = []
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        for is_falling in (False, True):
            filters = Filters(status=IdeaStatus.refused, sort=Sort(column, is_falling))
            first = ideas_page(session, scope, filters, 1, FROZEN)
            rows = [
                row
                for page in range(1, first.pages + 1)
                for row in ideas_page(session, scope, filters, page, FROZEN).rows
            ]
            assert len(rows) == len({row.id for row in rows}) == first.total > 20
            orders.append(rows)
        words = Filters(words="salle", sort=Sort(column))
        plain = {row.id for row in ideas_page(session, scope, Filters("salle"), 1, FROZEN).rows}
        if len(plain) < 20:
            found = ideas_page(session, scope, words, 1, FROZEN).rows
            assert {row.id for row in found} == plain
    assert {row.id for row in orders[0]} == {row.id for row in orders[1]}


def test_ideas_are_ordered_by_what_their_column_says(demo_copy, cast, scope_for):
    def read(by: str, is_falling: bool, what: str) -> list:
        with reading(demo_copy) as session:
            filters = Filters(sort=Sort(by, is_falling))
            page = ideas_page(session, scope_for(session, cast.didier), filters, 1, FROZEN)
        return [getattr(row, what) for row in page.rows]

    for by, what in (("depot", "filed_on"), ("soutiens", "supports"), ("commentaires", "comments")):
        assert read(by, False, what) == sorted(read(by, False, what))
        assert read(by, True, what) == sorted(read(by, True, what), reverse=True)
    states = list(IdeaStatus)
    found = [states.index(IdeaStatus(status)) for status in read("etat", True, "status")]
    assert found == sorted(found, reverse=True)
    # What has no day comes last, either way.
    assert None not in read("echeance", False, "due_on") and None not in read(
        "echeance", True, "due_on"
    )


def test_marks_and_accounts_are_ordered_by_any_column(demo_copy, cast, scope_for):
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        everybody = {m.record.id for m in interests.pipeline(session, scope)}
        for column in interests.COLUMNS:
            for sort in (Sort(column.code), Sort(column.code, is_falling=True)):
                assert everybody == {
                    m.record.id for m in interests.pipeline(session, scope, sort=sort)
                }
        days = [m.record.on for m in interests.pipeline(session, scope, sort=Sort("posee", True))]
        assert days == sorted(days, reverse=True)
        owners = [m.owner for m in interests.pipeline(session, scope, sort=Sort("responsable"))]
        told = [fold(owner) for owner in owners if owner]
        assert told and told == sorted(told) and owners[: len(told)] == list(filter(None, owners))
        for column in OF_ACCOUNTS:
            rows = accounts_page(session, cast.farid, now(), sort=Sort(column.code, True))
            assert len(rows) == len(accounts_page(session, cast.farid, now()))
        logins = accounts_page(session, cast.farid, now(), sort=Sort("identifiant", True))
        assert [r.login for r in logins] == sorted([r.login for r in logins], reverse=True)
        states = [
            (not row.is_open, not row.has_key)
            for row in accounts_page(session, cast.farid, now(), sort=Sort("etat"))
        ]
        assert states == sorted(states)
