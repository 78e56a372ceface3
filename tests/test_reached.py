"""How a browser reaches the product: what it shows beside what the server sees, and who may ask."""

from dataclasses import replace

import pytest

from dashboard.queries.operations.health import Connection, Level, reached
from models.settings import settings

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
