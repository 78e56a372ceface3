"""What stands beside the product in the same run: Streamlit's hello world, a static page with two Vega
charts, a folder of files, and bare Starlette.
"""

import json
import math
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from models.settings import ROOT
from tests.performance.hello import CONFIG, OPTIONS
from tests.support.served import free_port

_MONTHS = [f"2023-{month:02}-01" for month in range(1, 13)]
_STATES = ("déposée", "à l'étude", "retenue", "réalisée")


@contextmanager
def hello_world(work: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """Served as C-Possible is."""
    folder, port = work / "hello", free_port()
    (folder / ".streamlit").mkdir(parents=True, exist_ok=True)
    (folder / ".streamlit" / "config.toml").write_text(CONFIG)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.performance.hello", str(port)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _serving(serve: Callable, given: object) -> Iterator[tuple[str, int]]:
    """The address and the process of a floor of ours."""
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(given, port))
    server.start()
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url)
        yield url, server.pid
    finally:
        server.terminate()
        server.join()


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            httpx.get(url)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


# ── A folder of files, and bare Starlette ─────────────────────────────────────────────────────────


def files(folder: Path) -> Iterator[tuple[str, int]]:
    """As Starlette serves them, compressed."""
    return _serving(_serve_files, str(folder))


def bare(content: bytes) -> Iterator[tuple[str, int]]:
    """A page of Starlette that reads the form and answers these bytes."""
    return _serving(_serve_bytes, content)


def _serve_files(folder: str, port: int) -> None:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.staticfiles import StaticFiles

    app = Starlette(middleware=[Middleware(GZipMiddleware, minimum_size=500)])
    app.mount("/", StaticFiles(directory=folder, html=True))
    _run(app, port)


def _serve_bytes(content: bytes, port: int) -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    async def answer(request: Request) -> HTMLResponse:
        if request.method == "POST":
            await request.form()
        return HTMLResponse(content)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    _run(app, port, http="h11")


def _run(app: object, port: int, **options: str) -> None:
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, **options)


# ── The static page ───────────────────────────────────────────────────────────────────────────────


@contextmanager
def static_page(work: Path) -> Iterator[str]:
    """Eight numbers, a table and two Vega charts of each direction, all inlined; no work of a server
    at a choice. Vega comes from vl-convert, which Altair draws pictures with.
    """
    folder = work / "static"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "vega.js").exists():
        import vl_convert

        (folder / "vega.js").write_text(vl_convert.javascript_bundle(), encoding="utf-8")
    page = (Path(__file__).parent / "static.html").read_text(encoding="utf-8")
    told = json.dumps({name: _rows(number) for number, name in enumerate(OPTIONS)})
    (folder / "index.html").write_text(page.replace("__ROWS__", told), encoding="utf-8")
    with files(folder) as (url, _):
        yield url


def _rows(direction: int) -> dict[str, list]:
    """Made up, the same each time: what one direction shows."""
    heights = [round(40 + 30 * math.sin(direction + month / 2)) for month in range(12)]
    return {
        "numbers": [100 * direction + number for number in range(8)],
        "months": [
            {"month": month, "state": state, "many": heights[at] + 5 * number}
            for at, month in enumerate(_MONTHS)
            for number, state in enumerate(_STATES)
        ],
        "states": [
            {"state": state, "many": heights[number]} for number, state in enumerate(_STATES)
        ],
    }
