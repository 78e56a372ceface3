"""What the browser receives around a page; how a browser reaches the product; the log of the server;
sessions of Streamlit's that lose their connection and find it again.
"""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import takewhile
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import Engine, text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from streamlit.elements import exception
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from support.served import Served, free_port

from dashboard import asgi
from dashboard.queries.operations.health import Connection, Level, reached
from dashboard.visit.screens import addresses
from dashboard.web import first_page, serving
from dashboard.web.logs import line_of
from models.settings import ROOT, settings

# ── What the browser receives around a page ───────────────────────────────────────────────────────
# Headers, language, compression, closed doors.

INDEX = first_page.STREAMLIT_FILES / "index.html"
STREAMLITS_SIGN_ON = ("/auth/login", "/auth/logout", "/oauth2callback")
SCRIPT = next((first_page.STREAMLIT_FILES / "static" / "js").glob("index.*.js"))


@pytest.fixture(scope="module")
def browser():
    """Our middleware and routes around a stand-in for Streamlit that serves its real files."""
    app = Starlette(
        routes=[
            *serving.routes(),
            Route("/publication", lambda _: HTMLResponse("<html lang=fr>la nôtre</html>")),
            Route("/_stcore/metrics", lambda _: Response("secret")),
            Route("/_stcore/agent/openapi.json", lambda _: Response("secret")),
            *(Route(path, lambda _: Response("secret")) for path in STREAMLITS_SIGN_ON),
            Route("/_stcore/health", lambda _: Response("ok")),
            Mount("/static", StaticFiles(directory=first_page.STREAMLIT_FILES / "static")),
            Route("/{page}", lambda _: FileResponse(INDEX)),
        ],
        middleware=serving.middleware(frame_ancestors=("'self'", "https://intranet.example")),
    )  # fmt: skip
    with TestClient(app) as client:
        yield client


def test_a_refusal_of_the_service_bears_the_headers_too():
    """The stack as the service has it: a Host that is not ours is refused by the limits, and the
    answer is framed, sniffed and run by nobody, like all others.
    """
    ours = Middleware(TrustedHostMiddleware, allowed_hosts=["ville.example"])
    app = Starlette(
        routes=[Route("/deposer", lambda _: Response("la page"))],
        middleware=serving.middleware(limits=[ours]),
    )
    refused = TestClient(app).get("/deposer", headers={"Host": "evil.example"})
    assert refused.status_code == 400
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in refused.headers["content-security-policy"]
    assert "ne répond pas sous ce nom" in refused.text


@pytest.mark.parametrize(
    "method, path, status",
    [("GET", "/x%00", 400), ("GET", "/_stcore/metrics", 404), ("PUT", "/nimporte", 405)],
)
def test_a_library_refuses_in_french(method, path, status):
    refused = TestClient(asgi.app).request(method, path)
    assert refused.status_code == status and '<html lang="fr">' in refused.text
    assert refused.headers["content-length"] == str(len(refused.content))
    assert ("allow" in refused.headers) == (status == 405)


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_the_first_page_is_french_ours_and_never_stale(browser, accepted):
    answer = browser.get("/codir", headers={"Accept-Encoding": accepted})
    assert '<html lang="fr">' in answer.text
    assert "<title>C-Possible</title>" in answer.text
    assert "agent" not in answer.text
    assert "enable JavaScript" not in answer.text
    assert answer.headers.get("content-encoding", "identity") == accepted
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers


def test_another_page_of_ours_is_left_alone(browser):
    assert browser.get("/publication").text == "<html lang=fr>la nôtre</html>"


def test_the_scripts_of_the_first_page_exist_and_may_be_kept(browser):
    page = browser.get("/codir").text
    own = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert {address.split("?")[0] for address in own} >= {
        "/fr.js",
        "/page.js",
        "/theme.js",
        "/manifest.webmanifest",
    }
    for address in own:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        if "?v=" in address or "/fonts/" in address:
            assert "immutable" in answer.headers["cache-control"]
    assert page.index("/fr.js") < page.index('type="module"'), (
        "the language is set before Streamlit starts"
    )


def test_an_error_that_nobody_foresaw_is_said_in_french(browser):
    """Streamlit's one sentence for every error, to the letter: another release may word it
    otherwise.
    """
    assert f'"{exception._GENERIC_UNCAUGHT_EXCEPTION_TEXT}":' in browser.get("/fr.js").text


