"""Alice joins a progress group from her phone; Didier starts one; Bruno writes its proposition and submits it;
Didier records what the CODIR decides.
"""

import pytest
from playwright.sync_api import expect
from support.crossing import WHOLE_MATRIX
from support.hands import choose, plain, press, set_day, told, unfold, write

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_alice_joins_the_group_that_looks_for_members_from_her_phone(visit, served):
    alice = visit("alice", "/groupes", **PHONE)
    first = alice.locator(".cp-list li").first
    assert [plain(chip) for chip in first.locator(".cp-chip").all_inner_texts()] == [
        "Constitution, étape 1 sur 6",
        "Actualisation des compétences",
        "Cherche 4 membres",
    ], "what decides comes first, and no more"
    first.get_by_role("link").click()
    expect(alice.get_by_role("heading", level=1)).to_have_text(
        "La première semaine d'un nouvel agent"
    )
    assert alice.evaluate("document.documentElement.scrollWidth") <= 360
    press(alice, "Rejoindre le groupe")
    assert told(alice) == "Bienvenue dans le groupe G10."
    expect(alice.get_by_role("cell", name="Alice Lambotte")).to_be_visible()
    assert "7 membres sur 10 cherchés, 2 facilitateurs" in plain(
        alice.locator(".cp-terms").first.inner_text()
    )
    expect(alice.get_by_text("Faire vivre le groupe")).to_have_count(0)
    press(alice, "Quitter le groupe")
    assert told(alice) == "Vous ne faites plus partie du groupe G10."
    assert served.rows("SELECT count(*) FROM group_member WHERE left_on IS NOT NULL") == [(1,)]


# The form and the act: tests/test_groups.py; a group that looks for members: above.
@pytest.mark.matrix
def test_didier_starts_a_group_that_looks_for_members(visit, served):
    didier = visit("didier", "/groupes")
    unfold(didier, "Constituer un groupe")
    write(didier, "Nom du groupe", "Les clés des dépôts")
    write(didier, "Le problème", "Une équipe attend chaque matin qu'on lui apporte la clé.")
    choose(didier, "^Ambition", "Modernisation", within="Constituer un groupe")
    write(didier, "Commanditaire", "Inspecteur général Aménagement")
    press(didier, "Constituer le groupe")
    assert "est constitué" in told(didier)
    made = "SELECT count(*) FROM progress_group WHERE title = 'Les clés des dépôts'"
    assert served.rows(made) == [(1,)]


def test_a_proposition_goes_from_the_facilitator_to_the_codir_and_back(visit, served):
    bruno = visit("bruno", "/groupes?groupe=G05")
    unfold(bruno, "Écrire la proposition")
    text = bruno.get_by_label("Proposition : le texte", exact=True)
    expect(text).to_have_value(
        "\n".join(
            served.rows(
                """SELECT text FROM document_version JOIN progress_group g ON g.id = group_id
        WHERE g.code = 'G05' AND kind = 'proposition'"""
            )[0][0].splitlines()
        )
    )
    write(
        bruno,
        "Proposition : le texte",
        "Une équipe volante de quatre personnes.\nUn planning commun à huit crèches.\nCoût : 186"
        " 000 € par an.",
    )
    press(bruno, "Enregistrer cette version de la proposition")
    assert told(bruno) == "La version 2 du document « Proposition » est enregistrée."
    unfold(bruno, "Proposition : 1 version précédente")
    expect(bruno.locator(".cp-diff ins").filter(has_text="186 000 €")).to_be_visible()
    unfold(bruno, "Passer à l'étape « Soumise au CODIR »")
    choose(bruno, "Porteur", "Petite enfance (VC-PEN)")
    press(bruno, "Soumettre au CODIR")
    assert (
        told(bruno)
        == "Le groupe G05 est à l'étape « Soumise au CODIR ». Le point est inscrit au CODIR."
    )
    expect(bruno.locator('.cp-path [aria-current="step"]')).to_have_text("Soumise au CODIR")

    [(number,)] = served.rows("SELECT number FROM decision WHERE title LIKE '%(groupe G05)'")
    didier = visit("didier", f"/decisions?decision={number}")
    expect(didier.get_by_role("combobox", name="Ce qui s'est passé")).to_have_value(
        "Décidée"
    )  # what is next is proposed
    choose(didier, "Issue", "Adoptée en partie")
    set_day(didier, "Échéance", "29/12/2023")
    expect(didier.get_by_text("Soumise au CODIR → Close")).to_be_visible()
    press(didier, "Enregistrer")
    assert told(didier).startswith("Décidée : c'est enregistré, avec ")
    didier.goto("/groupes?groupe=G05")
    expect(didier.get_by_role("heading", name="La décision", exact=True)).to_be_visible()
    assert "Adoptée en partie" in plain(didier.locator(".cp-terms").nth(1).inner_text())
    expect(didier.locator('.cp-path [aria-current="step"]')).to_have_text("Close")
    if not WHOLE_MATRIX:
        return
    unfold(didier, "Relier la suite")
    choose(
        didier,
        "Lequel ou laquelle",
        "Jalon 4.7 : Suites données restituées à tous les participants des groupes",
    )
    press(didier, "Relier")
    assert told(didier) == "Le lien est enregistré."
    expect(didier.locator(".cp-thread").get_by_text("Jalon 4.7")).to_be_visible()
    alice = visit("alice", "/groupes?groupe=G05")
    assert "Adoptée en partie" in plain(alice.locator(".cp-terms").nth(1).inner_text()), (
        "what is decided is told to all"
    )


