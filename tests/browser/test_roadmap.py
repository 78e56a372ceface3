"""Stories of the roadmap in a real browser: a figure proposes, the workstreams unfold and are printed."""

from io import BytesIO

from playwright.sync_api import Page, expect
from pypdf import PdfReader
from support.chromium import follow_link, idle
from support.hands import choose, number, plain, press, write

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
    """All milestones in time on the first sheet, then each workstream unfolded; nothing that one can
    only click.
    """
    elise = visit("elise", "/feuille-de-route?au=2023-06-30&direction=ADM")
    pages = PdfReader(BytesIO(elise.pdf(prefer_css_page_size=True))).pages
    assert len(pages) <= 3
    assert {tuple(round(side / 72 * 25.4) for side in page.mediabox[2:]) for page in pages} == {
        (420, 297)
    }
    plan, *rest = [plain(page.extract_text()) for page in pages]
    printed = " ".join([plan, *rest])
    assert [
        words for words in ["1.1 Séances d’information", "6.6 70"] if plain(words) not in plan
    ] == []
    assert "Télécharger" not in printed and "Dates probables" not in printed
