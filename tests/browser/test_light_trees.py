"""What a screen reader is told of each light page, compared with a text that is kept beside this
file; nothing of axe on what is held there; and pages walked with the key of the keyboard.

A page that changes on purpose: `RENEW_TREES=1 python -m pytest tests/browser/test_light_trees.py`
writes the texts anew, and whoever reads the change reads what a screen reader will say.
"""

import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support import axe
from support.questionnaires import drafted
from support.troupe import cast_in

from dashboard.actions.meetings.agendas import make_poster
from dashboard.actions.surveys.making import open_survey
from dashboard.actions.surveys.questions import QuestionInput, change_question
from dashboard.queries.meetings.agenda import word_of
from dashboard.queries.surveys.asked import preview_of
from models.database import writing
from models.settings import settings
from models.surveys import QuestionKind, Survey

KEPT = Path(__file__).parent / "trees"
KEY = "the key of the server of these tests, and of no other"
PHONE = {"width": 360, "height": 780}
# What is drawn by chance is told as such, and where a link leads only within the page.
BY_CHANCE = (
    (r"\b([0-9A-Z]{4}-){3}[0-9A-Z]{4}\b", "XXXX-XXXX-XXXX-XXXX"),
    (r"n° ?\d+", "n° 0"),
    (r"\n *- /url: (?!\"?#).*", ""),
    (r"https?://[^\s\"]+", "https://…"),
)


@pytest.fixture(scope="module")
def town(serve_demo) -> Iterator[dict[str, str]]:
    """A server with a poster and a questionnaire, which nobody else writes into: name → address."""
    server = serve_demo(CP_TICK_MINUTES="0", CP_SECRET_KEY=KEY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings(), "cp_secret_key", KEY)
        yield {"": server.url} | _addresses(server)
    server.stop()


def _addresses(server) -> dict[str, str]:
    didier = cast_in(server.engine).didier
    [(site,)] = server.rows("SELECT id FROM site WHERE name = 'Régie des bâtiments'")
    [(meeting,)] = server.rows("SELECT id FROM meeting WHERE title LIKE 'Évaluer la feuille%'")
    draft, asked = drafted(server.engine, didier, introduction="Cinq minutes.\nMerci d'avance.")
    with writing(server.engine) as session:
        ends = {"low": "Pas du tout facile", "high": "Très facile"}
        scale = QuestionInput(QuestionKind.one_to_five, "Est-ce facile ?", required=True, **ends)
        change_question(session, didier, asked["ease"], scale)
        open_survey(session, didier, draft)
        survey = session.get(Survey, draft)
        key, reference = survey.key, survey.reference
        word = word_of(make_poster(session, didier, site))
    poster, questionnaire = f"/affiche?mot={word}", f"/questionnaire?q={key}"
    return {
        "affiche-ouverte": poster,
        "affiche-recherche": f"{poster}&q=lampe",
        "deposer-de-l-affiche": f"/deposer?mot={word}",
        "une-date": f"/agenda?reunion={meeting}",
        "une-date-collegue": f"/agenda?reunion={meeting}&pour=collegue",
        "questionnaire": questionnaire,
        "questionnaire-tablette": f"{questionnaire}&borne=oui",
        "questionnaire-papier": f"{questionnaire}&papier=oui",
        "questionnaire-apercu": f"/questionnaire?apercu={preview_of(didier, reference)}",
        "questionnaire-inconnu": "/questionnaire?q=inconnu",
    }


PLAIN = {
    "accueil": "/",
    "deposer": "/deposer",
    "deposer-dans-un-cadre": "/deposer?embed=true",
    "suivre": "/suivre",
    "marques-interet": "/marques-interet",
    "agenda": "/agenda",
    "agenda-dans-un-cadre": "/agenda?embed=true",
    "actualites": "/actualites",
    "vos-donnees": "/vos-donnees",
    "registre": "/registre",
    "accessibilite": "/accessibilite",
    "extrait-chiffre": "/extrait?chiffre=avancement&embed=true",
    "extrait-graphique": "/extrait?graphique=chantiers&embed=true",
    "affiche": "/affiche",
    "campagne": "/campagne?q=bien-commencer",
    "campagne-restituee": "/campagne?q=ateliers",
    "nulle-part": "/nulle-part",
}
HOLDING = (
    "affiche-ouverte",
    "affiche-recherche",
    "deposer-de-l-affiche",
    "une-date",
    "une-date-collegue",
    "questionnaire",
    "questionnaire-tablette",
    "questionnaire-papier",
    "questionnaire-apercu",
    "questionnaire-inconnu",
)


@pytest.fixture
def phone(browser: Browser, browser_context_args: dict, town) -> Iterator[Callable[..., Page]]:
    made = []

    def opened(**options: object) -> Page:
        given = {"base_url": town[""], "viewport": PHONE, "bypass_csp": True} | options
        made.append(browser.new_context(**browser_context_args | given))
        return made[-1].new_page()

    yield opened
    for context in made:
        context.close()


