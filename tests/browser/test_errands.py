"""What one comes for is at hand: the button that sends, and files that hold what the screen shows."""

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Page
from support.chromium import idle
from support.hands import plain
from support.served import number

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def rows_of(page: Page, link: str) -> list[dict[str, str]]:
    """The rows of the CSV file behind this link."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link, exact=True).click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_send_is_under_the_thumb_wherever_the_form_stands(visit):
    """On a phone of 360 × 740: in sight, and nothing else is where one would press."""
    page = visit("alice", "/deposer", **PHONE)
    send = page.get_by_role("button", name="Envoyer", exact=True)
    main = page.get_by_test_id("stMain")
    deepest = main.evaluate("main => main.scrollHeight - main.clientHeight")
    assert deepest > 200, "a form that fits would prove nothing"
    for position in [*range(0, deepest, 90), deepest]:
        main.evaluate("(main, y) => { main.scrollTop = y }", position)
        box = send.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 740, f"out of sight at {position}"
        hit = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.innerText ?? ''",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        )
        assert "Envoyer" in hit, f"« {hit} » lies over it at {position}"


def test_the_figures_of_the_cockpit_are_in_the_file(visit):
    """Every card that is on the screen, with its value; the file has the other figures of the
    scope too.
    """
    elise = visit("elise", "/tableau-de-bord?direction=ADM")
    cards = {
        re.search(r"chiffre=([^&]+)", card.locator("a").last.get_attribute("href"))[1]: (
            card.locator(".cp-card-value strong").inner_text()
        )
        for card in elise.locator(".cp-card").all()
    }
    kept = {
        row["Code"]: row["Valeur"] for row in rows_of(elise, "Exporter tous les chiffres (CSV)")
    }
    assert len(cards) >= 5
    for code, shown in cards.items():
        places = len(shown.partition(",")[2])
        assert round(float(kept[code].replace(",", ".")), places) == number(shown), code


def test_the_ideas_of_a_list_are_in_the_file(visit):
    elise = visit("elise", "/idees?direction=ADM&vue=en-retard")
    total = int(re.match(r"\d+", elise.locator(".cp-list-count").inner_text())[0])
    shown = [plain(title) for title in elise.locator(".cp-desk li a").all_inner_texts()]
    elise.get_by_role("button", name=re.compile("Exporter cette liste")).click()
    idle(elise)
    kept = rows_of(elise, "CSV pour tableur")
    assert len(kept) == total > len(shown) / 2 > 0
    assert len({row["Numéro"] for row in kept}) == total
    assert set(shown) <= {plain(row["Titre"]) for row in kept}
