"""What each reader finds first on « Accueil », in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import idle
from support.hands import plain

pytestmark = [pytest.mark.browser, pytest.mark.reads]


def hers(page: Page) -> list[str]:
    """The lines of « Pour vous », in their order."""
    part = page.locator(".cp-section").filter(
        has=page.get_by_role("heading", name="Pour vous", exact=True)
    )
    return [plain(line) for line in part.locator(".cp-todo > li").all_inner_texts()]


def test_bruno_has_answers_to_hand_over_and_the_list_holds_as_many(visit):
    bruno = visit("bruno", "/")
    found = [re.match(r"(\d+) réponses à transmettre", line) for line in hers(bruno)]
    [said] = [int(one[1]) for one in found if one]
    bruno.get_by_role("link", name=re.compile("réponses à transmettre")).click()
    expect(bruno.get_by_role("heading", level=1)).to_have_text("Mes services")
    idle(bruno)
    told = plain(bruno.locator(".cp-reading").first.inner_text())
    assert told.startswith(f"{said} réponses")


def test_carine_finds_what_is_late_in_her_direction_first(visit):
    carine = visit("carine", "/")
    first = hers(carine)[0]
    late = re.match(r"(\d+) réponses? en retard : Jeunesse et sports", first)
    assert late
    carine.get_by_role("link", name=re.compile("en retard : Jeunesse et sports")).click()
    expect(carine.get_by_role("heading", level=1)).to_have_text("Idées")
    assert re.match(r"\d+", idle(carine).locator(".st-key-cp_count").inner_text())[0] == late[1]


def test_alice_reads_what_became_of_her_ideas(visit):
    assert any(line.find("Votre idée :") > 0 for line in hers(visit("alice", "/")))


def test_nothing_is_said_to_whom_nothing_is_asked(visit):
    farid = visit("farid", "/")
    expect(farid.get_by_role("heading", name="Où en sommes-nous ?")).to_be_visible()
    expect(farid.get_by_role("heading", name="Pour vous", exact=True)).to_have_count(0)
