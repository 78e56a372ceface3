"""An address that is no page says so, to whoever asks, and leads on; the addresses that are
pages go on working.
"""

import re

import pytest
from playwright.sync_api import expect
from support.chromium import idle
from support.hands import plain

from dashboard.visit.screens import SCREENS

pytestmark = pytest.mark.reads


def said(watch) -> None:
    """The status of the page itself is told on the console too: that is what it is for."""
    watch.found = [
        found for found in watch.found if not re.search(r"404 \(Not Found\) \S+/[^/_]+$", found)
    ]


def test_an_unknown_address_says_so_and_leads_on(visit, watch):
    page = visit("alice", "/idees")
    answer = page.goto("/nimporte")
    idle(page)
    assert answer.status == 404 and page.url.endswith("/nimporte")
    expect(
        page.get_by_role("heading", level=1, name=re.compile("Cette page n.existe pas"))
    ).to_be_visible()
    assert plain(page.title()) == "Cette page n'existe pas · C-Possible"
    assert page.get_by_role("dialog").count() == 0, "Streamlit's own words stay away"
    page.get_by_role("link", name="Page précédente").click()
    page.wait_for_url(re.compile("/idees"))
    page.goto("/n%C3%A9ant?x=1")
    idle(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Tous les écrans").click()
    expect(page.get_by_role("heading", level=1, name="Chercher")).to_be_visible()
    page.goto("/a/b/c")
    idle(page)
    expect(
        page.get_by_role("heading", level=1, name=re.compile("Cette page n.existe pas"))
    ).to_be_visible()
    page.locator("main, [data-testid=stMain]").first.get_by_role(
        "link", name="Accueil"
    ).last.click()
    idle(page)
    assert plain(page.title()) == "Accueil · C-Possible"
    said(watch)


def test_every_address_of_a_screen_is_found(served, visit):
    page = visit("alice", "/")
    for screen in SCREENS:
        assert page.request.get(served.url + screen.href).status == 200, screen.href
    assert page.request.get(f"{served.url}/accueil").status == 200
    assert page.request.get(f"{served.url}/idees/?idee=1").url.endswith("/idees?idee=1")
    assert page.request.get(f"{served.url}/wp-login.php").status == 404
