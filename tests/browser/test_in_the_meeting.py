"""« En séance »: the office of the programme goes through what waits over the cockpit, and records on
the spot what the body decides, notes and entrusts.
"""

import pytest
from playwright.sync_api import Page, expect
from support.chromium import idle
from support.crossing import rest
from support.hands import choose, plain, press, set_day, told, write

pytestmark = pytest.mark.browser

COCKPIT = "/tableau-de-bord?direction=ADM"
DESK, PHONE = (1440, 900), (360, 740)


def over(page: Page):
    """What lies over the cockpit."""
    return page.locator(".st-key-cp_spot")


def title(page: Page) -> str:
    return plain(over(page).get_by_role("heading", level=2).first.inner_text())


def follow(page: Page, name: str) -> Page:
    over(page).get_by_role("link", name=name, exact=True).click()
    return idle(page)


@pytest.mark.parametrize("size", [DESK, *rest((PHONE,))], ids=["desk", "phone"])
def test_didier_goes_through_what_waits_without_leaving_the_cockpit(visit, size):
    width, height = size
    didier = idle(visit("didier", COCKPIT, viewport={"width": width, "height": height}))
    didier.get_by_role("link", name="Passer en revue", exact=True).click()
    idle(didier)
    first = title(didier)
    expect(didier.locator("#cp-spot-title")).to_be_focused()
    follow(didier, "Suivant")
    assert title(didier) != first and "2 sur" in over(didier).inner_text()
    follow(didier, "Précédent")
    assert title(didier) == first
    didier.keyboard.press("Escape")
    expect(over(didier)).to_have_count(0)
    expect(didier.get_by_role("heading", name="Ce qui nous attend")).to_be_visible()


# A point is decided over the cockpit above; the register: test_steering.py.
@pytest.mark.matrix
def test_what_is_decided_of_a_milestone_stands_in_the_register(visit, served):
    didier = idle(visit("didier", f"{COCKPIT}&traiter=jalon-2.5"))
    press(didier, "Inscrire la décision")
    assert "Dites ce qui est décidé." in over(didier).inner_text()
    write(didier, "Ce qui est décidé", "Un ambassadeur désigné dans chaque direction")
    choose(didier, "Issue", "Adoptée")
    choose(didier, "Porteur", "Direction générale (DG)")
    set_day(didier, "Échéance", "29/09/2023")
    press(didier, "Inscrire la décision")
    made = told(didier)
    number = made.removeprefix("La décision n° ").removesuffix(" est inscrite.")
    rows = served.rows(
        f"""SELECT e.what, e.outcome, e.due_on FROM decision_event e
        JOIN decision d ON d.id = e.decision_id WHERE d.number = {int(number)} ORDER BY e.id"""
    )
    assert [row[:2] for row in rows] == [("inscrite", None), ("decidee", "adoptee")]
    assert str(rows[1][2]) == "2023-09-29"


# A decision is made on the spot above.
@pytest.mark.matrix
def test_a_note_and_an_owner_are_given_on_the_spot(visit):
    didier = idle(visit("didier", f"{COCKPIT}&traiter=jalon-1.7"))
    didier.get_by_role("radiogroup").get_by_text("Noter", exact=True).click()
    write(idle(didier), "Note de séance", "À revoir avec les inspecteurs.")
    press(didier, "Noter")
    assert told(didier) == "La note est publiée sous le jalon."
    didier.get_by_text("Désigner le porteur", exact=True).click()
    write(idle(didier), "Porteur", "Inspecteur général")
    press(didier, "Désigner")
    assert told(didier) == "Le porteur du jalon 1.7 est désigné."
    expect(over(didier).get_by_text("Inspecteur général")).to_be_visible()


# A decision is written on the spot above.
@pytest.mark.matrix
def test_a_point_is_entrusted_to_another_direction_and_its_thread_says_so(visit):
    didier = idle(visit("didier", f"{COCKPIT}&traiter=decision-16"))
    choose(didier, "Ce qui s'est passé", "Confiée à une direction")
    choose(didier, "Confiée à", "Finances (DF)")
    press(didier, "Enregistrer")
    assert told(didier) == "Confiée à une direction : c'est enregistré."
    expect(over(didier).get_by_text("Finances (DF)").first).to_be_visible()


def test_who_only_reads_the_cockpit_finds_no_way_to_treat(visit):
    """Nor does an address typed by hand open one."""
    elise = idle(visit("elise", f"{COCKPIT}&traiter=decision-16"))
    expect(elise.get_by_role("heading", name="Ce qui nous attend")).to_be_visible()
    expect(elise.get_by_role("link", name="Passer en revue", exact=True)).to_have_count(0)
    expect(over(elise)).to_have_count(0)
