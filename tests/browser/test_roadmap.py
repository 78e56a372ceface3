"""Stories of the roadmap in a real browser: a figure proposes, a calendar is revised, a trend is
read.

The server is shared: what is reported here is undone at the end, by the button that is there for
it.
"""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader
from support.chromium import follow_link, go, idle
from support.crossing import WHOLE_MATRIX, rest
from support.hands import choose, figure, plain, press, set_day

pytestmark = pytest.mark.browser

CARD = "Avancement de la feuille de route"


def curve(page: Page) -> str:
    """The title of the S-curve: « Acquis 80,6 %, prévu 88,3 % : −7,8 points »."""
    go(page, "/feuille-de-route").get_by_text("La courbe en S", exact=True).click()
    return plain(page.get_by_role("heading", name=re.compile("^Acquis")).inner_text())


def box(page: Page, name: str) -> Page:
    page.get_by_text(name, exact=True).click()
    return idle(page)


def day_in(area: Locator, label: str) -> str:
    """What a date field shows: « 30/06/2023 »."""
    return re.sub(r"[^0-9/]", "", area.get_by_role("group", name=label, exact=True).inner_text())


def undo(page: Page, number: str) -> None:
    press(follow_link(page, f"/feuille-de-route?jalon={number}"), "Annuler ce rapport")
    expect(page.get_by_text("Le rapport est annulé")).to_be_visible()


def test_a_figure_proposes_didier_confirms_and_the_curve_and_the_card_move(visit, served):
    """6.4 stands at 50 %; tied to the 64 active ambassadors of 80, it is proposed at 75 %."""
    elise, didier = (
        visit("elise", "/tableau-de-bord"),
        visit("didier", "/feuille-de-route?jalon=6.4"),
    )
    card_before = figure(elise, CARD)
    curve_before = curve(elise) if WHOLE_MATRIX else ""

    box(didier, "Chiffre qui propose l'avancement")
    choose(didier, r"^Chiffre$", "Ambassadeurs actifs (90 j)")
    didier.get_by_label("Seuil", exact=True).fill("80")
    didier.get_by_label("Seuil", exact=True).press("Tab")
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

    assert figure(follow_link(elise, "/tableau-de-bord"), CARD) > card_before
    written = "SELECT count(*) FROM change WHERE subject = 'milestone' AND record = '6.4'"
    assert served.rows(written) == [(3,)]
    if not WHOLE_MATRIX:  # a row of test_reference.py is taken back
        return
    assert curve(elise) != curve_before
    undo(didier, "6.4")
    assert curve(elise) == curve_before
    assert figure(follow_link(elise, "/tableau-de-bord"), CARD) == card_before
    assert served.rows(written) == [(3,)]


@pytest.mark.matrix
def test_didier_revises_a_calendar_and_carine_reports_on_what_is_hers_now(visit):
    """Without a reason nothing is written and nothing typed is lost."""
    carine = visit("carine", "/feuille-de-route?jalon=4.8")
    expect(carine.get_by_role("heading", name="Faire rapport")).to_have_count(0)

    didier = visit("didier", "/feuille-de-route?jalon=4.8")
    box(didier, "Réviser le calendrier")
    set_day(didier, "Échéance", "31/03/2024")
    choose(didier, "Direction du porteur", "Jeunesse et sports (VC-JSP)")
    press(didier, "Enregistrer la révision")
    expect(
        didier.get_by_role("alert").filter(has_text="Donnez la raison de la révision")
    ).to_be_visible()
    expect(didier.get_by_role("combobox", name=re.compile("Direction du porteur"))).to_have_value(
        "Jeunesse et sports (VC-JSP)"
    )
    reason = didier.get_by_label("Raison de la révision", exact=True)
    reason.fill("Dix groupes demandent un trimestre de plus.")
    reason.press("Tab")
    choose(idle(didier), "Décidée par", "Comité de co-pilotage")
    press(didier, "Enregistrer la révision")
    expect(didier.get_by_text("La révision est enregistrée.")).to_be_visible()
    expect(reason).to_be_hidden()
    box(didier, "Réviser le calendrier")
    expect(reason).to_have_value("")

    row = (
        follow_link(didier, "/feuille-de-route?volet=revisions")
        .get_by_role("row")
        .filter(has_text="Dix groupes menés à leur terme")
    )
    for words in (
        "30/06/2023",
        "échéance 31/12/2023 → 31/03/2024",
        "Dix groupes demandent un trimestre de plus. (Comité de co-pilotage)",
    ):
        expect(row).to_contain_text(words)
    expect(didier.get_by_role("heading", name="Avancement, périmètre initial")).to_be_visible()

    follow_link(carine, "/feuille-de-route?jalon=4.8")
    expect(carine.get_by_role("heading", name="Faire rapport")).to_be_visible()
    for hidden in ("Réviser le calendrier", "Chiffre qui propose l'avancement"):
        expect(carine.get_by_text(hidden, exact=True)).to_have_count(0)
    for number in ("4.7", "1.7", "5.6"):
        expect(
            follow_link(carine, f"/feuille-de-route?jalon={number}").get_by_role(
                "heading", name="Faire rapport"
            )
        ).to_have_count(0)

    press(follow_link(didier, "/feuille-de-route?jalon=4.8"), "Annuler cette révision")
    expect(didier.get_by_text("La révision est annulée")).to_be_visible()
    expect(didier.get_by_role("button", name="Annuler cette révision", exact=True)).to_have_count(0)
    expect(didier.get_by_text("Dix groupes demandent un trimestre de plus.")).to_have_count(0)
    expect(
        follow_link(carine, "/feuille-de-route?jalon=4.8").get_by_role(
            "heading", name="Faire rapport"
        )
    ).to_have_count(0)


