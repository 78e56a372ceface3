"""The first visit on « Accueil »: three steps by role; refused or finished, it does not come back."""

import pytest
from support.pages import enter
from support.transactions import read_with

from dashboard.queries.people.readers import preference
from dashboard.screens.tour import OVER, TOUR, tour_steps


def labels(tab) -> list[str]:
    return [button.label for button in tab.button]


def press(tab, label: str):
    return next(button for button in tab.button if button.label == label).click().run()


def test_three_steps_and_it_is_over_for_good(demonstration, cast):
    tab = enter(demonstration, "alice")
    assert "Suivant" in labels(tab) and "Passer la visite" in labels(tab)
    tab = press(press(tab, "Suivant"), "Suivant")
    assert not tab.exception, tab.exception[0]
    assert "Terminer la visite" in labels(tab) and "Suivant" not in labels(tab)
    tab = press(tab, "Terminer la visite")
    assert not tab.exception and "Terminer la visite" not in labels(tab)
    assert read_with(demonstration, preference, cast.alice, TOUR) == OVER
    assert "Suivant" not in labels(enter(demonstration, "alice")), "nor in another session"
    assert "Suivant" in labels(enter(demonstration, "bruno")), "each has her own"


def test_it_is_refused_at_its_first_step(demonstration):
    tab = press(enter(demonstration, "carine"), "Passer la visite")
    assert not tab.exception and "Passer la visite" not in labels(tab)
    [said] = [said.value for said in tab.success]
    assert said.startswith("La visite ne reviendra pas"), "here, not on the next screen"
    assert not tab.run().success


@pytest.mark.parametrize(
    ("who", "screen", "page"),
    [
        ("alice", "/deposer", "/guide/deposer-en-mon-nom"),
        ("bruno", "/mes-services", "/guide/transmettre-une-reponse"),
        ("carine", "/tableau-de-bord", "/guide/ma-direction"),
        ("didier", "/reception", "/guide/lire-et-publier"),
        ("elise", "/tableau-de-bord", "/guide/lire-le-tableau-de-bord"),
        ("farid", "/etat-du-systeme", "/guide/etat-du-systeme"),
    ],
)
def test_each_role_is_led_to_its_own_screen(sqlite_demo, cast, scope_for, who, screen, page):
    _, own, help_page = tour_steps(read_with(sqlite_demo, scope_for, getattr(cast, who)))
    (*_, (_, own_page)), (*_, (_, help_address, _)) = own, help_page
    assert own_page.partition("?")[0] == screen and help_address == page
