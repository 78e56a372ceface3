"""Errands counted by acts: an act is one click, one field filled, one choice in a list. The
counter counts, nobody writes it down.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from support import hands
from support.counted import Acts
from support.crossing import rest
from support.hands import plain
from support.served import number

from dashboard.report.wording import value_of

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
BODY, TITLE = "Votre idée, votre constat", "Titre (proposé d'après la première ligne)"

# The last revision and the last report of each milestone: due before the day, neither done nor
# cancelled.
LATE_MILESTONES = """
    SELECT count(*) FROM milestone m
    JOIN rebaseline r ON r.id = (SELECT id FROM rebaseline WHERE milestone_id = m.id ORDER BY "on" DESC, id DESC LIMIT 1)
    JOIN milestone_report s ON s.id = (SELECT id FROM milestone_report WHERE milestone_id = m.id ORDER BY "on" DESC, id DESC LIMIT 1)
    WHERE r."end" < :day AND s.state NOT IN ('termine', 'annule')"""
# The largest one: a figure of few persons would not be shown.
SERVICE = """
    SELECT d.code, d.name FROM direction d JOIN assignment a ON a.service_id = d.id WHERE d.kind = 'service'
    GROUP BY d.id ORDER BY count(*) DESC LIMIT 1"""


@pytest.fixture
def acts(visit) -> Callable[..., Acts]:
    """(login or None, address, **context options) → that person before that page, who has done
    nothing yet.
    """
    return lambda *who, **options: Acts(visit(*who, **options))


# ── Filing an idea: eight at most
# ────────────────────────────────────────────────────────────────────────────────────


# test_stories.py and test_keyboard.py file.
@pytest.mark.matrix
@pytest.mark.parametrize(
    ("login", "window"),
    [("alice", PHONE), *rest((None, {}), ("alice", {}), (None, PHONE))],
    ids=["alice-phone", "None-wide", "alice-wide", "None-phone"],
)
def test_the_form_is_filled_and_sent_in_eight_acts(acts, served, login, window):
    words = f"Des crochets pour les vélos {login} {len(window)}"
    someone = acts(login, "/deposer", **window)
    page = someone.page
    if login:
        someone.click(page.get_by_text("En mon nom", exact=True))
    someone.fill(BODY, f"{words}\nIl y en a trois, nous sommes douze.")
    someone.fill(TITLE if login else "Titre (facultatif)", words)
    someone.click(page.get_by_role("radio", name="Bien-être des agents", exact=True))
    if login:
        someone.choose("Quelle direction", "Jeunesse et sports")
    else:
        someone.select("Quelle direction est concernée ?", "Jeunesse et sports")
        someone.click(page.get_by_text("Préciser (facultatif)"))
    someone.click(page.get_by_role("radio", name="Suggestion", exact=True))
    someone.click(page.get_by_role("button", name="Envoyer", exact=True))
    expect(page.locator(".cp-thanks")).to_contain_text("enregistré sous le n°")
    assert served.rows(
        "SELECT kind, author_id IS NULL FROM idea WHERE title = :title", title=words
    ) == [("suggestion", login is None)]
    assert someone.count <= 8
    if login is None:
        expect(page.locator(".cp-code")).to_be_visible()  # without a further act


def test_send_is_under_the_thumb_wherever_the_form_stands(visit):
    """On a phone of 360 × 740: in sight, and nothing else is where one would press."""
    page = visit("alice", "/deposer", **PHONE)
    send = page.get_by_role("button", name="Envoyer", exact=True)
    main = page.get_by_test_id("stMain")
    deepest = main.evaluate("main => main.scrollHeight - main.clientHeight")
    assert deepest > 200, "a form that fits would prove nothing"
    for position in [*range(0, deepest, 90), deepest]:
        main.evaluate("(main, y) => { main.scrollTop = y }", position)
        box = send.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 740, f"out of sight at {position}"
        hit = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.innerText ?? ''",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        )
        assert "Envoyer" in hit, f"« {hit} » lies over it at {position}"


# ── What is late: one at most
# ────────────────────────────────────────────────────────────────────────────────────────


# tests/test_number_links.py opens what is counted.
@pytest.mark.matrix
@pytest.mark.parametrize(
    ("door", "words"),
    [
        ("/", r"^\d+\sréponses? en retard"),
        ("/tableau-de-bord", r"^\d+\s+réponses? en retard"),
    ],
)
def test_elise_finds_the_answers_that_are_late(acts, door, words):
    """From either of the screens on which she begins her day."""
    elise = acts("elise", f"{door}?direction=ADM")
    link = elise.page.get_by_role("link", name=re.compile(words))
    said = re.search(r"\d+", link.inner_text())[0]
    elise.click(link)
    expect(elise.page.get_by_role("heading", level=1)).to_have_text("Idées")
    assert all(
        "Réponse en retard" in text
        for text in elise.page.locator(".cp-list > li").all_inner_texts()
    )
    assert re.match(r"\d+", elise.page.locator(".st-key-cp_count").inner_text())[0] == said
    assert elise.count <= 1


# test_cockpit.py counts and names what is late.
@pytest.mark.matrix
def test_elise_sees_the_milestones_that_are_late_without_an_act(acts, served):
    elise = acts("elise", "/tableau-de-bord?direction=ADM")
    late = (
        elise.page.locator(".cp-todo li")
        .filter(has_text="en retard depuis le")
        .filter(has_text="Jalon")
    )
    assert late.count() == served.rows(LATE_MILESTONES, day="2023-06-30")[0][0] > 0
    assert elise.count == 0


# « Accueil » leads her to the same entries (tests/test_number_links.py).
@pytest.mark.matrix
def test_carine_sees_what_is_late_in_her_direction(acts, served):
    carine = acts("carine", "/ma-direction?direction=VC-JSP")
    heading = carine.page.get_by_role("heading", name=re.compile("Idées à répondre"))
    said = int(re.search(r"(\d+) en retard", heading.inner_text())[1])
    late = carine.page.locator(".cp-todo li").filter(has_text="en retard depuis le")
    assert late.count() == said > 0
    carine.click(late.first.get_by_role("link"))
    expect(carine.page.locator("article")).to_contain_text("Réponse en retard")
    assert carine.count <= 1


# ── The cockpit: two to narrow it, three to compare two days
# ─────────────────────────────────────────────────────────


# test_filters.py chooses directions on the cockpit.
@pytest.mark.matrix
@pytest.mark.parametrize("window", [{}, PHONE], ids=["wide", "phone"])
def test_elise_narrows_the_cockpit_to_one_service(acts, served, window):
    elise = acts("elise", "/tableau-de-bord?direction=ADM", **window)
    label, (code, name) = value_of("formation").label, served.rows(SERVICE)[0]
    if window:
        elise.click(elise.page.locator("button.cp-filters"))
    elise.choose_direction(name)
    elise.page.wait_for_url(f"**direction={code}&**")
    expect(elise.page.locator(".cp-lead")).to_contain_text(name)
    assert hands.figure(elise.page, label) == round(
        served.figure("formation", "--direction", code), 1
    )
    assert elise.count <= 2


# test_filters.py chooses a day; tests/test_figures.py compares.
@pytest.mark.matrix
@pytest.mark.parametrize("window", [PHONE, *rest({})], ids=["phone", "wide"])
def test_elise_compares_two_days_on_the_cockpit(acts, served, window):
    elise = acts("elise", "/tableau-de-bord?direction=ADM", **window)
    elise.click(elise.page.locator("button.cp-filters"))
    elise.day("Situation au", "31/03/2023")
    elise.day("Évolution depuis", "30/06/2022")
    card = hands.card(elise.page, "Avancement de la feuille de route")
    expect(card).to_contain_text("depuis le 30/06/2022")
    then, now = (served.figure("avancement", "--au", day) for day in ("2022-06-30", "2023-03-31"))
    assert hands.figure(elise.page, "Avancement de la feuille de route") == round(now, 1)
    change = number(re.search(r"Évolution\s*([^\s]+)", card.inner_text())[1].lstrip("+"))
    assert abs(change - (now - then)) <= 0.1
    assert elise.count <= 3


# ── What is on the screen, taken away: two at most
# ───────────────────────────────────────────────────────────────────


def test_the_figures_of_the_cockpit_are_in_the_file(acts):
    """Every card that is on the screen, with its value; the file has the other figures of the
    scope too.
    """
    elise = acts("elise", "/tableau-de-bord?direction=ADM")
    cards = {
        re.search(r"chiffre=([^&]+)", card.locator("a").last.get_attribute("href"))[1]: (
            card.locator(".cp-card-value strong").inner_text()
        )
        for card in elise.page.locator(".cp-card").all()
    }
    kept = {
        row["Code"]: row["Valeur"] for row in elise.download("Exporter tous les chiffres (CSV)")
    }
    assert len(cards) >= 5
    for code, shown in cards.items():
        places = len(shown.partition(",")[2])
        assert round(float(kept[code].replace(",", ".")), places) == number(shown), code
    assert elise.count <= 2


def test_the_ideas_of_a_list_are_in_the_file(acts):
    elise = acts("elise", "/idees?direction=ADM&vue=en-retard")
    total = int(re.match(r"\d+", elise.page.locator(".st-key-cp_count").inner_text())[0])
    shown = [plain(title) for title in elise.page.locator(".cp-list h3").all_inner_texts()]
    elise.click(elise.page.get_by_role("button", name=re.compile("Exporter cette liste")))
    kept = elise.download("CSV pour tableur")
    assert len(kept) == total > len(shown) / 2 > 0
    assert len({row["Numéro"] for row in kept}) == total
    assert set(shown) <= {plain(row["Titre"]) for row in kept}
    assert elise.count <= 2


# Two files above, and the one of a chart in test_filters.py.
@pytest.mark.matrix
@pytest.mark.parametrize(
    ("address", "table"),
    [
        ("/feuille-de-route?direction=ADM&chantier=2", "Jalons de la feuille de route"),
        *rest(
            ("/decisions?direction=ADM", "Décisions prises, la plus récente d'abord"),
        ),
    ],
)
def test_the_rows_of_a_table_are_those_of_the_file(acts, address, table):
    elise = acts("elise", address)
    region = elise.page.get_by_role("region", name=re.compile(table.replace("'", "['’]")))
    on_screen = [
        [plain(cell) for cell in row] for row in region.locator("tbody tr").evaluate_all(ROWS)
    ]
    kept = [[plain(cell) for cell in row.values()] for row in elise.download("Télécharger (CSV)")]
    assert len(on_screen) >= 5
    assert [[comparable(cell) for cell in row] for row in kept] == [
        [comparable(cell) for cell in row] for row in on_screen
    ]
    assert elise.count <= 2


# What is for the eye only, a shape beside its word, is not in a file.
ROWS = """rows => rows.map(row => [...row.cells].map(cell => {
  const said = cell.cloneNode(true);
  said.querySelectorAll("[aria-hidden]").forEach(sign => sign.remove());
  return said.textContent;
}))"""


def comparable(cell: str) -> str:
    """A file protects what a spreadsheet could run, and types no narrow spaces."""
    return re.sub(r"\s", "", cell.removeprefix("'"))
