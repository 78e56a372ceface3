"""« Chercher » finds what a reader may open, and nothing else."""

from html import unescape

import pytest
from support.pages import html_of


def found(tab) -> str:
    return unescape(" ".join(html_of(tab))).replace("\xa0", " ").replace("’", "'")


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("jalon", "Feuille de route"),
        ("tri refectoire", "Le tri au réfectoire"),
        ("plateforme managers", "Plateforme d'échange des managers ouverte"),
        ("chaleur", "Travailler par forte chaleur et par grand froid"),
        ("ferrero", "Bruno Ferrero"),
    ],
)
def test_alice_finds_a_place_an_idea_a_milestone_a_training_and_her_ambassador(
    open_page, words, label
):
    assert label in found(open_page("alice", "tout", f"q={words}"))


def test_many_results_are_five_and_a_link_to_all(open_page):
    page = found(open_page("alice", "tout", "q=groupe"))
    assert "Tous les résultats" in page and "voir=jalons" in page
    every = found(open_page("alice", "tout", "q=groupe&voir=jalons"))
    assert "<h2>Jalons</h2>" in every and "<h2>Idées</h2>" not in every


# A word of a decision, of an account; who may open them.
@pytest.mark.parametrize(
    ("words", "heading", "readers"),
    [
        ("gobelets", "Décisions", {"carine", "didier", "elise", "farid"}),
        ("elise", "Comptes", {"farid"}),
    ],
)
@pytest.mark.parametrize("who", ["alice", "bruno", "carine", "didier", "elise", "farid"])
def test_nothing_shows_that_the_reader_may_not_open(open_page, who, words, heading, readers):
    page = found(open_page(who, "tout", f"q={words}"))
    assert (f"<h2>{heading}</h2>" in page) == (who in readers)


def test_an_idea_that_is_not_published_is_found_by_who_reads_it_alone(open_page):
    title = "On se fait crier dessus"
    assert title in found(open_page("didier", "tout", "q=crier dessus"))
    assert title not in found(open_page("bruno", "tout", "q=crier dessus"))
    assert "Rien ne porte" in found(open_page("alice", "tout", "q=zzzqqq"))