def policy_of(browser, address: str) -> str:
    return browser.get(address, follow_redirects=False).headers["content-security-policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/deposer?embed=true",
        "/extrait?embed=true",
        "/agenda?embed=true",
        "/extrait?chiffre=avancement&embed=true&au=2023-06-30",
    ],
)
def test_the_intranet_and_our_own_pages_may_frame_the_form_and_the_extracts(browser, address):
    assert policy_of(browser, address).endswith("frame-ancestors 'self' https://intranet.example")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?embed=true",
        "/idees?embed=true",
        "/tableau-de-bord?embed=true",
        "/integrer?embed=true",
        "/sante",
        "/fr.js",
        # with a menu around it, a frame would lead anywhere
        "/deposer",
        "/extrait",
        "/agenda",
        "/extrait?chiffre=avancement",
        "/deposer?embed=false",
        "/deposer?embed=true&embed=false",
        "/deposer?EMBED=true",
        # Streamlit answers these with its first page too
        "/deposer/?embed=true",
        "//deposer?embed=true",
        "/idees/deposer?embed=true",
        "/Deposer?embed=true",
        "/_stcore/deposer?embed=true",
    ],
)
def test_nothing_else_may_be_framed(browser, address):
    assert policy_of(browser, address).endswith("frame-ancestors 'none'")


@pytest.mark.parametrize(
    "query", ["q=%C3%A9t%C3%A9", "q=été", "reunion=%C2%B2", "q=%FF%00", "&&==&"]
)
def test_an_address_with_an_accent_is_answered_like_any_other(browser, query):
    assert browser.get(f"/idees?{query}").status_code == 200
    assert policy_of(browser, f"/deposer?{query}&embed=true").endswith("https://intranet.example")


def test_by_default_no_other_site_frames_anything():
    app = Starlette(
        routes=[Route("/{page}", lambda _: FileResponse(INDEX))],
        middleware=serving.middleware(("'none'",)),
    )
    with TestClient(app) as client:
        assert policy_of(client, "/deposer?embed=true").endswith("frame-ancestors 'self'")
        assert policy_of(client, "/deposer").endswith("frame-ancestors 'none'")


def test_the_policy_allows_the_one_inline_script_and_no_other_host(browser):
    policy = browser.get("/deposer?embed=true").headers["content-security-policy"]
    assert len(re.findall(r"'sha256-", policy)) == 1
    assert "unsafe-eval" not in policy
    assert not re.search(r"script-src[^;]*unsafe-inline", policy)
    assert "http" not in policy.replace("https://intranet.example", "")


def test_the_word_of_a_link_is_told_to_no_further_address(browser):
    """Not even ours: what the page asks for would carry it into the proxy's log."""
    assert browser.get("/cle?jeton=0123").headers["referrer-policy"] == "no-referrer"


def test_assets_travel_compressed_and_are_the_same_once_there(browser):
    path = f"/static/js/{SCRIPT.name}"
    answer = browser.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < SCRIPT.stat().st_size / 2
    assert answer.content == SCRIPT.read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    refused = browser.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in refused.headers
    assert refused.content == SCRIPT.read_bytes()


def test_an_unversioned_script_is_asked_again_and_not_sent_again(browser):
    first = browser.get("/session.js")
    assert first.headers["cache-control"] == "no-cache"
    again = browser.get("/session.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_the_first_colours_are_those_of_the_configuration(browser):
    first, _ = browser.get("/theme.js").text.split(";\n", maxsplit=1)
    themes = json.loads(first.removeprefix("window.__streamlit = "))
    assert themes["LIGHT_THEME"]["backgroundColor"] == "#F7F5F0"
    assert themes["DARK_THEME"]["backgroundColor"] == "#12181F"


# ── Addresses that are none ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path, status, to",
    [
        ("/", 200, None),
        ("/idees?idee=1", 200, None),
        ("/accueil", 307, "/"),
        ("/accueil?idee=1", 307, "/?idee=1"),
        ("/nimporte", 404, None),
        ("/idees/?idee=1", 307, "/idees?idee=1"),
        ("/a/b", 307, "/introuvable"),
        ("//autre.exemple/", 307, "/introuvable"),
        ("/idees/_stcore/metrics", 404, None),
    ],
)
def test_an_address_that_is_no_page_is_not_found(path, status, to):
    """Its page is served all the same, to say so; below the root, where it would find no script,
    it is sent elsewhere.
    """
    app = Starlette(
        routes=[Route("/{page:path}", lambda _: FileResponse(INDEX))],
        middleware=serving.middleware(screens=addresses()),
    )
    with TestClient(app, follow_redirects=False) as client:
        answer = client.get(f"http://testserver{path}")
    assert (answer.status_code, answer.headers.get("location")) == (status, to)
    assert to or '<html lang="fr">' in answer.text


