"""A database that goes away under a page: one calm sentence, and what was written comes back."""

import pytest
from playwright.sync_api import expect
from support.hands import press
from support.windows import Windows, go, idle, signed_in


@pytest.mark.slow
def test_alice_writes_while_the_database_is_away_and_loses_nothing(
    windows: Windows, browser_context_args, serve_demo, one_address, tmp_path
):
    served = serve_demo(one_address)
    options = browser_context_args | {"base_url": served.url}
    shelf, window = windows.lend(options)
    try:
        window.context.add_cookies([signed_in(served, "alice")])
        page = go(window.open(options), "/deposer")
        title = page.get_by_label("Titre").first
        title.fill("Un banc devant la gare")
        title.blur()
        idle(page)
        file = served.folder / "c-possible.db"
        file.rename(tmp_path / "ailleurs.db")
        press(page, "Envoyer")
        expect(page.get_by_test_id("stAlert")).to_contain_text("n'est pas à sa place")
        press(page, "Réessayer")
        expect(page.get_by_test_id("stAlert")).to_contain_text("n'est pas à sa place")
        (tmp_path / "ailleurs.db").rename(file)
        press(page, "Réessayer")
        expect(page.get_by_label("Titre").first).to_have_value("Un banc devant la gare")
    finally:
        windows.take_back(shelf, window)
        served.stop()
