"""The first screen of « Tableau de bord » in a real browser: what it says without scrolling, and
that what it counts opens what it counted.
"""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, idle
from support.crossing import rest
from support.hands import plain

pytestmark = [pytest.mark.browser, pytest.mark.reads]

COCKPIT = "/tableau-de-bord?direction=ADM"
PARTS = (".cp-standing", ".cp-slim", ".cp-waits")
DESK, TABLET, PHONE = ((1440, 900), (1024, 768), (360, 740))


def foot_of(page: Page, part: str) -> float:
    """Where a part ends, in pixels from the top of the page."""
    return page.locator(part).evaluate(
        "part => part.getBoundingClientRect().bottom"
        " + document.querySelector('[data-testid=stMain]').scrollTop"
    )


@pytest.mark.parametrize(
    "size, screens, most",
    [(DESK, 1, 3.1), (PHONE, 2, 8), *rest((TABLET, 1, 4.5))],
    ids=["desk", "phone", "tablet"],
)
def test_what_slips_and_what_waits_are_seen_at_once_and_the_whole_is_soon_read(
    visit, size, screens, most
):
    width, height = size
    page = idle(visit("elise", COCKPIT, viewport={"width": width, "height": height}))
    for part in PARTS:
        expect(page.locator(part)).to_be_visible()
        # A pixel is the rounding of the browser's.
        assert foot_of(page, part) <= screens * height + 1, part
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    whole = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
    assert whole <= most * height


def test_a_tablet_holds_the_first_screen_of_whoever_moderates_too(visit):
    """One count more than others have; each end of a workstream has its word."""
    width, height = TABLET
    page = idle(visit("didier", COCKPIT, viewport={"width": width, "height": height}))
    for part in PARTS:
        assert foot_of(page, part) <= height + 1, part
    ends = [plain(end) for end in page.locator(".cp-slim-end").all_inner_texts()]
    assert ends and all("fin " in end.removeprefix("fin probable") for end in ends)


# What stands under them is seen on the first screen (above).
@pytest.mark.matrix
def test_banner_title_and_filters_leave_the_screen_to_the_figures(visit):
    page = idle(visit("elise", COCKPIT, viewport={"width": 1440, "height": 900}))
    banner, title = page.locator(".cp-banner"), page.locator(".cp-header")
    filters = page.locator("button.cp-filters")
    beside = max(box["height"] for box in (title.bounding_box(), filters.bounding_box()))
    assert banner.bounding_box()["height"] + beside <= 90


# tests/test_number_links.py follows each count of a place.
@pytest.mark.matrix
def test_each_count_opens_exactly_its_rows(visit):
    """Late decisions, late milestones, late answers, answers of today, points to decide."""
    page = idle(visit("elise", COCKPIT))
    counts = page.locator(".cp-waits li a")
    ways = [
        (link.get_attribute("href"), int(re.search(r"\d+", link.inner_text())[0]))
        for link in counts.all()
    ]
    assert len(ways) >= 4
    for href, counted in ways:
        assert shown(follow_link(page, href)) == counted, href


def test_counts_and_sentences_say_the_same_and_the_most_urgent_is_named(visit):
    page = idle(visit("elise", COCKPIT))
    waits, told = page.locator(".cp-waits"), plain(page.locator(".cp-told").inner_text())
    for count in waits.locator("li > a").all_inner_texts():
        assert plain(count) in told
    among = re.search(r"sur (\d+) à décider", plain(waits.inner_text()))[1]
    assert f"{among} idées à décider" in told
    expect(waits.get_by_text("Le plus urgent")).to_have_count(1)
    expect(waits.locator("li").first).to_contain_text(
        re.compile(r"Le plus urgent\s: Liste unique des pièces .*, attendue le\s31/05/2023")
    )
    expect(waits.locator("li").first).to_have_class(re.compile("cp-waits-late"))


