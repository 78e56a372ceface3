"""Jobs: rights of each kind, progress that only grows, killed processes, results that reach
their asker alone, files that go.
"""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, text
from sqlmodel import select
from support.commands import run_command
from support.rights import ROLES, expected
from support.scripts import end_of
from support.transactions import (
    execute,
    read_with,
    refuses,
    select_all,
    select_one,
    write_with,
)

from dashboard.access import Reach, Reader, may
from dashboard.actions.operations import jobs
from dashboard.actions.people.logins import open_login
from dashboard.commands.jobs import MAKERS
from dashboard.queries.operations.health import last_backup
from dashboard.queries.operations.jobs import (
    LOST,
    LOST_AFTER,
    counts,
    file_of,
    folder,
    is_imported,
    recent,
    result,
    result_file,
)
from dashboard.queries.people.readers import account_by_login
from dashboard.report.kinds import ReportKind
from dashboard.web.answers import reader_by_cookie
from models import database as house
from models.clock import now
from models.database import migrate, reading, writing
from models.ideas import Idea
from models.installation import Installation
from models.jobs import JOBS, Job, JobState
from models.people import Role
from models.settings import ROOT
from models.short_lived import SignOfLife

IDEAS = (
    "id;titre;texte;date\n"
    + "\n".join(f"{n};Banc numéro {n};Un banc;12/06/2023" for n in range(1, 41))
    + "\n99;;sans titre;\n"
)


@pytest.fixture(autouse=True)
def own_folder(data_folder) -> Path:
    """Files of jobs go into a folder of the test's own."""
    return data_folder


def tried(
    engine: Engine,
    reader: Reader,
    content: str | bytes = IDEAS,
    name: str = "boite.csv",
    kind: str = "idees",
    **how,
) -> str:
    """A dry run that was asked for and has run."""
    content = content.encode() if isinstance(content, str) else content
    job = write_with(engine, jobs.ask_trial, reader, kind, content, name, **how).id
    jobs.run_job(job, MAKERS, engine)
    return job


def wanted(engine: Engine, reader: Reader, trial: str) -> str:
    return write_with(engine, jobs.ask_import, reader, trial).id


def asked(engine: Engine, reader: Reader, kind: str = "sauvegarde") -> str:
    return write_with(engine, jobs.ask, reader, kind, {}).id


def line(engine: Engine, reader: Reader, job: str, later: timedelta = timedelta()):
    return next(line for line in read_with(engine, recent, reader, now() + later) if line.id == job)


def report(engine: Engine, reader: Reader, job: str) -> dict | None:
    found = read_with(engine, result, reader, job)
    return found and json.loads(found)


def plain(said: str) -> str:
    """A text with ordinary spaces."""
    return " ".join(said.split())


def ideas(engine: Engine) -> int:
    return select_one(engine, select(func.count()).select_from(Idea))


# ── Rights ────────────────────────────────────────────────────────────────────────────────────────


def test_every_kind_has_a_right_and_a_maker():
    assert set(JOBS) == set(MAKERS) and set(map(str, ReportKind)) < set(JOBS)


class TakenBack(Exception):
    """Nothing of it is kept."""


@pytest.mark.parametrize("role", ROLES)
def test_each_kind_is_asked_for_by_those_who_may(untouched, cast, role):
    person = None if role in ("nobody", "operator") else cast.alice.person_id
    reader = Reader(person, login="alice", roles=frozenset({Role[role]}))
    for kind in JOBS:
        with pytest.raises(TakenBack), writing(untouched) as session:
            if person and expected(JOBS[kind].right, role) > Reach.none:
                assert jobs.ask(session, reader, kind, {}).kind == kind
            else:
                refuses(jobs.ask, session, reader, kind, {})
            raise TakenBack(kind)


LOSSES = ("roles = ''", "disabled = true")
# Each kind meets one loss, in turn.
LOST_MEANWHILE = [(kind, LOSSES[nth % len(LOSSES)]) for nth, kind in enumerate(JOBS)]


