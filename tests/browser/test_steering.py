"""Stories of steering in a real browser: Élise's meeting, Didier's register of decisions."""

from playwright.sync_api import expect
from support.hands import (
    choose,
    follow,
    plain,
)


def lines(page, caption: str) -> list[str]:
    """The lines of a table, as one reads them."""
    return [
        plain(row.inner_text())
        for row in page.get_by_role("region", name=caption).locator("tbody tr").all()
    ]


def test_elise_reads_what_changed_since_a_meeting(visit):
    elise = follow(visit("elise"), "Séance")
    expect(elise.get_by_role("heading", level=1)).to_have_text("Préparer la séance")
    choose(elise, "Depuis la séance du", "21/03/2023")
    slipped = lines(elise, "Ce qui a glissé")
    assert any("5.9" in line and "déménagement" in line for line in slipped)
    elise.get_by_text("Les autres changements : jalons, décisions, idées").click()
    moved = lines(elise, "Jalons qui ont changé d'état")
    assert any("5.9" in line and "En pause" in line for line in moved)
    assert any("6.5" in line and "Annulé" in line for line in moved)
    choose(elise, "Instance", "Comité de co-pilotage")
    expect(elise.get_by_text("De la séance du 28 mars 2023")).to_be_visible()