# How a number is typed: tests/test_roadmap.py.
@pytest.mark.matrix
def test_a_weight_is_written_with_a_comma(visit):
    didier = visit("didier", "/feuille-de-route?jalon=4.8")
    box(didier, "Réviser le calendrier")
    weight = didier.get_by_label("Poids", exact=True)
    expect(weight).to_have_value(re.compile(r"^\d+(,\d+)?$"))
    weight.fill("2,25")
    weight.press("Tab")
    reason = didier.get_by_label("Raison de la révision", exact=True)
    reason.fill("Un quart de plus.")
    reason.press("Tab")
    press(idle(didier), "Enregistrer la révision")
    expect(didier.get_by_text("La révision est enregistrée.")).to_be_visible()
    box(didier, "Réviser le calendrier")
    expect(weight).to_have_value("2,25")
    press(didier, "Annuler cette révision")
    expect(didier.get_by_text("La révision est annulée")).to_be_visible()


@pytest.mark.parametrize("number", ["1.7", *rest("5.9", "2.5")])
def test_the_page_of_a_milestone_is_soon_read_by_whoever_reports_on_it(visit, number):
    """Three windows of a desk, eight of a phone."""
    didier = visit("didier", f"/feuille-de-route?jalon={number}")
    for width, height, windows in ((1440, 900, 3), (360, 740, 8)):
        didier.set_viewport_size({"width": width, "height": height})
        expect(idle(didier).get_by_text("Imposer un statut")).to_be_visible()
        whole = didier.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        assert whole <= windows * height, width


@pytest.mark.matrix
def test_who_says_done_chooses_no_step_and_a_day_that_has_come(visit):
    """Back at « En cours » the step and the forecast are those she had chosen."""
    didier = visit("didier", "/feuille-de-route?jalon=1.7")
    report = didier.locator(".st-key-cp_report")
    report.get_by_role("radio", name="75 %", exact=True).click()
    idle(didier)
    choose(didier, "État", "Terminé")
    expect(report.get_by_role("radio")).to_have_count(0)
    expect(report.get_by_text("Avancement : 100")).to_be_visible()
    expect(report.get_by_role("group", name="Prévision de fin")).to_have_count(0)
    assert day_in(report, "Fin réelle") == "30/06/2023"
    choose(didier, "État", "En cours")
    expect(report.get_by_role("radio", name="75 %", exact=True)).to_be_checked()
    assert day_in(report, "Prévision de fin") == "30/09/2023"
    choose(didier, "État", "Terminé")
    press(didier, "Enregistrer le rapport")
    expect(didier.get_by_text("Le rapport est enregistré.")).to_be_visible()
    undo(didier, "1.7")


# tests/test_pages.py opens such addresses.
@pytest.mark.matrix
def test_a_milestone_that_is_not_there_is_said_and_the_way_back_shown(visit):
    elise = visit("elise", "/feuille-de-route?jalon=9.9")
    expect(elise.get_by_role("heading", level=1, name="Jalon introuvable")).to_be_visible()
    elise.get_by_role("link", name="Retour à la feuille de route", exact=True).click()
    expect(elise.get_by_role("heading", name="Les six chantiers")).to_be_visible()


