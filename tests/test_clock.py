"""A clock that jumps by more than a day dates nothing: acts are refused in one sentence, readers go
on, no round is made, until it is right again or somebody confirms its day.
"""

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, delete
from sqlmodel import select
from support.moved_clock import MovedClock
from support.pages import html_of
from support.post import Post, plain, subject
from support.troupe import FROZEN, Cast
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.actions.keeping import tick
from dashboard.actions.keeping.daily_backups import make_in_folder
from dashboard.actions.keeping.doubted_day import confirm_day, tell_of_doubt
from dashboard.actions.keeping.heartbeats import note_all, note_ends
from dashboard.actions.people.logins import check_password
from dashboard.queries.keeping.health import ROUND, Level, Surroundings, health
from models import clock, doubted_day
from models.database import reading, writing
from models.doubted_day import DOUBTED, DayDoubted
from models.errors import Refused
from models.heartbeats import Heartbeat
from models.keeping import (
    Change,
    Installation,
    Notice,
    NoticeKind,
    NoticeState,
    Preference,
)
from models.settings import settings
from models.short_lived import ClockLook
from seed.demonstration import DEMO_PASSWORD

JUMPS = [3, -3, 400, -400]


@pytest.fixture
def moved(tmp_path, monkeypatch):
    """The clock of this process, in the hands of the test."""
    found = MovedClock(tmp_path / "clock")
    monkeypatch.setenv("CP_CLOCK_FILE", str(found.file))
    return found


@pytest.fixture
def town(demo_copy, moved) -> Engine:
    """A town's own database, in which a round was made: its day is that of the clock."""
    return opened(demo_copy)


def opened(on: Engine) -> Engine:
    with writing(on) as session:
        installation = session.get(Installation, 1)
        installation.demonstration, installation.frozen_on = False, None
    doubted_day.forget()
    begin_a_round(on)
    return on


def begin_a_round(on: Engine) -> bool:
    """How a round begins, and that it ended; whether it found the day in doubt."""
    is_doubted = tell_of_doubt(on)
    if not is_doubted:
        note_all({ROUND: ""}, on)
    return is_doubted


def keep(on: Engine, cast: Cast, value: str) -> None:
    """An act, as a screen does one."""
    with writing(on) as session:
        session.merge(Preference(person_id=cast.alice.person_id, name="essai", value=value))


def kept(on: Engine, cast: Cast) -> str | None:
    with reading(on) as session:
        found = session.get(Preference, (cast.alice.person_id, "essai"))
    return found.value if found else None


def other_process() -> None:
    """What a process remembers is gone with it; what rounds keep is not."""
    doubted_day.forget()


def restart_of_the_machine(on: Engine) -> None:
    """Another start has no look of its own; the short-lived store may be lost at any moment."""
    doubted_day.forget()
    with writing(on, dates_nothing=True) as session:
        session.execute(delete(ClockLook))


def confirm(on: Engine, reader) -> str:
    with writing(on, dates_nothing=True) as session:
        return confirm_day(session, reader)


# ── While the machine runs ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("days", JUMPS)
def test_a_clock_that_jumps_keeps_nothing_until_it_is_right_again(town, cast, moved, days):
    keep(town, cast, "avant")
    moved.jump(days)
    for ask_anew in (lambda: None, other_process):
        ask_anew()
        with pytest.raises(DayDoubted, match="rien n'est enregistré") as refusal:
            keep(town, cast, "pendant")
        assert isinstance(refusal.value, Refused), "a form says it and keeps what was typed"
        assert kept(town, cast) == "avant", "who reads goes on reading"
    assert check_password(town, "farid", DEMO_PASSWORD, None), "and who signs in does"
    moved.jump(-days)
    keep(town, cast, "après")
    assert kept(town, cast) == "après"


def test_an_hour_the_summer_and_the_days_that_pass_are_no_jump(town, cast, moved):
    for days in (1 / 24, -1 / 24, 0.9):
        moved.jump(days)
        keep(town, cast, f"saut de {days}")
    for _ in range(40):
        moved.pass_days(1)
        keep(town, cast, "jour après jour")
    moved.pass_days(200)
    keep(town, cast, "un serveur que personne ne regarde")


