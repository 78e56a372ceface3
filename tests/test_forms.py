"""Forms: what is to be corrected stands on the screen where it was asked, until one leaves it."""

import pytest
from streamlit.testing.v1 import AppTest
from support.pages import enter, html_of, visit


@pytest.fixture
def tab(demonstration) -> AppTest:
    """Didier's tab; his roles let him plan a meeting on « Décisions » and on « Agenda »."""
    return enter(demonstration, "didier")


def errors(tab: AppTest) -> list[str]:
    assert not tab.exception
    return [body for body in html_of(tab) if "cp-error" in body]


def refused(tab: AppTest, url: str, query: str = "") -> AppTest:
    """The form « Prévoir » of that screen, sent without a day or a subject."""
    visit(tab, url, query)
    return tab.button(key="w_meeting_0_send").click().run()


def test_an_error_stays_while_one_works_on_its_screen(tab):
    refused(tab, "decisions")
    assert len(errors(tab)) == 1
    tab.text_input(key="w_meeting_0_title").set_value("Séance d'été").run()
    assert len(errors(tab)) == 1
    assert tab.text_input(key="w_meeting_0_title").value == "Séance d'été"
    tab.multiselect(key="w_direction").set_value(["VC"]).run()
    assert len(errors(tab)) == 1, "another direction is looked at, on the same screen"


def test_an_error_does_not_show_in_the_form_of_the_same_name_on_another_screen(tab):
    assert errors(refused(tab, "decisions"))
    assert not errors(visit(tab, "agenda"))
    assert not errors(visit(tab, "decisions")), "it is gone, not hidden"


def test_an_error_goes_with_the_record_that_one_leaves(tab):
    assert errors(refused(tab, "decisions"))
    assert not errors(visit(tab, "decisions", "decision=1"))
    assert not errors(visit(tab, "decisions"))


def test_a_refused_idea_does_not_come_back_with_its_error(tab):
    visit(tab, "deposer")
    tab.button(key="w_deposer_send").click().run()
    assert errors(tab)
    visit(tab, "decisions")
    assert not errors(visit(tab, "deposer"))
