"""Errands counted by acts: an act is one click, one field filled, one choice in a list. The
counter counts, nobody writes it down.
"""

import re
from collections.abc import Callable

import pytest
from support.counted import Acts
from support.hands import plain
from support.served import number

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
BODY, TITLE = "Votre idée, votre constat", "Titre (proposé d'après la première ligne)"


@pytest.fixture
def acts(visit) -> Callable[..., Acts]:
    """(login or None, address, **context options) → that person before that page, who has done
    nothing yet.
    """
    return lambda *who, **options: Acts(visit(*who, **options))


# ── Filing an idea: eight at most
# ────────────────────────────────────────────────────────────────────────────────────


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


# ── What is late: one at most
# ────────────────────────────────────────────────────────────────────────────────────────


# ── The cockpit: two to narrow it, three to compare two days
# ─────────────────────────────────────────────────────────


# ── What is on the screen, taken away: two at most
# ───────────────────────────────────────────────────────────────────


def test_the_figures_of_the_cockpit_are_in_the_file(acts):
    """Every card that is on the screen, with its value; the file has the other figures of the
    scope too.
    """
    elise = acts("elise", "/tableau-de-bord?direction=ADM")
    cards = {
        re.search(r"chiffre=([^&]+)", card.locator("a").last.get_attribute("href"))[1]: (
            card.locator(".cp-card-value strong").inner_text()
        )
        for card in elise.page.locator(".cp-card").all()
    }
    kept = {
        row["Code"]: row["Valeur"] for row in elise.download("Exporter tous les chiffres (CSV)")
    }
    assert len(cards) >= 5
    for code, shown in cards.items():
        places = len(shown.partition(",")[2])
        assert round(float(kept[code].replace(",", ".")), places) == number(shown), code
    assert elise.count <= 2


def test_the_ideas_of_a_list_are_in_the_file(acts):
    elise = acts("elise", "/idees?direction=ADM&vue=en-retard")
    total = int(re.match(r"\d+", elise.page.locator(".st-key-cp_count").inner_text())[0])
    shown = [plain(title) for title in elise.page.locator(".cp-list h3").all_inner_texts()]
    elise.click(elise.page.get_by_role("button", name=re.compile("Exporter cette liste")))
    kept = elise.download("CSV pour tableur")
    assert len(kept) == total > len(shown) / 2 > 0
    assert len({row["Numéro"] for row in kept}) == total
    assert set(shown) <= {plain(row["Titre"]) for row in kept}
    assert elise.count <= 2
