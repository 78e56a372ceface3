"""What screens remember: the past keeps its points while today is written, and loses them when
something reaches back.
"""

import os
import subprocess
import sys
from datetime import date

import pytest
from sqlmodel import select
from support.databases import telling_statements
from support.transactions import read_with, select_all, write_with
from support.troupe import FROZEN

from dashboard import cached
from dashboard.access import OPERATOR
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.ideas.facts import undo
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.cached import memory, precomputing
from dashboard.figures import REGISTRY
from dashboard.figures.board import scope_for as spoken_of
from dashboard.figures.kinds import Reads, figure_of
from dashboard.ui.charts import HEADLINES, cards_of
from models import database as house
from models.clock import month_ends
from models.database import reading, writing
from models.decisions import Instance
from models.idea_events import IdeaEvent
from models.ideas import Idea
from models.jobs import Revision
from models.revisions import raise_revisions
from models.settings import ROOT, settings

DATES = [date(2022, 11, 15), *month_ends(FROZEN, 14)]
WRITTEN = ("idees", "reponse", "reponse.ancienne", "idees-issue", "decisions")


@pytest.fixture
def served(demo_copy, monkeypatch):
    """A copy of the demonstration that this process reads, as a server does."""
    monkeypatch.setenv("DATABASE_URL", demo_copy.url.render_as_string(hide_password=False))
    for forget in (settings.cache_clear, house.engine.cache_clear):
        forget()
    yield demo_copy
    house.engine().dispose()
    for forget in (settings.cache_clear, house.engine.cache_clear):
        forget()


def past(engine) -> dict[str, int]:
    return {
        row.subject: row.n
        for row in select_all(engine, select(Revision))
        if row.subject.endswith(":past")
    }


def agree(engine, scope_for) -> None:
    """What is remembered is what the database says, for every figure and date."""
    with reading(engine) as session:
        scope = scope_for(session, OPERATOR)
        for code in WRITTEN:
            figure = REGISTRY[code]
            assert cached.points(figure, scope, DATES) == Reads(session).points(
                figure, spoken_of(scope, figure), DATES
            ), code


@pytest.mark.slow
def test_what_is_written_today_moves_today_only(served, cast, scope_for):
    agree(served, scope_for)
    before = past(served)
    with writing(served) as session:
        file_idea(session, cast.alice, checked_input(title="Un banc"), "jeton")
        submit_point(session, cast.didier, PointInput("Un point", Instance.codir))
    assert past(served) == before, "no day before today can have changed"
    agree(served, scope_for)


@pytest.mark.slow
def test_what_reaches_back_is_seen_on_every_day(served, cast, scope_for):
    agree(served, scope_for)
    before = past(served)
    write_with(
        served,
        submit_point,
        cast.didier,
        PointInput("Un point oublié", Instance.codir, on=date(2022, 11, 10)),
    )
    assert past(served) == before | {"decisions:past": before["decisions:past"] + 1}
    agree(served, scope_for)
    found = cached.points(REGISTRY["decisions"], read_with(served, scope_for, OPERATOR), DATES)[
        "decisions.attente"
    ]
    assert found[0].value == 1, "on 15 November 2022 it was waiting"


@pytest.mark.slow
def test_a_month_of_ideas_that_is_over_is_counted_once(served, cast, scope_for):
    """Each direction and each later look finds it; an answer that is undone leaves it."""
    with reading(served) as session:
        whole, part = scope_for(session, OPERATOR), scope_for(session, OPERATOR, direction="VC")
    figure = REGISTRY["reponse"]
    with telling_statements(house.engine()) as first:
        cached.points(figure, whole, [FROZEN])
    write_with(served, file_idea, cast.alice, checked_input(title="Un banc"), "jeton")
    with telling_statements(house.engine()) as again:
        cached.points(figure, whole, [FROZEN])
        cached.points(figure, part, [FROZEN])
    assert sum(map(is_count, again)) == 5 < sum(map(is_count, first)) / 10, "the day that runs"
    agree(served, scope_for)
    with writing(served) as session:
        late = session.exec(
            select(IdeaEvent).where(IdeaEvent.first_answer, IdeaEvent.on < date(2023, 3, 1))
        ).first()
        undo(session, cast.elise, session.get(Idea, late.idea_id), [late])
    agree(served, scope_for)


def is_count(statement: str) -> bool:
    return "FROM idea_event" in statement and "GROUP BY" in statement


PLACES = ({}, {"direction": "VC"}, {"direction": "VC-JSP,VC-CUL"}, {"ambition": "modernisation"})


@pytest.mark.slow
def test_what_directions_share_is_read_once_and_tells_each_of_them(served, scope_for):
    """Whoever looks first, each direction is told what it would be told alone."""
    days = [date(2022, 11, 15), FROZEN]
    precomputing.ready(rest=lambda _seconds: None)
    with reading(served) as session:
        scopes = [scope_for(session, OPERATOR, **place) for place in PLACES[::2]]
        for figure in REGISTRY.values():
            for scope in (spoken_of(scope, figure) for scope in scopes):
                alone = Reads(session).points(figure, scope, days)
                assert cached.points(figure, scope, days) == alone, (figure.code, scope.place)


@pytest.mark.slow
def test_cards_of_today_wait_for_no_figure(served, scope_for, cast):
    scope = read_with(served, scope_for, OPERATOR)
    seen = precomputing.ready(rest=lambda _seconds: None)
    cards = [code for codes in HEADLINES.values() for code in codes]
    cards_of(scope, cards)
    with telling_statements(house.engine()) as asked:
        cards_of(scope, cards)
    assert set(asked) <= {"SELECT subject, n FROM revision"}
    write_with(served, file_idea, cast.alice, checked_input(title="Un banc"), "jeton")
    assert precomputing.ready(seen, rest=lambda _seconds: None) != seen
    with telling_statements(house.engine()) as asked:
        found = {card.entry.code: card.entry for card in cards_of(scope, cards)}
    assert set(asked) <= {"SELECT subject, n FROM revision"}
    with reading(served) as session:
        counted = figure_of("reponse.ouvertes").function(Reads(session), scope, FROZEN)
    assert found["reponse.ouvertes"].value == counted["reponse.ouvertes"].value


BUMPS = """
import sys
from models.database import engine_for, writing
from models.revisions import raise_revisions
with writing(engine_for(sys.argv[1])) as session:
    raise_revisions(session, "ideas")
"""


@pytest.mark.slow
@pytest.mark.locks
def test_revisions_tell_a_commit_of_any_process(demo_copy, monkeypatch):
    monkeypatch.setattr(memory, "engine", lambda: demo_copy)
    first = memory.every_revision()
    write_with(demo_copy, raise_revisions, "ideas")
    second = memory.every_revision()
    assert second["ideas"] == first["ideas"] + 1
    url = demo_copy.url.render_as_string(hide_password=False)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", BUMPS, url], env=environment, check=True)
    assert memory.every_revision()["ideas"] == second["ideas"] + 1
