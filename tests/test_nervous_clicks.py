"""A finger that clicks again while the first click is being worked off: over a real socket,
where Streamlit ends the first one midway.
"""

import pytest
from support.tab import PRESS, Tab, elements, shown

pytestmark = pytest.mark.slow

TRIES, CLICKS = 12, 5


@pytest.fixture(scope="module")
def served(serve_demo):
    server = serve_demo()
    yield server
    server.stop()


def clicked(tab: Tab, part: str, button: str, until: str) -> list:
    """What the tab is sent by so many clicks at once, until the sentence comes that says that
    the work is done.
    """
    received = tab.run(part, times=CLICKS, **{button: PRESS})
    for _ in range(CLICKS):
        if until in shown(received):
            return received
        received += tab.run(part)
    raise AssertionError(f"« {until} » never came: {shown(received)[-600:]}")


@pytest.mark.parametrize("login", ["", "alice"])
@pytest.mark.slow
def test_an_idea_is_filed_once_and_its_receipt_is_shown(served, login):
    for n in range(TRIES):
        title = f"Un crochet pour les manteaux, {login or 'sans nom'} {n}"
        with Tab(served.url, cookie=served.cookie_of(login) if login else "") as tab:
            tab.open("deposer")
            part = tab.fragments["w_deposer_send"]
            tab.run(
                part, w_deposer_body=title, **({"w_deposer_who": "En mon nom"} if login else {})
            )
            received = clicked(tab, part, "w_deposer_send", "Merci, c’est enregistré")
            assert elements(received, "exception") == []
        assert served.rows("SELECT count(*) FROM idea WHERE title = :title", title=title) == [(1,)]


def test_a_list_of_names_is_noted_as_read_once_in_a_tab(served):
    """A run may be ended anywhere: also between the journal and the tab's own mark."""
    cookie = served.cookie_of("farid")
    for n in range(TRIES):
        with Tab(served.url, cookie=cookie) as tab:
            tab.page = "comptes"
            received = tab.run(times=CLICKS, pause=0.004 * (1 + n % 5))
            assert "Comptes" in shown(received)
        read = served.rows("SELECT count(*) FROM change WHERE subject = 'lecture'")
        assert read == [(n + 1,)]
