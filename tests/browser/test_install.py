"""C-Possible on the home screen of a telephone, as Chromium reads it."""

import pytest
from support.chromium import go

pytestmark = [pytest.mark.browser, pytest.mark.reads]


@pytest.fixture
def own_browser(playwright, browser_type_launch_args, served, tmp_path):
    """A browser with a profile: a private window may not install anything."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path, base_url=served.url, **browser_type_launch_args
    )
    yield context
    context.close()


def test_chromium_finds_nothing_that_stands_in_the_way_of_installing(own_browser, served):
    page = go(own_browser.pages[0], "/")
    devtools = own_browser.new_cdp_session(page)
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    found = devtools.send("Page.getAppManifest")
    manifest = found["manifest"]
    assert found["errors"] == []
    assert (manifest["id"], manifest["scope"], manifest["startUrl"]) == (f"{served.url}/",) * 3
    assert manifest["display"] == "kStandalone" and manifest["name"].startswith("C-Possible")
    assert [shortcut["name"] for shortcut in manifest["shortcuts"]] == [
        "Déposer une idée",
        "Voir les idées",
    ]
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}


def test_nothing_keeps_pages_on_the_device(own_browser):
    """What was read under one account must not be there for the next: no service worker."""
    page = go(own_browser.pages[0], "/")
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then(found => found.length)") == 0
    )
    for shortcut in ("/deposer", "/idees"):
        go(page, shortcut)
    assert (
        own_browser.service_workers == []
        and page.evaluate("caches.keys().then(names => names.length)") == 0
    )
