"""C-Possible on the home screen of a telephone, as Chromium reads it."""

import pytest
from support.chromium import go
from support.windows import signed_in

KEPT_WHOLE = """async () => {
  while ((await (await caches.open("deposer-1")).keys()).length < 6)
    await new Promise(next => setTimeout(next, 50));
}"""

pytestmark = pytest.mark.reads


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


def test_no_page_that_was_read_is_kept_on_the_device(own_browser, served):
    """What was read under one account must not be there for the next: the worker of the light form
    keeps that form alone.
    """
    page = go(own_browser.pages[0], "/deposer")
    page.evaluate(KEPT_WHOLE)
    own_browser.add_cookies([signed_in(served, "elise")])
    for shortcut in ("/deposer", "/idees"):
        go(page, shortcut)
    kept = page.evaluate(
        """async () => { const found = [];
          for (const name of await caches.keys()) for (const one of await (await caches.open(name)).keys())
            found.push([new URL(one.url).pathname, await (await caches.match(one)).text()]);
          return found; }"""
    )
    pages = {path: text for path, text in kept if "<html" in text}
    assert list(pages) == ["/deposer"]
    assert 'class="cp-light"' in pages["/deposer"] and "Élise" not in pages["/deposer"]
