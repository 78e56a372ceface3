"""The direction chosen last is written beside the page, and a busy database costs its memory alone."""

import sqlite3

import pytest
from sqlalchemy import Engine, event

from dashboard.access import Reader
from dashboard.frame import last_direction
from dashboard.frame.last_direction import remember_direction, write_all
from dashboard.queries.people.readers import preference
from models import database as house
from models.database import reading


@pytest.fixture
def short_patience(monkeypatch):
    """A writer waits a tenth of a second for another, not half a minute."""
    monkeypatch.setattr(house, "PATIENCE", 100)


@pytest.fixture
def served(short_patience, request):
    yield request.getfixturevalue("demonstration")
    write_all()


def kept(engine: Engine, reader: Reader) -> str:
    with reading(engine) as session:
        return preference(session, reader, "direction")


def test_of_several_choices_the_last_one_is_kept_and_known_at_once(served, cast):
    for codes in ("VC-JSP", "RI-INF"):
        remember_direction(cast.elise, codes)
        assert last_direction.last_direction(cast.elise) == codes
    remember_direction(cast.nobody, "VC-JSP")
    assert last_direction.last_direction(cast.nobody) == ""
    write_all()
    assert kept(served, cast.elise) == "RI-INF"


def test_a_busy_database_is_waited_for_once_and_the_next_choice_is_kept(served, cast):
    """A server that stops would else wait for each reader who chose."""
    before = kept(served, cast.alice), kept(served, cast.didier)
    other = sqlite3.connect(served.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tries = []
    event.listen(house.engine(), "engine_connect", lambda _connection: tries.append(1))
    for reader in (cast.alice, cast.didier):
        remember_direction(reader, "VC-JSP")
    write_all()
    assert len(tries) == 1
    other.execute("ROLLBACK")
    assert (kept(served, cast.alice), kept(served, cast.didier)) == before
    remember_direction(cast.didier, "RI-INF")
    write_all()
    assert kept(served, cast.didier) == "RI-INF"
