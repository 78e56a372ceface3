"""Two people write at once: each in her own window, the second is told who wrote what, and nothing
that either of them typed is lost.
"""

from playwright.sync_api import Page, expect
from support.chromium import follow_link
from support.hands import plain, press, told, unfold, write

# tests/test_overtaken.py tells what the second one reads, form by form.

MY_DIRECTION, HIS = "Nous l'achetons en mars.", "Le budget de cette année ne le permet pas."
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


def test_two_answer_the_same_idea_and_the_second_joins_both_answers(visit, served):
    [(number,)] = served.rows(
        """SELECT i.number FROM idea i JOIN direction d ON d.id = i.concerns_id
        WHERE d.code = 'VC-JSP' AND i.status = 'a-l-etude' AND i.published AND i.kind = 'idee'
        ORDER BY i.number LIMIT 1"""
    )
    carine = visit("carine", f"/idees?idee={number}")
    didier = visit("didier", f"/idees?idee={number}", viewport={"width": 360, "height": 900})
    before = answered_by(served, number)
    write(unfold(didier, "Autre état, ou état inchangé"), FIELD, HIS)
    write(unfold(carine, "Autre état, ou état inchangé"), FIELD, MY_DIRECTION)
    press(carine, "Enregistrer la réponse")
    assert "La réponse est enregistrée" in told(carine)

    press(didier, "Enregistrer la réponse")
    expect(didier.get_by_role("alert").filter(has_text="vient de répondre")).to_contain_text(
        "Carine Delvaux (Directrice de la Jeunesse et des Sports)"
    )
    assert MY_DIRECTION in box(didier) and HIS in box(didier)
    assert fits(didier)
    didier.locator(".cp-overtaken").scroll_into_view_if_needed()
    assert answered_by(served, number) == [*before, MY_DIRECTION]
    press(didier, "Réunir les deux")
    expect(didier.get_by_label(FIELD, exact=True)).to_have_value(f"{MY_DIRECTION}\n\n{HIS}")
    expect(didier.get_by_text("Rien n'est encore enregistré")).to_be_visible()
    press(didier, "Enregistrer la réponse")
    assert "La réponse est enregistrée" in told(didier)
    assert answered_by(served, number) == [*before, MY_DIRECTION, f"{MY_DIRECTION}\n\n{HIS}"]

    follow_link(carine, "/idees")
    follow_link(carine, f"/idees?idee={number}")
    expect(carine.get_by_text("Didier Masson").first).to_be_visible()
    expect(carine.get_by_text("vient de répondre")).to_be_visible()
