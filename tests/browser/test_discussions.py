"""Alice objects to a proposition; Didier reads it on the sheet of the decision and answers."""

from playwright.sync_api import expect
from support import axe
from support.chromium import follow_link
from support.hands import plain, press, told, unfold, write

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_an_objection_goes_from_the_proposition_to_the_sheet_and_is_answered(visit, served):
    alice = visit("alice", "/groupes?groupe=G04", bypass_csp=True, **PHONE)
    unfold(alice, "En parler (2, dont 1 objection ouverte)")
    press(alice, "Je soutiens")
    assert told(alice) == "Vous soutenez la proposition du groupe G04."
    alice.get_by_role("radiogroup", name="Vous écrivez").get_by_text("Objection").click()
    press(alice, "Publier")
    expect(alice.get_by_text("Dites ce qui s'y oppose.")).to_be_visible()
    write(alice, "Vos mots", "Et quand le réseau est en panne ?")
    assert alice.evaluate("document.documentElement.scrollWidth") <= 360
    press(alice, "Publier")
    assert told(alice) == "Votre objection est publiée."
    assert [str(one) for one in axe.violations(alice) if one.is_ours] == []

    didier = visit("didier", "/decisions?decision=26")
    objected = didier.locator(".cp-objections")
    expect(objected).to_contain_text("Et quand le réseau est en panne ?")
    expect(objected.locator(".cp-chip")).to_have_text(["Ouverte", "Ouverte"])
    follow_link(didier, "/groupes?groupe=G04")
    unfold(didier, "En parler (3, dont 2 objections ouvertes)")
    spoken = didier.locator('[class*="st-key-cp_contribution_"]')
    objection = spoken.filter(has_text="Et quand le réseau est en panne ?")
    objection.get_by_role("button", name="Répondre").click()
    write(didier, "Votre réponse", "Le papier reste, à la demande.")
    press(didier, "Enregistrer")
    assert told(didier) == "L'objection a sa réponse ; son auteur est prévenu."
    follow_link(didier, "/decisions?decision=26")
    expect(objected.locator(".cp-chip")).to_have_text(["Ouverte", "Répondue"])
    assert "Le papier reste, à la demande." in plain(objected.inner_text())

    assert served.rows("SELECT count(*) FROM outbox WHERE key LIKE 'objection-%'") == [(1,)]
