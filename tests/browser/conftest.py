"""Chromium, servers of the demonstration, and their visitors.

`visit("elise", "/tableau-de-bord")` is the page of a person in a private window of her own, signed
in by her cookie; None for a stranger. A test fails at its end for what a careful reader of the
console would have seen.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from sqlmodel import SQLModel
from support.intranet import HOSTS, Site
from support.served import Served, free_port
from support.windows import (
    FLAGS,
    PATIENCE,
    SHORT_LIVED,
    Watch,
    Windows,
    go,
    lean_chromium,
    signed_in,
)

# A visit opens a login and remembers choices of the screen; the server tells by itself what waited
# to be told, and notes how its rounds end.
LEFT_BY_LOOKING = {"login", "form_token", "preference", "outbox", "revision", "heartbeat", "pulse"}

PHONE = {"viewport": {"width": 360, "height": 780}}

expect.set_options(timeout=PATIENCE)


# ── Chromium ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict, playwright: Playwright) -> dict:
    """The Chromium of the system, else Playwright's own; without any the tests fail and say what
    to do.
    """
    found = lean_chromium()
    if not found and not Path(playwright.chromium.executable_path).exists():
        pytest.fail(
            "No Chromium: install your distribution's « chromium », or run « playwright install"
            " chromium ».",
            pytrace=False,
        )
    return (
        browser_type_launch_args
        | {"args": FLAGS + SHORT_LIVED}
        | ({"executable_path": found} if found else {})
    )


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """One who asked for less motion: a fold is open when it has been pressed, and nothing moves
    from under the next click.
    """
    return browser_context_args | {
        "locale": "fr-FR",
        "timezone_id": "Europe/Brussels",
        "reduced_motion": "reduce",
        # A window is lent to one visitor after another: nothing of the form stays in it.
        "service_workers": "block",
        "viewport": {"width": 1280, "height": 900},
    }


# ── The server ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def intranet(tmp_path_factory) -> Iterator[Site]:
    """A web server of others, whose pages may frame ours: the product lists both its names."""
    site = Site(tmp_path_factory.mktemp("intranet"))
    yield site
    site.close()


@pytest.fixture(scope="session")
def serve_framed(serve_demo, intranet) -> Callable[[int], Served]:
    """(port) → a demonstration that the intranet may frame, started; who asks for it stops it. A
    story that needs a round asks for one (`tick`).
    """
    told = {"CP_FRAME_ANCESTORS": " ".join(map(intranet.origin, HOSTS)), "CP_TICK_MINUTES": "0"}
    return lambda port: serve_demo(port, **told)


@pytest.fixture(scope="session")
def served_to_readers(serve_framed) -> Iterator[Served]:
    """One demonstration for all the files of stories that only read."""
    server = serve_framed(free_port())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def one_address() -> int:
    """The port of the servers that follow each other in this worker: at the address of the one
    before, Chromium has fetched and compiled the front end already.
    """
    return free_port()


@pytest.fixture(scope="module")
def served(request, one_address) -> Iterator[Served]:
    """The demonstration. A file of stories that writes has its own, so that no other file meets
    what it leaves; within the file it is shared: a test compares before and after. Files marked
    `reads` share one, and leave it as it was.
    """
    if request.node.get_closest_marker("reads"):
        server = request.getfixturevalue("served_to_readers")
        before = written(server)
        yield server
        assert written(server) == before, "This file writes: it may not bear the mark « reads »."
        return
    server = request.getfixturevalue("serve_framed")(one_address)
    yield server
    server.stop()


def written(server: Served) -> dict[str, int]:
    """How many rows each table has, but for those that a reader leaves by looking."""
    tables = [name for name in SQLModel.metadata.tables if name not in LEFT_BY_LOOKING]
    return {name: server.rows(f"SELECT count(*) FROM {name}")[0][0] for name in tables}


# ── Visitors ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def watch(served: Served) -> Iterator[Watch]:
    watching = Watch(served.url)
    yield watching
    assert watching.found == []


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Iterator[Windows]:
    """The private windows of this worker."""
    made = Windows(browser)
    yield made
    made.close()


@pytest.fixture
def own_window(
    browser: Browser, browser_context_args: dict, served: Served
) -> Iterator[Callable[..., BrowserContext]]:
    """(options) → a window on a phone that keeps what a real one keeps; nothing of Streamlit is to
    be had there, and none is asked for.
    """
    opened = []
    asked: list[str] = []

    def made(**options: object) -> BrowserContext:
        given = {"base_url": served.url, "service_workers": "allow"} | PHONE | options
        context = browser.new_context(**browser_context_args | given)
        context.route(
            "**/_stcore/**", lambda route: (asked.append(route.request.url), route.abort())
        )
        context.on("page", lambda page: page.on("websocket", lambda ws: asked.append(ws.url)))
        opened.append(context)
        return context

    yield made
    for context in opened:
        context.close()
    assert asked == [], "a stranger never opens a socket"


@pytest.fixture
def visit(
    windows: Windows, browser_context_args: dict, served: Served, watch: Watch
) -> Iterator[Callable[..., Page]]:
    """(login or None, address, **context options) → her page, idle, in a private window of her
    own.
    """
    lent = []

    def visited(login: str | None, address: str = "/", **options: object) -> Page:
        options = browser_context_args | {"base_url": served.url} | options
        shelf, window = windows.lend(options)
        lent.append((shelf, window))
        watch.over(window)
        if login:
            window.context.add_cookies([signed_in(served, login)])
        return go(window.open(options), address)

    yield visited
    for shelf, window in lent:
        windows.take_back(shelf, window)