@pytest.mark.parametrize("kind,loss", LOST_MEANWHILE)
def test_a_right_or_an_account_lost_meanwhile_is_lost_for_the_job(sqlite_copy, cast, kind, loss):
    asker = next(one for one in (cast.elise, cast.didier, cast.farid) if may(one, JOBS[kind].right))
    job = asked(sqlite_copy, asker, kind)
    execute(
        sqlite_copy,
        text(f"UPDATE account SET {loss} WHERE login = :login"),
        {"login": asker.login},
    )
    jobs.run_job(job, MAKERS, sqlite_copy)
    told = line(sqlite_copy, asker, job)
    assert told.state == JobState.failed and (
        "droit" in told.message or "n'est plus ouvert" in told.message
    )


def test_a_right_lost_meanwhile_writes_nothing(demo_copy, cast):
    trial, before = tried(demo_copy, cast.didier), ideas(demo_copy)
    job = wanted(demo_copy, cast.didier, trial)
    execute(demo_copy, text("UPDATE account SET roles = '' WHERE login = 'didier'"))
    jobs.run_job(job, MAKERS, demo_copy)
    assert ideas(demo_copy) == before
    assert "droit" in line(demo_copy, cast.didier, job).message
    with reading(demo_copy) as session:
        lost = Reader(cast.didier.person_id, login="didier", roles=frozenset({Role.agent}))
        assert result(session, lost, trial) is None and recent(session, lost, now()) == []


# ── Results reach their asker alone ───────────────────────────────────────────────────────────────


def test_an_import_is_told_to_its_asker_alone(demo_copy, cast):
    trial = tried(demo_copy, cast.didier)
    assert report(demo_copy, cast.didier, trial)["new"] == 40
    twin = Reader(cast.elise.person_id, login="elise", roles=frozenset(Role))
    for other in (
        cast.alice,
        cast.bruno,
        cast.carine,
        cast.elise,
        cast.farid,
        cast.nobody,
        cast.operator,
        twin,
    ):
        assert report(demo_copy, other, trial) is None
        refuses(wanted, demo_copy, other, trial)
        assert trial not in {line.id for line in read_with(demo_copy, recent, other, now())}


def test_a_backup_is_sent_to_the_login_of_its_asker_alone(demo_copy, cast):
    job = asked(demo_copy, cast.farid)
    tokens = {}
    with writing(demo_copy) as session:
        for login in ("alice", "didier", "elise", "farid"):
            tokens[login] = open_login(session, account_by_login(session, login), remember=False)
        session.execute(text("UPDATE account SET roles = 'admin' WHERE login = 'elise'"))
    with reading(demo_copy) as session:
        assert result_file(session, reader_by_cookie(session, tokens["farid"]), job) is None, (
            "it is not made yet"
        )
    jobs.run_job(job, MAKERS, demo_copy)
    with reading(demo_copy) as session:
        path, name = result_file(session, reader_by_cookie(session, tokens["farid"]), job)
        assert (
            path == file_of(job)
            and path.stat().st_mode & 0o077 == 0
            and folder().stat().st_mode & 0o077 == 0
        )
        assert name.startswith("c-possible-") and name.endswith(".zip")
        for other in (
            "alice",
            "didier",
            "elise",
        ):  # Élise is an administrator by now, yet did not ask for it
            assert result_file(session, reader_by_cookie(session, tokens[other]), job) is None
        for strange in ("../../c-possible", "", "0" * 32):
            assert result_file(session, reader_by_cookie(session, tokens["farid"]), strange) is None
        assert result_file(session, cast.farid, job) == (path, name)
    execute(demo_copy, text("UPDATE account SET roles = '' WHERE login = 'farid'"))
    with reading(demo_copy) as session:
        assert result_file(session, reader_by_cookie(session, tokens["farid"]), job) is None, (
            "the right is asked for again"
        )


def heard(session, job: str, asked_at: datetime, heard_at: datetime) -> None:
    session.execute(
        SignOfLife.__table__.update()
        .where(SignOfLife.job_id == job)
        .values(asked_at=asked_at, heard_at=heard_at)
    )