def test_whoever_administers_confirms_the_day_for_all_processes(town, cast, moved):
    moved.jump(5)
    with pytest.raises(Refused, match=r"administr|rôle|droit"):
        confirm(town, cast.alice)
    confirm(town, cast.farid)
    keep(town, cast, "ici")
    other_process()
    keep(town, cast, "ailleurs")
    with reading(town) as session:
        line = session.exec(select(Change).where(Change.subject == "horloge")).one()
        assert (line.by, line.field, line.on) == (
            cast.farid.person_id,
            "jour",
            clock.today(session),
        )
    with pytest.raises(Refused, match="rien à confirmer"):
        confirm(town, cast.farid)


# ── Across starts ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("days", "is_believed"), [(21, True), (0.5, True), (-3, False)])
def test_a_machine_may_be_off_for_long_but_not_start_before_its_last_day(
    town, cast, moved, days, is_believed
):
    moved.jump(days)
    restart_of_the_machine(town)
    if is_believed:
        keep(town, cast, "de retour")
        return
    with pytest.raises(DayDoubted):
        keep(town, cast, "avant l'heure")
    other_process()
    assert begin_a_round(town)
    moved.jump(-days)
    keep(town, cast, "remise à l'heure")


def test_days_that_a_wrong_clock_noted_are_forgotten_once_the_right_one_is_confirmed(
    town, cast, moved
):
    """It started a year ahead, which nobody can know; set right, it is behind what was noted."""
    moved.jump(365)
    restart_of_the_machine(town)
    begin_a_round(town)
    moved.jump(-365)
    with pytest.raises(DayDoubted):
        keep(town, cast, "avant")
    confirm(town, cast.operator)
    restart_of_the_machine(town)
    keep(town, cast, "après")
    with reading(town) as session:
        last = max(b.good_on for b in session.exec(select(Heartbeat)) if b.good_on)
    assert last <= clock.local_day(clock.now())


def test_a_database_that_comes_from_elsewhere_is_asked_for_its_facts(town, cast, moved):
    with writing(town) as session:
        session.execute(delete(Heartbeat))
        keep_line(session, clock.local_day(clock.now()))
    moved.jump(-10)
    restart_of_the_machine(town)
    with pytest.raises(DayDoubted):
        keep(town, cast, "avant le dernier fait")


def keep_line(session, day) -> None:
    session.add(Change(on=day, subject="essai", record="", field="", before=None, after="fait"))


def test_a_demonstration_stays_on_its_day_whatever_the_clock_says(sqlite_copy, cast, moved):
    keep(sqlite_copy, cast, "avant")
    moved.jump(400)
    keep(sqlite_copy, cast, "après")
    assert not begin_a_round(sqlite_copy)


# ── Rounds, backups, those who watch ──────────────────────────────────────────────────────────────


@pytest.fixture
def post(monkeypatch):
    found = Post().start()
    for name, value in found.settings.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield found
    found.stop()


def test_no_round_reminds_or_clears_away_on_a_day_in_doubt_and_one_mail_tells(
    data_folder, post, sqlite_copy, cast, moved
):
    town = opened(sqlite_copy)
    make_in_folder(town, cast.operator, clock.now())
    with reading(town) as session:
        notices = len(session.exec(select(Notice)).all())
    before = sorted(file.name for file in settings().backup_folder.iterdir())
    post.received.clear()
    moved.jump(400)
    for _ in range(3):
        other_process()
        done = tick.tick(town)
        assert done.is_day_doubted and not done.done
        tick.purge(town)
    with pytest.raises(DayDoubted):
        make_in_folder(town, cast.operator, clock.now())
    assert sorted(file.name for file in settings().backup_folder.iterdir()) == before
    with reading(town) as session:
        assert len(session.exec(select(Notice)).all()) == notices
    [mail] = post.mails_for("farid")
    assert post.addresses == ["farid@exemple.invalid"], "once, to whoever administers"
    assert "l'horloge du serveur a fait un bond" in subject(mail).replace("’", "'")
    assert "était attendu" in plain(mail)
    moved.jump(-400)
    assert not tick.tick(town).is_day_doubted, "it goes on by itself"


