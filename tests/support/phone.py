"""The form of an idea on the phone of somebody without an account."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from .served import Served

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
