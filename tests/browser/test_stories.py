"""Stories of the cast in a real browser: filing, reading, deciding, finding, signing in and out."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from support.answers import file
from support.hands import (
    figure,
    filed,
    plain,
    press,
    sign,
    sign_in,
)
from support.windows import follow_link, go, idle

OPEN = "Idées à décider"
BODY, TITLE = "Votre idée, votre constat", "Titre (proposé d'après la première ligne)"
PROMISED = "14 août 2023"  # 30 working days after 30 June 2023: the 21st of July is a holiday


def write(page: Page, body: str) -> Page:
    """Writes the text of an idea and leaves the field, as the hand does before it goes to the
    button.
    """
    page.get_by_label(BODY, exact=True).fill(body)
    page.get_by_label(BODY, exact=True).press("Tab")
    sign(idle(page))
    return idle(page)


def thanks(page: Page) -> str:
    expect(page.locator(".cp-thanks")).to_contain_text("enregistré sous le n°")
    return plain(page.locator(".cp-thanks").inner_text())


def filed_number(page: Page) -> int:
    return int(re.search(r"n°\s*(\d+)", thanks(page))[1])


# ── Filing an idea ────────────────────────────────────────────────────────────────────────────────


def test_alice_files_an_idea_and_every_place_counts_one_more(visit, served):
    places = ["/", "/tableau-de-bord"]
    elise = visit("elise")
    before = {address: figure(follow_link(elise, address), OPEN) for address in places}
    assert len(set(before.values())) == 1, before

    alice = write(
        visit("alice", "/deposer"),
        "Des bancs à l'ombre près du bassin\nEn été, tout le monde est debout.",
    )
    expect(alice.get_by_label(TITLE, exact=True)).to_have_value(
        "Des bancs à l'ombre près du bassin"
    )
    press(alice, "Envoyer")
    assert PROMISED in thanks(alice)
    number = filed_number(alice)

    alice.get_by_role("link", name="Voir et suivre mon idée").click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Des bancs à l'ombre près du bassin")
    expect(alice.locator("article")).to_contain_text("En été, tout le monde est debout.")
    expect(alice.locator("article")).to_contain_text("Alice Lambotte")
    assert f"idee={number}" in alice.url

    after = {address: figure(follow_link(elise, address), OPEN) for address in places}
    assert after == {address: value + 1 for address, value in before.items()}
    assert served.figure("reponse.ouvertes") == before["/"] + 1


# ── Without an account ────────────────────────────────────────────────────────────────────────────


def test_a_stranger_files_and_didier_reads_before_alice_sees_it(visit, served):
    words = "Le néon du vestiaire clignote"
    stranger = visit(None, "/deposer")
    expect(stranger.get_by_text("Votre dépôt est sans nom")).to_be_visible()
    press(write(stranger, words), "Envoyer")
    number = filed_number(stranger)
    code = re.search(r"(\w{4}-){3}\w{4}", stranger.locator(".cp-code").inner_text())[0]
    stored = served.rows("SELECT code FROM receipt")
    assert all(code.replace("-", "").lower() not in row[0] for row in stored)
    assert served.rows("SELECT author_id, anonymous FROM idea WHERE number = :n", n=number) == [
        (None, 1)
    ]
    go(stranger, "/deposer")
    assert code not in stranger.locator("body").inner_text()  # shown once

    alice = visit("alice", f"/idees?q={number}")
    expect(alice.locator(".cp-empty")).to_contain_text("Aucune idée ne correspond")
    expect(
        follow_link(alice, f"/idees?idee={number}").get_by_role("heading", level=1)
    ).to_have_text("Idée introuvable")

    didier = visit("didier", f"/idees?q={number}")
    expect(didier.locator(".cp-desk li")).to_contain_text(["Pas encore publiée"])
    didier.get_by_role("link", name=words).click()
    expect(didier.get_by_role("heading", name=words)).to_be_visible()
    press(didier, "Lue, publier")
    expect(didier.get_by_text("L'idée est lue et publiée.")).to_be_visible()
    expect(didier.get_by_role("button", name="Lue, publier")).to_have_count(0)

    expect(follow_link(alice, f"/idees?q={number}").get_by_role("link", name=words)).to_be_visible()
    expect(
        follow_link(alice, f"/idees?idee={number}").get_by_role("heading", level=1)
    ).to_have_text(words)
    expect(alice.locator("article")).to_contain_text("Sans nom")


def test_alice_files_without_her_name(visit, served):
    alice = write(visit("alice", "/deposer"), "Une chose que je préfère dire sans mon nom")
    alice.get_by_text("Sans donner mon nom", exact=True).click()
    press(idle(alice), "Envoyer")
    number = filed_number(alice)
    expect(alice.locator(".cp-copyable")).to_be_visible()
    assert served.rows("SELECT author_id, relay_id FROM idea WHERE number = :n", n=number) == [
        (None, None)
    ]
    assert served.rows(
        "SELECT DISTINCT by FROM idea_event e JOIN idea i ON i.id = e.idea_id WHERE number = :n",
        n=number,
    ) == [(None,)]


# ── The scope in the address ──────────────────────────────────────────────────────────────────────


def test_a_page_waits_for_no_word_of_the_server_s_health(visit):
    """Where the client looks for its server first, each page below the root loads a tenth of a
    second later.
    """
    elise = visit("elise", "/ambitions")
    asked = []
    elise.route("**/_stcore/h*", lambda route: asked.append(urlsplit(route.request.url).path))
    elise.reload()
    expect(elise.get_by_role("heading", level=1)).to_have_text("Les ambitions")
    assert {path.rpartition("/")[0] for path in asked} == {"/_stcore"}
    elise.unroute_all(behavior="ignoreErrors")


# ── Signing in ────────────────────────────────────────────────────────────────────────────────────


def test_elise_keeps_the_address_she_came_for_and_stays_signed_in(visit):
    elise = visit(None, "/pourquoi?chiffre=avancement&au=2023-03-31&direction=ADM&ambition=toutes")
    asked = elise.url
    expect(elise.get_by_role("heading", level=1)).to_have_text("Pourquoi ce chiffre ?")
    with elise.expect_response("**/session") as answer:
        sign_in(elise, "elise")
    assert answer.value.status == 204
    assert elise.url == asked
    title = elise.get_by_role("heading", level=1)
    expect(title).to_have_text("Avancement de la feuille de route")
    elise.reload()
    idle(elise)
    expect(title).to_have_text("Avancement de la feuille de route")
    cookie = next(cookie for cookie in elise.context.cookies() if cookie["name"] == "cp")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["expires"] == -1
    assert "cp=" not in elise.evaluate("document.cookie")


# ── Every screen ──────────────────────────────────────────────────────────────────────────────────


def test_a_word_without_end_does_not_widen_the_screen(visit, served, cast):
    """Last, since the list keeps this entry: an address or a file name pasted as a title."""
    word = "réseau/partagé/" * 17
    file(served.engine, cast.alice, "sans-fin", title=word, body=word * 3)
    assert len(word) == 255 and filed(served, word) == 1
    alice = visit("alice", "/vos-donnees", viewport={"width": 360, "height": 740})
    go(alice, "/idees")
    expect(alice.get_by_role("heading", level=1)).to_have_count(1)
    assert alice.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 361
