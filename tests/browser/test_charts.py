"""The charts as people meet them: drawn, read as a table, taken away as CSV and image, whole on
a phone.
"""

import csv
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from support.chromium import follow_link, idle

pytestmark = pytest.mark.reads

FILES = "Les données et l’image du graphique"
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


def plain(cell: str) -> str:
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
        [plain(cell) for cell in line.locator("th, td").all_inner_texts()]
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
        name == "vie-des-idees.csv" and [[plain(cell) for cell in line] for line in read] == shown
    )
    name, content = saved(elise, area, "Télécharger l’image (PNG)")
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
    assert any("valeur 23" in plain(value) for value in values)
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
