"""The log of the server: what failed and where, without anybody's words."""

import logging
import re
import subprocess
import sys

import httpx
import pytest
from sqlalchemy import Engine, text
from support.served import Served

from dashboard.web.logs import line_of
from models.settings import ROOT

SECRET = "Le chef de Gisèle ment"
# Each way in which an error comes to a log: ours, Streamlit's, the loop's, a thread's, the end's.
PROVOKED = f"""
import asyncio, gc, logging, threading
from dashboard.web import logs
logs.begin()
from sqlalchemy import create_engine, text
from streamlit.logger import get_logger

secret = {SECRET!r}

def failing():
    try:
        with create_engine("sqlite://").connect() as connection:
            connection.execute(text("SELECT * FROM nowhere WHERE words = :w"), {{"w": secret}})
    except Exception as error:
        raise ValueError(secret) from error

def told(log):
    try:
        failing()
    except ValueError:
        log.exception("it could not be made")

told(logging.getLogger("dashboard.web.files"))
told(get_logger("streamlit.error_util"))
try:
    failing()
except ValueError as error:
    logging.getLogger("c-possible").error("for a reason: %s", error)
    get_logger("streamlit.late").error("the widget %s", secret)
    get_logger("streamlit.later").error(f"the widget '{{secret}}' was changed")

async def alone():
    failing()

async def main():
    task = asyncio.create_task(alone())
    await asyncio.sleep(0.01)
    del task
    gc.collect()

asyncio.run(main())
thread = threading.Thread(target=failing)
thread.start()
thread.join()
failing()
"""


def log_of(script: str, **environment: str) -> bytes:
    """What a process of its own writes into its log."""
    kept = {"PYTHONPATH": str(ROOT), "CP_DATA_DIR": "/nowhere", **environment}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, env=kept)
    assert done.returncode == 1 and not done.stdout
    return done.stderr


@pytest.mark.slow
def test_no_error_brings_its_words_into_the_log():
    log = log_of(PROVOKED)
    assert SECRET.encode() not in log and "Gisèle".encode() not in log
    assert b"Gis\\u00e8le" not in log
    told = log.decode()
    assert "dashboard.web.files" in told and "it could not be made" in told
    assert "ValueError ← OperationalError" in told and " failing" in told
    assert all(name in told for name in ("streamlit.error_util", "asyncio", "unforeseen"))
    lines = [line for line in told.splitlines() if not line.startswith("  ")]
    assert len(lines) >= 7
    assert all(re.match(r"[\d-]{10} [\d:]{8} [A-Z]+ [0-9a-f]{8} [\w.-]+: ", line) for line in lines)


def record(message: str, *args: object, name: str = "dashboard.essai") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "essai.py", 1, message, args, None)


def test_the_reference_is_that_of_the_failure_and_not_of_the_line():
    one, same = line_of(record("after %d ms", 5)), line_of(record("after %d ms", 12))
    other = line_of(record("page %s", "/deposer"))
    assert one.split()[3] == same.split()[3] != other.split()[3]


# ── A server ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_server_whose_database_refuses_logs_nobodys_words(serve_demo):
    """A table that is gone: what a stranger asks for with her code, and a page that cannot be made."""
    served: Served = serve_demo()
    try:
        broken(served.engine)
        for words in (SECRET, "ABCD-EFGH-JKLM-NPQR-STUV-WXYZ"):
            httpx.post(f"{served.url}/suivre", data={"code": words})
        httpx.get(f"{served.url}/q/{'k' * 12}/SECRET-CODE")
        assert httpx.get(f"{served.url}/idees.csv?q={SECRET}").status_code >= 400
        whole = (served.folder / "server.log").read_bytes()
    finally:
        served.stop()
    assert (
        SECRET.encode() not in whole and b"ABCD-EFGH" not in whole and b"SECRET-CODE" not in whole
    )
    told = whole.decode()
    assert " ERROR " in told, "it is told that something failed"


def broken(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("receipt", "survey", "idea_event"):
            connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_gone"))
