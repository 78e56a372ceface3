"""The first screen of « Pilotage » in a real browser: what it says without scrolling."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import idle
from support.hands import plain

pytestmark = pytest.mark.reads

COCKPIT = "/tableau-de-bord?direction=ADM"
PARTS = (".cp-standing", ".cp-falls", ".cp-waits", ".cp-slim")
DESK, TABLET, PHONE = ((1440, 900), (1024, 768), (360, 740))


def foot_of(page: Page, part: str) -> float:
    """Where a part ends, in pixels from the top of the page."""
    return page.locator(part).evaluate(
        "part => part.getBoundingClientRect().bottom"
        " + document.querySelector('[data-testid=stMain]').scrollTop"
    )


@pytest.mark.parametrize(
    "login, size, screens, most",
    [("elise", DESK, 1, 3.1), ("elise", PHONE, 2, 8), ("didier", TABLET, 1, 5)],
    ids=["desk", "phone", "tablet of whoever moderates, with one count more"],
)
def test_what_slips_and_what_waits_are_seen_at_once_and_the_whole_is_soon_read(
    visit, login, size, screens, most
):
    width, height = size
    page = idle(visit(login, COCKPIT, viewport={"width": width, "height": height}))
    # On a narrow screen the workstreams come after what slips and what waits.
    for part in PARTS if size is DESK else PARTS[:3]:
        expect(page.locator(part)).to_be_visible()
        # A pixel is the rounding of the browser's.
        assert foot_of(page, part) <= screens * height + 1, part
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    whole = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
    assert whole <= most * height


def test_on_a_tablet_each_end_of_a_workstream_has_its_word(visit):
    width, height = TABLET
    page = idle(visit("didier", COCKPIT, viewport={"width": width, "height": height}))
    ends = [plain(end) for end in page.locator(".cp-slim-end").all_inner_texts()]
    assert ends and all("fin " in end.removeprefix("fin probable") for end in ends)


def test_counts_and_sentences_say_the_same_and_the_most_urgent_is_named(visit):
    page = idle(visit("elise", COCKPIT))
    waits, told = page.locator(".cp-waits"), plain(page.locator(".cp-told-in-three").text_content())
    for count in waits.locator("li > a").all_inner_texts():
        assert plain(count) in told
    among = re.search(r"(\d+) idées restent à décider", plain(waits.inner_text()))[1]
    assert f"{among} idées à décider" in told
    expect(waits.get_by_text("Le plus urgent")).to_have_count(1)
    expect(waits.locator("li").first).to_contain_text(
        re.compile(r"Le plus urgent\s: Liste unique des pièces .*, attendue le\s31/05/2023")
    )
    expect(waits.locator("li").first).to_have_class(re.compile("cp-waits-late"))


def test_the_worst_comes_first(visit):
    page = idle(visit("elise", COCKPIT))
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
