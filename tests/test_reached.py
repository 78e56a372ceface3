"""How a browser reaches the product: what it says beside what the server sees, and who may ask."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.actions.people.logins import open_login
from dashboard.queries.operations.browser_access import Connection, reached
from dashboard.queries.operations.health import Level
from dashboard.queries.people.readers import account_by_login
from dashboard.web import browser_access as web_reached
from models.clock import now
from models.database import writing
from models.settings import settings

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
TOWN = "https://c-possible.commune.example"
SEEN = Connection(
    origin=TOWN,
    clock=NOON,
    socket_ms=12,
    host="c-possible.commune.example",
    scheme="https",
    address="192.0.2.7",
    forwarded_for="192.0.2.7",
    forwarded_proto="https",
    now=NOON,
)
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
        scheme="http",
        address="127.0.0.1",
        forwarded_for="",
        forwarded_proto="",
    )
    assert {state.level for state in reached(cast.farid, seen)} == {
        Level.good,
        Level.unknown,
    }


@pytest.mark.parametrize(
    ("said", "seen", "code", "level", "words"),
    [
        ({}, {"host": "127.0.0.1:8501"}, "adresse", Level.bad, "$http_host"),
        ({"origin": "https://autre.example"}, {"host": "autre.example"}, "adresse", Level.watch,
         f"CP_PUBLIC_URL dit « {TOWN} »"),
        ({"origin": IN_CLEAR}, {"host": "intranet.commune.example"}, "chiffrement", Level.bad,
         "en clair"),
        ({}, {"scheme": "http"}, "chiffrement", Level.bad, "CP_PROXIES"),
        ({}, {"scheme": "http", "forwarded_proto": ""}, "chiffrement", Level.bad,
         "X-Forwarded-Proto"),
        ({"socket_ms": None}, {}, "socket", Level.bad, "Upgrade"),
        ({}, {"address": "10.0.0.4"}, "visiteur", Level.bad, "CP_PROXIES"),
        ({}, {"address": "127.0.0.1", "forwarded_for": ""}, "visiteur", Level.bad,
         "X-Forwarded-For"),
        ({"clock": NOON + timedelta(minutes=7)}, {}, "heure", Level.watch, "avance de 7\xa0minutes"),
        ({"clock": NOON - timedelta(hours=2)}, {}, "heure", Level.watch, "retarde de 120\xa0minutes"),
    ],
)  # fmt: skip
def test_what_a_proxy_or_a_setting_lacks_is_said(cast, in_town, said, seen, code, level, words):
    found = states(cast, replace(SEEN, **said, **seen))[code]
    assert found.level is level and words in found.message


def test_a_cookie_that_travels_in_clear_is_told(cast, by_default):
    found = states(cast, SEEN)["cookie"]
    assert found.level is Level.bad and "CP_HTTPS=true" in found.message


# ── Over HTTP ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def client(sqlite_copy, by_default, commands_on):
    commands_on(sqlite_copy)
    app = Starlette(routes=web_reached.routes())
    with TestClient(app, base_url="http://localhost:8501") as made:
        yield made


def signed_in(client: TestClient, engine, login: str) -> TestClient:
    with writing(engine) as session:
        token = open_login(session, account_by_login(session, login), remember=False)
    client.cookies.set(settings().cookie_name, token)
    return client


def said_by_browser(**changed: object) -> str:
    said = {"origin": "http://localhost:8501", "clock": now().timestamp() * 1000, "socket": 8}
    return json.dumps(said | changed)


def test_farid_reads_the_tiles_and_what_is_to_be_mended_first(client, sqlite_copy):
    farid = signed_in(client, sqlite_copy, "farid")
    fine = farid.post(web_reached.ADDRESS, content=said_by_browser())
    assert fine.status_code == 200 and "Rien à corriger" in fine.text
    late = farid.post(web_reached.ADDRESS, content=said_by_browser(socket=None))
    assert "1\xa0point à revoir" in late.text and '<details class="cp-fold" open>' in late.text
    assert late.text.index("Websocket") < late.text.index("Adresse")


def test_a_cookie_that_does_not_come_back_is_said_and_nothing_else(client):
    answer = client.post(web_reached.ADDRESS, content=said_by_browser())
    assert answer.status_code == 401 and "cookie de connexion" in answer.text
    assert "cp-vitals" not in answer.text


def test_without_the_right_there_is_no_tile(client, sqlite_copy):
    answer = signed_in(client, sqlite_copy, "alice").post(
        web_reached.ADDRESS, content=said_by_browser()
    )
    assert answer.status_code == 403 and "cp-vitals" not in answer.text


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"clock": "hier"}', '{"clock": 1e400}', '{"clock": 1e18}', "x" * 5000,
     '{"clock": 0, "socket": "x"}', '{"clock": 0, "origin": "http://[::"}', "[" * 2000],
)  # fmt: skip
def test_what_no_page_of_ours_would_say_is_refused(client, sqlite_copy, body):
    answer = signed_in(client, sqlite_copy, "farid").post(web_reached.ADDRESS, content=body)
    assert (answer.status_code, answer.text) == (400, "Cette demande n'est pas lisible.")
