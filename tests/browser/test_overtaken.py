"""Two people write at once: each in her own window, the second is told who wrote what, and nothing
that either of them typed is lost.
"""

import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, idle
from support.hands import plain, press, told, unfold, write

# tests/test_overtaken.py tells what the second one reads, form by form.
pytestmark = [pytest.mark.browser, pytest.mark.matrix]

HERS, HIS = "Nous l'achetons en mars.", "Le budget de cette année ne le permet pas."
FIELD = "Réponse à l'auteur"


def answered_by(served, number: int) -> list[str]:
    rows = served.rows(
        """SELECT e.text FROM idea_event e JOIN idea i ON i.id = e.idea_id
        WHERE i.number = :n AND e.what = 'reponse' ORDER BY e.seq""",
        n=number,
    )
    return [text for (text,) in rows]


def box(page: Page) -> str:
    return plain(page.locator(".cp-overtaken").inner_text())


def fits(page: Page) -> bool:
    """Nothing stands beside the window."""
    return page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [360, 1280], ids=["on a phone", "on a desk"])
def test_two_answer_the_same_idea_and_the_second_joins_both_answers(visit, served, width):
    [(number,)] = served.rows(
        """SELECT i.number FROM idea i JOIN direction d ON d.id = i.concerns_id
        WHERE d.code = 'VC-JSP' AND i.status = 'a-l-etude' AND i.published AND i.kind = 'idee'
        ORDER BY i.number LIMIT 1 OFFSET :n""",
        n=int(width == 360),
    )
    size = {"viewport": {"width": width, "height": 900}}
    carine = visit("carine", f"/idees?idee={number}")
    didier = visit("didier", f"/idees?idee={number}", **size)
    before = answered_by(served, number)
    write(didier, FIELD, HIS)
    write(carine, FIELD, HERS)
    press(carine, "Enregistrer la réponse")
    assert "La réponse est enregistrée" in told(carine)

    press(didier, "Enregistrer la réponse")
    expect(didier.get_by_role("alert").filter(has_text="vient de répondre")).to_contain_text(
        "Carine Delvaux (Directrice de la Jeunesse et des Sports)"
    )
    assert HERS in box(didier) and HIS in box(didier)
    assert fits(didier)
    didier.locator(".cp-overtaken").scroll_into_view_if_needed()
    assert answered_by(served, number) == [*before, HERS]
    press(didier, "Réunir les deux")
    expect(didier.get_by_label(FIELD, exact=True)).to_have_value(f"{HERS}\n\n{HIS}")
    expect(didier.get_by_text("Rien n'est encore enregistré")).to_be_visible()
    press(didier, "Enregistrer la réponse")
    assert "La réponse est enregistrée" in told(didier)
    assert answered_by(served, number) == [*before, HERS, f"{HERS}\n\n{HIS}"]

    follow_link(carine, "/idees")
    follow_link(carine, f"/idees?idee={number}")
    expect(carine.get_by_text("Didier Masson").first).to_be_visible()
    expect(carine.get_by_text("vient de répondre")).to_be_visible()


# tests/test_overtaken.py meets every kind of record.
def test_two_prepare_the_sheet_of_one_decision_and_one_takes_the_others_words(visit, served):
    didier, other = (visit(who, "/decisions?decision=28") for who in ("didier", "gaelle"))
    for page in (didier, other):
        unfold(page, "Préparer la fiche")
    write(didier, "Le problème", "Les classes sont trop pleines.")
    write(other, "Le problème", "Il manque deux puéricultrices.")
    write(other, "Qui est concerné", "Les crèches du centre.")
    press(didier, "Enregistrer la fiche")
    press(other, "Enregistrer la fiche")
    expect(other.get_by_role("alert").filter(has_text="Didier Masson")).to_contain_text(
        "a écrit entre-temps"
    )
    assert "Les classes sont trop pleines." in box(other)
    press(other, "Prendre le sien")
    expect(other.get_by_label("Le problème", exact=True)).to_have_value(
        "Les classes sont trop pleines."
    )
    write(other, "Qui est concerné", "Les crèches du centre.")
    press(other, "Enregistrer la fiche")
    assert "La fiche est enregistrée" in told(idle(other))
    assert served.rows("SELECT problem, concerned FROM decision_sheet ORDER BY decision_id")[
        -1
    ] == (
        "Les classes sont trop pleines.",
        "Les crèches du centre.",
    )
