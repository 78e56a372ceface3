"""Forms: what is to be corrected stands on the screen where it was asked, until one leaves it."""

import re

import pytest
from sqlalchemy import event
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from support.pages import enter, html_of, unfold, visit
from support.transactions import select_one

from models import database as house
from models.idea_states import Audience
from models.ideas import Idea


@pytest.fixture
def tab(demonstration) -> AppTest:
    """Didier's tab; his roles let him plan a meeting."""
    return enter(demonstration, "didier")


def errors(tab: AppTest) -> list[str]:
    assert not tab.exception
    return [body for body in html_of(tab) if "cp-error" in body]


def refused(tab: AppTest, url: str, query: str = "") -> AppTest:
    """The form « Prévoir » of « Agenda », sent without a day."""
    unfold(visit(tab, url, query), "Prévoir")
    tab.date_input(key="w_meeting_0_day").set_value(None)
    return tab.button(key="w_meeting_0_send").click().run()


def test_an_error_stays_while_one_works_on_its_screen(tab):
    refused(tab, "agenda")
    assert len(errors(tab)) == 1
    tab.text_input(key="w_meeting_0_title").set_value("Séance d'été").run()
    assert len(errors(tab)) == 1
    assert tab.text_input(key="w_meeting_0_title").value == "Séance d'été"
    tab.query_params["direction"] = "VC"
    tab.run()
    assert len(errors(tab)) == 1, "another direction is looked at, on the same screen"


def test_an_error_does_not_follow_to_another_screen(tab):
    assert errors(refused(tab, "agenda"))
    assert not errors(visit(tab, "decisions"))
    assert not errors(visit(tab, "agenda")), "it is gone, not hidden"


def test_an_error_goes_with_the_record_that_one_leaves(tab):
    assert errors(refused(tab, "agenda"))
    assert not errors(visit(tab, "agenda", "reunion=1"))
    assert not errors(visit(tab, "agenda"))


def test_a_refused_idea_does_not_come_back_with_its_error(tab):
    visit(tab, "deposer")
    tab.button(key="w_deposer_send").click().run()
    assert errors(tab)
    visit(tab, "decisions")
    assert not errors(visit(tab, "deposer"))


def test_who_an_idea_is_for_is_asked_kept_and_shown(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    alice.radio(key="w_deposer_who").set_value("nom")
    alice.text_area(key="w_deposer_body").set_value("Un guichet ouvert le samedi").run()
    alice.button_group(key="w_deposer_audience").set_value("citoyens").run()
    again = visit(enter(demonstration, "alice"), "deposer")
    assert again.button_group(key="w_deposer_audience").value == "citoyens", "the draft keeps it"
    again.button(key="w_deposer_send").click().run()
    filed = select_one(
        demonstration, select(Idea).where(Idea.title == "Un guichet ouvert le samedi")
    )
    assert filed.audience == Audience.citizens
    assert facts_of(visit(again, "idees", f"idee={filed.number}"))["Pour qui"] == "Les citoyens"


def test_an_idea_that_is_for_nobody_in_particular_says_nothing_of_it(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    typed_and_sent(alice, "Un banc devant la gare", "Un banc devant la gare")
    filed = select_one(demonstration, select(Idea).where(Idea.title == "Un banc devant la gare"))
    assert filed.audience is None
    assert "Pour qui" not in facts_of(visit(alice, "idees", f"idee={filed.number}"))


def typed_and_sent(tab: AppTest, body: str, title: str) -> AppTest:
    """All of it in one message, as by who does not leave a field before she presses « Envoyer »."""
    tab.radio(key="w_deposer_who").set_value("nom")
    tab.text_area(key="w_deposer_body").set_value(body)
    tab.text_input(key="w_deposer_title").set_value(title)
    return tab.button(key="w_deposer_send").click().run()


def test_what_is_sent_at_once_is_not_kept_as_a_draft_on_the_way(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    said: list[str] = []
    event.listen(house.engine(), "before_cursor_execute", lambda *told: said.append(told[2]))
    typed_and_sent(alice, "Un banc au soleil", "Un banc au soleil")
    assert [one for one in said if one.startswith("INSERT INTO idea ")]
    assert [one for one in said if "INTO draft" in one] == []


def test_what_was_sent_and_refused_waits_in_another_tab(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    assert errors(typed_and_sent(alice, "Un banc à l'ombre", "Un banc " * 40))
    again = visit(enter(demonstration, "alice"), "deposer")
    assert again.text_area(key="w_deposer_body").value == "Un banc à l'ombre"


def facts_of(tab: AppTest) -> dict[str, str]:
    """The terms of an entry in full, with what stands beside each."""
    assert not tab.exception
    said = "".join(html_of(tab)).replace("\xa0", " ").replace("\u202f", " ")
    return dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", said, re.S))
