"""What each reader finds first on « Accueil », in a real browser."""

import re

import pytest
from playwright.sync_api import expect
from support.chromium import idle
from support.hands import plain

pytestmark = pytest.mark.reads


def test_bruno_has_answers_to_hand_over_and_the_list_holds_as_many(visit):
    bruno = visit("bruno", "/")
    heading = bruno.get_by_role("heading", name=re.compile(r"\d+ réponses à transmettre"))
    said = int(plain(heading.inner_text()).split()[0])
    bruno.get_by_role("link", name="Voir ce qu'il y a à dire").click()
    expect(bruno.get_by_role("heading", level=1)).to_have_text("Mes services")
    idle(bruno)
    told = plain(bruno.locator(".cp-reading").first.inner_text())
    assert told.startswith(f"{said} réponses")


def test_the_front_page_of_each_role_is_soon_read(visit):
    """Three windows of a desk, eight of a phone."""
    page = visit("alice", "/", viewport={"width": 1440, "height": 900})
    for width, height, screens in ((1440, 900, 3), (360, 740, 8)):
        page.set_viewport_size({"width": width, "height": height})
        whole = idle(page).get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        assert whole <= screens * height, width
