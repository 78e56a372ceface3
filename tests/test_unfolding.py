"""A fold with a form is drawn once somebody opens it, and keeps what is typed in it while she stays
on the screen.
"""

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from support.pages import fold_again, html_of, unfold, visit
from support.transactions import select_all

from models.roadmap import Plan

_FOLD = "Créer un jalon"


@pytest.fixture
def programme(open_page) -> AppTest:
    return open_page("didier", "programme")


def titles(tab: AppTest) -> list[str]:
    assert not tab.exception, tab.exception
    return [field.value for field in tab.text_input if field.label == "Titre"]


def test_a_closed_fold_has_no_fields(programme):
    assert [fold.label for fold in programme.get("expander") if fold.label == _FOLD]
    assert not programme.text_input and not programme.selectbox
    assert titles(unfold(programme, _FOLD)) == [""]


def test_what_was_typed_stays_where_the_fold_is_closed_and_opened_again(programme):
    tab = unfold(programme, _FOLD)
    next(field for field in tab.text_input if field.label == "Titre").input("Vingt relais").run()
    tab = fold_again(tab, _FOLD)
    assert titles(tab) == ["Vingt relais"]
    assert titles(unfold(tab, _FOLD)) == ["Vingt relais"]


def test_whoever_leaves_the_screen_finds_the_fold_closed(programme):
    tab = unfold(programme, _FOLD)
    assert titles(tab) == [""]
    tab = visit(visit(tab, "tout"), "programme")
    assert titles(tab) == []


def test_what_is_refused_is_said_in_the_fold_which_stays_open(programme, demonstration):
    tab = unfold(programme, _FOLD)
    next(button for button in tab.button if button.label == "Créer le jalon").click().run()
    assert titles(tab) == [""]
    assert any("cp-error" in body for body in html_of(tab))
    assert not select_all(demonstration, select(Plan).where(Plan.title == ""))
