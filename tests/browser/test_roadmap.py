"""Stories of the roadmap in a real browser; stories of steering in a real browser; stories of «
Pourquoi ce chiffre ? » and of the targets, in a real browser.
"""

import re
from io import BytesIO

from playwright.sync_api import Page, expect
from pypdf import PdfReader
from support.hands import card, choose, follow, number, plain, press, set_day, write
from support.windows import follow_link, idle

# ── Stories of the roadmap in a real browser ──────────────────────────────────────────────────────
# A figure proposes, the workstreams unfold and are printed.

DONE = ".cp-standing-done strong"


def box(page: Page, name: str) -> Page:
    page.get_by_text(name, exact=True).click()
    return idle(page)


def test_a_figure_proposes_didier_confirms_and_the_curve_and_the_card_move(visit, served):
    """6.4 stands at 50 %; tied to the 64 active ambassadors of 80, it is proposed at 75 %."""
    elise, didier = (
        visit("elise", "/tableau-de-bord"),
        visit("didier", "/feuille-de-route?jalon=6.4"),
    )
    before = number(elise.locator(DONE).first.inner_text())

    box(didier, "Chiffre qui propose l'avancement")
    choose(didier, r"^Chiffre$", "Ambassadeurs actifs (90 j)")
    write(didier, "Seuil", "80")
    didier.get_by_text("Comparer le nombre (et non le pourcentage)", exact=True).click()
    press(idle(didier), "Enregistrer")
    expect(didier.get_by_text("Le lien avec le chiffre est enregistré.")).to_be_visible()

    said = plain(didier.locator(".st-key-cp_report .cp-reading").inner_text())
    assert said.startswith(
        "Ambassadeurs actifs (90 j) : 64 sur 80, soit 80 % : palier proposé 75 %."
    )
    chosen = didier.get_by_role("radio", name="75 %", exact=True)
    expect(chosen).to_be_checked()
    press(didier, "Enregistrer le rapport")
    expect(didier.get_by_text("Le rapport est enregistré.")).to_be_visible()
    expect(didier.get_by_role("table").locator("tbody tr").first).to_contain_text("75 %")

    after = follow_link(elise, "/tableau-de-bord").locator(DONE).first.inner_text()
    assert number(after) > before
    written = "SELECT count(*) FROM change WHERE subject = 'milestone' AND record = '6.4'"
    assert served.rows(written) == [(3,)]


def test_the_page_of_a_milestone_is_soon_read_by_whoever_reports_on_it(visit):
    """Three windows of a desk, eight of a phone."""
    didier = visit("didier", "/feuille-de-route?jalon=1.7")
    for width, height, windows in ((1440, 900, 3), (360, 740, 8)):
        didier.set_viewport_size({"width": width, "height": height})
        expect(idle(didier).get_by_text("Imposer un statut")).to_be_visible()
        whole = didier.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        assert whole <= windows * height, width


def test_the_workstreams_unfold_to_their_milestones_a_line_each(visit, served):
    """The whole stands on a screen and a half; a rule is there for whoever asks for it."""
    elise = visit("elise", "/feuille-de-route", viewport={"width": 1440, "height": 900})
    assert elise.get_by_test_id("stMain").evaluate("main => main.scrollHeight") <= 3 * 900
    second = elise.locator("details.cp-plan-group").nth(1)
    expect(second.get_by_role("link", name="80 ambassadeurs actifs sur 90 jours")).to_be_hidden()
    second.locator("summary").first.click()
    lines = second.locator(".cp-plan-body li")
    [(known,)] = served.rows("SELECT count(*) FROM plan WHERE workstream_id = 2")
    assert lines.count() == known
    late = lines.filter(has_text="Un ambassadeur au moins")
    expect(late).to_contain_text("critique")
    expect(late.get_by_text("échéance est passée")).to_be_hidden()
    late.locator(".cp-plan-why summary").click()
    expect(late.get_by_text("échéance est passée")).to_be_visible()


def test_the_whole_programme_is_printed_on_a3(visit):
    """Each workstream unfolded, then all milestones in time on the last sheet; nothing that one can
    only click.
    """
    elise = visit("elise", "/feuille-de-route?au=2023-06-30&direction=ADM")
    pages = PdfReader(BytesIO(elise.pdf(prefer_css_page_size=True))).pages
    assert len(pages) <= 3
    assert {tuple(round(side / 72 * 25.4) for side in page.mediabox[2:]) for page in pages} == {
        (420, 297)
    }
    *rest, plan = [plain(page.extract_text()) for page in pages]
    printed = " ".join([*rest, plan])
    assert [
        words for words in ["1.1 Séances d’information", "6.6 70"] if plain(words) not in plan
    ] == []
    assert "Télécharger" not in printed and "Dates probables" not in printed


