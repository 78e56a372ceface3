"""The life of an idea in the browser: filed with a photo, supported, commented, answered,
merged, linked; the inbox; the receipt.
"""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from support.chromium import follow_link, go, idle
from support.crossing import WHOLE_MATRIX
from support.hands import choose, plain, press, sign, unfold

pytestmark = pytest.mark.browser

BODY = "Votre idée, votre constat"


def filed(page: Page, body: str, direction: str = "", photo: bytes = b"") -> int:
    """Files an idea with the form that is open, in one's own name where one has one; gives its
    number.
    """
    sign(page)
    page.get_by_label(BODY, exact=True).fill(body)
    page.get_by_label(BODY, exact=True).press("Tab")
    idle(page)
    if direction:
        choose(page, "Quelle direction est concernée", direction)
    if photo:
        page.get_by_text("Ajouter des photos").click()
        page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(
            {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
        )
        expect(page.get_by_text("photo.jpg")).to_be_visible()
        idle(page)
    press(page, "Envoyer")
    thanks = page.locator(".cp-thanks")
    expect(thanks).to_be_visible()
    return int(re.search(r"n°\s*(\d+)", thanks.inner_text())[1])


def a_photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(out, "JPEG")
    return out.getvalue()


def write(page: Page, label: str, text: str) -> Page:
    field = page.get_by_role("textbox", name=re.compile(rf"^{'.'.join(label.split())}\W*$"))
    field.fill(text)
    field.press("Tab")
    return idle(page)


def done(page: Page, sentence: str) -> None:
    """What was done is said; between two words may stand what French and Markdown put there."""
    expect(
        page.get_by_text(re.compile(r"\W+".join(re.findall(r"\w+", sentence)))).first
    ).to_be_visible()


@pytest.mark.matrix
def test_a_photo_that_is_refused_is_not_left_behind_in_silence(visit, served):
    """On a phone no mouse rests on the sign of a refused file: its sentence is there to be read,
    and nothing leaves without it.
    """
    alice = visit("alice", "/deposer", viewport={"width": 360, "height": 740})
    sign(alice)
    write(alice, BODY, "Le garde-corps du grand bassin")
    unfold(alice, "Ajouter des photos")
    alice.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "notes.csv", "mimeType": "text/csv", "buffer": b"a;b"}
    )
    said = alice.get_by_role("alert").filter(has_text="Ce genre de fichier n’est pas accepté ici")
    expect(said).to_be_visible()
    assert said.bounding_box()["width"] > 100, "for the ears alone"
    press(alice, "Envoyer")
    assert served.rows("SELECT count(*) FROM idea WHERE title LIKE 'Le garde-corps%'") == [(0,)]
    expect(alice.get_by_role("button", name="Retirer notes.csv")).to_be_focused()
    alice.keyboard.press("Enter")
    expect(said).to_have_count(0)
    press(alice, "Envoyer")
    expect(alice.locator(".cp-thanks")).to_be_visible()


def test_from_a_remark_with_a_photo_to_its_answer_and_back_to_its_author(visit, served):
    alice = visit("alice", "/deposer")
    number = filed(alice, "Le filet du but nord est troué", "Jeunesse et sports", a_photo())

    bruno = visit("bruno", f"/idees?idee={number}")
    expect(bruno.locator(".cp-photos")).to_have_count(0)
    press(bruno, "Je la soutiens")
    done(bruno, "Vous soutenez cette idée.")
    expect(bruno.locator(".cp-supports")).to_contain_text("1")
    if WHOLE_MATRIX:  # a comment: tests/test_exchanges.py
        press(write(bruno, "Votre commentaire", "Celui du sud aussi."), "Commenter")
        done(bruno, "Votre commentaire est publié.")

    carine = visit("carine", f"/idees?idee={number}")
    expect(carine.locator(".cp-chips").first).to_contain_text("Lue")  # she has opened it
    expect(carine.locator(".cp-photos img")).to_be_visible()
    assert (
        carine.locator(".cp-photos img").evaluate("image => image.complete && image.naturalWidth")
        == 800
    )
    press(carine, "Montrer les photos")
    done(carine, "Les photos sont montrées.")
    if WHOLE_MATRIX:  # an answer without words: tests/test_answers.py
        press(carine, "Enregistrer la réponse")
        expect(
            carine.get_by_role("alert").filter(has_text="l'auteur doit savoir pourquoi")
        ).to_be_visible()
    choose(carine, "Partir d'un texte", "Modèle — Retenue, avec son calendrier")
    expect(carine.get_by_label("Réponse à l'auteur", exact=True)).to_have_value(
        re.compile("Votre idée est retenue")
    )
    choose(carine, "Nouvel état", "Retenue")
    press(
        write(carine, "Réponse à l'auteur", "Deux filets sont commandés, posés en août."),
        "Enregistrer la réponse",
    )
    done(carine, "La réponse est enregistrée. L'idée est « Retenue ».")
    if WHOLE_MATRIX:
        press(carine, "Annuler mon dernier geste")
        done(carine, "Votre dernier geste est annulé.")
        expect(carine.locator(".cp-chips").first).to_contain_text("Lue")
        choose(carine, "Nouvel état", "Retenue")
        press(
            write(carine, "Réponse à l'auteur", "Deux filets sont commandés, posés en août."),
            "Enregistrer la réponse",
        )
        done(carine, "La réponse est enregistrée. L'idée est « Retenue ».")

    follow_link(alice, "/mon-espace")
    expect(
        alice.locator(".cp-list li").filter(has_text="Le filet du but nord est troué").first
    ).to_contain_text("Retenue")
    follow_link(alice, f"/idees?idee={number}")
    steps = plain(alice.locator(".cp-steps").inner_text())
    assert "Retenue — " in steps and "Deux filets sont commandés, posés en août." in steps
    expect(alice.get_by_role("button", name="Je la soutiens")).to_have_count(0)
    assert served.rows("SELECT supports FROM idea WHERE number = :n", n=number) == [(1,)]
    if WHOLE_MATRIX:
        follow_link(bruno, f"/idees?idee={number}")
        expect(bruno.locator(".cp-photos img")).to_be_visible()


