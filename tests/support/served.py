"""A real server of the demonstration, in a process and a data folder of its own: for tests,
bench and screenshots.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import Engine, text

from dashboard.actions.people.logins import open_login
from dashboard.queries.people.readers import account_by_login
from models.database import engine_for, writing
from models.settings import ROOT, Settings

START_SECONDS = 120


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
    process: subprocess.Popen | None = None
    demo: bool = True

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
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "dashboard", "run", "--port", str(self.port)),
                    *(["--demo"] if self.demo else []),
                ],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self._wait()
        return self

    def _wait(self) -> None:
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"The server ended with code {self.process.returncode}:\n{self.log()}"
                )
            try:
                if httpx.get(f"{self.url}/sante", timeout=2).status_code == 200:
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
            self._engine = engine_for(f"sqlite:///{self.folder / 'c-possible.db'}")
        return self._engine

    def rows(self, sql: str, **values: object) -> list[tuple]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def cookie_of(self, login: str) -> str:
        """The token of a login opened for this account, as after the sign-in."""
        with writing(self.engine) as session:
            return open_login(session, account_by_login(session, login), remember=False)

    def command(self, *words: str) -> str:
        """What `python -m dashboard …` prints, on the same data folder."""
        return subprocess.run(
            [sys.executable, "-m", "dashboard", *words],
            cwd=self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def figure(self, code: str, *options: str) -> float | None:
        """One value as the command line says it."""
        found = json.loads(self.command("figures", "--format", "json", *options))
        return next(entry["value"] for entry in found["figures"] if entry["code"] == code)


def number(french: str) -> float:
    """« 1 234,5 % » → 1234.5."""
    return float(re.sub(r"[^\d,−-]", "", french).replace(",", ".").replace("−", "-"))
