"""Farid comes from a link, signs in with the account of the town, and leaves both; with a password
he is asked for the code of his telephone.
"""

import re
import shutil
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect
from support.axe import violations
from support.hands import press, sign_in, write
from support.provider import Provider
from support.served import Served
from support.windows import Watch, go, idle

from dashboard.actions.people.second_factor import STEP

DEEP = "/idees?au=2023-05-31&direction=ADM&ambition=toutes"
BUTTON = "Se connecter avec le compte de la commune"
CODE = "Code à six chiffres, ou code de secours"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider().start()
    made.person = {"sub": "s-farid", "email": "farid@exemple.invalid", "email_verified": True}
    yield made
    made.stop()


@pytest.fixture(scope="module")
def served(templates, tmp_path_factory, one_address, provider) -> Iterator[Served]:
    """The demonstration with this provider, where an administrator needs a second factor."""
    folder = tmp_path_factory.mktemp("served") / "var"
    folder.mkdir()
    shutil.copyfile(templates("sqlite", "demo"), folder / "c-possible.db")
    server = Served(folder, one_address, forks=True)
    server.settings = provider.settings(server.url) | {"CP_ADMIN_SECOND_FACTOR": "required"}
    yield server.start()
    server.stop()


@pytest.fixture
def watch(served, provider) -> Iterator[Watch]:
    """The only other host that the browser asks is the provider; a way back that is refused is an
    error of its status too.
    """
    watching = Watch(served.url)
    yield watching
    expected = re.compile(rf"another host: {provider.url}/|console: .* 400 .*/connexion/retour")
    assert [one for one in watching.found if not expected.match(one)] == []


def logins(served: Served) -> list[tuple]:
    return served.rows("SELECT issuer, sign_on_session FROM short_lived.login")


def signed_on(page: Page, path: str) -> Page:
    page.get_by_role("link", name=BUTTON).click()
    page.wait_for_url(re.compile(re.escape(path)))
    return idle(page)


def signed_out(page: Page) -> Page:
    """The browser drops its cookie, then goes on by itself: to the sign-in, or to a light page."""
    with page.expect_navigation():
        page.get_by_role("button", name="Se déconnecter").click()
    sign_in_form = page.get_by_label("Identifiant", exact=True)
    expect(sign_in_form.or_(page.get_by_role("link", name="Se connecter")).first).to_be_visible()
    return idle(page)


def test_farid_comes_back_on_the_link_he_followed_and_signing_out_ends_both(
    visit, served, provider
):
    page = visit(None, DEEP)
    signed_on(page, "/idees?")
    assert page.url == served.url + DEEP
    expect(page.get_by_role("heading", level=1)).to_have_text("Idées")
    assert logins(served) == [(provider.url, "session-1")]
    go(page, "/mon-espace")  # the cookie is there for another address too
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon espace")
    signed_out(page)
    assert page.url.rstrip("/") == served.url
    assert logins(served) == []
    (asked,) = provider.ended
    assert asked["id_token_hint"] and asked["post_logout_redirect_uri"] == f"{served.url}/"
    expect(go(page, "/mon-espace").get_by_label("Identifiant", exact=True)).to_be_visible()


def test_farid_sets_up_a_second_factor_and_is_asked_for_it(visit, served):
    page = visit("farid", "/mon-espace")
    expect(page.get_by_text("Vos droits d'administrateur s'ouvriront")).to_be_visible()
    assert "État du système" not in page.get_by_test_id("stSidebar").inner_text()
    press(page, "Mettre en place un second facteur")
    secret = page.locator(".cp-factor code").inner_text()
    assert violations(page) == []
    press(write(page, "Code à six chiffres", pyotp.TOTP(secret).now()), "Confirmer")
    codes = page.locator(".cp-recovery code").all_inner_texts()
    assert len(codes) == 10
    press(page, "J'ai noté ces codes")
    expect(page.get_by_text("Il vous reste 10 codes de secours")).to_be_visible()
    assert go(page, "/etat-du-systeme").get_by_role("heading", level=1).inner_text() == (
        "État du système"
    )
    signed_out(page)
    sign_in(go(page, DEEP), "farid")
    expect(page.get_by_label(CODE, exact=True)).to_be_visible()
    assert violations(page) == []
    used = served.rows("SELECT step FROM short_lived.second_factor_use")[0][0]
    press(write(page, CODE, pyotp.TOTP(secret).at(used * STEP)), "Continuer")
    expect(page.get_by_text("ou il a déjà servi")).to_be_visible()
    press(write(page, CODE, codes[0]), "Continuer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Idées")
    assert page.url == served.url + DEEP


def test_what_does_not_come_from_this_browser_is_told_on_a_page_of_ours(visit, served):
    page = visit(None, "/tout")
    page.goto("/connexion/retour?code=x&state=y")
    expect(page.get_by_role("heading", level=1)).to_have_text("La connexion n'a pas abouti")
    assert violations(page) == []
    page.get_by_role("link", name="Revenir à C-Possible").click()
    expect(page.get_by_role("link", name="Se connecter").first).to_be_visible()