def test_the_state_of_the_system_counts_jobs_and_shows_no_content(demo_copy, cast):
    tried(demo_copy, cast.didier, name="secret-de-didier.csv")
    job = asked(demo_copy, cast.farid)
    with writing(demo_copy) as session:
        session.execute(Job.__table__.update().where(Job.id == job).values(state=JobState.running))
        heard(session, job, now() - timedelta(hours=1), now() - 2 * LOST_AFTER)
    with reading(demo_copy) as session:
        found = counts(session, cast.farid, now())
        assert found == {("idees", "fait"): 1, ("sauvegarde", "perdu"): 1}


# ── What is asked for, and once ───────────────────────────────────────────────────────────────────


def test_a_second_click_finds_the_first_ones_job(demo_copy, cast):
    assert asked(demo_copy, cast.farid) == asked(demo_copy, cast.farid)
    trial = tried(demo_copy, cast.didier)
    first = wanted(demo_copy, cast.didier, trial)
    refuses(wanted, demo_copy, cast.didier, trial, match="déjà demandé")
    jobs.run_job(first, MAKERS, demo_copy)
    refuses(wanted, demo_copy, cast.didier, trial)
    with reading(demo_copy) as session:
        assert is_imported(session, cast.didier, "idees", trial, now())
        assert (
            session.exec(select(func.count()).select_from(Job).where(Job.upload.is_not(None))).one()
            == 0
        ), "the file has gone"


def test_a_third_job_at_once_is_refused_whatever_its_kind(demo_copy, cast):
    asked(demo_copy, cast.farid)
    asked(demo_copy, cast.farid, "verification")
    refuses(asked, demo_copy, cast.farid, "dossier", match="Deux de vos travaux")


def test_a_job_is_lost_by_its_silence_not_by_its_age(demo_copy, cast):
    job = asked(demo_copy, cast.farid)
    with writing(demo_copy) as session:
        session.execute(Job.__table__.update().where(Job.id == job).values(state=JobState.running))
        heard(session, job, now() - timedelta(hours=3), now())
    assert line(demo_copy, cast.farid, job).state == JobState.running
    later = line(demo_copy, cast.farid, job, LOST_AFTER + timedelta(seconds=1))
    assert (later.state, later.message) == (JobState.failed, LOST)


# ── Imports ───────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_then_the_import_then_nothing_new(demo_copy, cast):
    before = ideas(demo_copy)
    trial = tried(demo_copy, cast.didier)
    told = report(demo_copy, cast.didier, trial)
    assert (told["rows"], told["new"], told["written"], told["refused"]) == (
        41,
        40,
        False,
        [{"line": 42, "column": "titre", "reason": "Le titre est vide (1 à 255 caractères)."}],
    )
    assert ideas(demo_copy) == before
    job = wanted(demo_copy, cast.didier, trial)
    jobs.run_job(job, MAKERS, demo_copy)
    # What the trial foresaw is not said again once it is done.
    done = report(demo_copy, cast.didier, job)
    del told["layout"]
    moved = told["told"]
    assert done == told | {"written": True, "told": []} and ideas(demo_copy) == before + 40
    assert any("Chiffres qui bougent" in sentence for sentence in moved)
    again = report(demo_copy, cast.didier, tried(demo_copy, cast.didier))
    assert (again["new"], again["unchanged"]) == (0, 40)
    with reading(demo_copy) as session:
        brought = session.exec(select(Idea).where(Idea.title == "Banc numéro 7")).one()
        assert not brought.counts, "not the agents' own unless it is said"


def test_the_choices_of_the_dry_run_are_those_of_the_import(demo_copy, cast):
    trial = tried(demo_copy, cast.didier, chosen={"source": "outil", "agents": True})
    jobs.run_job(wanted(demo_copy, cast.didier, trial), MAKERS, demo_copy)
    with reading(demo_copy) as session:
        assert session.exec(select(Idea).where(Idea.title == "Banc numéro 7")).one().counts
        assert (
            session.execute(text("SELECT count(*) FROM source_key WHERE source = 'outil'")).scalar()
            == 40
        )


