"""What stands beside the product in the same run: Streamlit's hello world, and a folder of files."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx

from models.settings import ROOT
from tests.support.served import free_port


def hello_world() -> AbstractContextManager[str]:
    """The address of Streamlit's hello world, as anybody would serve it."""
    script = str(Path(__file__).with_name("hello.py"))
    return _serving(
        *("streamlit", "run", script, "--server.headless=true", "--browser.gatherUsageStats=false"),
        port="--server.port=",
    )


def files(folder: Path) -> AbstractContextManager[str]:
    """The address of a folder of files, compressed."""
    return _serving("tests.performance.static", str(folder))


@contextmanager
def _serving(*words: str, port: str = "") -> Iterator[str]:
    """The address of `python -m …`, which is told its port last."""
    free = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", *words, f"{port}{free}"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{free}"
    try:
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            httpx.get(url)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")
