"""Didier keeps a lot that was proposed and drops another; Alice reads who says the same; themes are
given by key.
"""

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from support.chromium import go, idle
from support.filing import file
from support.hands import press, told

SHOES = "Des chaussures de sécurité à la pointure des femmes"
SHOES_TOO = "Chaussures de sécurité : la pointure des femmes manque"
HEATERS = "Les radiateurs du hall de la piscine sont bouillants"
HEATERS_TOO = "Radiateurs bouillants au hall de la piscine couverte"


@pytest.fixture
def four(served, cast) -> list[int]:
    """Two pairs that say the same; how Alice files is another story."""
    return [
        file(served.engine, cast.alice, uuid4().hex, title=title).number
        for title in (SHOES, SHOES_TOO, HEATERS, HEATERS_TOO)
    ]


def test_didier_keeps_one_lot_and_drops_the_other(visit, served, four):
    shoes, shoes_too, heaters, _ = four
    didier = visit("didier", "/lots", viewport={"width": 1440, "height": 900})
    didier.locator(".cp-desk li a", has_text="haussures de sécurité").click()
    for number in (shoes, shoes_too):
        expect(didier.get_by_role("checkbox", name=f"N° {number}")).to_be_checked()
    press(didier, "Garder ce regroupement")
    assert "Le regroupement est gardé" in told(didier)
    # The next one has opened by itself.
    expect(didier.get_by_role("checkbox", name=f"N° {heaters}")).to_be_checked()
    press(didier, "Ils ne disent pas la même chose")
    assert "ne seront plus proposés" in told(didier)
    expect(didier.locator("[data-testid=stMain]")).not_to_contain_text(HEATERS)
    held = "SELECT count(*) FROM idea JOIN cluster ON cluster.id = cluster_id WHERE number = :n"
    assert served.rows(f"{held} AND proposed AND dropped_on IS NULL", n=shoes) == [(1,)]

    alice = visit("alice", f"/idees?idee={shoes}")
    expect(alice.get_by_text("Dit aussi par")).to_contain_text(SHOES_TOO)
    go(alice, f"/idees?idee={shoes_too}")
    expect(alice.get_by_text("Dit aussi par")).to_contain_text(SHOES)


def test_didier_gives_themes_by_key_and_takes_one_back(visit, served):
    didier = visit("didier", "/lots?liste=a-coder", viewport={"width": 360, "height": 740})
    title = didier.locator("[data-testid=stMain] h2").first
    first = title.inner_text()
    [(before,)] = served.rows("SELECT count(*) FROM coding")
    didier.keyboard.press("2")
    idle(didier)
    assert "Thème donné : Cantines" in told(didier)
    expect(title).not_to_have_text(first)
    assert served.rows("SELECT count(*) FROM coding") == [(before + 1,)]
    press(didier, "Reprendre")
    expect(title).to_have_text(first)
    assert served.rows("SELECT count(*) FROM coding") == [(before,)]
