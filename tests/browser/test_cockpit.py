"""The first screen of « Pilotage » in a real browser; the charts as people meet them; the filters of a
screen.
"""

import csv
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from support.hands import plain, unfold_filters
from support.windows import follow_link, idle

# ── The first screen of « Pilotage » in a real browser ────────────────────────────────────────────
# What it says without scrolling.

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


# ── The charts as people meet them ────────────────────────────────────────────────────────────────
# Drawn, read as a table, taken away as CSV and image, whole on a phone.

FILES = "Les données et l'image du graphique"
READY = 90_000  # the process that draws an image shares the machine with the tests
WITH_CHARTS = (
    "tableau-de-bord",
    "feuille-de-route",
    "feuille-de-route?volet=previsions",
    "feuille-de-route?chantier=1",
    "feuille-de-route?jalon=1.7",
    "feuille-de-route?jalon=1.2",
    "feuille-de-route?au=2021-05-20",
    "pourquoi?chiffre=reponse.tenue",
    "pourquoi?chiffre=reponse.mediane",
    "idees?vue=chiffres",
    "idees?vue=chiffres&direction=VC-JSP",
)
# What a reader would miss: words that leave their drawing, or a drawing wider than its page. Names of
# rows end where their column does. The box of a word is that of its line, four dots higher than its
# letters.
CUT = """() => [...document.querySelectorAll('.cp-plot')].flatMap(plot => {
  const frame = plot.getBoundingClientRect(), wide = frame.right > innerWidth + 1 ? ['a drawing of ' + frame.width] : [];
  return wide.concat([...plot.querySelectorAll('.cp-plot-area text')].filter(text => text.checkVisibility()).filter(text => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 4 || box.bottom > frame.bottom + 4;
  }).map(text => text.textContent));
})"""


def drawn(page: Page, count: int) -> Locator:
    found = page.locator(".cp-plot")
    expect(found).to_have_count(count)
    return found


def saved(page: Page, area: Locator, name: str) -> tuple[str, bytes]:
    with page.expect_download(timeout=READY) as waited:
        area.get_by_role("link", name=re.compile(re.escape(name))).click()
    return waited.value.suggested_filename, waited.value.path().read_bytes()


def words_of(cell: str) -> str:
    return re.sub(r"\s", " ", cell)


def test_elise_reads_the_life_of_ideas_in_figures_and_takes_it_away(visit):
    elise = visit("elise", "/idees?direction=VC")
    elise.get_by_role("link", name="En chiffres", exact=True).click()
    expect(idle(elise)).to_have_url(re.compile("vue=chiffres"))
    expect(elise).to_have_url(re.compile("direction=VC"))
    expect(
        elise.get_by_role(
            "heading", name=re.compile(r"^Sur \d+ idées et suggestions, \d+ sont décidées")
        )
    ).to_be_visible()
    expect(
        elise.get_by_role(
            "heading", name=re.compile(r"^\d+ idées publiées sans réponse, dont \d+ en retard")
        )
    ).to_be_visible()
    expect(drawn(elise, 4).nth(2)).to_have_attribute(
        "aria-label", re.compile(r"^Vie des idées\. Déposées\s: \d+\s; lues\s: \d+")
    )
    area = elise.locator("details").filter(has_text=FILES).nth(2)
    area.get_by_text(FILES).click()
    expect(area.get_by_role("table")).to_be_visible()
    shown = [
        [words_of(cell) for cell in line.locator("th, td").all_inner_texts()]
        for line in area.get_by_role("row").all()
    ]
    assert [line[0] for line in shown] == [
        "Étape",
        "Déposées",
        "Lues",
        "À l'étude",
        "Décidées",
        "Retenues",
        "Réalisées",
    ]
    name, content = saved(elise, area, "Télécharger (CSV)")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert (
        name == "vie-des-idees.csv"
        and [[words_of(cell) for cell in line] for line in read] == shown
    )
    name, content = saved(elise, area, "Télécharger l'image (PNG)")
    image = Image.open(io.BytesIO(content))
    assert (
        name == "vie-des-idees.png"
        and image.format == "PNG"
        and image.width > 1800
        and len(image.convert("L").getcolors()) > 20
    )
    elise.reload()
    drawn(idle(elise), 4)
    elise.get_by_role("link", name="Voir la liste", exact=True).click()
    expect(idle(elise)).not_to_have_url(re.compile("vue="))
    expect(elise.get_by_label("Rechercher")).to_be_visible()


def test_elise_reads_a_value_under_the_pointer_and_explores_a_curve(visit):
    """The values of an evolution are under the pointer; the S-curve opens as a live chart."""
    elise = visit("elise", "/pourquoi?chiffre=reponse.mediane&direction=VC")
    values = elise.locator(".cp-plot rect > title").all_text_contents()
    assert any("valeur 23" in words_of(value) for value in values)
    elise = visit("elise", "/extrait?graphique=courbe-en-s")
    elise.get_by_text("Explorer ce graphique").click()
    live = elise.get_by_test_id("stVegaLiteChart").locator("svg.marks")
    expect(live).to_have_count(1)
    live.hover()
    expect(elise.locator("#vg-tooltip-element")).to_contain_text(re.compile("Prévu|Acquis"))
    expect(elise.locator(".cp-plot").first).to_be_visible()


