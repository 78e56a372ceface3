"""Alice gives a new mail address on her phone, opens the mail that arrives there, and confirms
it.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from support.chromium import idle
from support.hands import plain as typed
from support.hands import press, told, write
from support.post import Post, plain
from support.served import Served

pytestmark = pytest.mark.browser
NEW = "alice.lambotte@commune.be"


@pytest.fixture(scope="module")
def letter_boxes() -> Iterator[Post]:
    server = Post().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def served(serve_demo, letter_boxes) -> Iterator[Served]:
    """The demonstration, with a mail server of its own."""
    server = serve_demo(**letter_boxes.settings)
    yield server
    server.stop()


# Given, confirmed and taken back: tests/test_addresses.py.
@pytest.mark.matrix
def test_alice_confirms_the_address_that_she_gives(visit, served, letter_boxes):
    alice = visit("alice", "/mon-espace", viewport={"width": 360, "height": 740}, has_touch=True)
    write(alice, "Adresse de courriel professionnelle", "alice")
    press(alice, "Enregistrer l'adresse")
    expect(alice.get_by_text("Ceci n'est pas une adresse de courriel")).to_be_visible()
    write(alice, "Adresse de courriel professionnelle", NEW)
    press(alice, "Enregistrer l'adresse")
    assert (
        told(alice)
        == "Un message part à cette adresse : ouvrez le lien qu'il contient pour la confirmer."
    )
    waiting = typed(alice.locator(".st-key-cp_confirm_address").inner_text())
    assert NEW in waiting and "Jusque-là rien ne change" in waiting
    expect(alice.get_by_role("button", name="Confirmer cette adresse")).to_have_count(0)
    served.tick()
    [mail] = [mail for to, mail in letter_boxes.received if to == NEW]
    link = re.search(r"/mon-espace\?adresse=\w+", plain(mail)).group()
    alice.goto(link)
    idle(alice)
    press(alice, "Confirmer cette adresse")
    assert told(alice) == f"Votre adresse est confirmée : {NEW}."
    expect(alice.locator(".st-key-cp_confirm_address")).to_have_count(0)
    assert served.rows(
        "SELECT email FROM person WHERE given_name = 'Alice' AND family_name = 'Lambotte'"
    ) == [(NEW,)]