# The same words at each width, at which the cockpit fits (above).
@pytest.mark.matrix
@pytest.mark.parametrize("size", [TABLET, DESK, PHONE], ids=["tablet", "desk", "phone"])
def test_why_one_stands_lower_and_why_the_whole_ends_later_is_read_at_any_width(visit, size):
    width, height = size
    page = idle(visit("elise", COCKPIT, viewport={"width": width, "height": height}))
    notes = page.locator(".cp-slim-notes")
    for words in ("Un cran plus bas", re.compile("L.ensemble finit avec son dernier jalon")):
        expect(notes.get_by_text(words)).to_be_visible()
    lowered = page.locator(".cp-slim li").filter(has=page.get_by_text("*", exact=True))
    assert 0 < lowered.count() < page.locator(".cp-slim li").count()


# test_steering.py reads what moved.
@pytest.mark.matrix
def test_what_moved_since_the_meeting_is_one_sentence(visit):
    page = idle(visit("elise", COCKPIT))
    said = plain(page.locator(".cp-compared p").inner_text())
    assert re.search(r"Depuis la séance du 27/06/2023 : .*1 réponse donnée", said)
    page.get_by_role("link", name="04/04/2023").click()
    page.wait_for_url("**seance=2023-04-04**")
    expect(page.locator(".cp-compared p")).to_contain_text("jalons ont bougé")


# test_in_the_meeting.py goes through what waits.
@pytest.mark.matrix
def test_who_treats_goes_from_the_count_to_the_first_late_milestone(visit):
    page = idle(visit("didier", COCKPIT))
    page.get_by_role("link", name="Traiter les jalons").click()
    expect(page.locator("#cp-spot-title")).to_contain_text("Jalon")
    assert visit("elise", COCKPIT).get_by_role("link", name="Traiter les jalons").count() == 0


def shown(page: Page) -> int:
    """How many rows the screen lists: ideas say their number, tables and points are counted."""
    total = page.locator(".st-key-cp_count")
    if total.count():
        return int(re.match(r"\d+", total.inner_text())[0])
    return page.locator(
        ".cp-stacked tbody tr, .cp-table tbody tr, .cp-body-head + .cp-todo > li"
    ).count()


def test_the_worst_comes_first_until_their_own_order_is_chosen(visit):
    page = idle(visit("elise", COCKPIT))
    names = [plain(name) for name in page.locator(".cp-slim h3").all_inner_texts()]
    gaps = [
        float(
            re.search(r"([+−]?)(\d+,\d)", plain(text))
            .expand(r"\1\2")
            .replace("−", "-")
            .replace(",", ".")
        )
        for text in page.locator(".cp-slim-gap > b").all_inner_texts()
    ]
    states = [plain(state) for state in page.locator(".cp-slim-status .cp-badge").all_inner_texts()]
    ranks = [
        ("En difficulté", "À surveiller", "À jour").index(s.split(maxsplit=1)[-1]) for s in states
    ]
    order = list(zip(ranks, gaps, strict=True))
    assert order == sorted(order) and gaps[0] < 0, "colours and order say the same"
    page.get_by_role("link", name="Dans leur ordre").click()
    page.wait_for_url("**ordre=chantiers**")
    idle(page)
    own = [plain(name) for name in page.locator(".cp-slim h3").all_inner_texts()]
    assert own[0] == "Co-pilotage du changement"
    assert sorted(own) == sorted(names) and own != names


# test_steering.py chooses the meeting.
@pytest.mark.matrix
def test_another_meeting_is_one_click_away_and_bars_remember_it(visit):
    page = idle(visit("elise", COCKPIT))
    expect(page.locator(".cp-slim-key")).to_contain_text("fait au 27/06/2023")
    page.get_by_role("navigation", name="Séance comparée").get_by_role("link").filter(
        has_text="04/04/2023"
    ).click()
    page.wait_for_url("**seance=2023-04-04**")
    expect(page.locator(".cp-slim-key")).to_contain_text("fait au 04/04/2023")
    expect(page.locator(".cp-standing-numbers")).to_contain_text("depuis le 04/04/2023")
    expect(page.locator(".cp-card").first).to_contain_text("depuis le 04/04/2023")
    page.get_by_role("link", name="Aucune", exact=True).click()
    page.wait_for_url("**seance=aucune**")
    expect(page.locator(".cp-slim-key")).not_to_contain_text("fait au")
