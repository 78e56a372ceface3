"""Every figure at ten dates, in three places and on both engines, against the independent
recomputation in pandas.
"""

import json

import pandas as pd
import pytest
from sqlalchemy import Engine
from support.crossing import in_turn, once_each
from support.recomputed import Recomputed, day, exported
from support.second_path import differing, is_same, shown
from support.troupe import BOTH, STREAMS
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.figures.kinds import every_value

pytestmark = pytest.mark.slow

DATES = (
    "2021-06-30",
    "2021-10-15",
    "2021-12-31",
    "2022-03-31",
    "2022-06-30",
    "2022-09-14",
    "2022-12-31",
    "2023-03-15",
    "2023-05-31",
    "2023-06-30",
)
SOME_DATES = DATES[1::2]
PLACES = (None, "VC", "VC-JSP")


@pytest.fixture(scope="module", params=BOTH)
def told(request, demo_on) -> tuple[Engine, dict[str, pd.DataFrame]]:
    """The demonstration and its raw rows."""
    engine = demo_on(request.param)
    return engine, exported(engine)


@pytest.mark.parametrize("told,on,unit", once_each(SOME_DATES, PLACES), ids=str, indirect=["told"])
def test_every_value_is_the_recomputed_one(told, scope_for, on, unit):
    engine, raw = told
    assert differing(engine, raw, scope_for, on, unit) == {}


@pytest.mark.parametrize("told,on", in_turn(DATES[2::3]), ids=str, indirect=["told"])
@pytest.mark.parametrize("part", ["ideas", "academy"])
def test_of_an_ambition_too(told, scope_for, on, part):
    engine, raw = told
    of_ambition = {"ambition": "modernisation", "part": part}
    assert differing(engine, raw, scope_for, on, None, **of_ambition) == {}


@pytest.mark.parametrize("told", ["sqlite"], indirect=True)
def test_the_comparison_compares(told, scope_for):
    """It would prove little if most were n.d. or hidden; and a wrong count is found."""
    engine, raw = told
    entries = [entry for on in DATES[2::3] for entry in shown(engine, scope_for, on, None).values()]
    hidden = sum(entry["suppressed"] for entry in entries)
    known = sum(entry["value"] is not None for entry in entries)
    assert known > 0.65 * len(entries) and hidden < 0.1 * len(entries), (
        known,
        hidden,
        len(entries),
    )
    one_less = raw | {
        "idea_event": raw["idea_event"][raw["idea_event"]["what"] != "depot"].iloc[:0]
    }
    entry = shown(engine, scope_for, "2023-06-30", None)["idees.pour-100"]
    assert not is_same(entry, Recomputed(one_less, day("2023-06-30")).ideas()["idees.pour-100"])


def test_the_command_says_what_the_board_says(sqlite_copy, scope_for, commands_on):
    commands_on(sqlite_copy)
    for place in ({}, {"direction": "VC-JSP"}):
        words = [word for name, value in place.items() for word in (f"--{name}", value)]
        said = CliRunner().invoke(
            app, ["figures", "--au", "2023-03-15", "--format", "json", *words]
        )
        assert said.exit_code == 0, said.output
        by_code = {entry["code"]: entry for entry in json.loads(said.stdout)["figures"]}
        assert by_code == shown(sqlite_copy, scope_for, "2023-03-15", place.get("direction"))
    assert list(by_code) == [value.code for _, value in every_value(STREAMS)]