# ── Two servers ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_second_server_on_one_file_says_so_at_its_start(serve_demo):
    first = serve_demo()
    try:
        words = [sys.executable, "-m", "dashboard", "run", "--port", str(free_port())]
        told = os.environ | {"CP_DATA_DIR": str(first.folder), "CP_TICK_MINUTES": "0"}
        with subprocess.Popen(
            words, cwd=ROOT, env=told, stdout=subprocess.PIPE, text=True
        ) as other:
            said = "".join(takewhile(lambda line: "écoute sur" not in line, other.stdout))
            other.terminate()
    finally:
        first.stop()
    assert "est déjà ouvert ailleurs (1\N{NO-BREAK SPACE}programme)" in said
    assert "Un seul serveur par fichier SQLite" in said


# ── How a browser reaches the product ─────────────────────────────────────────────────────────────
# What it shows beside what the server sees, and who may ask.

TOWN = "https://c-possible.commune.example"
SEEN = Connection(TOWN, "c-possible.commune.example", "192.0.2.7", "192.0.2.7")
IN_CLEAR = "http://intranet.commune.example"


@pytest.fixture
def in_town(monkeypatch):
    """The settings of a town behind HTTPS."""
    for name, value in {"CP_PUBLIC_URL": TOWN, "CP_HTTPS": "true"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def by_default(monkeypatch):
    for name in ("CP_PUBLIC_URL", "CP_HTTPS"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def states(cast, seen: Connection) -> dict:
    return {state.code: state for state in reached(cast.farid, seen)}


def test_behind_a_proxy_that_is_right_all_is_well(cast, in_town):
    assert {state.level for state in reached(cast.farid, SEEN)} == {Level.good}


def test_on_the_machine_itself_nothing_is_to_be_mended(cast, by_default):
    seen = replace(
        SEEN,
        origin="http://localhost:8501",
        host="localhost:8501",
        address="127.0.0.1",
        forwarded_for="",
    )
    assert {state.level for state in reached(cast.farid, seen)} == {Level.unknown}


@pytest.mark.parametrize(
    ("said", "seen", "code", "level", "words"),
    [
        ({}, {"host": "127.0.0.1:8501"}, "adresse", Level.bad, "$http_host"),
        ({"origin": "https://autre.example"}, {"host": "autre.example"}, "adresse", Level.watch,
         f"mènent à « {TOWN} »"),
        ({"origin": IN_CLEAR}, {"host": "intranet.commune.example"}, "chiffrement", Level.bad,
         "en clair"),
        ({}, {"address": "10.0.0.4"}, "visiteur", Level.bad, "CP_PROXIES"),
        ({}, {"address": "127.0.0.1", "forwarded_for": ""}, "visiteur", Level.bad,
         "X-Forwarded-For"),
    ],
)  # fmt: skip
def test_what_a_proxy_or_a_setting_lacks_is_said(cast, in_town, said, seen, code, level, words):
    found = states(cast, replace(SEEN, **said, **seen))[code]
    assert found.level is level and words in found.message + found.remedy


def test_a_cookie_that_travels_in_clear_is_told(cast, by_default):
    found = states(cast, SEEN)["chiffrement"]
    assert found.level is Level.bad and "CP_HTTPS=true" in found.remedy


# ── The log of the server ─────────────────────────────────────────────────────────────────────────
# What failed and where, without anybody's words.

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


# ── Sessions of Streamlit's that lose their connection and find it again ──────────────────────────


@pytest.fixture
def started(data_folder, monkeypatch):
    """What a start changes in this process is taken back."""
    monkeypatch.setattr(AppSession, "register_file_watchers", AppSession.register_file_watchers)
    interval = sys.getswitchinterval()
    yield asgi.lifespan(asgi.app)
    sys.setswitchinterval(interval)


@pytest.mark.slow
def test_a_session_that_comes_back_looks_after_no_files(started):
    async def goes_and_comes_back() -> AppSession:
        async with started:
            manager = WebsocketSessionManager(
                MemorySessionStorage(), MemoryUploadedFileManager("/files"), ScriptCache(), None
            )
            browser = SimpleNamespace(write_forward_msg=lambda _message: None)
            script = ScriptData(str(ROOT / "dashboard" / "app.py"), is_hello=False)
            first = manager.connect_session(browser, script, {})
            manager.disconnect_session(first)
            again = manager.connect_session(browser, script, {}, existing_session_id=first)
            assert again == first, "It did not come back: this test would say nothing."
            return manager.get_session_info(again).session

    with ThreadPoolExecutor(1) as thread:
        session = thread.submit(lambda: asyncio.run(goes_and_comes_back())).result()
    assert session._local_sources_watcher is None