# test_light_lines.py follows an answer by key, test_light.py talks and takes back.
@pytest.mark.matrix
def test_a_stranger_follows_with_the_receipt_and_talks(visit, served):
    stranger = visit(None, "/deposer")
    number = filed(stranger, "Personne n'ose le dire : la réserve ferme mal")
    code = re.search(r"(\w{4}-){3}\w{4}", stranger.locator(".cp-code").inner_text())[0]
    go(stranger, "/suivre")
    press(write(stranger, "Code de suivi", "0000"), "Ouvrir")
    expect(stranger.get_by_role("alert")).to_contain_text("ne correspond à aucun dépôt")
    press(write(stranger, "Code de suivi", code), "Ouvrir")
    expect(stranger.get_by_role("heading", name=re.compile(f"n° {number}"))).to_be_visible()
    press(write(stranger, "Écrire à ceux qui répondent", "C'est la porte bleue."), "Envoyer")
    done(stranger, "Votre message est envoyé.")

    didier = visit("didier", "/reception")
    didier.get_by_role("link", name=re.compile("la réserve ferme mal")).click()
    expect(didier.locator(".cp-remark")).to_contain_text("C'est la porte bleue.")
    press(write(didier, "Votre message", "La serrure sera changée jeudi."), "Envoyer le message")
    done(didier, "Votre message est envoyé.")

    stranger.get_by_role("link", name="Fermer").click()
    press(write(idle(stranger), "Code de suivi", code.lower().replace("-", " ")), "Ouvrir")
    expect(stranger.locator("body")).to_contain_text("La serrure sera changée jeudi.")
    stranger.get_by_text("Retirer mon idée").click()
    stranger.get_by_role("button", name="Retirer", exact=True).click()
    done(idle(stranger), "Votre idée est retirée.")
    assert served.rows(
        "SELECT status, published, author_id FROM idea WHERE number = :n", n=number
    ) == [("retiree", 0, None)]


def test_what_alice_began_to_write_is_there_after_a_reload_until_she_sends_it(visit, served):
    alice = visit("alice", "/deposer")
    write(alice, BODY, "Un abri pour les vélos\nprès de la porte arrière")
    assert served.rows("SELECT count(*) FROM draft WHERE form = 'deposer'") == [(0,)], (
        "before the choice"
    )
    sign(alice)
    idle(alice)
    alice.reload()
    idle(alice)
    expect(alice.get_by_label(BODY, exact=True)).to_have_value(
        "Un abri pour les vélos\nprès de la porte arrière"
    )
    done(alice, "Votre brouillon est repris.")
    if WHOLE_MATRIX:
        follow_link(alice, "/mon-espace")
        expect(alice.locator("body")).to_contain_text("Un abri pour les vélos")
        follow_link(alice, "/deposer")
    alice.get_by_role("button", name=re.compile("L'effacer")).click()
    for label in (BODY, "Titre (proposé d'après la première ligne)"):
        expect(alice.get_by_label(label, exact=True)).to_have_value("")
    if not WHOLE_MATRIX:
        return
    sign(alice)
    write(alice, BODY, "Un abri pour les vélos")
    alice.get_by_text("Sans donner mon nom").click()  # without a name nothing of it stays here
    idle(alice)
    assert served.rows("SELECT count(*) FROM draft") == [(0,)]
    alice.get_by_text("En mon nom").click()
    press(idle(alice), "Envoyer")
    expect(alice.locator(".cp-thanks")).to_be_visible()
    assert served.rows("SELECT count(*) FROM draft") == [(0,)]


