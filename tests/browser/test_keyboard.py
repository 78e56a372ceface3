"""Every act with the keyboard alone: no test of this file moves a mouse.

What has the focus is named as a screen reader names it (« button "Envoyer" »). The server is
shared: what is written here is undone here, by the keyboard too.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.chromium import go, idle
from support.crossing import WHOLE_MATRIX
from support.hands import plain
from support.places import CAST, reader_of, screens

from dashboard.visit.navigation import menu
from seed.demonstration import DEMO_PASSWORD

pytestmark = pytest.mark.browser

SKIP, MAIN = "Aller au contenu principal", "main"
FILTERS = "situation au 30/06/2023 : modifier les filtres"
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


def set_day(page: Page, label: str, day: str) -> Page:
    """« 31/10/2023 », part by part; the field is then left, and the next one stays to be
    reached.
    """
    tab_to(page, f"jour, {label}")
    page.keyboard.type(day.replace("/", ""))
    page.keyboard.press("Tab")
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


# Three seconds of a processor each: the front page, in `make matrix` all.
WALKED = screens() if WHOLE_MATRIX else screens()[:1]


@pytest.mark.parametrize("place", WALKED, ids=lambda place: place.name)
def test_the_focus_goes_from_the_skip_link_through_the_menu_to_the_page_and_out_again(visit, place):
    page = visit(place.login, place.address)
    titles = [
        screen.title
        for titles in menu(reader_of(next(p for p in CAST if p.login == place.login))).values()
        for screen in titles
    ]
    names = [SKIP, *titles, "Se déconnecter", MAIN]
    found = stops(page, names)
    assert is_named(found[0], SKIP)
    assert in_order(found, names), found
    assert len([said for said in found if is_named(said, SKIP)]) == 1


# The order of whole screens is walked above.
@pytest.mark.matrix
@pytest.mark.parametrize(
    "address,waypoints",
    [
        (
            "/idees",
            [
                MAIN,
                "Direction",
                "Ambition",
                "Situation au",
                "Rechercher",
                "État",
                "Genre",
                "Vue",
                "Tri",
                "Page suivante",
            ],
        ),
        (
            "/deposer",
            [
                MAIN,
                "Votre idée, votre constat",
                "Titre (proposé d'après la première ligne)",
                "Quelle direction est concernée ?",
                "Envoyer",
            ],
        ),
        (
            "/tableau-de-bord",
            [MAIN, FILTERS, "Direction", "La courbe et ses données"],
        ),
        (
            "/feuille-de-route?jalon=1.7",
            [
                MAIN,
                "Situation au",
                "Feuille de route",
                "Rapports du jalon",
                "État",
                "Commentaire",
                "Enregistrer le rapport",
                "Réviser le calendrier",
            ],
        ),
    ],
)
def test_the_focus_follows_the_eye(visit, address, waypoints):
    found = stops(visit("didier", address), waypoints)
    assert in_order(found, waypoints), "\n".join(found)


# The stops of a screen on a desk are walked above.
@pytest.mark.matrix
def test_a_folded_menu_takes_no_focus(visit):
    """On a phone: what lies outside the window is not stopped at (each stop is seen, says
    `stops`).
    """
    names, folded = (
        [SKIP, "Ouvrir le menu", MAIN, "Menu", "Rechercher"],
        ["Académie", "Se déconnecter"],
    )
    page = visit("alice", "/idees", viewport={"width": 360, "height": 740})
    found = stops(page, names + folded)
    assert in_order(found, names), found
    assert not [said for said in found for name in folded if is_named(said, name)]


# The walk above begins with it.
@pytest.mark.matrix
def test_the_skip_link_is_seen_and_leads_to_the_page(visit):
    page = visit("alice", "/idees")
    page.keyboard.press("Tab")
    assert is_named(focused(page), SKIP)
    box = page.locator(":focus").bounding_box()
    assert box["x"] >= 0 and box["y"] >= 0 and box["height"] >= 24
    page.keyboard.press("Enter")
    assert focused(page).startswith(MAIN)
    page.keyboard.press("Tab")
    assert is_named(focused(page), "Direction")


def test_a_change_of_page_brings_the_focus_to_the_title_and_says_it(visit):
    page = visit("alice", "/idees")
    push(page, "Académie")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("#cp-voice")).to_have_text("Académie interne · C-Possible")
    expect(page.get_by_test_id("stSidebar").locator("[aria-current=page]")).to_have_text(
        re.compile("Académie")
    )
    page.go_back()  # the browser's own key, which no page receives
    expect(page.get_by_role("heading", level=1, name="Idées")).to_be_focused()
    expect(page).to_have_title("Idées · C-Possible")


def test_a_filter_keeps_the_focus_where_it_is(visit):
    page = visit("didier", "/idees")
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


@pytest.mark.matrix
def test_a_wrong_password_is_said(visit):
    page = visit(None, "/idees")
    write(page, "Identifiant", "elise")
    write(page, "Mot de passe", "pas le bon")
    push(page, "Se connecter")
    expect(page.get_by_role("alert").filter(has_text="incorrect")).to_be_visible()
    assert is_named(focused(page), "Se connecter")


# The one below opens it too.
@pytest.mark.matrix
def test_alice_opens_the_menu_on_a_phone(visit):
    page = visit("alice", "/idees", viewport={"width": 360, "height": 740})
    push(page, "Ouvrir le menu")
    push(page, "Académie")
    expect(page.get_by_role("heading", level=1, name="Académie interne")).to_be_focused()
    expect(
        page.get_by_test_id("stSidebar").get_by_role("link", name="Idées", exact=True)
    ).to_be_hidden()


def test_escape_closes_the_menu_of_a_phone_and_gives_the_focus_back(visit):
    page = visit("alice", "/idees", viewport={"width": 360, "height": 740})
    push(page, "Menu")
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Académie", exact=True)
    expect(link).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(link).not_to_be_in_viewport()
    expect(page.locator("button.cp-menu")).to_be_focused()


# The menu of a phone opens and closes above.
@pytest.mark.matrix
def test_a_menu_left_open_on_a_phone_does_not_cover_the_next_page(visit):
    """Streamlit remembers an open menu; on a phone it would hide the page that a link in a mail
    opens.
    """
    page = visit("alice", "/idees", viewport={"width": 360, "height": 740})
    push(page, "Ouvrir le menu")
    expect(
        page.get_by_test_id("stSidebar").get_by_role("link", name="Académie", exact=True)
    ).to_be_in_viewport()
    go(page, "/ambitions")
    expect(
        page.get_by_test_id("stSidebar").get_by_role("link", name="Académie", exact=True)
    ).not_to_be_in_viewport()


def test_alice_unfolds_the_filters_on_a_phone(visit):
    page = visit("alice", "/idees", viewport={"width": 360, "height": 740})
    summary = page.locator("button.cp-filters > span:not(.cp-icon, .cp-sr)").inner_text()
    push(page, f"{summary} : modifier les filtres")
    tab_to(page, "Direction")
    box, bar = page.locator(":focus").bounding_box(), page.locator(".cp-phone").bounding_box()
    assert box["y"] + box["height"] <= bar["y"], "the field is under the bar"


# A filter keeps the focus above; test_filters.py chooses in the same tree.
@pytest.mark.matrix
def test_elise_chooses_a_direction_and_two_days(visit):
    page = visit("elise", "/tableau-de-bord")
    tab_to(page, "Direction").keyboard.press("ArrowDown")
    assert is_named(focused(page), "Chercher une direction ou un service")
    page.keyboard.type("jeunesse sport")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("direction=VC-JSP"))
    page.keyboard.press("Escape")
    assert is_named(focused(page), "Direction")
    # The days are folded behind what they hold.
    tab_to(page, "situation au 30/06/2023 : modifier les filtres", "Shift+Tab")
    page.keyboard.press("Enter")
    for name, day in (("Situation au", "2023-05-31"), ("Évolution depuis", "2023-03-31")):
        # The day itself by the browser's own field, whose order is that of its language.
        tab_to(page, name)
        page.get_by_label(name).fill(day)
        page.keyboard.press("Enter")
        idle(page)
    expect(page).to_have_url(
        re.compile("au=2023-05-31.*depuis=2023-03-31|depuis=2023-03-31.*au=2023-05-31")
    )
    tab_to(page, "Direction", "Shift+Tab").keyboard.press("Enter")
    push(page, "Toute l’administration")
    expect(page).to_have_url(re.compile("direction=ADM"))
    assert is_named(focused(page), "Direction")


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


@pytest.mark.matrix
def test_a_stranger_files_and_didier_publishes(visit):
    stranger = visit(None, "/deposer")
    write(stranger, "Votre idée, votre constat", "Un porte-savon près de l'évier")
    push(stranger, "Envoyer")
    thanks = stranger.get_by_role("heading", level=1, name=re.compile("enregistré sous le n°"))
    expect(thanks).to_be_focused()
    number = int(re.search(r"n°\s*(\d+)", thanks.inner_text())[1])
    page = visit("didier", f"/idees?idee={number}")
    push(page, "Lue, publier")
    expect(page.get_by_role("status").filter(has_text="L'idée est lue et publiée.")).to_be_focused()


# ── The roadmap ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.matrix
def test_didier_reports_a_milestone_and_undoes_it(visit):
    page = visit("didier", "/feuille-de-route?jalon=2.5")
    for _ in range(MOST):  # the steps are one stop; the arrows go from one to the next
        page.keyboard.press("Tab")
        if focused(page).startswith("radio"):
            break
    while not is_named(focused(page), "75 %"):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    set_day(idle(page), "Prévision de fin", "31/10/2023")
    write(page, "Commentaire", "Dit au clavier.")
    push(page, "Enregistrer le rapport")
    expect(page.get_by_text("Le rapport est enregistré.")).to_be_visible()
    newest = page.get_by_role("table").locator("tbody tr").first
    for words in ("75 %", "31/10/2023", "Dit au clavier."):
        expect(newest).to_contain_text(words)
    push(page, "Annuler ce rapport")
    expect(page.get_by_text("Le rapport est annulé")).to_be_visible()


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


# A calendar is revised by mouse in test_roadmap.py.
@pytest.mark.matrix
def test_didier_revises_a_calendar_and_undoes_it(visit):
    page = visit("didier", "/feuille-de-route?jalon=4.8")
    push(page, "Réviser le calendrier")
    set_day(page, "Échéance", "31/01/2024")
    write(page, "Raison de la révision", "Dite au clavier.")
    pick(page, "Décidée par (facultatif)", "Comité de co-pilotage")
    push(page, "Enregistrer la révision")
    expect(page.get_by_text("La révision est enregistrée.")).to_be_visible()
    push(page, "Annuler cette révision")
    expect(page.get_by_text("La révision est annulée")).to_be_visible()


@pytest.mark.matrix
def test_elise_imposes_a_status_and_lifts_it(visit):
    page = visit("elise", "/pourquoi?chiffre=fraicheur")
    push(page, "Imposer un statut, ou lever celui qui est imposé")
    write(page, "Raison (montrée à côté du statut)", "Dite au clavier")
    push(page, "Imposer ce statut")
    expect(page.get_by_text("Le statut est imposé.")).to_be_visible()
    push(page, "Lever le statut imposé")
    expect(page.get_by_text("Le statut imposé est levé.")).to_be_visible()


# ── Targets, measures, decisions ──────────────────────────────────────────────────────────────────


@pytest.mark.matrix
def test_didier_decides_a_target_and_withdraws_it(visit):
    page = visit("didier", "/cibles?chiffre=bien-etre.favorable")
    set_day(page, "Pour le", "31/03/2024")
    write(page, "Cible (%)", "71,5")
    write(page, "Raison de la décision", "Dite au clavier")
    push(page, "Décider cette cible")
    expect(page.get_by_text("La cible est décidée.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="71,5")).to_contain_text("en vigueur")
    push(page, "Retirer une cible")
    pick(page, "Cible à retirer", "71,5")
    write(page, "Raison du retrait", "Essai fini")
    push(page, "Retirer cette cible")
    expect(page.get_by_text("La cible est retirée.")).to_be_visible()


@pytest.mark.matrix
def test_didier_records_a_measure(visit):
    page = visit("didier", "/cibles?chiffre=durable.actions")
    write(page, "Valeur (%)", "12")
    write(page, "Nombre de réponses (n)", "150")
    write(page, "Source", "Dite au clavier")
    push(page, "Enregistrer le relevé")
    expect(page.get_by_text("Le relevé est enregistré.")).to_be_visible()


@pytest.mark.matrix
def test_didier_submits_a_point_and_decides_it(visit):
    page = visit("didier", "/decisions")
    push(page, "Inscrire un point")
    write(page, "Intitulé", "Un point inscrit au clavier")
    push(page, "Inscrire")
    expect(page.get_by_text("il attend une décision")).to_be_visible()
    link = page.get_by_role("link", name="Un point inscrit au clavier").first
    push(page, link.inner_text())
    expect(page.get_by_role("heading", level=1, name="Un point inscrit au clavier")).to_be_focused()
    pick(page, "Issue", "Adoptée")
    set_day(page, "Échéance", "30/09/2023")
    push(page, "Enregistrer")
    expect(page.get_by_text("c'est enregistré")).to_be_visible()
    expect(page.locator(".cp-header")).to_contain_text("En cours d'exécution")


# ── Reports and reasons ───────────────────────────────────────────────────────────────────────────


@pytest.mark.matrix
def test_elise_asks_for_a_report_and_takes_it(visit):
    page = visit("elise", "/rapport")
    push(page, "Préparer le rapport")
    button = page.get_by_role("link", name=re.compile(r"^Télécharger c-possible-dossier")).first
    expect(button).to_be_visible(timeout=90_000)
    idle(page)
    tab_to(page, button.inner_text().split("\n")[-1].strip())
    with page.expect_download() as waited:
        page.keyboard.press("Enter")
    assert waited.value.path().read_bytes().startswith(b"%PDF")


# By mouse in test_why.py; the focus on a new page is met above.
@pytest.mark.matrix
def test_elise_reads_why_opens_the_tables_and_goes_back(visit):
    page = visit("elise", "/tableau-de-bord")
    push(page, "Pourquoi ce chiffre ? (Avancement de la feuille de route)")
    expect(page.get_by_role("heading", level=1, name="Pourquoi ce chiffre")).to_be_focused()
    push(page, "Les données et l'image du graphique")
    table = page.locator("details[open] .cp-table").first
    expect(table).to_be_visible()
    page.keyboard.press("Tab")
    expect(table).to_be_focused()
    page.go_back()  # the browser's own key, which no page receives
    expect(page.get_by_role("heading", level=1, name="Tableau de bord")).to_be_focused()


def test_every_act_of_this_file_was_done_without_a_mouse():
    """The file itself: no click, tap or hover is called in it."""
    source = Path(__file__).read_text(encoding="utf-8").split("def test_every_act_of_this_file")[0]
    assert re.findall(r"\.(?:click|dblclick|tap|hover|check|select_option|mouse)\b", source) == []