# Who reads it: tests/test_roadmap.py.
@pytest.mark.matrix
@pytest.mark.parametrize("login,times", [("elise", 1), *rest(("alice", 0))])
def test_what_an_owner_needs_is_told_to_those_who_steer(visit, login, times):
    page = visit(login, "/feuille-de-route?jalon=2.5")
    expect(
        page.get_by_role("table").get_by_role("columnheader", name="Commentaire")
    ).to_be_visible()
    expect(page.get_by_role("columnheader", name="Ce qu'il nous faut")).to_have_count(times)
    expect(page.locator(".cp-facts").get_by_text("Appel porté par les IG.")).to_have_count(times)
    follow_link(page, "/feuille-de-route?volet=attendues")
    expect(page.get_by_role("heading", name="Besoins exprimés")).to_have_count(times)


# The titles of the charts: tests/test_charts.py.
@pytest.mark.matrix
def test_a_block_says_whose_milestones_it_counts(visit):
    elise = visit("elise", "/feuille-de-route?direction=AD-BAT")
    expect(
        elise.get_by_role("heading", name="Les six chantiers (toute l’administration)")
    ).to_be_visible()
    elise.get_by_text("La courbe en S", exact=True).click()
    expect(
        elise.get_by_role("heading", name=re.compile(r"^Acquis .*\(jalons de AD-BAT\)$"))
    ).to_be_visible()
    expect(
        elise.get_by_text(re.compile("ont déjà un rapport")).filter(visible=True).first
    ).to_be_visible()


def test_the_workstreams_unfold_to_their_milestones_a_line_each(visit, served):
    """The whole stands on a screen and a half; a rule is there for whoever asks for it."""
    elise = visit("elise", "/feuille-de-route", viewport={"width": 1440, "height": 900})
    assert elise.get_by_test_id("stMain").evaluate("main => main.scrollHeight") <= 2 * 900
    second = elise.locator("details.cp-plan-group").nth(1)
    expect(second.get_by_role("link", name="80 ambassadeurs actifs sur 90 jours")).to_be_hidden()
    second.locator("summary").first.click()
    lines = second.locator(".cp-plan-body li")
    [(known,)] = served.rows("SELECT count(*) FROM milestone WHERE workstream_id = 2")
    assert lines.count() == known
    late = lines.filter(has_text="Un ambassadeur au moins")
    expect(late).to_contain_text("critique")
    expect(late.get_by_text("échéance est passée")).to_be_hidden()
    late.locator(".cp-plan-why summary").click()
    expect(late.get_by_text("échéance est passée")).to_be_visible()


# test_charts.py opens it for a quarter, and it is printed below.
@pytest.mark.matrix
def test_the_same_milestones_stand_in_time_for_a_year_or_a_quarter(visit):
    elise = visit("elise", "/feuille-de-route")
    elise.get_by_role("link", name="Dans le temps").click()
    elise.wait_for_url("**forme=calendrier**")
    names = elise.locator(".cp-plot-spans .cp-span-name")
    whole = idle(elise) and names.count()
    elise.get_by_role("link", name="2023", exact=True).click()
    elise.wait_for_url("**periode=2023**")
    idle(elise)
    assert 0 < names.count() < whole
    elise.get_by_role("link", name="T3 2023", exact=True).click()
    elise.wait_for_url("**periode=2023-T3**")
    idle(elise)
    expect(names.filter(has_text="1.8")).to_have_count(1)
    expect(names.filter(has_text="1.6")).to_have_count(0)


@pytest.mark.parametrize(
    "shape, sheets, held",
    [
        ("calendrier", 1, ["1.1 Séances d’information", "6.6 70"]),
        *rest(
            ("liste", 2, ["Les six chantiers", "6.6 70", "prévision 123 jours après l’échéance"])
        ),
    ],
)
def test_the_whole_programme_is_printed_on_a3(visit, shape, sheets, held):
    """All milestones, unfolded with their rules; nothing that one can only click."""
    elise = visit("elise", f"/feuille-de-route?au=2023-06-30&direction=ADM&forme={shape}")
    pages = PdfReader(BytesIO(elise.pdf(prefer_css_page_size=True))).pages
    assert len(pages) == sheets
    assert {tuple(round(side / 72 * 25.4) for side in page.mediabox[2:]) for page in pages} == {
        (420, 297)
    }
    printed = plain(" ".join(page.extract_text() for page in pages))
    assert [words for words in held if plain(words) not in printed] == []
    assert "Télécharger" not in printed and "Dates probables" not in printed