@pytest.mark.matrix
def test_what_was_typed_is_kept_when_somebody_wrote_meanwhile(visit):
    bruno, didier = visit("bruno", "/groupes?groupe=G02"), visit("didier", "/groupes?groupe=G09")
    expect(bruno.get_by_text("Écrire la proposition")).to_have_count(
        0
    )  # a group that is over takes no more
    second = visit("didier", "/groupes?groupe=G09")
    for page in (didier, second):
        unfold(page, "Écrire l'analyse")
    write(didier, "Analyse : le texte", "Le comptage commence le 4 septembre.")
    press(didier, "Enregistrer cette version de l'analyse")
    assert "La version 2" in told(didier)
    write(second, "Analyse : le texte", "Un autre texte, tapé en même temps.")
    press(second, "Enregistrer cette version de l'analyse")
    expect(
        second.get_by_role("alert").filter(has_text="Vous avez écrit entre-temps")
    ).to_be_visible()
    expect(second.get_by_label("Analyse : le texte", exact=True)).to_have_value(
        "Un autre texte, tapé en même temps."
    )
    expect(second.locator(".cp-overtaken")).to_contain_text("Le comptage commence le 4 septembre.")
    press(second, "Garder le mien")
    expect(second.get_by_label("Analyse : le texte", exact=True)).to_have_value(
        "Un autre texte, tapé en même temps."
    )
    press(second, "Enregistrer cette version de l'analyse")
    assert "La version 3" in told(second)


# The act and who is told: tests/test_groups.py.
@pytest.mark.matrix
def test_didier_entrusts_an_idea_to_a_group_whose_facilitators_find_it(visit, served):
    number, title = served.rows(
        """SELECT number, title FROM idea WHERE status = 'a-l-etude' AND published AND kind = 'idee' ORDER BY number LIMIT 1"""
    )[0]
    [(name,)] = served.rows("SELECT title FROM progress_group WHERE code = 'G10'")
    didier = visit("didier", f"/idees?idee={number}")
    press(didier, "Confier à un groupe")
    popover = didier.get_by_test_id("stPopoverBody")
    popover.get_by_role("button", name="Confier au groupe", exact=True).click()
    expect(popover.get_by_role("alert")).to_have_text("Choisissez un groupe.")
    choose(didier, "Groupe de progrès", f"G10 — {name}")
    press(didier, "Confier au groupe")
    assert told(didier) == "L'idée est confiée au groupe G10."
    expect(didier.get_by_text("Confiée au groupe G10 : ")).to_be_visible()
    expect(didier.locator(".cp-thread").get_by_text("Groupe G10")).to_be_visible()
    alice = visit("alice", "/groupes?groupe=G10")
    expect(alice.get_by_role("link", name=title, exact=True)).to_be_visible()
    led = served.rows(
        """SELECT m.person_id FROM group_member m JOIN progress_group g ON g.id = m.group_id
                         WHERE g.code = 'G10' AND m.role = 'facilitateur' AND m.left_on IS NULL ORDER BY 1"""
    )
    assert (
        led
        and served.rows(
            "SELECT person_id FROM outbox WHERE title LIKE '%confiée au groupe G10' ORDER BY 1"
        )
        == led
    )