# ── Stories of steering in a real browser ─────────────────────────────────────────────────────────
# Élise's meeting, Didier's register of decisions.


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


# ── Stories of « Pourquoi ce chiffre ? » and of the targets, in a real browser ────────────────────

KEPT = "Réponses données dans le délai"


def terms(page: Page) -> dict[str, str]:
    """What the page explains, term by term, in its fold too."""
    lines = page.locator(".cp-terms > div")
    return {
        plain(line.locator("dt").text_content()): plain(line.locator("dd").text_content())
        for line in lines.all()
    }


def test_elise_asks_why_and_follows_the_figure_to_a_direction_and_into_the_past(visit):
    elise = visit("elise", "/tableau-de-bord")
    value = card(elise, KEPT).locator("strong").first.inner_text()
    card(elise, KEPT).get_by_role("link", name=KEPT).click()
    panel = elise.get_by_role("dialog", name=KEPT)
    expect(panel.get_by_text(re.compile(r"^Au 30/06/2023, "))).to_be_visible()
    elise.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert "pourquoi" not in idle(elise).url, "the page underneath stays as it was"

    card(elise, KEPT).get_by_role("link", name=KEPT).click()
    panel.get_by_role("link", name="Ouvrir en pleine page").click()
    expect(elise.get_by_role("heading", level=1)).to_have_text(KEPT)
    idle(elise)
    said = terms(elise)
    top, bottom = re.search(
        r"dans le délai : (\d+) ; échues : (\d+)", said["Ce qui est compté"]
    ).groups()
    assert said["Avec les nombres"] == f"{top} ÷ {bottom} = {value} %"
    assert "0,9 ×" in said["Règle"] and "Rythme nécessaire" in said
    expect(elise.get_by_role("img", name=re.compile(f"^{KEPT}. De .+ Attendu"))).to_be_visible()
    expect(elise.get_by_role("img", name=re.compile(f"^{KEPT}. {value}.+ cible"))).to_be_visible()

    row = elise.get_by_role("row").filter(has_text="Vie citoyenne")
    there = plain(row.get_by_role("cell").nth(1).inner_text())
    row.get_by_role("link").click()
    expect(elise).to_have_url(re.compile("direction=VC(&|$)"))
    expect(elise.get_by_role("row").filter(has_text="Jeunesse et sports")).to_be_visible()
    assert terms(idle(elise))["Avec les nombres"].endswith(there)

    elise.get_by_text("Tel que connu alors", exact=True).click()
    expect(elise).to_have_url(re.compile("connu=oui"))
    expect(elise.get_by_role("heading", name="Tel que connu alors")).to_be_visible()
    said = terms(idle(elise))
    assert said["Connu aujourd'hui"] == said["Connu le 30/06/2023"]
    assert said["Différence"].startswith("rien n'a changé")


def test_didier_decides_a_target_and_the_expected_value_follows(visit, served):
    didier = visit("didier", "/cibles?chiffre=citoyens.satisfaits")
    didier.get_by_text("Décider une cible", exact=True).click()
    set_day(didier, "Pour le", "31/03/2024")
    didier.get_by_label("Cible (%)", exact=True).fill("180")
    write(didier, "Raison de la décision", "Le Collège demande davantage")
    press(didier, "Décider cette cible")
    expect(
        didier.get_by_role("alert").filter(has_text="Un pourcentage se tient entre 0 et 100.")
    ).to_be_visible()
    expect(didier.get_by_label("Cible (%)", exact=True)).to_have_value("180")
    expect(didier.get_by_label("Raison de la décision", exact=True)).to_have_value(
        "Le Collège demande davantage"
    )
    assert served.rows("SELECT count(*) FROM target WHERE figure = 'citoyens.satisfaits'") == [(1,)]

    write(didier, "Cible (%)", "82,5")
    press(didier, "Décider cette cible")
    expect(didier.get_by_text("La cible est décidée.")).to_be_visible()
    row = didier.get_by_role("row").filter(has_text="82,5")
    expect(row).to_contain_text("Le Collège demande davantage")
    expect(row).to_contain_text("en vigueur")
    assert served.rows(
        "SELECT value FROM target WHERE figure = 'citoyens.satisfaits' ORDER BY id"
    ) == [(75.0,), (82.5,)]
