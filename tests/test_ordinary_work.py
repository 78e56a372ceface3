"""After days of ordinary work, each with its round, nothing is out of step: `check` holds, every
figure is the one that a second count of the raw rows gives, and a past figure has changed only by
what was recorded late.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from support.ordinary import ACTS, Month
from support.recomputed import exported
from support.second_path import differing
from support.troupe import FROZEN, scope_at

from dashboard.access import OPERATOR
from dashboard.figures.board import board
from dashboard.queries.operations import checks
from models.clock import today
from models.database import reading

pytestmark = pytest.mark.slow

# Some of these days fall into the days of work, one before them within a month.
PLACES = (
    ("2022-10-04", None),
    ("2023-06-30", "VC"),
    ("2023-07-05", None),
    ("2023-07-12", "VC-JSP"),
    ("2023-07-12", None),
)


def failing(on: Engine) -> list[str]:
    with reading(on) as session:
        found = checks.everything(session, today(session))
        return [f"{one.name} : {one.message}" for one in found if not one.holds]


def figures(on: Engine, day: date, known: bool = False) -> dict[str, object]:
    """Code → value at this day; `known`: as it was known then."""
    with reading(on) as session:
        scope = scope_at(session, OPERATOR, today(session), au=day.isoformat())
        told = board(session, replace(scope, as_known_then=known)).as_json()["figures"]
    return {entry["code"]: entry["value"] for entry in told}


def test_after_days_of_ordinary_work_everything_holds(demo_copy, scope_for):
    before = figures(demo_copy, FROZEN)
    month = Month(demo_copy, FROZEN + timedelta(days=1))
    last = month.work(days=8)
    assert set(ACTS) == month.done
    assert failing(demo_copy) == []
    raw = exported(demo_copy)
    for on, unit in PLACES:
        assert differing(demo_copy, raw, scope_for, on, unit, last) == {}, (on, unit)
    for on, _ in PLACES[::2]:
        of_ambition = {"ambition": "citoyens", "part": "ideas"}
        assert differing(demo_copy, raw, scope_for, on, None, last, **of_ambition) == {}, on
    after, known = figures(demo_copy, FROZEN), figures(demo_copy, FROZEN, known=True)
    moved = [code for code, value in after.items() if value != before[code]]
    assert moved, "what is recorded late moves some figure"
    assert [code for code in moved if known[code] != before[code]] == []