# Clicks in a hurry file once (tests/test_nervous_clicks.py), and a draft outlives a reload above.
@pytest.mark.matrix
def test_a_reload_between_the_click_and_the_answer_files_once(visit, served):
    """Sent or not, the page tells which: an empty form, or the draft to send again. Never twice,
    never lost.
    """
    alice = visit("alice", "/deposer")
    sign(alice)
    write(alice, BODY, "Un éclairage au rond-point")
    alice.get_by_role("button", name="Envoyer", exact=True).click(no_wait_after=True)
    alice.reload()
    idle(alice)
    if alice.get_by_label(BODY, exact=True).input_value():
        press(alice, "Envoyer")
        expect(alice.locator(".cp-thanks")).to_be_visible()
    assert served.rows("SELECT count(*) FROM idea WHERE title = 'Un éclairage au rond-point'") == [
        (1,)
    ]


# test_search.py is shown the same while typing; an idea is supported above.
@pytest.mark.matrix
def test_the_same_idea_is_supported_rather_than_filed_again(visit, served):
    hers = (
        "SELECT count(*) FROM support s JOIN account a ON a.person_id = s.person_id WHERE a.login ="
        " 'alice'"
    )
    before, ideas = served.rows(hers)[0][0], served.rows("SELECT count(*) FROM idea")[0][0]
    alice = visit("alice", "/deposer")
    alice.get_by_label("Titre (proposé d'après la première ligne)", exact=True).press_sequentially(
        "De plus grosses roues pour nos chariots", delay=20
    )
    same = alice.get_by_role("button", name="C'est la même : je la soutiens").first
    same.click()
    expect(alice.get_by_text(re.compile("Vous soutenez l'idée n°"))).to_be_visible()
    expect(
        alice.get_by_label("Titre (proposé d'après la première ligne)", exact=True)
    ).to_have_value("De plus grosses roues pour nos chariots")
    assert served.rows(hers)[0][0] == before + 1
    assert served.rows("SELECT count(*) FROM idea")[0][0] == ideas


# The consent and the channel: tests/test_exchanges.py.
@pytest.mark.matrix
def test_bruno_files_for_a_colleague_only_with_her_consent(visit, served):
    bruno = visit("bruno", "/deposer")
    bruno.get_by_text("Pour un ou une collègue sans ordinateur").click()
    idle(bruno)
    bruno.get_by_label(BODY, exact=True).fill("Des gants d'hiver pour les équipes du matin")
    bruno.get_by_label(BODY, exact=True).press("Tab")
    press(idle(bruno), "Envoyer")
    expect(
        bruno.get_by_role("alert").filter(has_text="Cochez l'accord de votre collègue")
    ).to_be_visible()
    bruno.get_by_text("Mon ou ma collègue est d'accord").click()
    press(idle(bruno), "Envoyer")
    expect(bruno.locator(".cp-thanks")).to_be_visible()
    [(channel, author, number)] = served.rows(
        "SELECT channel, author_id, number FROM idea WHERE title LIKE 'Des gants d''hiver%'"
    )
    assert (channel, author) == ("relais", None)
    told = bruno.get_by_text(f"Son idée porte le n° {number}, à lui remettre.")
    expect(told).to_contain_text("vous la lui transmettez")
    slip = bruno.locator(".cp-relayed")
    expect(slip).to_contain_text(re.compile(rf"enregistrée dans C-Possible sous le n°\s{number}\."))
    expect(slip).to_contain_text("Des gants d'hiver pour les équipes du matin")
    bruno.emulate_media(media="print")
    expect(slip).to_be_visible()
    expect(told).to_be_hidden()
    expect(bruno.get_by_role("button", name="Déposer une autre idée")).to_be_hidden()
    bruno.emulate_media(media="screen")
    hers = bruno.get_by_role("link", name="Voir et suivre son idée")
    expect(hers).to_have_attribute("href", re.compile(rf"/idees\?.*idee={number}"))


