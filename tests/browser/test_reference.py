"""« Référentiels » with a keyboard alone: a milestone is renamed, named again as before, found in the
history.
"""

from playwright.sync_api import Locator, Page, expect
from support.hands import plain
from support.windows import idle

WIDE = 1440
MANY_TABS = 80
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


def test_a_row_is_renamed_by_keyboard_alone_and_taken_back(visit):
    page = visit("didier", "/referentiels?table=jalons", **size(WIDE))
    name = "Titre, jalon 2.7"
    tab_to(page, "Chercher une ligne")
    page.keyboard.type("2.7")
    expect(page.locator(".cp-ref tbody tr:visible")).to_have_count(1)
    tab_to(page, name)
    before = cell(page, name).input_value()
    after = f"{before} (revu)"
    retype(page, after)
    expect(cell(page, name)).to_have_accessible_description(f"Modifié, avant : {before}")
    expect(page.get_by_role("button", name="Enregistrer le changement")).to_be_visible()

    page.keyboard.press("Escape")
    expect(cell(page, name)).to_have_value(before)
    expect(page.get_by_role("button", name="Enregistrer", exact=True)).to_be_visible()
    expect(cell(page, name)).to_be_focused()

    retype(page, after)
    assert fits(page)
    tab_to(page, "Enregistrer le changement")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("1 ligne enregistrée.")
    idle(page)
    expect(cell(page, name)).to_have_value(after)
    told = lines(page)
    assert told[0][2:] == ["2.7", "titre", before, after]

    tab_to(page, name, "Shift+Tab")
    retype(page, before)
    tab_to(page, "Enregistrer le changement")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("1 ligne enregistrée.")
    idle(page)
    expect(cell(page, name)).to_have_value(before)
    assert [line[3:] for line in lines(page)[:2]] == [
        ["titre", after, before],
        ["titre", before, after],
    ]
    assert fits(page)


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
    owners = served.rows("SELECT owner FROM plan_schedule ORDER BY id DESC LIMIT 1")
    assert owners == [("Le service du Sud",)]
