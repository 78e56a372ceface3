"""Measures for Prometheus: who may read them, what they tell, and what they must not tell."""

import re

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.web import metrics
from models.settings import settings


@pytest.fixture
def listed(installed, monkeypatch):
    """(addresses) → asking from an address."""

    def allowed(addresses: str):
        monkeypatch.setattr(settings(), "cp_metrics_addresses", addresses)
        app = Starlette(routes=metrics.routes(lambda: 3), middleware=[metrics.middleware()])

        def asked(address: str) -> httpx.Response:
            with TestClient(app, client=(address, 4000)) as client:
                return client.get("/metriques")

        return asked

    return allowed


def test_closed_unless_an_address_is_listed(listed):
    assert listed("")("127.0.0.1").status_code == 404
    ask = listed("127.0.0.1, 10.2.0.0/16, 2001:db8::/32")
    for address in ("127.0.0.1", "10.2.7.9", "2001:db8::5"):
        assert ask(address).status_code == 200, address
    for address in ("127.0.0.2", "10.3.0.1", "::1", "not-an-address"):
        refused = ask(address)
        assert refused.status_code == 404 and "c_possible" not in refused.text


def values(text: str) -> dict[str, float]:
    """« name{label} » → its value; the parser of Prometheus reads it whole."""
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_tells_of_the_process(listed):
    ask = listed("127.0.0.1")
    before = values(ask("127.0.0.1").text)
    after = values(ask("127.0.0.1").text)
    assert after["c_possible_requests_total{2xx}"] == before["c_possible_requests_total{2xx}"] + 1
    assert after["c_possible_sessions"] == 3
    for name in ("process_resident_memory_bytes", "process_open_fds", "process_max_fds"):
        assert after[name] > 0


def test_no_measure_tells_of_a_page_an_act_or_a_person(listed):
    """A label or a name that told of filings would date them to the second."""
    text = listed("127.0.0.1")("127.0.0.1").text
    told = {name for name in re.findall(r"^(c_possible_\w+)", text, re.MULTILINE)}
    labels = set(re.findall(r"(\w+)=\"", text))
    assert labels <= {"status"}
    forbidden = re.compile(r"idea|idee|fil(ed|ing)|depo|answer|insert|update|write|page|path|route")
    assert not [name for name in told if forbidden.search(name)]
