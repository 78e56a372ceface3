"""A real server of the demonstration, in a process and a data folder of its own: for tests,
bench and screenshots.
"""

import itertools
import json
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType

import httpx
from sqlalchemy import Engine, text

from dashboard.actions.people.logins import open_login
from dashboard.cached import precomputing
from dashboard.queries.people.readers import account_by_login
from models import database as house
from models.database import engine_for, writing
from models.settings import ROOT, Settings, settings

START_SECONDS = 120
TOLD_WITHIN = 10.0  # seconds
LATER = 86_400.0  # seconds: after the end of any story

# A process that has done ahead what takes half of a start.
FORKS = multiprocessing.get_context("forkserver")
NUMBERS = itertools.count()
FORKS.set_forkserver_preload(["tests.support.ahead"])


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(
    words: list[str],
    folder: str,
    environment: dict[str, str],
    out: str,
    log: str,
    constants: Mapping[str, object] | None = None,
) -> None:
    """`python -m dashboard …`, in a process that has been forked: what it prints goes into one
    file, what it logs into another.
    """
    # The figures again after each write: a story looks at few, and pays for those itself.
    precomputing.EVERY = LATER
    for path, value in (constants or {}).items():
        module, _, name = path.rpartition(".")
        setattr(import_module(module), name, value)
    os.chdir(folder)
    for descriptor, name in ((1, out), (2, log)):
        file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(file, descriptor)
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    house.engine.cache_clear()
    sys.argv = ["dashboard", *words]
    from dashboard.__main__ import main

    main()


class Forked:
    """A forked `python -m dashboard …`, with the words of `Popen`."""

    def __init__(self, *told: object):
        self.process = FORKS.Process(target=run, args=told, daemon=True)
        # The script of an AppTest stays behind as `__main__`, and a child would run it.
        left, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            self.process.start()
        finally:
            sys.modules["__main__"] = left

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        return self.process.exitcode

    def poll(self) -> int | None:
        return self.process.exitcode

    def terminate(self) -> None:
        self.process.terminate()

    def kill(self) -> None:
        self.process.kill()

    def wait(self, seconds: float | None = None) -> int:
        self.process.join(seconds)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired("run", seconds)
        return self.process.exitcode


@dataclass
class Served:
    """`python -m dashboard run --demo` on a folder; it runs from there, where no developer's
    `.env` is found. Without `demo` it begins with an empty database.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(
        default_factory=dict
    )  # beyond the defaults, by the names of the environment
    demo: bool = True
    forks: bool = False  # a quarter of a start's time; else a process as an operator starts it
    constants: Mapping[str, object] | None = None  # « module.NAME » → its value in a forked one
    process: "subprocess.Popen | Forked | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        ours = {name.upper() for name in Settings.model_fields}
        kept = {name: value for name, value in os.environ.items() if name.upper() not in ours}
        return (
            kept
            | {"CP_DATA_DIR": str(self.folder), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
            | self.settings
        )

    def start(self) -> "Served":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = self._forked() if self.forks else self._anew()
        self._wait()
        return self

    def _forked(self) -> Forked:
        words = ["run", "--port", str(self.port), *(["--demo"] if self.demo else [])]
        log = "server.log"
        return Forked(words, str(self.folder), self.environment, log, log, self.constants)

    def _anew(self) -> subprocess.Popen:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", "dashboard", "run", "--port", str(self.port)),
                    *(["--demo"] if self.demo else []),
                ],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def _wait(self) -> None:
        limit = time.monotonic() + START_SECONDS
        with httpx.Client(timeout=2) as client:
            while time.monotonic() < limit:
                if self.process.poll() is not None:
                    raise RuntimeError(
                        f"The server ended with code {self.process.returncode}:\n{self.log()}"
                    )
                try:
                    if client.get(f"{self.url}/sante").status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"The server did not answer within {START_SECONDS} s:\n{self.log()}")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    # ── What stands in its database ───────────────────────────────────────────────────────────────

    @property
    def engine(self) -> Engine:
        """A connection beside the server's, as a second process would have."""
        if not hasattr(self, "_engine"):
            file = f"sqlite:///{self.folder / 'c-possible.db'}"
            self._engine = engine_for(self.settings.get("DATABASE_URL", file))
        return self._engine

    def rows(self, sql: str, **values: object) -> list[tuple]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def cookie_of(self, login: str) -> str:
        """The token of a login opened for this account, as after the sign-in."""
        with writing(self.engine) as session:
            return open_login(session, account_by_login(session, login), remember=False)

    def health(self, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
        """« /sante » once this holds; as it stands after the seconds within which it must be told."""
        limit = time.monotonic() + TOLD_WITHIN
        while True:
            answer = httpx.get(f"{self.url}/sante", timeout=30)
            if holds(answer) or time.monotonic() > limit:
                return answer
            time.sleep(0.2)

    def command(self, *words: str, seconds: float = START_SECONDS) -> str:
        """What `python -m dashboard …` prints, on the same data folder."""
        name = f"command-{next(NUMBERS)}"
        out, log = self.folder / f"{name}.out", self.folder / f"{name}.log"
        told = Forked(list(words), str(self.folder), self.environment, str(out), str(log))
        code = told.wait(seconds)
        printed, logged = (file.read_text(encoding="utf-8") for file in (out, log))
        for file in (out, log):
            file.unlink()
        if code:
            raise subprocess.CalledProcessError(code, words, printed, logged)
        return printed

    def tick(self) -> str:
        """One whole round (passage) of our own. The server makes one as it starts: whoever comes
        before its end is told so and does nothing, and the mails of that round may still be on
        their way.
        """
        while "Un autre passage est en cours" in (printed := self.command("tick")):
            time.sleep(0.1)
        return printed

    def figure(self, code: str, *options: str) -> float | None:
        """One value as the command line says it."""
        found = json.loads(self.command("figures", "--format", "json", *options))
        return next(entry["value"] for entry in found["figures"] if entry["code"] == code)


def number(french: str) -> float:
    """« 1 234,5 % » → 1234.5."""
    return float(re.sub(r"[^\d,−-]", "", french).replace(",", ".").replace("−", "-"))
