"""Every act with the keyboard alone: no test of this file clicks.

What has the focus is named as a screen reader names it (« button "Envoyer" »). The server is
shared: what is written here is undone here, by the keyboard too.
"""

import re

from playwright.sync_api import Page, expect
from support.hands import plain
from support.places import CAST, reader_of, screens
from support.windows import go, idle

from dashboard.visit.navigation import menu
from seed.demonstration import DEMO_PASSWORD

SKIP, MAIN = "Aller au contenu principal", "main"
MOST = 400  # stops on the longest page
# The calendar of a date field is within it, and has the focus as a part of it.
FOCUS = ":focus, [type=date]:focus-within"
# What has the focus is drawn, and so is its ring, at the latest when what fades in has faded in;
# null where nothing has it.
SEEN = """async () => {
  const element = document.querySelector(":focus") ?? document.querySelector("[type=date]:focus-within");
  if (!element) return null;
  const isSeen = () => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && [element, element.closest("label")].filter(Boolean).map(one => getComputedStyle(one))
      .some(style => style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2);
  for (let frame = 0; frame < 60 && !isSeen(); frame++) await new Promise(requestAnimationFrame);
  return isSeen();
}"""


# Whether the words of one of these names stand in what has the focus, or in what names it: asked of
# every stop on the way, and its name as a screen reader says it only where this is so.
MAY_BE = r"""names => {
  const element = document.activeElement ?? document.body;
  const ids = ["aria-labelledby", "aria-describedby"].flatMap(of => (element.getAttribute(of) ?? "").split(" "));
  const naming = [element, ...(element.labels ?? []), ...ids.map(id => document.getElementById(id))].filter(Boolean);
  const words = text => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const said = new Set(words([element.value ?? "", ...naming.map(one => `${one.outerHTML} ${one.textContent}`)].join(" ")));
  return names.some(name => words(name).every(word => said.has(word)));
}"""
# Whether the focus is back at the first stop.
IS_BACK = """() => {
  const isBack = window.cpFirstStop === document.activeElement;
  window.cpFirstStop ??= document.activeElement;
  return isBack;
}"""
STOP = f"async names => [await ({SEEN})(), ({IS_BACK})(), ({MAY_BE})(names)]"


# ── The hand on the keyboard ──────────────────────────────────────────────────────────────────────


def focused(page: Page) -> str:
    """Role and name of what has the focus; empty where nothing has it."""
    return name_of_focus(page) if page.locator(FOCUS).count() else ""


def name_of_focus(page: Page) -> str:
    said = page.locator(FOCUS).first.aria_snapshot().splitlines() or [""]
    line = said[0].removeprefix("- ").rstrip(":")
    return line.strip("'").replace("''", "'") if line.startswith("'") else line


def is_named(said: str, name: str) -> bool:
    said, name = plain(said), plain(name)
    return f'"{name}"' in said or said.endswith(f": {name}") or said == name


def tab_to(page: Page, name: str, key: str = "Tab") -> Page:
    """Tab until the focus stands on what bears this name."""
    close = []
    for _ in range(MOST):
        page.keyboard.press(key)
        if page.evaluate(MAY_BE, [name]):
            close.append(focused(page))
            if is_named(close[-1], name):
                return page
    raise AssertionError(f"« {name} » is not reached, only {close[:80]}")


def push(page: Page, name: str, key: str = "Enter") -> Page:
    """Goes to a button, a link or a volet, and presses it."""
    tab_to(page, name).keyboard.press(key)
    return idle(page)


def write(page: Page, name: str, text: str) -> Page:
    """Goes to a field, writes over what stands there, and leaves it."""
    tab_to(page, name).keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    return idle(page)


def pick(page: Page, name: str, option: str) -> Page:
    """Chooses in a list: its name is typed, the arrow goes to what is found."""
    tab_to(page, name).keyboard.press("Control+a")
    page.keyboard.type(option)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    return idle(page)


def stops(page: Page, names: list[str]) -> list[str]:
    """Those that may bear one of these names, of every stop of the Tab key, from the first to
    where the browser takes over; each is seen and has its ring.
    """
    found = []
    page.evaluate("window.cpFirstStop = undefined")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        is_seen, is_back, may_be = page.evaluate(STOP, names)
        if is_seen is None or is_back:
            return found
        assert is_seen, f"{name_of_focus(page)} is hidden, or shows no ring"
        if may_be:
            found.append(name_of_focus(page))
    raise AssertionError(f"the focus does not come out again: {found[-5:]}")


def in_order(found: list[str], names: list[str]) -> bool:
    """Whether these names are met in this order."""
    left = iter(found)
    return all(any(is_named(said, name) for said in left) for name in names)


# ── The order of the focus ────────────────────────────────────────────────────────────────────────