@pytest.mark.slow
def test_a_file_of_too_many_rows_is_sent_to_the_command(sqlite_copy, cast):
    content = "titre\n" + "".join(f"Banc {n}\n" for n in range(jobs.FILE_ROWS + 1))
    told = line(sqlite_copy, cast.didier, tried(sqlite_copy, cast.didier, content))
    assert told.state == JobState.failed and "service informatique" in told.message


def test_an_import_that_was_given_up_leaves_nothing(demo_copy, cast):
    """The end of the job and what it wrote are one transaction: who was told « arrêtée » finds
    nothing of it.
    """
    job, before = wanted(demo_copy, cast.didier, tried(demo_copy, cast.didier)), ideas(demo_copy)

    def given_up(work: jobs.JobRun) -> None:
        jobs.mark_lost(work.id, demo_copy)
        MAKERS["idees"](work)

    jobs.run_job(job, {"idees": given_up}, demo_copy)
    assert ideas(demo_copy) == before and line(demo_copy, cast.didier, job).message == LOST


# ── Progress ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sauvegarde", "idees"])
def test_progress_only_grows_is_seen_meanwhile_and_ends_at_a_hundred(
    demo_copy, cast, monkeypatch, kind
):
    monkeypatch.setattr(jobs, "OFTEN", 0.0)
    reader = cast.didier if kind == "idees" else cast.farid
    job = (
        wanted(demo_copy, reader, tried(demo_copy, reader))
        if kind == "idees"
        else asked(demo_copy, reader, kind)
    )
    beside, seen = house.engine_for(demo_copy.url.render_as_string(hide_password=False)), []

    def look(_connection) -> None:
        with beside.connect() as connection:
            seen.append(
                connection.execute(
                    text("SELECT progress FROM job WHERE id = :job"), {"job": job}
                ).scalar()
            )

    event.listen(demo_copy, "commit", look)
    jobs.run_job(job, MAKERS, demo_copy)
    event.remove(demo_copy, "commit", look)
    beside.dispose()
    assert seen == sorted(seen) and seen[0] == 0 and 0 < max(seen) < 100, seen
    assert len(set(seen)) > 4 or kind == "idees", seen
    ended = line(demo_copy, reader, job)
    assert (ended.state, ended.progress) == (JobState.done, 100)


# ── Killed ────────────────────────────────────────────────────────────────────────────────────────

KILLED = """
import os, signal, sys
from sqlalchemy import event
from dashboard.actions.operations.jobs import run_job
from dashboard.commands.jobs import MAKERS
from models.database import engine_for

engine = engine_for(sys.argv[1])

@event.listens_for(engine, "after_cursor_execute")
def die(connection, cursor, statement, parameters, context, executemany):
    if sys.argv[3] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

run_job(sys.argv[2], MAKERS, engine)
"""


KILLED_AT = {
    "INSERT INTO source_key": "sqlite",
    "INSERT INTO idea_event": "postgresql",
    "UPDATE job SET upload": "sqlite",
}


@pytest.mark.parametrize(
    "demo_copy,at",
    ((engine, at) for at, engine in KILLED_AT.items()),
    ids=lambda one: one,
    indirect=["demo_copy"],
)
@pytest.mark.slow
def test_an_import_that_is_killed_leaves_nothing_and_the_next_one_gives_the_whole(
    demo_copy, cast, at
):
    trial, before = tried(demo_copy, cast.didier), ideas(demo_copy)
    job = wanted(demo_copy, cast.didier, trial)
    assert end_of(KILLED, demo_copy, job, at) == -signal.SIGKILL
    assert ideas(demo_copy) == before
    assert line(demo_copy, cast.didier, job).is_open
    assert line(demo_copy, cast.didier, job, LOST_AFTER + timedelta(minutes=1)).message == LOST, (
        "its silence tells"
    )
    jobs.mark_lost(job, demo_copy)
    assert line(demo_copy, cast.didier, job).message == LOST, "or the server that saw it die"
    again = wanted(demo_copy, cast.didier, trial)
    jobs.run_job(again, MAKERS, demo_copy)
    assert report(demo_copy, cast.didier, again)["new"] == 40 and ideas(demo_copy) == before + 40
    assert line(demo_copy, cast.didier, job).state == JobState.failed


