"""The served application: lifespan (migrate, warm up, freeze), routes, headers, compression."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import anyio.to_thread
import streamlit as st
from starlette.middleware import Middleware

from dashboard import rendering, views
from dashboard.actions.operations import mixing, tick
from dashboard.cached import precomputing
from dashboard.cached.memory import Revisions
from dashboard.interface import mounting as interface
from dashboard.light.door import LightDoor
from dashboard.light.public import GUIDE, PAGES, missing_page
from dashboard.queries.ideas.search import with_synonyms
from dashboard.screens import cockpit, figure_charts
from dashboard.screens.roadmap import calendar, milestone, workstreams
from dashboard.ui import tables
from dashboard.ui.charts import EVERY_FIGURE
from dashboard.views import communautes
from dashboard.visit import gate, screens, signin
from dashboard.web import (
    calendars,
    files,
    health,
    limits,
    serving,
    session as web_session,
)
from dashboard.web.answers import repeat_forever
from models.database import engine, migrate, reading
from models.search import Query
from models.settings import settings
from models.sign_on import check_settings

_LOOKED_EVERY = 15.0  # seconds
# How long one thread may go on while others wait. With Python's own 5 ms, the loop that answers
# waits 5 ms behind every thread at work: ten times as short costs no throughput (measured).
_TURN = 0.0005  # seconds
# The revisions from which the figures were last computed.
_precomputed_at: list[Revisions | None] = [None]
# What is done beside the requests, by name.
_running: dict[str, asyncio.Task] = {}


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict]:
    """Before the first visitor: migrations, imports, one connection; of these nothing is collected
    again.
    """
    sys.setswitchinterval(_TURN)
    gate.watch_no_files()
    await anyio.to_thread.run_sync(_warm_up)
    gc.collect()
    # What was imported lives as long as the process: left out of every collection, reruns are ten
    # times as fast (measured; `postScriptGC` is off as well).
    gc.freeze()
    _running.update({name: asyncio.create_task(task) for name, task in _tasks().items()})
    yield {}
    for task in _running.values():
        task.cancel()
    _running.clear()
    engine().dispose()


def _tasks() -> dict[str, Coroutine]:
    """What is done beside the requests. Rounds come every few minutes, unless cron does them; of
    several processes one is on its round at a time.
    """

    def precompute() -> None:
        # After a write on any process, before somebody asks for the cards.
        _precomputed_at[0] = precomputing.ready(_precomputed_at[0])

    minutes = settings().cp_tick_minutes
    found = {
        "readying": _after_a_pause(
            lambda: repeat_forever("readying", precompute, lambda: anyio.sleep(precomputing.EVERY))
        ),
    }
    if minutes:
        found["rounds"] = repeat_forever(
            "rounds", tick.run, lambda: _until_next_round(minutes * 60)
        )
    return found


async def _after_a_pause(begin: Callable[[], Awaitable[None]]) -> None:
    """Begins a little later, so that the first visitor after a start does not wait for it."""
    await anyio.sleep(precomputing.EVERY)
    await begin()


async def _until_next_round(seconds: float) -> None:
    """The minutes between two rounds, or a few seconds where somebody waits for a mail."""
    slept = 0.0
    while slept < seconds and not mixing.take_request():
        await anyio.sleep(min(_LOOKED_EVERY, seconds - slept))
        slept += _LOOKED_EVERY


def _warm_up() -> None:
    # Not at the top: importing the authenticator reads Streamlit's settings, which st.App below
    # must find first.
    import dashboard.visit.authenticator  # noqa: F401  (the first visitor would wait for it)

    check_settings()
    migrate()
    # What the first visitor of a screen would wait for: its template, its module, its synonyms.
    rendering.compile_all()
    for module in iter_modules(views.__path__, "dashboard.views."):
        import_module(module.name)
    with reading() as session:
        with_synonyms(session, Query(()))
    signin.SERVED.set()


FILES_OF_SCOPES = [
    EVERY_FIGURE,
    *workstreams.S_CURVE_FILES,
    *workstreams.FILED_FILES,
    *cockpit.FILES,
    tables.CATALOGUE_FILE,
    *communautes.FILES,
    *calendar.S_CURVE_FILES,
    *calendar.GANTT_FILES,
    calendar.MILESTONES_FILE,
    *figure_charts.FILES,
    *milestone.TREND_FILES,
]
middleware = serving.middleware(
    settings().cp_frame_ancestors.split(),
    screens.addresses(),
    limits=limits.middleware(gate.held_files, gate.owner_of),
    light_door=[
        Middleware(
            LightDoor,
            pages={**PAGES, **GUIDE},
            screens=screens.addresses(),
            missing=missing_page,
        )
    ],
)
app = st.App(
    Path(__file__).with_name("app.py").resolve(),
    lifespan=lifespan,
    routes=[
        *serving.routes(),
        *web_session.routes(),
        *files.routes(FILES_OF_SCOPES),
        *calendars.routes(),
        *interface.routes(),
        *health.routes(lambda: _running),
    ],
    middleware=middleware,
)
