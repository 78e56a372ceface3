"""What stands beside the product in the same run: Streamlit's hello world, and a folder of files."""

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
from tests.performance.hello import CONFIG
from tests.support.served import free_port


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


# ── A folder of files ─────────────────────────────────────────────────────────────────────────────


def files(folder: Path) -> Iterator[tuple[str, int]]:
    """As Starlette serves them, compressed."""
    return _serving(_serve_files, str(folder))


def _serve_files(folder: str, port: int) -> None:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.staticfiles import StaticFiles

    app = Starlette(middleware=[Middleware(GZipMiddleware, minimum_size=500)])
    app.mount("/", StaticFiles(directory=folder, html=True))
    _run(app, port)


def _run(app: object, port: int, **options: str) -> None:
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, **options)