def test_the_state_of_the_system_says_both_times(sqlite_copy, moved):
    town = opened(sqlite_copy)
    around = Surroundings(datetime(2026, 11, 27, tzinfo=UTC), 100 * 2**30, 50 * 2**30)
    with reading(town) as session:
        assert health(session, around)[0].level is Level.good
    moved.jump(30)
    with reading(town) as session:
        found = health(session, around)[0]
    expected = clock.local(clock.now()) - timedelta(days=30)
    assert (found.code, found.level) == ("horloge", Level.bad)
    assert str(expected.year) in found.message and "c-possible clock --confirm" in found.message


def test_the_command_says_and_confirms(sqlite_copy, moved, commands_on, data_folder):
    town = opened(sqlite_copy)
    commands_on(town)
    run = CliRunner().invoke
    assert "suit le temps" in run(app, ["clock"]).output
    moved.jump(9)
    doubted = run(app, ["clock"])
    assert doubted.exit_code == 1 and "était attendu" in doubted.output
    assert run(app, ["tick"]).exit_code == 1
    assert "confirmé" in run(app, ["clock", "--confirm"]).output
    assert run(app, ["clock"]).exit_code == 0


# ── What people see ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_served_form_gives_back_what_was_typed_and_the_administrator_confirms(
    serve_demo, tmp_path
):
    moved = MovedClock(tmp_path / "clock")
    served = serve_demo(CP_TICK_MINUTES="0", **moved.settings)
    try:
        opened(served.engine)
        moved.jump(30)
        with httpx.Client(base_url=served.url, timeout=30) as phone:
            form = phone.get("/deposer")
            token = re.search(r'name="jeton" value="([^"]+)"', form.text)[1]
            sent = {"jeton": token, "body": "Un banc à l'ombre"}
            refused = html.unescape(phone.post("/deposer", data=sent).text)
            assert "a fait un bond" in refused and "Un banc à l'ombre" in refused
            told = served.health(lambda told: told.json()["etats"]["horloge"] != "bien")
            assert told.status_code == 200 and told.json()["etat"] == "a-corriger"
            assert told.json()["etats"]["horloge"] == "a-corriger"
            served.command("clock", "--confirm")
            assert "Merci" in phone.post("/deposer", data=sent).text
            told = served.health(lambda told: told.json()["etats"]["horloge"] == "bien")
            assert told.json()["etats"]["horloge"] == "bien"
    finally:
        served.stop()


@pytest.mark.slow
def test_the_screen_has_a_red_tile_and_a_button(open_page, demonstration, cast, moved):
    with writing(demonstration) as session:
        session.get(Installation, 1).frozen_on = None
        note_ends(session, {"round": ""}, clock.now())
        whom = {"person_id": cast.alice.person_id, "key": "essai", "kind": NoticeKind.alert}
        session.add(Notice(**whom, on=FROZEN, title="À dire", state=NoticeState.waiting))
    # To the days of the demonstration, when there was somebody to be told of something.
    days = (clock.local_day(clock.now()) - FROZEN).days
    try:
        moved.jump(-days)
        restart_of_the_machine(demonstration)
        tab = open_page("farid", "etat-du-systeme")
        assert "a fait un bond" not in "".join(e.message for e in tab.exception)
        assert any("était attendu" in said for said in html_of(tab))
        [button] = [item for item in tab.button if item.label == "Confirmer ce jour"]
        names = open_page("didier", "a-prevenir")
        assert not names.exception
        assert [said.value for said in names.error] == [DOUBTED], "who reads them is kept by day"
        assert not open_page("didier", "idees").exception
        button.click().run()
        assert not [item for item in tab.button if item.label == "Confirmer ce jour"]
        assert any("confirmé" in said.value for said in tab.success)
    finally:
        moved.jump(days)
        restart_of_the_machine(demonstration)
        with writing(demonstration) as session:
            session.get(Installation, 1).frozen_on = FROZEN


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
    assert found == {"models/clock.py", "dashboard/web/logs.py"}


def test_the_sentence_is_calm():
    assert DOUBTED.startswith("L'horloge") and "Gardez ce que vous avez écrit" in DOUBTED