def test_a_process_that_dies_is_told_at_once(sqlite_copy, cast, commands_on):
    commands_on(sqlite_copy)
    job = asked(sqlite_copy, cast.farid)
    dying = subprocess.Popen(
        [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    )
    jobs._watch(dying, job)
    told = line(sqlite_copy, cast.farid, job)
    assert (told.state, told.message) == (JobState.failed, LOST)


# ── After a day ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_after_a_day_the_row_and_the_file_go(demo_copy, cast):
    old = asked(demo_copy, cast.farid)
    jobs.run_job(old, MAKERS, demo_copy)
    write_with(demo_copy, jobs.purge)
    assert file_of(old).exists()
    (folder() / f"{'a' * 32}.zip").write_bytes(b"of a job that is gone")
    write_with(demo_copy, heard, old, now() - timedelta(hours=25), now() - timedelta(hours=25))
    new = asked(demo_copy, cast.farid)
    jobs.run_job(new, MAKERS, demo_copy)
    write_with(demo_copy, jobs.purge)
    assert [path.name for path in folder().iterdir()] == [f"{new}.zip"]
    assert set(select_all(demo_copy, select(Job.id))) == {new}


# ── The command line ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_long_commands_tell_on_stderr_and_leave_stdout_alone(data_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("dashboard.commands._LOG_PAUSE", 0.0)
    migrate(house.engine())
    with writing() as session:
        session.add(Installation(id=1))
    (tmp_path / "boite.csv").write_text(IDEAS, encoding="utf-8")
    said = run_command(
        "import", "ideas", str(tmp_path / "boite.csv"), "--format", "json", "--write"
    )
    assert json.loads(said.stdout)["new"] == 40 and "100 % Import : 41 lignes" in plain(said.stderr)
    saved = run_command("backup", "--out", str(tmp_path / "s.zip"))
    assert (
        saved.exit_code == 0
        and "50 % Écriture : table" in plain(saved.stderr)
        and "%" not in saved.stdout
        and "Sauvegarde faite" in saved.stdout
    )
    with reading() as session:
        assert last_backup(session, Reader(roles=frozenset({Role.operator}))) is not None, (
            "the screen knows of it"
        )
    back = run_command("restore", str(tmp_path / "s.zip"), "--remplacer", "--oui")
    assert back.exit_code == 0 and "Restauration : " in back.stderr and "%" not in back.stdout


def test_a_job_that_asks_for_too_much_memory_says_so_and_writes_nothing(sqlite_copy, cast):
    before, job = ideas(sqlite_copy), asked(sqlite_copy, cast.farid)

    def unfold(_work: jobs.JobRun) -> None:
        raise MemoryError

    jobs.run_job(job, MAKERS | {"sauvegarde": unfold}, sqlite_copy)
    assert line(sqlite_copy, cast.farid, job).state == JobState.failed
    assert "2048 Mo" in line(sqlite_copy, cast.farid, job).message and ideas(sqlite_copy) == before


@pytest.mark.slow
def test_the_process_of_a_job_may_not_take_the_whole_machine(data_folder):
    """The memory of one job is limited before it reads anything: a gigabyte is refused to one
    that may take half of it.
    """
    greedy = (
        "from dashboard.commands import jobs; jobs.limit_memory(512);"
        " print(len(bytearray(64 << 20)), flush=True); bytearray(1 << 30)"
    )
    done = subprocess.run(
        [sys.executable, "-c", greedy],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(64 << 20), done.stderr[-300:]
    assert done.returncode == 1 and "MemoryError" in done.stderr, done.stderr[-300:]
