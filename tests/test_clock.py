"""No round is made on a day before that of the last one, until the clock is right again or somebody
says that its day is.
"""

import html
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.moved_clock import MovedClock
from support.pages import html_of
from support.transactions import read_with, select_all
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.actions.operations.heartbeats import record_ends
from dashboard.queries.operations.health import ROUND
from models import clock
from models.database import writing
from models.jobs import Heartbeat, Installation
from models.notices import Notice

WENT_BACK = "aucun passage n'a lieu"


@pytest.fixture
def moved(tmp_path, monkeypatch):
    """The clock of this process, in the hands of the test."""
    found = MovedClock(tmp_path / "clock")
    monkeypatch.setenv("CP_CLOCK_FILE", str(found.file))
    return found


def opened(on: Engine) -> Engine:
    """A town's own database, in which a round was made."""
    with writing(on) as session:
        installation = session.get(Installation, 1)
        installation.demonstration, installation.frozen_on = False, None
    assert record_ends({ROUND: ""}, on)
    return on


def notices(on: Engine) -> int:
    return len(select_all(on, select(Notice)))


def last_round(on: Engine):
    return read_with(on, Session.get, Heartbeat, ROUND).good_on


@pytest.mark.slow
def test_no_round_is_made_on_a_day_before_that_of_the_last_one(
    demo_copy, moved, commands_on, data_folder
):
    town = opened(demo_copy)
    commands_on(town)
    here, before = last_round(town), notices(town)

    def run(*more):
        return CliRunner().invoke(app, ["tick", *more])

    moved.move(-3)
    refused = run()
    assert refused.exit_code == 1 and WENT_BACK in " ".join(refused.output.split())
    assert (last_round(town), notices(town)) == (here, before), "nothing was done"
    moved.move(3)
    assert WENT_BACK not in run().output, "it goes on by itself"
    moved.move(21)
    assert WENT_BACK not in run().output, "a machine may be off for weeks"
    moved.move(-21)
    assert WENT_BACK in " ".join(run().output.split())
    run("--confirm-day")
    assert last_round(town) == here
    assert WENT_BACK not in run().output, "it is said once"


@pytest.mark.slow
def test_whoever_watches_a_server_is_told_that_its_clock_went_back(serve_demo, tmp_path):
    moved = MovedClock(tmp_path / "clock")
    served = serve_demo(CP_TICK_MINUTES="0", **moved.settings)
    try:
        opened(served.engine)
        moved.move(-3)
        told = served.health(lambda told: told.json()["etats"]["horloge"] != "bien")
        assert told.status_code == 200, "a restart would mend nothing"
        assert told.json()["etat"] == told.json()["etats"]["horloge"] == "a-corriger"
        moved.move(3)
        told = served.health(lambda told: told.json()["etats"]["horloge"] == "bien")
        assert told.json()["etats"]["horloge"] == "bien"
    finally:
        served.stop()


@pytest.mark.slow
def test_the_screen_says_it(open_page, demonstration, moved):
    assert record_ends({ROUND: ""}, demonstration)
    moved.move(-3)
    said = html.unescape("".join(html_of(open_page("farid", "etat-du-systeme"))))
    assert WENT_BACK in said and "tick --confirm-day" in said


def test_no_other_place_asks_the_machine_for_the_day():
    """What dates facts or serves logins asks models/clock.py, which a rehearsal moves."""
    root = Path(clock.__file__).parents[1]
    asks = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(\)|utcnow")
    found = {
        str(file.relative_to(root))
        for room in ("dashboard", "models", "pages", "seed")
        for file in (root / room).rglob("*.py")
        if asks.search(file.read_text(encoding="utf-8"))
    }
    # A line of the log is dated by what the machine says.
    assert found == {"models/clock.py"}