def address_of_all(address: str) -> str:
    """Of the whole administration, where it names no direction: another story's is remembered."""
    if "direction=" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}direction=ADM"


def test_no_word_of_a_chart_is_cut(visit):
    """One address in two."""
    page, cut = visit("elise", "/tout", viewport={"width": 360, "height": 900}), {}
    for address in WITH_CHARTS[::2]:
        follow_link(page, f"/{address_of_all(address)}")
        expect(page.locator(".cp-plot").last).to_be_attached()
        for fold in page.locator("details:not([open]):has(.cp-plot) > summary").all():
            fold.click()
        expect(page.locator(".cp-plot").last).to_be_visible()
        found = idle(page).evaluate(CUT)
        if found:
            cut[address] = found
    assert cut == {}


# ── The filters of a screen ───────────────────────────────────────────────────────────────────────
# A tree of directions, an ambition, two days; the address follows, and on the cockpit the whole
# page without being drawn again.

OF_ELISE = "/tableau-de-bord"


def open_tree(page: Page) -> Page:
    unfold_filters(page).get_by_role("searchbox", name="Direction").focus()
    return page


def offered(page: Page) -> list[str]:
    """The directions that are seen in the open tree."""
    lines = page.get_by_role("list", name="Directions et services").get_by_role("listitem")
    return [plain(text) for text in lines.all_inner_texts()]


def test_elise_finds_a_direction_by_its_words(visit):
    """« Voirie » is in « Régie de voirie », not in « Avaloirs et interventions »."""
    page = open_tree(visit("elise", OF_ELISE))
    assert "Avaloirs et interventions" in offered(page)
    page.keyboard.type("VOIRIE")
    assert offered(page) == ["Voirie", "Régie de voirie"]
    page.keyboard.type("xyz")
    expect(page.get_by_text("Aucune direction de ce nom.")).to_be_visible()


def test_elise_chooses_two_directions_and_the_page_follows_where_it_stands(visit):
    page = visit("elise", f"{OF_ELISE}?direction=ADM&depuis=2023-03-31")
    page.evaluate("window.stillHere = document.querySelector('.cp-parts')")
    open_tree(page)
    page.get_by_role("checkbox", name="Jeunesse et sports", exact=True).check()
    expect(page.locator(".cp-filters > summary")).to_contain_text("Jeunesse et sports (VC-JSP)")
    page.get_by_role("checkbox", name="Informatique et services en ligne").check()
    expect(page.locator(".cp-filters > summary")).to_contain_text(
        "Informatique et services en ligne (RI-INF)"
    )
    assert re.search(r"direction=RI-INF(%2C|,)VC-JSP", page.url) and "depuis=2023-03-31" in page.url
    assert page.evaluate("window.stillHere === document.querySelector('.cp-parts')")
    # The menu leads to the same directions, though it was not drawn again.
    expect(page.locator(".cp-nav a", has_text="Idées")).to_have_attribute(
        "href", re.compile(r"direction=RI-INF(%2C|,)VC-JSP")
    )
    page.go_back()
    expect(page.locator(".cp-filters > summary")).not_to_contain_text("Informatique et services")
    page.go_back()
    expect(page.locator(".cp-filters > summary")).to_contain_text("Toute l'administration")


def test_a_day_outside_the_programme_is_said_beside_the_field_and_changes_nothing(visit):
    page = unfold_filters(idle(visit("elise", OF_ELISE)))
    before = page.url
    field = page.get_by_label("Situation au")
    field.fill("2019-01-31")
    field.blur()
    said = page.get_by_role("alert").filter(has_text="Choisissez un jour du")
    expect(said).to_have_text(re.compile(r"Choisissez un jour du \d\d/\d\d/\d{4} au 30/06/2023\."))
    assert page.url == before
    field.fill("2023-05-31")
    field.blur()
    expect(page).to_have_url(re.compile("au=2023-05-31"))
    expect(said).to_have_count(0)


def test_a_choice_is_a_link_and_what_was_open_stays_open(visit):
    page = idle(visit("elise", "/voix"))
    sites = page.locator("details.cp-fold").filter(has_text="Par site").first
    sites.locator("summary").first.click()
    expect(sites.get_by_role("table")).to_be_visible()
    page.get_by_role("navigation", name="Voix").get_by_role("link").nth(1).click()
    expect(page).to_have_url(re.compile("voix=idees"))
    expect(sites.get_by_role("table")).to_be_visible()


def test_alice_goes_from_all_ambitions_to_one_where_she_stands(visit):
    """The window is named after the ambition, under our icon, and the form of an idea about it
    stands below.
    """
    page = visit("alice", "/ambitions?ambition=toutes")
    icon = page.locator("link[rel='shortcut icon']").evaluate("link => link.href")
    ours = page.request.get(icon.rpartition("/")[0] + "/icon-32.png").body()
    assert page.request.get(icon).body() == ours
    expect(page).to_have_title("Les ambitions · C-Possible")
    page.evaluate("window.stillHere = document.querySelector('.cp-parts')")
    unfold_filters(page)
    page.locator(".cp-filter select").select_option("Modernisation")
    expect(page.get_by_role("heading", level=1)).to_have_text("Modernisation")
    expect(page).to_have_title("Modernisation · C-Possible")
    expect(page.get_by_text("Déposer une idée pour « Modernisation »")).to_be_visible()
    assert page.evaluate("window.stillHere === document.querySelector('.cp-parts')")
