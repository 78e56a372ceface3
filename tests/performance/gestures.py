"""In Chromium, from the click until settled: every screen as one who works there and as one who reads,
its first opening after a start, and what people do there; beside hello world's change of a choice.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count

from playwright.sync_api import Browser, Page

from seed.demonstration import DEMO_PASSWORD
from tests.performance.browser import (
    CHOICES,
    Taken,
    changes,
    chromium,
    click,
    settled,
    visitor,
)
from tests.performance.floors import hello_world
from tests.performance.places import READERS, WORKERS, addresses, first_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.hands import unfold, write
from tests.support.served import Served
from tests.support.windows import go, idle

STARTS = 2
_CHANGE, _FIRST = Budget(2, of="hello"), Budget(4, of="hello")
_FOLLOW = """address => {
  const link = Object.assign(document.createElement("a"), { className: "cp-go", href: address });
  document.body.append(link);
  link.click();
  link.remove();
}"""


def lines(bench: Bench) -> Iterator[Line]:
    taken: Taken = defaultdict(list)
    change: list[float] = []
    with chromium() as browser, hello_world() as hello, bench.copied() as served:
        for _ in range(STARTS):
            change += changes(browser, hello, "/", CHOICES)
            served.start()
            _screens(browser, served, WORKERS, "first opening", taken)
            _screens(browser, served, WORKERS, "as its worker", taken)
            _screens(browser, served, READERS, "as its reader", taken)
            for name, gesture in GESTURES.items():
                taken[f"{name}: gesture"].append(gesture(browser, served))
            served.stop()
    beside = {"hello": statistics.median(change)}
    for what, found in taken.items():
        budget = _FIRST if what.endswith("first opening") else _CHANGE
        yield Line(what, statistics.median(found), budget=budget, beside=beside)


def _screens(
    browser: Browser, served: Served, logins: tuple[str, ...], what: str, taken: Taken
) -> None:
    """Each as the first of them who may open it, by a link as those of the menu."""
    of: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, (url, more) in addresses().items():
        of[first_of(logins, url)].append((name, f"/{url}?{more}"))
    for login, screens in of.items():
        with visitor(browser, served.url, served.cookie_of(login)) as context:
            page = go(context.new_page(), "/accessibilite")
            for name, address in screens:
                page.evaluate(_FOLLOW, address)
                taken[f"{name}: {what}"].append(settled(page))


# The idea that is answered, another one in each round: what is under study stays in the list.
_UNANSWERED = count(1)


# ── What people do ────────────────────────────────────────────────────────────────────────────────

Gesture = Callable[[Browser, Served], float]


def _as(login: str, address: str, act: Callable[[Page], float]) -> Gesture:
    """What somebody does on a page that is open."""

    def gesture(browser: Browser, served: Served) -> float:
        with visitor(browser, served.url, served.cookie_of(login)) as context:
            return act(go(context.new_page(), address))

    return gesture


def _signs_in(browser: Browser, served: Served) -> float:
    with visitor(browser, served.url) as context:
        page = go(context.new_page(), "/?connexion=1")
        page.get_by_label("Identifiant", exact=True).fill("elise")
        page.get_by_label("Mot de passe", exact=True).fill(DEMO_PASSWORD)
        return _presses("Se connecter")(page)


def _opens(page: Page, place: int = 1) -> float:
    return click(page.locator(".cp-desk li a").nth(place))


def _presses(name: str) -> Callable[[Page], float]:
    return lambda page: click(page.get_by_role("button", name=name, exact=True))


def _answers(page: Page) -> float:
    _opens(page, next(_UNANSWERED))
    write(page, "Réponse à l'auteur", "C'est commandé.")
    return _presses("À l'étude")(page)


def _attends(page: Page) -> float:
    page.get_by_text("En partie", exact=True).first.click()
    return _presses("Enregistrer les présences")(idle(page))


def _files(page: Page) -> float:
    write(page, "Votre idée, votre constat", "Des bancs à l'ombre du dépôt")
    page.get_by_text("En mon nom", exact=True).click()
    return _presses("Envoyer")(idle(page))


def _follows(page: Page) -> float:
    _files(page)
    return click(page.get_by_role("link", name="Voir et suivre mon idée"))


def _searches(page: Page) -> float:
    page.get_by_label("Rechercher", exact=True).fill("service")
    page.get_by_label("Rechercher", exact=True).press("Enter")
    return settled(page)


def _decides(page: Page) -> float:
    write(unfold(page, "Inscrire un point"), "Intitulé", "Un local par dépôt")
    return _presses("Inscrire")(page)


def _holds_a_session(browser: Browser, served: Served) -> float:
    [(held,)] = served.rows(
        "SELECT id FROM training_session WHERE \"on\" <= '2023-06-30' AND cancelled_on IS NULL"
        ' ORDER BY "on" DESC LIMIT 1'
    )
    return _as("didier", f"/academie?session={held}", _attends)(browser, served)


GESTURES: dict[str, Gesture] = {
    "Signing in": _signs_in,
    "Opening an idea": _as("alice", "/idees", _opens),
    "Opening an idea to treat": _as("didier", "/reception?liste=attente", _opens),
    "Publishing": _as("didier", "/reception?liste=lire&rang=0", _presses("Lue, publier")),
    "Answering": _as("didier", "/reception?liste=attente", _answers),
    "Reporting": _as("didier", "/feuille-de-route?jalon=1.7", _presses("Enregistrer le rapport")),
    "Attending": _holds_a_session,
    "Filing": _as("alice", "/deposer", _files),
    "Seeing one's idea": _as("alice", "/deposer", _follows),
    "Searching": _as("alice", "/idees", _searches),
    "Deciding": _as("didier", "/decisions", _decides),
}
