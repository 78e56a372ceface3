"""Numbers and lists agree: a number that opens a list counts exactly the rows that it opens."""

from datetime import timedelta

import pytest
from sqlmodel import select
from support.crossing import in_turn
from support.troupe import FROZEN

from dashboard.queries.ideas.records import Filters, View, ideas_page
from dashboard.queries.ideas.waiting import count_late, to_read
from models.database import reading, writing
from models.idea_states import OPEN
from models.ideas import Idea

PLACES = (
    {},
    {"direction": "VC-JSP"},
    {"direction": "AD-VOI"},
    {"ambition": "citoyens"},
    {"direction": "AD", "ambition": "modernisation"},
    {"au": "2023-03-31"},
)
READERS = ("alice", "bruno", "carine", "didier", "elise", "farid", "gaelle")


@pytest.mark.parametrize("demo,who", in_turn(READERS), indirect=["demo"])
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_is_late_and_what_is_to_be_read_open_what_they_count(
    demo, cast, scope_for, who, place
):
    with reading(demo) as session:
        scope = scope_for(session, getattr(cast, who), **place)
        counts = {
            View.late: count_late(session, scope),
            View.last_day: count_late(session, scope, scope.on + timedelta(days=1))
            - count_late(session, scope),
            View.unread: to_read(session, scope),
        }
        for view, counted in counts.items():
            page = ideas_page(session, scope, Filters(view=view), 1, FROZEN)
            assert page.total == counted, view


def test_there_is_something_to_compare(sqlite_demo, cast, scope_for):
    with reading(sqlite_demo) as session:
        everything = scope_for(session, cast.didier)
        assert count_late(session, everything) > 30
        tomorrow = everything.on + timedelta(days=1)
        assert count_late(session, everything, tomorrow) > count_late(session, everything)
        assert to_read(session, everything) > 0


def test_an_answer_promised_before_the_filing_is_late_from_the_filing_on(
    demo_copy, cast, scope_for
):
    """As a file may tell it."""
    with writing(demo_copy) as session:
        waits = Idea.published, Idea.answered_on.is_(None), Idea.status.in_([str(s) for s in OPEN])
        idea = session.exec(select(Idea).where(*waits).order_by(Idea.id.desc())).first()
        filed_on, idea.due_on = idea.filed_on, idea.filed_on - timedelta(days=40)
    with reading(demo_copy) as session:
        for days in (-39, -1, 0, 1):
            on = filed_on + timedelta(days=days)
            scope = scope_for(session, cast.didier, au=str(on))
            page = ideas_page(session, scope, Filters(view=View.late), 1, on)
            assert page.total == count_late(session, scope), on
