"""The cast and their databases: one PostgreSQL and one demonstration for all workers, a fresh
database per test.

- `database`: an empty migrated Engine, on both engines;
- `demo`: the default demonstration, on both engines, loaded once and read only (a write fails);
- `small_copy`: a writable copy of a small administration, a twentieth of it, on both engines;
- `demo_copy`: a writable copy of it, on both engines; `sqlite_demo`, `sqlite_copy`,
  `sqlite_small`: the same on SQLite only;
- `cast`: Alice (agent), Bruno (ambassadeur), Carine (manager of VC-JSP), Didier (animateur), Élise
  (CODIR), Farid (administrator), nobody and the operator, as readers;
- `post`: a mail server that runs; `town`: a copy of the demonstration where nothing waits to be
  told;
- `tree`: its organisation chart; `scope_for`: the Scope of a reader for an address; `data_folder`: settings on a folder of the
  test's own; `installed`: with an empty installation in it.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace

import hypothesis
import pytest
from alembic import command
from httpx import Client
from httpx._transports import default
from hypothesis.internal.conjecture import providers
from sqlalchemy import Engine, event
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from support import pages
from support.databases import (
    Postgres,
    Shared,
    copied,
    fast_folder,
    hasty,
    knowing_statements,
    knows_statements,
    postgres_template,
    running_postgres,
    sqlite_template,
)
from support.imports import furnish
from support.landed import bring_to, bring_to_today
from support.post import Post
from support.served import Served, free_port
from support.troupe import BOTH, FROZEN, Cast, cast_in, scope_at
from support.walked import remembering

from dashboard.actions.people import logins
from dashboard.queries.directions import organisation
from dashboard.scope import Scope
from models import database as house
from models.directions import Tree
from models.installation import Installation
from models.settings import CONFIG, Settings, settings

# No stopwatch in the tests: a slow machine is no mistake of the product.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    database=None,
    max_examples=33,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")
# Hypothesis reads all our sources for constants that it draws now and then: three seconds of a
# processor for each worker of a clean clone.
providers._get_local_constants = lambda: providers._local_constants


# --- the run --------------------------------------------------------------------------------------


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`-n auto`: two workers more than there are cores, at most five: a browser's story waits for
    a part of its time, and stories run beside files that wait for nothing.
    """
    return min((os.cpu_count() or 1) + 2, 5)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "locks: many hands at once; on both engines whatever its file is about"
    )


def pytest_collection() -> None:
    """What is collected stays: the garbage collector, which looks through it again and again as it
    grows, rests until then.
    """
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests in a browser and those on PostgreSQL before `-m` chooses, and leaves out those
    on PostgreSQL that SQLite is enough for.
    """
    left_out = []
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker("browser")
        params = getattr(item, "callspec", _NO_PARAMETERS).params
        is_on_postgresql = "postgresql" in params.values()
        if is_on_postgresql:
            item.add_marker("postgresql")
        if is_on_postgresql and _is_enough_on_sqlite(item, params):
            left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


def pytest_collection_finish() -> None:
    """What has been imported and collected lives as long as the run: the garbage collector leaves
    it out. A full collection of it takes 0.4 s of the processor.
    """
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _is_enough_on_sqlite(item: pytest.Item, params: dict[str, object]) -> bool:
    """A story of acts that writes into a database of its own: PostgreSQL is met by the tests of
    queries, ledger, locks, search, migrations, backup and imports, and by what only reads the
    demonstration.
    """
    chosen = " ".join(str(mark.args[0]) for mark in item.iter_markers("parametrize"))
    is_own = any(params.get(name) == "postgresql" and name not in chosen for name in OF_THE_TEST)
    is_of_acts = item.path.stem.removeprefix("test_") in OF_ACTS
    return is_own and is_of_acts and not item.get_closest_marker("locks")


OF_THE_TEST = ("database", "demo_copy", "small_copy", "town")
OF_ACTS = set(
    "academy account_lists accounts agenda answers calendar_feed deadlines decisions discussions "
    "figures groups health ideas interface jobs ledger links notices obligations overtaken persons "
    "platforms programme pst questionnaires reference_files register_kinds report roadmap rounds "
    "sending sign_on signin surveys traces workshops".split()
)
_NO_PARAMETERS = SimpleNamespace(params={})


# --- settings -------------------------------------------------------------------------------------


def _forget_settings() -> None:
    settings.cache_clear()
    house.engine.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def away_from_home(tmp_path_factory) -> Iterator[Path]:
    """No test sees a real database, a `.env` file or the folder `var`: the settings point into a
    temporary folder.
    """
    folder = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        patch.delenv(CONFIG, raising=False)
        patch.setenv("CP_DATA_DIR", str(folder))
        patch.setitem(Settings.model_config, "env_file", None)
        _forget_settings()
        yield folder
    _forget_settings()


@pytest.fixture(scope="session", autouse=True)
def once_in_a_process() -> Iterator[None]:
    """What each test would do again, and a server does once: look through all that is installed for
    components of Streamlit's, compile the frame and its page, compile the statements of a new engine,
    take the steps of an empty database, read all the authorities of the world.
    """
    compiled, make = cache(ScriptCache), house.engine_for

    def knowing(url: str) -> Engine:
        engine = make(url)
        return knowing_statements(engine) if knows_statements(engine) else engine

    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        patch.setattr(app_test, "ScriptCache", compiled)
        patch.setattr(local_script_runner, "ScriptCache", compiled)
        patch.setattr(house, "engine_for", knowing)
        patch.setattr(command, "upgrade", remembering(command.upgrade))
        patch.setattr(default, "create_ssl_context", cache(default.create_ssl_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_wait_for_a_page() -> Iterator[None]:
    """An AppTest looks a thousand times a second whether its script has ended, and takes the
    interpreter from it each time: here it waits for its thread.
    """
    look = local_script_runner.require_widgets_deltas

    def wait(runner: LocalScriptRunner, timeout: float) -> None:
        runner._script_thread.join(timeout)
        look(runner, 0.1 if runner.script_stopped() else 0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """A password's hash is to take a quarter of a second of whoever guesses; tests/test_accounts.py
    tells that it does. Here it takes a thousandth, for a name that nobody has too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logins, "ROUNDS", 4)
        patch.setattr(logins, "NOBODYS_HASH", logins.hashed("personne"))
        yield