def compare(name: str, page: Page) -> None:
    """What is told is what is kept; a page that changes daily is told without its numbers."""
    told = page.locator("body").aria_snapshot() + "\n"
    for drawn, instead in BY_CHANCE:
        told = re.sub(drawn, instead, told)
    levels = [int(level) for level in re.findall(r"heading .*\[level=(\d)", told)]
    if name == "accessibilite":
        told = re.sub(r"\d+", "0", told)
    file = KEPT / f"{name}.txt"
    if os.environ.get("RENEW_TREES"):
        KEPT.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8"), name
    assert levels[:1] == [1] and levels.count(1) == 1, (name, levels)
    steps = pairwise(levels)
    assert all(after <= before + 1 for before, after in steps), (name, levels)


def test_a_screen_reader_is_told_what_is_kept_of_each_page(phone, town):
    page = phone()
    for name, address in every_page(town).items():
        page.goto(address)
        compare(name, page)


def test_errors_are_told_at_the_head_with_a_link_to_each_field(phone, town):
    page = phone()
    for name, address in {
        "deposer": "/deposer",
        "suivre": "/suivre",
        "marques-interet": "/marques-interet",
        "questionnaire": town["questionnaire"],
    }.items():
        page.goto(address)
        page.locator("main form [type=submit]").first.click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert axe.violations(page) == [], name
        compare(f"{name}-a-corriger", page)
        links = page.locator(".cp-errors a")
        assert links.count() >= 1, name
        for link in links.all():
            field = page.locator(link.get_attribute("href"))
            told = field.get_attribute("aria-describedby") or ""
            assert field.count() == 1 and f"{field.get_attribute('id')}-erreur" in told, name


def test_what_is_left_with_is_told_too(phone, town):
    page = phone()
    page.goto("/deposer")
    page.get_by_label("Votre idée, votre constat").fill("Un banc à l'ombre")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator(".cp-code")).to_be_visible()
    compare("deposer-merci", page)
    page.get_by_role("link", name="Suivre mon idée").last.click()
    expect(page.get_by_role("heading", name=re.compile("Un banc"))).to_be_visible()
    compare("suivre-une-idee", page)
    page.goto(town["une-date"])
    page.get_by_role("button", name="Prendre ma place").click()
    expect(page.locator(".cp-code")).to_be_visible()
    compare("une-date-place-prise", page)
    page.goto(town["une-date"])
    expect(page.get_by_text("Une place à cette date est déjà prise")).to_be_visible()
    compare("une-date-deja-prise", page)
    page.get_by_role("link", name="Voir ou annuler cette place").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre place est réservée")
    compare("suivre-une-place", page)
    page.goto(town["questionnaire"])
    page.get_by_role("group", name="3. Est-ce facile ?").get_by_role("radio", name="4").check()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    compare("questionnaire-merci", page)


@pytest.mark.parametrize(
    ("theme", "width", "turn"),
    [("light", 360, 0), ("dark", 1280, 1)],
    ids=["light-360", "dark-1280"],
)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(phone, town, theme, width, turn):
    """Each page in one theme and at one width, in turn; those without a poster or a questionnaire at
    320 px too.
    """
    page = phone(color_scheme=theme)
    for name, address in list(every_page(town).items())[turn::2]:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address)
        for fold in page.locator("details").all():
            fold.evaluate("fold => { fold.open = true; }")
        found = axe.violations(page)
        assert found == [], (name, *map(str, found))
        for narrow in {width, 320} if name in PLAIN else {width}:
            page.set_viewport_size({"width": narrow, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= narrow, name


# ── Every page, with the script and without ───────────────────────────────────────────────────────

# What the key of the keyboard stops at: one of the choices of a group.
STOPS = """() => {
  const groups = new Set();
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(one => {
    if (one.type === "hidden" || one.disabled || one.tabIndex < 0 || !one.checkVisibility()) return false;
    if (one.type !== "radio") return true;
    const key = `${one.form?.id} ${one.name}`, isFirst = !groups.has(key);
    groups.add(key);
    return isFirst;
  }).length; }"""
HERE = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const box = one.getBoundingClientRect();
  const ring = [one, one.nextElementSibling, one.parentElement].filter(Boolean).some(each => {
    const drawn = getComputedStyle(each);
    return (drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) >= 2) || drawn.boxShadow !== "none";
  });
  // A wide table that is scrolled is stopped at too, and is no control.
  const isControl = one.matches("a, button, input, select, textarea, summary");
  return { what: one.outerHTML.slice(0, 120), ring, isControl,
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight };
}"""


def every_page(town: dict[str, str]) -> dict[str, str]:
    return PLAIN | {name: town[name] for name in HOLDING}


def test_the_keyboard_stops_at_everything_once_is_seen_there_and_leaves(phone, town):
    """One page in three, as where the script did not arrive: the page is then all there is."""
    page = phone()
    page.route("**/leger.js*", lambda route: route.abort())
    for name, address in list(every_page(town).items())[::3]:
        page.goto(address)
        wanted, stops = page.evaluate(STOPS), []
        while len(stops) < wanted + 10:
            page.keyboard.press("Tab")
            here = page.evaluate(HERE)
            # Out of the page; some windows have nothing around it, and begin again.
            if here is None or here in stops[:1]:
                break
            stops.append(here)
        controls = [stop["what"] for stop in stops if stop["isControl"]]
        assert len(controls) == wanted, (name, controls)
        unseen = [stop["what"] for stop in stops if not (stop["ring"] and stop["seen"])]
        assert unseen == [], name
