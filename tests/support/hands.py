"""What a person does on a page; the form of an idea on the phone of somebody without an account."""

import re

from playwright.sync_api import BrowserContext, Frame, Locator, Page, expect

from seed.demonstration import DEMO_PASSWORD

from .served import Served, number
from .windows import at_rest, idle

# ── What a person does on a page ──────────────────────────────────────────────────────────────────
# Signs in, presses, chooses, writes a day; and what she reads there.


def sign_in(page: Page, login: str, password: str = DEMO_PASSWORD) -> Page:
    """Through the form of the page that is open."""
    page.get_by_label("Identifiant", exact=True).fill(login)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    return idle(page)


def press(page: Page, name: str) -> Page:
    at_rest(page.get_by_role("button", name=name, exact=True)).click()
    return idle(page)


def told(page: Page) -> str:
    """The sentence of the act that has just succeeded."""
    done = page.get_by_test_id("stAlert").first
    expect(done).to_be_visible()
    return plain(done.inner_text()).replace("\u2060", "").removeprefix("check ")


def unfold(page: Page, label: str) -> Page:
    """Opens the fold of this name; one that is open stays so."""
    fold = page.get_by_test_id("stExpander").filter(
        has=page.locator("summary").get_by_text(label, exact=True)
    )
    if fold.locator("details").get_attribute("open") is None:
        fold.get_by_text(label, exact=True).first.click()
    return idle(page)


def show_all_rows(table: Locator) -> Locator:
    """Of a long table (or a part of the page with one), which shows its first rows."""
    table.locator(".cp-table-more input").check()
    return table


def write(page: Page, label: str, text: str) -> Page:
    """Writes into a field and leaves it."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Tab")
    return idle(page)


def sign(page: Page | Frame) -> None:
    """« En mon nom », where the form asks: nothing is chosen beforehand."""
    mine = page.get_by_role("radio", name="En mon nom")
    if mine.count() and not mine.is_checked():
        page.get_by_text("En mon nom", exact=True).click()
        expect(mine).to_be_checked()


def card(page: Page, label: str) -> Locator:
    return page.locator(".cp-card").filter(has=page.get_by_role("heading", name=label, exact=True))


def figure(page: Page, label: str) -> float:
    """The number on the card of this label."""
    return number(card(page, label).locator("strong").first.inner_text())


def menu(page: Page) -> list[str]:
    links = page.get_by_test_id("stSidebar").locator(".cp-nav a")
    return [link.evaluate("link => link.lastChild.textContent") for link in links.all()]


def follow(page: Page, title: str) -> Page:
    """Clicks a link of the menu."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return idle(page)


def choose(page: Page, label: str, option: str, within: str = "") -> Page:
    """Chooses in a drop-down list; `within` is the fold it stands in, where two bear this label."""
    place = (
        page.get_by_test_id("stExpander").filter(has=page.get_by_text(within, exact=True))
        if within
        else page
    )
    box = at_rest(place.get_by_role("combobox", name=re.compile(label)))
    words = r"\s+".join(
        map(re.escape, option.split())
    )  # the page's spaces before « : » do not break
    # A person is offered with her service and matricule behind her name.
    offered = page.get_by_role("option").filter(has_text=re.compile(rf"^\s*{words}\s*([·(].*)?$"))
    box.click()
    box.fill(option)  # the list draws only what is in view, and narrows while one types
    if not appears(
        offered
    ):  # an answer of the server drew the field anew and closed its list: one asks again
        box.click()
        box.fill(option)
    offered.click()
    return idle(page)


def appears(element: Locator) -> bool:
    try:
        expect(element).to_be_visible(timeout=5_000)
    except AssertionError:
        return False
    return True


def unfold_filters(page: Page) -> Page:
    """Opens the line that names the filters of the screen."""
    if page.locator("details.cp-filters:not([open])").count():
        page.locator(".cp-filters > summary").click()
    return page


def set_day(page: Page, label: str, day: str) -> Page:
    """Types « 31/10/2023 » into a date field: a filter's is the browser's own, a form's is typed
    part by part, as Streamlit offers it.
    """
    filter_field = page.locator("input[type=date]").and_(page.get_by_label(label, exact=True))
    if filter_field.count():
        if not filter_field.is_visible():
            unfold_filters(page)
        filter_field.fill("-".join(reversed(day.split("/"))))
        filter_field.blur()
        return idle(page)
    parts = page.get_by_role("group", name=label, exact=True).get_by_role("spinbutton")
    parts.first.click()
    page.keyboard.type(day.replace("/", ""))
    page.keyboard.press("Tab")
    return idle(page)


def plain(said: str) -> str:
    """A text as one types it: ordinary spaces and apostrophes."""
    return re.sub(r"\s+", " ", said).replace("’", "'").strip()


def latest_job(page: Page) -> Locator:
    """The card of the last import, report or backup that was asked for."""
    return page.locator("[class*='st-key-cp_job_']").first


# ── The form of an idea on the phone of somebody without an account ───────────────────────────────

BODY = "Votre idée, votre constat"
CODE = re.compile(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}")
# The phone holds the form and what it is drawn with.
KEPT_WHOLE = """async () => {
  const isWhole = async () => navigator.serviceWorker.controller?.state === "activated"
    && (await (await caches.open("deposer-1")).keys()).length >= 6;
  while (!await isWhole()) await new Promise(next => setTimeout(next, 50));
}"""


def form(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/deposer")
    return page


def kept_form(context: BrowserContext) -> Page:
    """The form, kept whole by the phone, which has no network any more."""
    page = form(context)
    page.evaluate(KEPT_WHOLE)
    context.set_offline(True)
    return page


def send(page: Page, words: str) -> Page:
    page.get_by_label(BODY).fill(words)
    page.get_by_role("button", name="Envoyer").click()
    return page


def online_again(page: Page) -> None:
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def code_of(page: Page) -> str:
    expect(page.locator(".cp-code")).to_be_visible()
    return CODE.search(page.locator(".cp-code").inner_text())[0]


def filed(served: Served, title: str) -> int:
    """How many entries have this title."""
    return served.rows("SELECT count(*) FROM idea WHERE title = :title", title=title)[0][0]
