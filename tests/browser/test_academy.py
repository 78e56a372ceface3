"""Alice registers and gives her seat up; Didier opens a session, types who was there, and takes the
papers; A stranger marks an interest on a phone, and Didier makes her an ambassador; alice joins a
progress group from her phone; Bruno writes its proposition and submits it; Didier records what the
CODIR decides.
"""

from pathlib import Path

from playwright.sync_api import expect
from support.hands import choose, plain, press, set_day, told, unfold, write
from support.windows import idle

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Alice registers and gives her seat up; Didier opens a session, types who was there, and takes the
# papers


def test_didier_opens_a_session_and_corrects_a_sheet(visit, served):
    read = """SELECT "after" FROM change WHERE subject = 'lecture' ORDER BY id"""
    before = len(served.rows(read))
    didier = visit("didier", "/academie?formation=F02&vue=gestion")
    didier.get_by_text("Ouvrir une session", exact=True).click()
    set_day(didier, "Jour", "12/09/2023")
    press(didier, "Ouvrir la session")
    assert "La session du 12 septembre 2023 est ouverte" in plain(
        didier.get_by_test_id("stAlert").first.inner_text()
    )
    [(held,)] = served.rows(
        """SELECT id FROM training_session WHERE "on" <= '2023-06-30' AND cancelled_on IS NULL ORDER BY "on" DESC LIMIT 1"""
    )
    didier.goto(f"/academie?session={held}")
    expect(didier.get_by_role("heading", name="Présences", exact=True)).to_be_visible()
    didier.get_by_role("radio", name="En partie", exact=True).first.click()
    press(didier, "Enregistrer les présences")
    assert "1 présence enregistrée" in plain(didier.get_by_test_id("stAlert").first.inner_text())
    for name in ("Feuille de présence (PDF)", "Attestations (PDF)"):
        with didier.expect_download() as taken:
            didier.get_by_role("link", name=name).click()
        assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
    noted = [row[0] for row in served.rows(read)[before:]]
    assert noted == [f"feuille de présence, session {held}"], (
        "the journal keeps who read the names, once"
    )


# ── A stranger marks an interest on a phone, and Didier makes her an ambassador ───────────────────


def test_a_stranger_marks_an_interest_and_becomes_an_ambassador(visit, served):
    stranger = visit(None, "/marques-interet", viewport={"width": 360, "height": 780})
    press(stranger, "Envoyer")
    expect(stranger.get_by_role("alert")).to_contain_text("Choisissez une activité")
    assert served.rows("SELECT count(*) FROM interest WHERE name = 'Une cantonnière'") == [(0,)]
    expect(stranger.locator("#activity-erreur")).to_be_visible()
    stranger.get_by_text("Communauté des Ambassadeurs", exact=True).click()
    stranger.get_by_label("Votre nom", exact=True).fill("Une cantonnière")
    stranger.get_by_label("Comment vous joindre", exact=True).fill("dépôt de la Voirie")
    press(stranger, "Envoyer")
    expect(stranger.get_by_role("heading", level=1, name="Merci")).to_be_visible()
    assert stranger.evaluate("document.documentElement.scrollWidth") <= 360
    didier = visit("didier", "/marques-interet")
    didier.get_by_role("link", name="Une cantonnière — Communauté des Ambassadeurs").click()
    expect(didier.locator("#cp-desk-title")).to_contain_text("Une cantonnière")
    press(idle(didier), "La personne est contactée")
    assert "contactée" in told(didier)
    [(name,)] = served.rows(
        """SELECT given_name || ' ' || family_name FROM person WHERE id NOT IN (SELECT person_id FROM membership)
                               AND id IN (SELECT person_id FROM assignment WHERE service_id IS NOT NULL) AND id NOT IN (SELECT person_id FROM account)
                               GROUP BY 1 HAVING count(*) = 1 ORDER BY 1 LIMIT 1"""
    )
    didier.get_by_text("L'intégrer", exact=True).click()
    choose(didier, "Qui est-ce", name)
    press(didier, "Intégrer")
    assert f"{name} : membre de la Communauté des Ambassadeurs" in told(didier)
    assert served.rows(
        """SELECT i.state, i.name, m.community FROM interest i JOIN membership m ON m.person_id = i.person_id
                          ORDER BY i.id DESC LIMIT 1"""
    ) == [("integre", "", "ambassadeurs")]


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Alice joins a progress group from her phone; Bruno writes its proposition and submits it; Didier
# records what the CODIR decides

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
    expect(bruno.get_by_test_id("stAlert").first).to_contain_text("Le point est inscrit au CODIR.")
    assert told(bruno).startswith("Le groupe G05 est à l'étape « Soumise au CODIR »")
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
