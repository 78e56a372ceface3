"""The served application: lifespan (migrate, warm up, freeze), routes, headers, compression."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio.to_thread
import streamlit as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit.runtime import get_instance

from dashboard import rendering
from dashboard.actions.keeping import rounds, tick
from dashboard.cached import readying
from dashboard.charts import ideas as idea_charts
from dashboard.charts import roadmap as roadmap_charts
from dashboard.light.door import LightDoor
from dashboard.light.pages import PAGES
from dashboard.light.public import missing_page
from dashboard.screens.roadmap import curves
from dashboard.ui.figures import EVERY_FIGURE
from dashboard.visit import navigation
from dashboard.web import calendars, feeds, jobs, limits, photos, scope_files, serving
from dashboard.web import files as web_files
from dashboard.web import session as web_session
from dashboard.web import sign_on as web_sign_on
from models.database import engine, migrate, reading
from models.errors import Refused
from models.settings import settings
from models.sign_on import check_settings

_LOOKED_EVERY, _READY_EVERY = 15.0, 3.0  # seconds


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict]:
    """Before the first visitor: migrations, imports, chart specs, one connection; then nothing
    is collected again.
    """
    await anyio.to_thread.run_sync(_warm_up)
    gc.collect()
    # What was imported lives as long as the process: left out of every collection, reruns are ten
    # times as fast (measured; `postScriptGC` is off as well).
    gc.freeze()
    keeping = [
        asyncio.create_task(task) for task in (_keep_clean(), _keep_ticking(), _keep_ready())
    ]
    yield {}
    for task in keeping:
        task.cancel()
    engine().dispose()


async def _keep_clean() -> None:
    """Expired logins, spent form tokens and reports of yesterday go every hour; a database that
    is away is asked again the next time.
    """
    while True:
        with suppress(DBAPIError):
            await anyio.to_thread.run_sync(tick.purge)
        await anyio.sleep(3600)


async def _keep_ticking() -> None:
    """A round every few minutes, unless cron does them; of several processes one is on its round
    at a time.
    """
    while settings().cp_tick_minutes:
        with suppress(DBAPIError, Refused):
            await anyio.to_thread.run_sync(tick.run)
        await _until_next_round(settings().cp_tick_minutes * 60)


async def _keep_ready() -> None:
    """What cards show is computed again soon after a write, on any process, before somebody asks;
    a figure that fails is told to who asks for it.
    """
    seen = None
    while True:
        await anyio.sleep(_READY_EVERY)
        with suppress(Exception):
            seen = await anyio.to_thread.run_sync(readying.ready, seen)


async def _until_next_round(seconds: float) -> None:
    """The minutes between two rounds, or a few seconds where somebody waits for a mail."""
    slept = 0.0
    while slept < seconds and not rounds.taken_up():
        await anyio.sleep(min(_LOOKED_EVERY, seconds - slept))
        slept += _LOOKED_EVERY


def _warm_up() -> None:
    import pandas  # noqa: F401  (Streamlit imports it on the first chart: the first visitor would wait)

    # Not at the top: importing the authenticator reads Streamlit's settings, which st.App below
    # must find first.
    import dashboard.visit.authenticator  # noqa: F401  (the first visitor would wait for it)
    from dashboard.visit import signin

    check_settings()
    migrate()
    for spec in (
        roadmap_charts.s_curve,
        roadmap_charts.gantt,
        idea_charts.filed_by_month,
        idea_charts.funnel,
    ):
        spec()
    rendering.compile_all()
    with reading() as session:
        session.connection().execute(text("SELECT 1"))
    signin.announce_routes()


def _ask_database() -> bool:
    with reading() as session:
        return session.connection().execute(text("SELECT 1")).scalar() == 1


async def health(_request: Request) -> JSONResponse:
    """« sante »: whether the database answers, for the proxy and the IT colleague."""
    try:
        # In a thread: a database that does not answer must not hold up the other requests.
        await anyio.to_thread.run_sync(_ask_database)
    except Exception:
        return JSONResponse({"etat": "base de données inaccessible"}, status_code=503)
    return JSONResponse({"etat": "ok"})


def _held() -> dict[str, list[int]]:
    """Session → the bytes of each file that was uploaded for it and is still in memory."""
    # Lists first: sessions come and go in other threads while the counts are made.
    stored = list(get_instance().uploaded_file_mgr.file_storage.items())
    return {session: _sizes(list(files.values())) for session, files in stored}


def _sizes(files: list) -> list[int]:
    return [len(file.data) for file in files]


def _middleware() -> list[Middleware]:
    """The headers stand on refusals too."""
    # The limits stand inside the headers and before all else: what is refused costs nothing
    # further.
    headers, *others = serving.middleware(
        settings().cp_frame_ancestors.split(), navigation.addresses()
    )
    door = Middleware(LightDoor, pages=PAGES, screens=navigation.addresses(), missing=missing_page)
    return [headers, *limits.middleware(_held), *others[:-1], door, others[-1]]


app = st.App(
    Path(__file__).with_name("app.py").resolve(),
    lifespan=lifespan,
    routes=[
        *serving.routes(),
        *web_session.routes(),
        *web_sign_on.routes(),
        *jobs.routes(),
        *web_files.routes(),
        *scope_files.routes((EVERY_FIGURE, *curves.S_CURVE_FILES, *curves.FILED_FILES)),
        *photos.routes(),
        *feeds.routes(),
        *calendars.routes(),
        Route("/sante", health),
    ],
    middleware=_middleware(),
)
