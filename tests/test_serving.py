"""What the browser receives around a page: headers, language, compression, closed doors."""

import gzip
import json
import re
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from dashboard import serving

INDEX = serving.STREAMLIT_FILES / "index.html"
SCRIPT = next((serving.STREAMLIT_FILES / "static" / "js").glob("index.*.js"))


@pytest.fixture(scope="module")
def browser():
    """Our middleware and routes around a stand-in for Streamlit that serves its real files."""
    app = Starlette(
        routes=[
            *serving.routes(),
            Route("/publication", lambda _: HTMLResponse("<html lang=fr>la nôtre</html>")),
            Route("/compressed", lambda _: Response(
                gzip.compress(INDEX.read_bytes()), media_type="text/html", headers={"Content-Encoding": "gzip"})),
            Route("/_stcore/metrics", lambda _: Response("secret")),
            Route("/_stcore/agent/openapi.json", lambda _: Response("secret")),
            Route("/_stcore/health", lambda _: Response("ok")),
            Mount("/static", StaticFiles(directory=serving.STREAMLIT_FILES / "static")),
            Route("/{page}", lambda _: FileResponse(INDEX)),
        ],
        middleware=serving.middleware(frame_ancestors=("'self'", "https://intranet.example")),
    )  # fmt: skip
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/codir", "/compressed"])
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_the_first_page_is_french_ours_and_never_stale(browser, path, accepted):
    answer = browser.get(path, headers={"Accept-Encoding": accepted})
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
    assert {address.split("?")[0] for address in own} >= {"/fr.js", "/page.js", "/theme.js", "/manifest.webmanifest"}
    for address in own:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        if "?v=" in address or "/fonts/" in address:
            assert "immutable" in answer.headers["cache-control"]
    assert page.index("/fr.js") < page.index('type="module"'), "the language is set before Streamlit starts"


def test_the_policy_allows_the_one_inline_script_and_no_other_host(browser):
    policy = browser.get("/codir").headers["content-security-policy"]
    assert "frame-ancestors 'self' https://intranet.example" in policy
    assert len(re.findall(r"'sha256-", policy)) == 1
    assert "unsafe-eval" not in policy
    assert not re.search(r"script-src[^;]*unsafe-inline", policy)
    assert "http" not in policy.replace("https://intranet.example", "")


@pytest.mark.parametrize("path", ["/codir", "/_stcore/health", "/fr.js", "/_stcore/metrics"])
def test_every_answer_carries_the_headers(browser, path):
    headers = browser.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "content-security-policy" in headers


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp"])
def test_streamlit_tells_strangers_nothing_about_itself(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_assets_travel_compressed_and_are_the_same_once_there(browser):
    path = f"/static/js/{SCRIPT.name}"
    for _ in range(100):  # the background thread takes half a second
        answer = browser.get(path, headers={"Accept-Encoding": "gzip, br"})
        if answer.headers.get("content-encoding") == "gzip":
            break
        time.sleep(0.1)
    assert int(answer.headers["content-length"]) < SCRIPT.stat().st_size / 2
    assert answer.content == SCRIPT.read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    refused = browser.get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert refused.content == SCRIPT.read_bytes()


def test_an_unversioned_script_is_asked_again_and_not_sent_again(browser):
    first = browser.get("/session.js")
    assert first.headers["cache-control"] == "no-cache"
    again = browser.get("/session.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_the_first_colours_are_those_of_the_configuration(browser):
    script = browser.get("/theme.js").text
    themes = json.loads(script.removeprefix("window.__streamlit = ").rstrip(";\n"))
    assert themes["LIGHT_THEME"]["backgroundColor"] == "#F7F5F0"
    assert themes["DARK_THEME"]["backgroundColor"] == "#12181F"
