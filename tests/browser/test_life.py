"""The life of an idea in the browser; what one comes for is at hand."""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect
from support.hands import choose, plain, press, sign, unfold
from support.windows import follow_link, idle

# ── The life of an idea in the browser ────────────────────────────────────────────────────────────
# Filed with a photo, supported, answered; a draft that waits.

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
        unfold(page, "Préciser (facultatif)")
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
    said = alice.get_by_role("alert").filter(has_text="Ce genre de fichier n'est pas accepté ici")
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

    carine = visit("carine", f"/idees?idee={number}")
    expect(carine.locator(".cp-chips").first).to_contain_text("Lue")  # she has opened it
    expect(carine.locator(".cp-photos img")).to_be_visible()
    assert (
        carine.locator(".cp-photos img").evaluate("image => image.complete && image.naturalWidth")
        == 800
    )
    press(carine, "Montrer les photos")
    done(carine, "Les photos sont montrées.")
    unfold(carine, "Partir d'un texte")
    choose(carine, "Partir d'un texte", "Modèle — Retenue, avec son calendrier")
    expect(carine.get_by_label("Réponse à l'auteur", exact=True)).to_have_value(
        re.compile("Votre idée est retenue")
    )
    press(
        write(carine, "Réponse à l'auteur", "Deux filets sont commandés, posés en août."),
        "Retenue",
    )
    done(carine, "La réponse est enregistrée. L'idée est « Retenue ».")

    follow_link(alice, "/mon-espace")
    expect(
        alice.locator(".cp-list li").filter(has_text="Le filet du but nord est troué").first
    ).to_contain_text("Retenue")
    follow_link(alice, f"/idees?idee={number}")
    steps = plain(alice.locator(".cp-steps").inner_text())
    assert "Retenue — " in steps
    expect(alice.locator(".cp-answer")).to_contain_text(
        "Deux filets sont commandés, posés en août."
    )
    expect(alice.get_by_role("button", name="Je la soutiens")).to_have_count(0)
    assert served.rows("SELECT supports FROM idea WHERE number = :n", n=number) == [(1,)]


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
    alice.get_by_role("button", name=re.compile("L'effacer")).click()
    for label in (BODY, "Titre (proposé d'après la première ligne)"):
        expect(alice.get_by_label(label, exact=True)).to_have_value("")


# ── What one comes for is at hand ─────────────────────────────────────────────────────────────────
# The button that sends, and files that hold what the screen shows.

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_send_is_under_the_thumb_wherever_the_form_stands(visit):
    """On a phone of 360 × 740: in sight until the form is passed, and nothing else is where one
    would press.
    """
    page = visit("alice", "/deposer", **PHONE)
    send = page.get_by_role("button", name="Envoyer", exact=True)
    main = page.get_by_test_id("stMain")
    deepest = main.evaluate("main => main.scrollHeight - main.clientHeight")
    assert deepest > 200, "a form that fits would prove nothing"
    for position in [*range(0, deepest, 90), deepest]:
        main.evaluate("(main, y) => { main.scrollTop = y }", position)
        box = send.bounding_box()
        if position > deepest / 2 and box["y"] < 60:
            break
        assert box["y"] >= 0 and box["y"] + box["height"] <= 740, f"out of sight at {position}"
        hit = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.innerText ?? ''",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        )
        assert "Envoyer" in hit, f"« {hit} » lies over it at {position}"