@pytest.fixture
def data_folder(tmp_path, monkeypatch) -> Iterator[Path]:
    """Settings and engine of this process on a data folder of the test's own."""
    folder = tmp_path / "var"
    monkeypatch.setenv("CP_DATA_DIR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    _forget_settings()
    yield folder
    house.engine.cache_info().currsize and house.engine().dispose()
    _forget_settings()


@pytest.fixture
def installed(data_folder) -> Path:
    """The same with an empty installation in it: commands make none."""
    house.migrate()
    with house.writing() as session:
        session.add(Installation(id=1))
    return data_folder


@pytest.fixture
def commands_on(monkeypatch) -> Iterator[Callable[[Engine], None]]:
    """The commands of this process on another database than that of its data folder."""

    def on(other: Engine) -> None:
        monkeypatch.setenv("DATABASE_URL", other.url.render_as_string(hide_password=False))
        _forget_settings()

    yield on
    house.engine.cache_info().currsize and house.engine().dispose()
    _forget_settings()


# --- servers and templates ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Shared:
    """What all workers of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    return Shared(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="session")
def postgres(shared) -> Iterator[Postgres]:
    """The one PostgreSQL of the run."""
    with running_postgres(shared) as found:
        yield found


@pytest.fixture(scope="session")
def templates(shared, request) -> Callable[[str, str], str]:
    """(engine, content) → the template, made once: a file's path, or the name of a database."""
    contents = {
        "empty": house.migrate,
        "demo": _migrate_and_load,
        "small": bring_to_today,
        "at_0006": partial(bring_to, state="0006"),
    }

    @cache
    def template(kind: str, content: str) -> str:
        if kind == "sqlite":
            return str(sqlite_template(shared, content, contents[content]))
        return postgres_template(
            shared, request.getfixturevalue("postgres"), content, contents[content]
        )

    return template


def _migrate_and_load(engine: Engine) -> None:
    house.migrate(engine)
    load_demonstration(engine)


def load_demonstration(engine: Engine) -> None:
    """The default demonstration, as `seed demo` loads it."""
    from dashboard.commands import seeding

    with house.writing(engine) as session:
        seeding.load_demonstration(session)


@pytest.fixture(scope="session")
def copies() -> Iterator[Path]:
    """Where the copies of this worker lie."""
    folder = Path(mkdtemp(prefix="cp-copies-", dir=fast_folder()))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def open_copy(
    templates, request, copies
) -> Callable[[str, str], tuple[Engine, Callable[[], None]]]:
    """(engine, content) → a fresh writable Engine on a copy of the template, and how to end it."""

    def opened(kind: str, content: str) -> tuple[Engine, Callable[[], None]]:
        template = templates(kind, content)
        if kind == "sqlite":
            folder = Path(mkdtemp(dir=copies))
            engine = hasty(house.engine_for(f"sqlite:///{copied(template, folder)}"))
            knowing_statements(engine)
            return engine, lambda: (engine.dispose(), shutil.rmtree(folder, ignore_errors=True))
        server = request.getfixturevalue("postgres")
        name = server.create(template)
        engine = knowing_statements(house.engine_for(server.url(name)))
        return engine, lambda: (engine.dispose(), server.drop(name))

    return opened


@pytest.fixture(scope="session")
def serve_demo(templates, tmp_path_factory) -> Callable[..., Served]:
    """(port, **settings) → a server of the demonstration on a folder of its own, started; who
    asks for it stops it.
    """

    def started(
        port: int = 0, constants: Mapping[str, object] | None = None, **settings: str
    ) -> Served:
        folder = tmp_path_factory.mktemp("served") / "var"
        folder.mkdir()
        shutil.copyfile(templates("sqlite", "demo"), folder / "c-possible.db")
        served = Served(folder, port or free_port(), settings, forks=True, constants=constants)
        return served.start()

    return started


@pytest.fixture(scope="session")
def demo_on(open_copy) -> Iterator[Callable[[str], Engine]]:
    """Engine's name → the demonstration on it, shared by the whole session: a write into it
    fails.
    """
    made: dict[str, tuple[Engine, Callable[[], None]]] = {}

    def opened(kind: str) -> Engine:
        if kind not in made:
            engine, end = made[kind] = open_copy(kind, "demo")
            # At each checkout: a snapshot is read only by itself, and SQLAlchemy takes that back
            # when its connection returns.
            event.listen(engine, "checkout", _read_only)
            made[kind] = engine, end
        return made[kind][0]

    yield opened
    for engine, _ in made.values():
        engine.dispose()  # the files and the server go with the session


def _read_only(connection: object, _record: object, _proxy: object) -> None:
    if hasattr(connection, "read_only"):
        connection.read_only = True
    else:
        connection.execute("PRAGMA query_only=ON")


# --- what tests ask for ---------------------------------------------------------------------------


def copy_of(content: str, *kinds: str) -> Callable:
    """A fixture: a database of the test's own, which it may write into, on each of these engines."""

    @pytest.fixture(params=kinds)
    def lent(request, open_copy) -> Iterator[Engine]:
        engine, end = open_copy(request.param, content)
        yield engine
        end()

    return lent


# On SQLite alone where the engine is irrelevant; the small administration (tests/landed) for what does
# not depend on how many rows there are.
database, sqlite_database = copy_of("empty", *BOTH), copy_of("empty", "sqlite")
demo_copy, sqlite_copy = copy_of("demo", *BOTH), copy_of("demo", "sqlite")
small_copy, sqlite_small = copy_of("small", *BOTH), copy_of("small", "sqlite")
town = copy_of("demo", *BOTH)


@pytest.fixture(params=BOTH)
def demo(request, demo_on) -> Engine:
    """The default demonstration, read only."""
    return demo_on(request.param)


@pytest.fixture(scope="module")
def untouched(open_copy) -> Iterator[Engine]:
    """A demonstration into which what is refused writes nothing."""
    engine, end = open_copy("sqlite", "demo")
    yield engine
    end()


@pytest.fixture(scope="module")
def serve_here(serve_demo) -> Iterator[Callable[..., Served]]:
    """(constants, **settings) → a server of the demonstration, which ends with the file."""
    servers = []

    def started(**how: object) -> Served:
        servers.append(serve_demo(**how))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


@pytest.fixture
def sqlite_demo(demo_on) -> Engine:
    """The default demonstration on SQLite, read only, where the engine is irrelevant."""
    return demo_on("sqlite")


@pytest.fixture
def phone(served) -> Iterator[Client]:
    """A browser without an account and without a script, of the server of this file."""
    with Client(base_url=served.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def cast(demo_on) -> Cast:
    """Ids are drawn from the seed, so that the cast is the same on both engines (test_access
    tells so).
    """
    return cast_in(demo_on("sqlite"))


@pytest.fixture(scope="session")
def tree(demo_on) -> Tree:
    """The organisation chart of the demonstration on the frozen day, the same on both engines."""
    with house.reading(demo_on("sqlite")) as session:
        return organisation(session).at(FROZEN)


@pytest.fixture(scope="session")
def scope_for() -> Callable[..., Scope]:
    """(session, reader, au=…, depuis=…, direction=…, ambition=…) → the Scope of that reader for
    that address.
    """

    return scope_at


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server that runs, and that the settings point to."""
    with pytest.MonkeyPatch.context() as patch:
        server = Post().start()
        for name, value in server.settings.items():
            patch.setenv(name, value)
        settings.cache_clear()
        yield server
        server.stop()
    settings.cache_clear()


@pytest.fixture(scope="module")
def demonstration(open_copy) -> Iterator[Engine]:
    """A copy of the demonstration that the pages read, since the settings of this process point
    to it.
    """
    engine, end = open_copy("sqlite", "demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", str(engine.url))
        _forget_settings()
        yield engine
        house.engine().dispose()
    _forget_settings()
    end()


@pytest.fixture
def open_page(demonstration) -> Callable[..., AppTest]:
    """(login or None, address, query) → the page as that person gets it."""
    return lambda login, url="", query="": pages.arrive(demonstration, login, url, query)


@pytest.fixture
def small_town(database) -> Engine:
    """An empty database with five ambitions and three directions."""
    furnish(database)
    return database
