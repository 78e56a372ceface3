"""« Référentiels » with a keyboard alone: a milestone and a site are renamed, named again as
before, found in the history; what somebody else wrote meanwhile is chosen row by row.
"""

import pytest
from playwright.sync_api import Locator, Page, expect
from support import axe
from support.chromium import idle
from support.crossing import rest
from support.hands import plain

pytestmark = pytest.mark.browser

WIDE, PHONE = 1440, 360
MANY_TABS = 80
# Who renames what: login, table, label, key of the record, its field.
MILESTONE = ("didier", "jalons", "Titre, jalon {}", "2.7", "titre")
SITE = ("farid", "sites", "Nom, site {}", "Dépôt Voirie nord", "nom")
NAMED = """() => {
  const here = document.activeElement;
  if (here.ariaLabel) return here.ariaLabel;
  const told = (here.labels?.[0] ?? here).cloneNode(true);
  for (const icon of told.querySelectorAll("[aria-hidden]")) icon.remove();
  return told.textContent;
}"""


def size(width: int) -> dict:
    return {"viewport": {"width": width, "height": 900}}


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Goes on with the Tab key until what has this name has the focus."""
    for _ in range(MANY_TABS):
        page.keyboard.press(key)
        if plain(page.evaluate(NAMED)) == plain(name):
            return
    raise AssertionError(f"« {name} » is not reached by the Tab key")


def retype(page: Page, text: str) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def cell(page: Page, name: str) -> Locator:
    return page.get_by_label(name, exact=True)


def said(page: Page) -> Locator:
    return page.locator(".cp-ref .cp-ref-said")


def lines(page: Page) -> list[list[str]]:
    """The history as it is read."""
    rows = page.get_by_role("table", name="Historique").locator("tbody tr").all()
    return [[each.inner_text() for each in row.locator("td").all()] for row in rows]


def fits(page: Page) -> bool:
    """Nothing stands beside the window."""
    return page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("width", "login", "table", "label", "key", "field"),
    [(WIDE, *MILESTONE), *rest((PHONE, *SITE), (PHONE, *MILESTONE), (WIDE, *SITE))],
)
def test_a_row_is_renamed_by_keyboard_alone_and_taken_back(
    visit, width, login, table, label, key, field
):
    page = visit(login, f"/referentiels?table={table}", **size(width))
    name = label.format(key)
    tab_to(page, "Chercher une ligne")
    page.keyboard.type(key)
    expect(page.locator(".cp-ref tbody tr")).to_have_count(1)
    tab_to(page, name)
    before = cell(page, name).input_value()
    after = f"{before} (revu)"
    retype(page, after)
    expect(cell(page, name)).to_have_accessible_description(f"Modifié, avant : {before}")
    expect(page.get_by_role("button", name="Enregistrer le changement")).to_be_visible()

    page.keyboard.press("Control+z")
    expect(cell(page, name)).to_have_value(before)
    expect(page.get_by_role("button", name="Enregistrer", exact=True)).to_be_visible()
    expect(cell(page, name)).to_be_focused()

    retype(page, after)
    assert fits(page)
    tab_to(page, "Enregistrer le changement")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("1 ligne enregistrée.")
    idle(page)
    now = after if field == "nom" else key
    expect(cell(page, label.format(now))).to_have_value(after)
    told = lines(page)
    assert told[0][2:] == [now, field, before, after]

    tab_to(page, label.format(now), "Shift+Tab")
    retype(page, before)
    tab_to(page, "Enregistrer le changement")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("1 ligne enregistrée.")
    idle(page)
    expect(cell(page, name)).to_have_value(before)
    assert [line[3:] for line in lines(page)[:2]] == [
        [field, after, before],
        [field, before, after],
    ]
    assert fits(page)


# What is refused and that nothing is then saved: tests/test_reference_tables.py.
@pytest.mark.matrix
def test_what_is_wrong_stands_beside_its_cell_and_nothing_is_saved(visit, served):
    page = visit("didier", "/referentiels?table=jalons", **size(WIDE))
    before = served.rows("SELECT count(*) FROM change")[0][0]
    cell(page, "Titre, jalon 2.7").fill("Un titre neuf")
    cell(page, "Poids, jalon 2.8").fill("lourd")
    page.keyboard.press("Control+s")
    expect(said(page)).to_have_text("Rien n'est enregistré : 1 ligne à revoir.")
    wrong = cell(page, "Poids, jalon 2.8")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(
        "« lourd » n'est pas un nombre. Modifié, avant : 2"
    )
    assert served.rows("SELECT count(*) FROM change")[0][0] == before
    # What waits is found again in this tab, and given up at once.
    page.reload()
    idle(page)
    expect(cell(page, "Titre, jalon 2.7")).to_have_value("Un titre neuf")
    page.get_by_role("button", name="Annuler mes changements").click()
    expect(said(page)).to_have_text("2 changements annulés : rien n'a été enregistré.")
    expect(page.get_by_role("button", name="Enregistrer", exact=True)).to_be_visible()


# test_overtaken.py meets two who write; the rows of a table: tests/test_overtaken.py.
@pytest.mark.matrix
def test_what_was_written_meanwhile_is_shown_and_chosen(visit):
    first = visit("didier", "/referentiels?table=jalons", **size(WIDE))
    second = visit("didier", "/referentiels?table=jalons", **size(WIDE))
    name = "Porteur, jalon 2.8"
    cell(second, name).fill("Le mien")
    cell(first, name).fill("Le sien")
    first.keyboard.press("Control+s")
    expect(said(first)).to_have_text("1 ligne enregistrée.")
    second.keyboard.press("Control+s")
    met = second.locator(".cp-ref-met")
    expect(met).to_contain_text("Vous avez écrit entre-temps, dans une autre fenêtre")
    expect(met).to_contain_text("écrit entre-temps « Le sien », vous avez écrit « Le mien »")
    second.get_by_role("button", name="Garder le mien, jalon 2.8").click()
    expect(cell(second, name)).to_have_accessible_description("Modifié, avant : Le sien")
    second.keyboard.press("Enter")
    expect(said(second)).to_have_text("1 ligne enregistrée.")
    idle(second)
    expect(cell(second, name)).to_have_value("Le mien")


def test_what_is_typed_while_it_is_saved_waits_for_the_next_save(visit, served):
    page = visit("didier", "/referentiels?table=jalons", **size(WIDE))
    first, second = cell(page, "Porteur, jalon 2.7"), cell(page, "Porteur, jalon 2.8")
    first.fill("Le service du Sud")
    page.keyboard.press("Control+s")
    second.fill("Le service du Nord")
    idle(page)
    expect(first).to_have_accessible_description("")
    assert first.input_value() == "Le service du Sud"
    expect(second).to_have_value("Le service du Nord")
    expect(page.get_by_role("button", name="Enregistrer le changement")).to_be_visible()
    owners = served.rows("SELECT owner FROM rebaseline ORDER BY id DESC LIMIT 1")
    assert owners == [("Le service du Sud",)]


# Rows are added in tests/test_reference_tables.py; the grid saves above.
@pytest.mark.matrix
def test_a_row_is_added_and_taken_away_again_before_it_is_saved(visit):
    page = visit("farid", "/referentiels?table=sites", **size(PHONE))
    page.get_by_role("button", name="Ajouter une ligne (site)").click()
    expect(cell(page, "Nom, nouvelle ligne 1")).to_be_focused()
    page.keyboard.type("Le kiosque")
    page.get_by_role("button", name="Retirer, nouvelle ligne 1").click()
    expect(cell(page, "Nom, nouvelle ligne 1")).to_have_count(0)
    page.get_by_role("button", name="Défaire").click()
    expect(cell(page, "Nom, nouvelle ligne 1")).to_have_value("Le kiosque")
    page.get_by_role("button", name="Enregistrer le changement").click()
    expect(said(page)).to_have_text("1 ligne enregistrée.")
    cell(page, "Chercher une ligne").fill("kiosque")
    expect(cell(page, "Nom, site Le kiosque")).to_be_visible()


# The grid is a screen of test_accessibility.py, and so are fields with an error.
@pytest.mark.matrix
@pytest.mark.parametrize(
    ("width", "theme"),
    [(PHONE, "dark"), (WIDE, "light"), (WIDE, "dark"), (PHONE, "light")],
)
def test_axe_finds_nothing_in_a_grid_that_is_being_edited(visit, width, theme):
    page = visit(
        "didier", "/referentiels?table=jalons", **size(width), color_scheme=theme, bypass_csp=True
    )
    cell(page, "Chercher une ligne").fill("2.")
    cell(page, "Titre, jalon 2.7").fill("Un titre neuf")
    cell(page, "Poids, jalon 2.8").fill("lourd")
    page.keyboard.press("Control+s")
    expect(said(page)).to_have_text("Rien n'est enregistré : 1 ligne à revoir.")
    idle(page)
    assert [str(found) for found in axe.violations(page) if found.is_ours] == []