def test_the_focus_goes_from_the_skip_link_through_the_menu_to_the_page_and_out_again(visit):
    place = screens()[0]
    page = visit(place.login, place.address)
    titles = [
        name
        for places in menu(reader_of(next(p for p in CAST if p.login == place.login))).values()
        for name, _ in places
    ]
    names = [SKIP, *titles, "Se déconnecter", MAIN]
    found = stops(page, names)
    assert is_named(found[0], SKIP)
    assert in_order(found, names), found
    assert len([said for said in found if is_named(said, SKIP)]) == 1


def test_a_change_of_page_brings_the_focus_to_the_title_and_says_it(visit):
    page = visit("alice", "/idees")
    push(page, "Académie")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("#cp-voice")).to_have_text("Académie · C-Possible")
    expect(page.get_by_test_id("stSidebar").locator("[aria-current=page]")).to_have_text(
        re.compile("Académie")
    )
    page.go_back()  # the browser's own key, which no page receives
    expect(page.get_by_role("heading", level=1, name="Idées")).to_be_focused()
    expect(page).to_have_title("Idées · C-Possible")


def test_a_slash_or_ctrl_k_leads_into_the_search_of_everything(visit):
    page = visit("alice", "/idees")
    field = page.get_by_label("Rechercher")
    page.get_by_role("heading", level=1).press("/")
    expect(field).to_be_focused()
    page.keyboard.type("tri refectoire")
    expect(page.get_by_role("link", name="Le tri au réfectoire")).to_be_visible()
    go(page, "/academie").keyboard.press("Control+k")
    expect(field).to_be_focused()


def test_a_filter_keeps_the_focus_where_it_is(visit):
    page = visit("didier", "/idees")
    push(page, "Filtrer la liste")
    pick(page, "Vue", "Réponse en retard")
    expect(page).to_have_url(re.compile("vue="))
    assert is_named(focused(page), "Vue")


# ── Signing in and out, the menu ──────────────────────────────────────────────────────────────────


def test_elise_signs_in_and_out(visit):
    page = visit(None, "/idees")
    write(page, "Identifiant", "elise")
    write(page, "Mot de passe", DEMO_PASSWORD)
    push(page, "Se connecter")
    expect(page.get_by_role("heading", level=1, name="Idées")).to_be_visible()
    push(page, "Se déconnecter")
    expect(page.get_by_label("Identifiant", exact=True)).to_be_visible()


def test_escape_closes_the_menu_of_a_phone_and_gives_the_focus_back(visit):
    page = visit("alice", "/idees", viewport={"width": 360, "height": 740})
    push(page, "Menu")
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Académie", exact=True)
    expect(link).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(link).not_to_be_in_viewport()
    expect(page.locator("button.cp-menu")).to_be_focused()


def test_alice_unfolds_the_filters_on_a_phone(visit):
    page = visit("alice", "/idees", viewport={"width": 360, "height": 740})
    summary = page.locator(".cp-filters > summary")
    summary.press("Enter")
    tab_to(page, "Direction")
    box, bar = page.locator(":focus").bounding_box(), page.locator(".cp-phone").bounding_box()
    assert box["y"] + box["height"] <= bar["y"], "the field is under the bar"


# ── Ideas ─────────────────────────────────────────────────────────────────────────────────────────


def filed(page: Page, words: str) -> int:
    """Files an idea and reads its number."""
    write(page, "Votre idée, votre constat", words)
    push(page, "Envoyer")
    thanks = page.get_by_role("status").filter(has_text="enregistré sous le n°")
    expect(thanks).to_be_visible()
    expect(thanks).to_be_focused()
    return int(re.search(r"n°\s*(\d+)", thanks.inner_text())[1])


def test_alice_files_an_idea_and_opens_it(visit):
    page = visit("alice", "/deposer")
    push(page, "Envoyer")
    expect(page.get_by_role("alert").filter(has_text="Donnez un titre")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="comment vous déposez")).to_be_visible()
    tab_to(page, "En mon nom").keyboard.press("Space")
    filed(page, "Un miroir au bout du couloir")
    push(page, "Voir et suivre mon idée")
    expect(
        page.get_by_role("heading", level=1, name="Un miroir au bout du couloir")
    ).to_be_focused()


# ── The roadmap ───────────────────────────────────────────────────────────────────────────────────


def test_didier_says_inchange_and_the_focus_is_not_lost(visit):
    """Pressed by key, the button has gone: the focus stands on what came of it, and not on a place
    where nothing has been said.
    """
    page = visit("didier", "/feuille-de-route?volet=attendues")
    push(page, "Inchangé")
    expect(page.get_by_role("status").filter(has_text="Le rapport est enregistré.")).to_be_focused()
    go(page, "/feuille-de-route?jalon=2.7")
    push(page, "Annuler ce rapport")
    expect(page.get_by_text("Le rapport est annulé")).to_be_visible()
