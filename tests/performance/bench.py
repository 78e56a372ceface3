"""Measures the product at several sizes, beside hello world in the same run, and prints Markdown
tables.

    python -m tests.performance.bench [--sizes 1k,10k,100k] [--no-browser] [--work FOLDER] [--times
    15]

Nothing here is a test: machines differ. README.md in this folder says what each column is.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
import psutil
from sqlalchemy import event

from models.settings import ROOT
from tests.performance import recall_table
from tests.performance.chromium_clock import HELLO, MEASURED, cockpit, in_browser
from tests.support.served import Served, free_port
from tests.support.tab import Tab, elements, screens

_BUILDS_FOR = 7200.0  # seconds, a million ideas on a loaded machine
SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000}
MONTH_END, WITHIN = "2023-06-30", "2023-06-14"
WHOLE = f"au={MONTH_END}&direction=ADM&ambition=toutes"
SESSIONS, ROUNDS = (1, 16), 160


def main() -> None:
    options = arguments()
    sizes = [size.strip() for size in options.sizes.split(",")]
    say(
        f"# Bench of C-Possible\n\n{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians"
        f" of {options.times}\n"
    )
    with hello_server(options.work) as (url, process):
        yardstick = {
            "reruns": reruns(url, hello_tab),
            "memory": memory(process),
            "browser": in_browser(url, HELLO, "") if options.browser else None,
        }
    rows = []
    for size in sizes:
        folder = copy_of(database(options.work, size), options.work)
        try:
            rows.append(one_size(size, folder, options))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    summary(yardstick, rows, options.browser)


def arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument(
        "--sizes", default="1k,10k,100k", help=f"among {', '.join(SIZES)}, or a number"
    )
    asked.add_argument(
        "--work",
        type=Path,
        default=work_folder(),
    )
    asked.add_argument("--times", type=int, default=15)
    asked.add_argument(
        "--browser",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="loads and scope changes in Chromium too",
    )
    return asked.parse_args()


def work_folder() -> Path:
    """Where the databases are kept from one bench to the next."""
    return Path(os.environ.get("CP_BENCH_DIR") or Path(tempfile.gettempdir()) / "c-possible-bench")


def say(text: str) -> None:
    print(text, flush=True)


def table(headings: list[str], rows: list[list[object]]) -> None:
    say("| " + " | ".join(headings) + " |\n|" + " --- |" + " ---: |" * (len(headings) - 1))
    say("\n".join("| " + " | ".join(map(shown, row)) + " |" for row in rows) + "\n")


def shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if value < 100 else f"{value:.0f}"
    return "–" if value is None else str(value)


# ── The databases ─────────────────────────────────────────────────────────────────────────────────


def database(work: Path, size: str) -> Path:
    """The folder of the demonstration with that many ideas; built once for a state of models and
    seed.
    """
    ideas = SIZES.get(size) or int(size)
    folder = work / f"{ideas}-{state_of_the_code()}"
    if not (folder / "c-possible.db").exists():
        say(f"<!-- building {folder} -->")
        began, building = time.perf_counter(), work / f"building-{os.getpid()}"
        building.mkdir(parents=True)
        Served(building).command("seed", "demo", "--ideas", str(ideas), seconds=_BUILDS_FOR)
        building.rename(folder)
        say(f"<!-- built in {time.perf_counter() - began:.0f} s -->")
    return folder


def state_of_the_code() -> str:
    files = sorted(
        file
        for name in ("models", "seed")
        for file in (ROOT / name).rglob("*")
        if file.suffix in (".py", ".csv")
    )
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:10]


def copy_of(folder: Path, work: Path) -> Path:
    """What the bench writes must not stay in the database that is kept."""
    copied = Path(tempfile.mkdtemp(prefix="running-", dir=work))
    for file in folder.glob("c-possible.db*"):
        shutil.copy(file, copied)
    return copied


# ── One size ──────────────────────────────────────────────────────────────────────────────────────


def one_size(size: str, folder: Path, options: argparse.Namespace) -> dict:
    say(f"## {size} ideas\n")
    say(
        "\n".join(
            recall_table.lines(recall_table.rows_of(f"sqlite:///{folder / 'c-possible.db'}", size))
        )
        + "\n"
    )
    statements = sql_of_pages(folder, options.times)
    began = time.perf_counter()
    served = Served(folder).start()
    try:
        up = time.perf_counter() - began
        with Tab(served.url, cookie=served.cookie_of("elise"), remembers=True) as first:
            first.open("tableau-de-bord", WHOLE)
            start = {"up": up, "first": up + first.seconds}
        process = psutil.Process(served.process.pid)
        scripts = script_runs(served, options.times)
        before = memory(process)
        speed = reruns(served.url, lambda: cockpit_tab(served))
        pages = [[name, *statements[name], *scripts[name]] for name in addresses()]
        table(
            [
                "page (ms)",
                "SQL, month end",
                "statements",
                "SQL, within a month",
                "script, warm",
                "script, after a write",
            ],
            pages,
        )
        browser = (
            in_browser(served.url, cockpit(WHOLE), served.cookie_of("elise"))
            if options.browser
            else None
        )
        return {
            "size": size,
            "start": start,
            "reruns": speed,
            "idle": before,
            "memory": memory(process),
            "browser": browser,
        }
    finally:
        served.stop()


def addresses() -> dict[str, tuple[str, str]]:
    """Name → (address, parameters) of what is measured: each screen with something in it."""
    from dashboard.visit.navigation import SCREENS

    found = {
        screen.title: (screen.url, "")
        for screen in SCREENS
        if screen.url not in ("pourquoi", "vos-donnees")
    }
    return found | {
        "Ma direction": ("ma-direction", "direction=VC"),
        "Une ambition": ("ambitions", "ambition=bien-etre"),
        "Idées, recherche": ("idees", "q=service"),
        "Un jalon": ("feuille-de-route", "jalon=1.7"),
        "Pourquoi ce chiffre ?": ("pourquoi", "chiffre=reponse.tenue"),
    }


def query_of(more: str, on: str = MONTH_END, direction: str = "ADM") -> str:
    given = dict(part.split("=") for part in more.split("&") if part)
    wanted = {"au": on, "direction": direction, "ambition": "toutes"} | given
    return "&".join(f"{name}={value}" for name, value in wanted.items())


# ── SQL ───────────────────────────────────────────────────────────────────────────────────────────


def sql_of_pages(folder: Path, times: int) -> dict[str, list[float]]:
    """Page → [ms at a month end, statements, ms within a month]: what the database takes once
    nothing is remembered.

    In this process, through AppTest, so that each statement can be timed.
    """
    with_settings(folder)
    from streamlit.testing.v1 import AppTest

    from dashboard.actions.people.logins import hash_of
    from dashboard.visit.navigation import screen_at
    from dashboard.visit.signin import TAB_LOGIN
    from models.database import engine

    clock = StatementClock(engine())
    found: dict[str, list[float]] = {}
    served = Served(folder)
    tab = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    tab.session_state[TAB_LOGIN] = hash_of(served.cookie_of("elise"))
    tab.run()
    for name, (url, more) in addresses().items():
        measured = []
        for on in (MONTH_END, WITHIN):
            taken = []
            for _ in range(max(times // 3, 3)):
                file_one(served)
                for key in list(tab.query_params):
                    del tab.query_params[key]
                for part in query_of(more, on).split("&"):
                    key, value = part.split("=")
                    tab.query_params[key] = value
                tab.switch_page(str(screen_at(url).file))
                clock.reset()
                tab.run()
                taken.append((clock.seconds * 1e3, clock.statements))
            measured.append(sorted(taken)[len(taken) // 2])
        found[name] = [measured[0][0], measured[0][1], measured[1][0]]
    engine().dispose()
    return found


class StatementClock:
    """Time between sending each statement and its first row, on the engine of this process."""

    def __init__(self, engine: object):
        self.reset()
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def reset(self) -> None:
        self.seconds, self.statements = 0.0, 0

    def _before(
        self,
        _connection: object,
        _cursor: object,
        _statement: str,
        _values: object,
        context: object,
        _many: bool,
    ) -> None:
        context.cp_began = time.perf_counter()

    def _after(
        self,
        _connection: object,
        _cursor: object,
        _statement: str,
        _values: object,
        context: object,
        _many: bool,
    ) -> None:
        self.seconds += time.perf_counter() - context.cp_began
        self.statements += 1


def with_settings(folder: Path) -> None:
    """This process reads that folder from here on."""
    from models import database as house
    from models.settings import settings

    os.environ.pop("DATABASE_URL", None)
    os.environ["CP_DATA_DIR"] = str(folder)
    settings.cache_clear()
    house.engine.cache_clear()


def file_one(served: Served) -> None:
    """One idea through the act itself: what was remembered about ideas is out of date. Of somebody
    who is signed in: strangers may file a few in an hour.
    """
    import secrets

    from dashboard.actions.ideas.filing import checked_input, file_idea
    from dashboard.queries.people.readers import account_by_login, reader_of
    from models.clock import today
    from models.database import writing

    with writing(served.engine) as session:
        alice = reader_of(session, account_by_login(session, "alice"), today(session))
        written = checked_input(title="Une idée de plus")
        file_idea(session, alice, written, secrets.token_urlsafe(16))


# ── Script runs and reruns over the socket ────────────────────────────────────────────────────────


def script_runs(served: Served, times: int) -> dict[str, list[float]]:
    """Page → [ms warm, ms after a write], from the rerun message to script_finished."""
    found = {}
    with Tab(served.url, cookie=served.cookie_of("elise"), remembers=True) as tab:
        for name, (url, more) in addresses().items():
            tab.open(url, query_of(more))
            warm = median_ms(tab, times, lambda: None)
            found[name] = [warm, median_ms(tab, max(times // 2, 3), lambda: file_one(served))]
    return found


def median_ms(tab: Tab, times: int, before: Callable[[], None]) -> float:
    taken = []
    for _ in range(times):
        before()
        tab.run()
        taken.append(tab.seconds * 1e3)
    return statistics.median(taken)


# A tab, and what each choice of a direction does in it.
Visit = tuple[Tab, list[Callable[[], object]]]


def cockpit_tab(served: Served) -> Visit:
    tab = Tab(served.url, cookie=served.cookie_of("elise"), remembers=True)
    units = screens(tab.open("tableau-de-bord", WHOLE))[0]["filters"]["units"]
    whole = dict(parse_qsl(WHOLE))
    addresses = [f"?{urlencode(whole | {'direction': code})}" for code, _, _ in units]
    return tab, [partial(tab.go, address) for address in addresses]


def hello_tab() -> Visit:
    tab = Tab(HELLO_URL[0], remembers=True)
    options = elements(tab.open(""), "selectbox")[0].options
    return tab, [partial(tab.run, w_direction=option) for option in options]


HELLO_URL = [""]


def reruns(url: str, opened: Callable[[], Visit]) -> dict[int, tuple[float, float, float]]:
    """Sessions → (reruns a second, p50 ms, p95 ms) of a change of direction, each session asking
    again at once.
    """
    HELLO_URL[0] = url
    found = {}
    for sessions in SESSIONS:
        tabs = [opened() for _ in range(sessions)]
        for choose in tabs[0][1]:  # each direction has been looked at once: steady state
            choose()
        taken: list[float] = []
        threads = [
            threading.Thread(target=change, args=(tab, choices, number, ROUNDS // sessions, taken))
            for number, (tab, choices) in enumerate(tabs)
        ]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall = time.perf_counter() - began
        for tab, _ in tabs:
            tab.close()
        taken.sort()
        found[sessions] = (
            len(taken) / wall,
            taken[len(taken) // 2] * 1e3,
            taken[int(len(taken) * 0.95)] * 1e3,
        )
    return found


def change(
    tab: Tab, choices: list[Callable[[], object]], first: int, rounds: int, taken: list[float]
) -> None:
    for turn in range(rounds):
        choices[(first * 7 + turn + 1) % len(choices)]()
        taken.append(tab.seconds)


def memory(process: psutil.Process | subprocess.Popen) -> tuple[float, float]:
    """(RSS, USS) in MiB."""
    info = psutil.Process(process.pid).memory_full_info()
    return info.rss / 2**20, info.uss / 2**20


@contextmanager
def hello_server(work: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    folder, port = work / "hello", free_port()
    (folder / ".streamlit").mkdir(parents=True, exist_ok=True)
    from tests.performance.hello import CONFIG

    (folder / ".streamlit" / "config.toml").write_text(CONFIG)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.performance.hello", str(port)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                httpx.get(f"http://127.0.0.1:{port}/_stcore/health").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait()


# ── The summary ───────────────────────────────────────────────────────────────────────────────────


def summary(yardstick: dict, rows: list[dict], browser: bool) -> None:
    say("## Change of direction on the cockpit, over the socket\n")
    headings = [
        "",
        *(f"{n} session{'s' * (n > 1)}: reruns/s | p50 ms | p95 ms" for n in SESSIONS),
        "RSS, USS MiB",
    ]
    columns = " | ".join(headings).split(" | ")
    every = [("hello world", yardstick), *((row["size"], row) for row in rows)]
    table(
        columns,
        [
            [
                name,
                *(value for n in SESSIONS for value in row["reruns"][n]),
                f"{row['memory'][0]:.0f}, {row['memory'][1]:.0f}",
            ]
            for name, row in every
        ],
    )
    say("## Start and memory\n")
    table(
        [
            "",
            "start until it answers (s)",
            "until the first cockpit (s)",
            "RSS after one visit (MiB)",
            "USS (MiB)",
        ],
        [[row["size"], row["start"]["up"], row["start"]["first"], *row["idle"]] for row in rows],
    )
    if browser:
        say("## In Chromium (ms)\n")
        table(
            ["", *MEASURED],
            [[name, *(row["browser"][what] for what in MEASURED)] for name, row in every],
        )


if __name__ == "__main__":
    main()
