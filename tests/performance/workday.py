"""Ten minutes of a busy administration: thirty people at once read (seven acts of ten), filter (two) and
file (one), while a round, an import and a report are made beside them.
"""

import csv
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from dashboard.visit.screens import FRONT, screen_at
from tests.performance.clocks import commanded, part_of
from tests.performance.crowd import cockpit_tab
from tests.performance.places import COCKPIT, MONTH_END, WHOLE, query_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.performance.writing import LIFTED, ideas_of
from tests.support.served import Served
from tests.support.tab import PRESS, Tab, elements, shown

SESSIONS, PAUSE = 30, 5.0  # seconds between the acts of one session
MINUTES = float(os.environ.get("BENCH_MINUTES", "10"))
IMPORTED = 2_000
SHARES = (("read", 7), ("filter", 2), ("file", 1))
# « Idées » is read twice as often as the others.
_ADDRESSES = ["accueil", "idees", "feuille-de-route", "communautes", "academie", "agenda", "idees"]
_ADDRESSES += ["ambitions", "decisions", "pourquoi", "ce-que-vous-dites"]
READ = [screen_at("" if address == FRONT else address).url for address in _ADDRESSES]
_PARAMETERS = {"pourquoi": "chiffre=reponse.tenue", "idees": "q=service"}
_ROLES = ("elise", "didier", "carine", "farid")  # who may open the cockpit
_NONE = Budget(0)


@dataclass
class Seen:
    """What the people of one bench met: seconds by kind of act, what went wrong. An act to file
    that stands here was told as filed.
    """

    taken: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind, _ in SHARES})
    wrong: list[str] = field(default_factory=list)


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served(**LIFTED) as served:
        before, seen, over = ideas_of(served), Seen(), time.monotonic() + MINUTES * 60
        with _people(served, seen, over):
            time.sleep(MINUTES * 60 * 0.2)
            imported = _beside(served, bench.work)
            time.sleep(max(0.0, over - time.monotonic()))
        for kind, taken in sorted(seen.taken.items()):
            yield Line(f"30 people, {kind}: median", part_of(taken, 0.5) * 1e3)
            yield Line(f"30 people, {kind}: p95", part_of(taken, 0.95) * 1e3, budget=Budget(250))
        yield Line("30 people: errors", len(seen.wrong), "", _NONE)
        kept = ideas_of(served) - before - imported
        yield Line(
            "30 people: told and not kept, or twice", abs(kept - len(seen.taken["file"])), "", _NONE
        )
        if seen.wrong:
            print(*sorted(set(seen.wrong)), served.log()[-6000:], sep="\n", file=sys.stderr)


def _beside(served: Served, work: Path) -> int:
    """What is made while they work; how many ideas came in by it."""
    commanded(served, "tick")
    file = work / "imported-beside.csv"
    write_csv(file, IMPORTED)
    commanded(served, "import", "ideas", str(file), "--source", "bench", "--write")
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "dossier.pdf")
        commanded(served, "report", "--out", out, "--au", MONTH_END)
    return IMPORTED


def write_csv(file: Path, many: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, delimiter=";")
        rows.writerow(["Titre", "Texte", "Déposée le"])
        for number in range(many):
            title = f"Un banc pour la place n° {number}, à l'ombre"
            rows.writerow([title, f"{title}. {'On y lirait, on y parlerait. ' * 5}", "2023-05-02"])


@contextmanager
def _people(served: Served, seen: Seen, over: float) -> Iterator[None]:
    people = [
        threading.Thread(target=_works, args=(served, seen, over, number))
        for number in range(SESSIONS)
    ]
    for one in people:
        one.start()
    yield
    for one in people:
        one.join()


def _works(served: Served, seen: Seen, over: float, number: int) -> None:
    """One person with a tab for each kind of act, always the same acts in the same order."""
    chance = Random(number)
    time.sleep(PAUSE * number / SESSIONS)
    login = _ROLES[number % len(_ROLES)]
    acts = {
        "read": _reader(served, login, chance),
        "filter": _filterer(served, login),
        "file": _writer(served),
    }
    # Each tab is opened by a first act: what a server holds is then of its tabs, not of their coming.
    kinds, first = [kind for kind, share in SHARES for _ in range(share)], list(acts)
    while time.monotonic() < over:
        kind = first.pop() if first else chance.choice(kinds)
        try:
            seconds = next(acts[kind])
        except Exception as error:
            seen.wrong.append(f"{kind}: {type(error).__name__}: {error}"[:200])
            return
        seen.taken[kind].append(seconds)
        # In step they would all wait for each other: people are not.
        time.sleep(PAUSE * chance.uniform(0.5, 1.5))


Acts = Iterator[float]  # the seconds of each


def _reader(served: Served, login: str, chance: Random) -> Acts:
    tab = Tab(served.url, cookie=served.cookie_of(login), remembers=True)
    while True:
        url = chance.choice(READ)
        told = tab.open(url, query_of(_PARAMETERS.get(url, "")))
        _require_whole(told, url)
        yield tab.seconds


def _filterer(served: Served, login: str) -> Acts:
    tab, choices = cockpit_tab(served, login)
    while True:
        for choose in choices:
            _require_whole(choose(), f"{COCKPIT}?{WHOLE}")
            yield tab.seconds


def _writer(served: Served) -> Acts:
    tab = Tab(served.url, cookie=served.cookie_of("alice"), remembers=True)
    tab.open("deposer")
    part, number = tab.fragments["w_deposer_send"], 0
    while True:
        number += 1
        body = f"Un banc de plus, {number}, à l'ombre des arbres"
        written = {"w_deposer_who": "En mon nom", "w_deposer_body": body}
        said = shown(tab.run(part, **written, w_deposer_send=PRESS))
        seconds = tab.seconds
        if "enregistré sous le n" not in said:
            raise AssertionError(said[-150:])
        tab.held.clear()
        tab.run(part, w_deposer_again=PRESS)
        yield seconds


def _require_whole(told: list, where: str) -> None:
    wrong = [one.message for one in elements(told, "exception")]
    wrong += [one.body for one in elements(told, "alert") if one.format == one.ERROR]
    if not told or wrong:
        raise AssertionError(f"{where}: {wrong}")