@pytest.mark.matrix
def test_what_is_expected_is_said_again_in_one_click(visit):
    didier, elise = (
        visit(login, "/feuille-de-route?volet=attendues") for login in ("didier", "elise")
    )
    for page in (didier, elise):
        expect(page.get_by_text("sans nouvelles depuis le 28/02/2023")).to_be_visible()
    expect(elise.get_by_role("button", name="Inchangé", exact=True)).to_have_count(0)
    press(didier, "Inchangé")
    expect(didier.get_by_text("Le rapport est enregistré.")).to_be_visible()
    expect(didier.get_by_text("Tous les rapports attendus sont là")).to_be_visible()
    expect(didier.get_by_role("button", name="Inchangé", exact=True)).to_have_count(0)
    undo(didier, "2.7")
    expect(
        follow_link(elise, "/feuille-de-route?volet=attendues").get_by_text(
            "sans nouvelles depuis le 28/02/2023"
        )
    ).to_be_visible()


# The chart and its words: tests/test_charts.py.
@pytest.mark.matrix
def test_elise_reads_how_a_date_receded(visit):
    elise = visit("elise", "/feuille-de-route?jalon=2.5")
    expect(
        elise.get_by_role(
            "heading", name="La date annoncée a reculé trois fois, du 31/12/2022 au 30/09/2023."
        )
    ).to_be_visible()
    expect(elise.get_by_test_id("stVegaLiteChart").locator("svg.marks, canvas")).to_have_count(1)
    expect(elise.locator(".cp-facts")).to_contain_text("20,0")
    box(elise, "Les données et l’image du graphique")
    table = elise.get_by_role("region", name=re.compile("La date annoncée"))
    for words in ("Échéance", "Prévision", "31/12/2022", "31/03/2023", "30/06/2023", "30/09/2023"):
        expect(table).to_contain_text(words)
    for hidden in ("Faire rapport", "Réviser le calendrier"):
        expect(elise.get_by_text(hidden, exact=True)).to_have_count(0)


# test_accessibility.py opens the forecasts; test_steering.py reads what moved.
@pytest.mark.matrix
def test_elise_asks_what_moved_when_it_ends_and_whether_such_dates_held(visit):
    elise = visit("elise", "/feuille-de-route?depuis=2023-03-31")
    expect(elise.get_by_role("heading", name="Depuis le 31/03/2023")).to_be_visible()
    moved = (
        elise.get_by_role("region", name="Ce qui a bougé")
        .get_by_role("row")
        .filter(has_text="Tableau de bord mensuel")
    )
    expect(moved).to_contain_text("31/05/2023 → ")
    elise.get_by_text("Dates probables", exact=True).click()
    elise.wait_for_url("**volet=previsions**")
    idle(elise)
    expect(elise.get_by_role("heading", name="Ces dates ont-elles tenu")).to_be_visible()
    expect(elise.get_by_text("trop optimistes")).to_be_visible()
    elise.get_by_test_id("stButtonGroup").get_by_text(
        "2. Communauté des Ambassadeurs", exact=True
    ).click()
    elise.wait_for_url("**chantier=2**")
    idle(elise)
    ends = elise.get_by_role("region", name="Fin des chantiers").locator("tbody tr")
    expect(ends).to_have_count(1)
    elise.go_back()
    idle(elise)
    expect(ends).to_have_count(7)


# Most of them are states of test_accessibility.py.
@pytest.mark.matrix
@pytest.mark.parametrize("theme,width", [("light", 360), ("dark", 1280)])
def test_every_view_fits(visit, theme, width):
    didier = visit(
        "didier", "/vos-donnees", viewport={"width": width, "height": 800}, color_scheme=theme
    )
    for address in (
        "volet=previsions",
        "volet=attendues",
        "volet=revisions",
        "chantier=2",
        "jalon=5.8",
        "depuis=2022-12-31",
    ):
        follow_link(didier, f"/feuille-de-route?{address}")
        expect(didier.get_by_role("heading", level=1)).to_have_count(1)
        assert didier.get_by_test_id("stException").count() == 0, address
        wide = didier.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= width + 1, f"{address} is {wide} px wide in a window of {width} px"
