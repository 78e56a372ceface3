"""The direction chosen last is found again, and a busy database costs its memory alone."""

import sqlite3

import pytest
from sqlalchemy import Engine
from support.transactions import read_with

from dashboard.access import Reader
from dashboard.frame.around import remember_direction
from dashboard.queries.people.readers import preference
from models import database as house


def stored(engine: Engine, reader: Reader) -> str:
    return read_with(engine, preference, reader, "direction")


def test_of_several_choices_the_last_one_is_stored(demonstration, cast):
    for codes in ("VC-JSP", "RI-INF"):
        remember_direction(cast.elise, codes)
        assert stored(demonstration, cast.elise) == codes
    remember_direction(cast.nobody, "VC-JSP")
    assert stored(demonstration, cast.nobody) == ""


@pytest.mark.slow
def test_a_busy_database_costs_the_choice_and_the_next_one_is_stored(monkeypatch, request, cast):
    monkeypatch.setattr(house, "PATIENCE", 100)
    served = request.getfixturevalue("demonstration")
    before = stored(served, cast.didier)
    other = sqlite3.connect(served.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    remember_direction(cast.didier, "VC-JSP")
    other.execute("ROLLBACK")
    assert stored(served, cast.didier) == before
    remember_direction(cast.didier, "RI-INF")
    assert stored(served, cast.didier) == "RI-INF"
