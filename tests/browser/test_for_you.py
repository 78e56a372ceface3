"""What each reader finds first on « Accueil », in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import idle
from support.crossing import rest
from support.hands import plain

pytestmark = [pytest.mark.browser, pytest.mark.reads]


def hers(page: Page, part: str = "Pour vous") -> list[str]:
    """The lines of « Pour vous », or of another part, in their order."""
    part = page.locator(".cp-section").filter(
        has=page.get_by_role("heading", name=part, exact=True)
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


# Bruno's line is followed above; whose line is whose: tests/test_pages.py.
@pytest.mark.matrix
def test_carine_finds_what_is_late_in_her_direction_first(visit):
    carine = visit("carine", "/")
    first = hers(carine)[0]
    late = re.match(r"(\d+) réponses? en retard : Jeunesse et sports", first)
    assert late
    carine.get_by_role("link", name=re.compile("en retard : Jeunesse et sports")).click()
    expect(carine.get_by_role("heading", level=1)).to_have_text("Idées")
    assert re.match(r"\d+", idle(carine).locator(".st-key-cp_count").inner_text())[0] == late[1]


# What changed, in its order: tests/test_changed.py.
@pytest.mark.matrix
def test_alice_reads_what_changed_since_she_was_here_last(visit):
    alice = visit("alice", "/")
    lines = hers(alice, "Ce qui a changé depuis votre dernière visite")
    _, *others = [re.search(r"(\d\d)/(\d\d)/(\d{4})$", line).groups() for line in lines]
    assert "Votre idée : réalisée · 08/06/2023" in lines[0], "her own first"
    assert others == sorted(others, key=lambda day: day[::-1], reverse=True) != []
    expect(visit("elise", "/").get_by_text("Ce qui a changé depuis")).to_have_count(0)


# tests/test_pages.py opens the front page of every role.
@pytest.mark.matrix
def test_nothing_is_said_to_whom_nothing_is_asked(visit):
    farid = visit("farid", "/")
    expect(farid.get_by_role("heading", name="Où en sommes-nous ?")).to_be_visible()
    expect(farid.get_by_role("heading", name="Pour vous", exact=True)).to_have_count(0)


# test_cockpit.py reads the same counts; the front page of each role: tests/test_pages.py.
@pytest.mark.matrix
def test_elise_opens_what_waits_from_her_front_page(visit):
    """As many of each as on the cockpit, in its order; what moved since the meeting, and its
    dossier.
    """
    elise = visit("elise", "/")
    strip = elise.locator(".cp-front-waits")
    here = [plain(count) for count in strip.locator("li").all_inner_texts()]
    expect(strip.get_by_text("Depuis la séance du")).to_be_visible()
    strip.get_by_role("link", name="Dossier de la séance").click()
    expect(elise.get_by_role("radio", name="Dossier pour le CODIR (PDF)")).to_be_checked()
    cockpit = idle(visit("elise", "/tableau-de-bord?direction=ADM"))
    there = [plain(count) for count in cockpit.locator(".cp-waits li > a").all_inner_texts()]
    assert here == there != []
    expect(visit("alice", "/").locator(".cp-front-waits")).to_have_count(0)


@pytest.mark.parametrize("login", ["alice", *rest("elise", "bruno", "carine", "gaelle")])
def test_the_front_page_of_each_role_is_soon_read(visit, login):
    """Three windows of a desk, eight of a phone, once the first visit is past."""
    page = visit(login, "/", viewport={"width": 1440, "height": 900})
    page.locator(".st-key-cp_tour").evaluate_all("tours => tours.forEach(tour => tour.remove())")
    for width, height, screens in ((1440, 900, 3), (360, 740, 8)):
        page.set_viewport_size({"width": width, "height": height})
        whole = idle(page).get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        assert whole <= screens * height, width