@pytest.mark.matrix
def test_didier_transfers_links_reports_and_answers_many(visit, served):
    alice = visit("alice", "/deposer")
    numbers = []
    for title in ("Un casier par personne au dépôt", "Un casier qui ferme au dépôt"):
        numbers.append(filed(alice, title, "Voirie"))
        press(alice, "Déposer une autre idée")
    didier = visit("didier", f"/idees?idee={numbers[0]}")
    press(didier, "Réponse d'attente")
    write(didier, "Ce qui est dit à l'auteur", "Nous comptons les casiers.")
    press(didier, "Enregistrer la réponse d'attente")
    done(didier, "La réponse d'attente est enregistrée")
    expect(didier.get_by_test_id("stPopoverBody")).to_have_count(
        0
    )  # the next gesture does not unfold in its place
    didier.get_by_role("button", name="Transférer").click()
    choose(didier, "Direction qui reçoit", "Bâtiments (AD-BAT)")
    write(didier, "Raison", "Les casiers sont achetés par les Bâtiments.")
    didier.get_by_role("button", name="Transférer", exact=True).last.click()
    done(idle(didier), "L'idée est transférée : Bâtiments (AD-BAT).")
    expect(didier.get_by_test_id("stPopoverBody")).to_have_count(0)
    didier.get_by_role("button", name="Relier cette idée").click()
    choose(didier, "À quoi", "Projet du PST")
    choose(didier, "Lequel ou laquelle", "Projet SNB")
    press(didier, "Relier")
    done(didier, "Le lien est enregistré.")
    expect(didier.locator(".cp-thread")).to_contain_text("Projet SNB")

    bruno = visit("bruno", f"/idees?idee={numbers[1]}")
    bruno.get_by_role("button", name="Signaler").first.click()
    write(bruno, "Qu'est-ce qui pose problème", "Cela vise une personne.")
    bruno.get_by_role("button", name="Signaler", exact=True).last.click()
    done(idle(bruno), "Merci : l'équipe du programme va lire votre signalement.")
    follow_link(didier, "/reception?liste=signalements")
    expect(didier.locator("body")).to_contain_text("Cela vise une personne.")
    press(didier, "Sans suite")
    done(didier, "Le signalement est classé sans suite.")

    follow_link(didier, "/reception?liste=messages")
    didier.get_by_role("link", name="Voir toutes celles qui attendent").click()
    expect(didier.get_by_role("radio", name="Toutes celles qui attendent")).to_be_checked()
    follow_link(didier, "/reception?liste=attente&direction=AD-VOI&ambition=toutes")
    didier.locator(f".cp-desk-one[value='{numbers[1]}']").check()
    didier.get_by_role("link", name="Répondre à 1 idée").click()
    choose(idle(didier), "Nouvel état", "À l'étude")
    press(didier, "Répondre à toutes")
    done(didier, "1 réponse : c'est enregistré.")


@pytest.mark.matrix
def test_two_ideas_become_one_with_the_word_of_their_authors(visit, served):
    alice, bruno = visit("alice", "/deposer"), visit("bruno", "/deposer")
    one, other = (
        filed(alice, "Une sonnette à la porte des livraisons"),
        filed(bruno, "Une cloche pour les livreurs"),
    )
    didier = visit("didier", f"/idees?idee={one}")
    didier.get_by_role("button", name="Proposer une fusion").click()
    write(didier, "Chercher l'autre idée", "cloche livreurs")
    didier.get_by_text(re.compile(f"n°.{other} — Une cloche")).click()
    idle(didier)
    write(didier, "Raison", "La même demande.")
    didier.get_by_role("button", name="Proposer la fusion", exact=True).click()
    done(idle(didier), "La fusion est proposée aux auteurs")
    for page, number in ((alice, one), (bruno, other)):
        go(page, "/mon-espace")
        expect(page.locator(".cp-todo")).to_contain_text("Votre accord est demandé")
        go(page, f"/idees?idee={number}")
        press(page, "D'accord")
    done(bruno, "Les deux idées sont fusionnées.")
    follow_link(didier, f"/idees?idee={one}")
    press(didier, "Défaire la fusion")
    done(didier, "La fusion est défaite")
    assert (
        served.rows("SELECT status, merged_into FROM idea WHERE number = :n", n=one)[0][1] is None
    )


@pytest.mark.matrix
def test_the_form_of_a_training_and_of_an_ambition_is_filled_in(visit, served):
    alice = visit("alice", "/academie?formation=F11")
    expect(alice.get_by_text("Au sujet de : Mon téléphone, mes démarches")).to_be_visible()
    number = filed(alice, "Refaire F11 au dépôt nord")
    assert served.rows(
        "SELECT to_kind, to_key FROM link JOIN idea ON from_key = CAST(idea.id AS TEXT) WHERE"
        " number = :n",
        n=number,
    ) == [("formation", "F11")]
    follow_link(alice, "/ambitions?ambition=durable")
    unfold(alice, "Déposer une idée pour « Développement durable »")
    number = filed(alice, "Des composteurs au réfectoire")
    assert served.rows("SELECT ambition_id FROM idea WHERE number = :n", n=number) == [(5,)]


@pytest.mark.parametrize(
    "address",
    ["/reception", "/mon-espace", "/ce-que-vous-dites", "/suivre", "/idees?tri=hasard&graine=7"],
)
@pytest.mark.matrix
def test_on_a_phone_nothing_scrolls_sideways(visit, address):
    page = visit("didier", address, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 360
