"""« Accueil » of each role: her own work first, and one accent button, its first act."""

import re
from html import unescape

import pytest
from support.pages import html_of
from support.transactions import read_with

from dashboard.queries.ideas.waiting import count_late
from dashboard.scope import Scope


def whole(tab) -> str:
    text = unescape(" ".join(html_of(tab))).replace("’", "'")
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("who", "heading", "act", "there"),
    [
        ("alice", "Pour vous", "Déposer une idée", "/deposer"),
        ("bruno", r"\d+ réponses à transmettre", "Transmettre les réponses", "/mes-services"),
        ("carine", "Votre direction", "Répondre aux idées", "/reception"),
        ("didier", "À traiter", "Lire", "/reception"),
        ("elise", "La prochaine séance", "Préparer la séance", "/preparer"),
        ("farid", "L'installation", "État du système", "/etat-du-systeme"),
        ("gaelle", "La prochaine séance", "Préparer la séance", "/preparer"),
    ],
)
def test_each_role_finds_her_own_work_and_one_accent_button(open_page, who, heading, act, there):
    page = whole(open_page(who, ""))
    [(href, label)] = re.findall(r'cp-call-first" href="([^"?]*)[^>]*>(.*?)</a>', page, re.S)
    assert href == there and label.split("</span>")[-1].strip() == act
    first = re.search(r"<h2>(.*?)</h2>", page)[1]
    assert re.fullmatch(heading, first)


def test_a_manager_counts_the_late_answers_of_her_direction_not_those_of_the_house(
    open_page, sqlite_demo, cast, scope_for
):
    scope: Scope = read_with(sqlite_demo, scope_for, cast.carine)
    direction = next(unit for unit, _ in scope.tree.walk() if unit.id in cast.carine.mandates)
    own = read_with(sqlite_demo, count_late, scope.within(direction))
    house = read_with(sqlite_demo, count_late, scope)
    page = whole(open_page("carine", ""))
    assert 0 < own < house
    assert f"{own} réponse" in page and f"{house} réponses en retard" not in page


def test_the_directeur_general_reads_how_old_what_is_public_is(open_page):
    assert "Publié le 30 juin 2023, aujourd'hui" in whole(open_page("gaelle", ""))
    assert "Publié le" not in whole(open_page("elise", ""))


def test_an_agent_reads_what_she_must_follow_and_what_became_of_her_idea(open_page):
    page = whole(open_page("alice", ""))
    assert "Formation obligatoire pour vous : jamais suivie" in page
    assert re.search(r"Votre idée : à l'étude, première réponse · <time[^>]*>28/10/2022", page)
