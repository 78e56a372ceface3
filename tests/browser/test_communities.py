"""A stranger marks an interest on a phone, and Didier makes her an ambassador."""

from playwright.sync_api import expect
from support.chromium import idle
from support.hands import choose, press, told


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
