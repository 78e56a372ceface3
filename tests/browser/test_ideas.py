"""Didier goes from entry to entry of his list by key, answers beside it and takes back what was
published by mistake; didier keeps a lot that was proposed and drops another; Alice reads who says
the same; themes are given by key; alice objects to a proposition; Didier reads it on the sheet of
the decision and answers; two people write at once; stories of the lists that one works through.
"""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from support import axe
from support.answers import file
from support.hands import choose, plain, press, told, unfold, write
from support.trainings import asked_of
from support.windows import follow_link, go, idle

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Didier goes from entry to entry of his list by key, answers beside it and takes back what was
# published by mistake

OF_VOIRIE = "/reception?liste=attente&direction=AD-VOI&ambition=toutes"


@pytest.fixture
def three(served, cast) -> list[int]:
    """The numbers of three entries that wait; how Alice files is another story."""
    [(voirie,)] = served.rows("SELECT id FROM direction WHERE code = 'AD-VOI'")
    return [
        file(served.engine, cast.alice, uuid4().hex, title=title, concerns_id=voirie).number
        for title in ("Un banc devant le dépôt", "Un banc derrière le dépôt", "Une table au dépôt")
    ]


def row(page: Page, number: int) -> Locator:
    return page.locator(".cp-desk li").filter(has=page.locator(f"[value='{number}']"))


def opened(page: Page) -> Locator:
    return page.locator("#cp-desk-title")


def key(page: Page, name: str) -> Page:
    page.keyboard.press(name)
    return idle(page)


def test_didier_goes_through_the_list_by_key_and_answers_beside_it(visit, served, three):
    didier = visit("didier", OF_VOIRIE, viewport={"width": 1440, "height": 900})
    # Those of one day stand in no order that tells who came first.
    listed = [int(box.get_attribute("value")) for box in didier.locator(".cp-desk-one").all()]
    first, second = sorted(three, key=listed.index)[:2]
    title = {number: row(didier, number).get_by_role("link").inner_text() for number in three}
    row(didier, first).get_by_role("link").click()
    expect(opened(didier)).to_have_text(title[first])
    expect(opened(didier)).to_be_focused()
    expect(row(didier, first).get_by_role("link")).to_have_attribute("aria-current", "true")
    key(didier, "j")
    expect(opened(didier)).to_have_text(title[second])
    key(didier, "k")
    expect(opened(didier)).to_have_text(title[first])

    key(didier, "r")
    field = didier.get_by_label("Réponse à l'auteur", exact=True)
    expect(field).to_be_focused()
    didier.keyboard.type("Un banc joli est commandé.")
    expect(field).to_have_value("Un banc joli est commandé.")  # no letter of it is a key
    press(didier, "À l'étude")
    assert "Le délai court toujours" in told(didier)
    expect(opened(didier)).to_have_text(title[second])
    press(didier, "Annuler la réponse")
    key(didier, "k")
    expect(opened(didier)).to_have_text(title[first])
    write(didier, "Réponse à l'auteur", "Un banc joli est commandé.")
    press(didier, "Retenue")
    assert told(didier).startswith("La réponse est enregistrée")
    expect(row(didier, first)).to_have_count(0)
    # The one that follows has taken its place.
    expect(opened(didier)).to_have_text(title[second])
    didier.locator("h1").click()
    key(didier, "o")
    expect(didier.get_by_role("heading", level=1)).to_have_text(title[second])
    assert served.rows("SELECT answered_on IS NULL FROM idea WHERE number = :n", n=first) == [(0,)]


@pytest.mark.parametrize(
    "who,way", [("carine", re.compile("Répondre à 2")), ("didier", "réponses en retard")]
)
def test_two_ideas_are_answered_with_one_click_each_from_accueil(visit, served, who, way):
    page = visit(who, "", viewport={"width": 1280, "height": 900})
    page.get_by_role("link", name=way).first.click()
    field = page.get_by_label("Réponse à l'auteur", exact=True)
    shown = set()
    for _ in range(2):
        expect(idle(page).locator(".cp-desk-head[data-writes]")).to_be_visible()
        expect(field).to_be_focused()
        shown.add(opened(page).inner_text())
        page.keyboard.type("Nous regardons avec le service, merci.")
        page.get_by_role("button", name=re.compile("^(Retenue|Prise en compte)$")).first.click()
        assert told(idle(page)).startswith("La réponse est enregistrée")
    assert len(shown) == 2


def test_what_was_published_by_mistake_waits_to_be_read_again(visit, served):
    didier = visit("didier", "/reception?liste=lire&rang=0", viewport={"width": 360, "height": 740})
    title = opened(didier).inner_text()
    waiting = "SELECT count(*) FROM idea WHERE NOT published AND status <> 'reorientee'"
    before = served.rows(waiting)
    press(didier, "Lue, publier")
    expect(didier.get_by_text("L'idée est lue et publiée.")).to_be_visible()
    assert served.rows(waiting) != before
    press(didier, "Annuler la publication")
    expect(didier.get_by_text("La publication est annulée")).to_be_visible()
    assert served.rows(waiting) == before
    idle(didier).get_by_role("link", name="Retour à la liste").click()
    expect(didier.locator(".cp-desk li").first).to_be_visible()
    expect(didier.get_by_role("link", name=title).first).to_be_visible()


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Didier keeps a lot that was proposed and drops another; Alice reads who says the same; themes are
# given by key

SHOES = "Des chaussures de sécurité à la pointure des femmes"
SHOES_TOO = "Chaussures de sécurité : la pointure des femmes manque"
HEATERS = "Les radiateurs du hall de la piscine sont bouillants"
HEATERS_TOO = "Radiateurs bouillants au hall de la piscine couverte"


@pytest.fixture
def four(served, cast) -> list[int]:
    """Two pairs that say the same; how Alice files is another story."""
    return [
        file(served.engine, cast.alice, uuid4().hex, title=title).number
        for title in (SHOES, SHOES_TOO, HEATERS, HEATERS_TOO)
    ]


def test_didier_keeps_one_lot_and_drops_the_other(visit, served, four):
    shoes, shoes_too, heaters, _ = four
    didier = visit("didier", "/lots", viewport={"width": 1440, "height": 900})
    didier.locator(".cp-desk li a", has_text="haussures de sécurité").click()
    for number in (shoes, shoes_too):
        expect(didier.get_by_role("checkbox", name=f"N° {number}")).to_be_checked()
    press(didier, "Garder ce regroupement")
    assert "Le regroupement est gardé" in told(didier)
    # The next one has opened by itself: a pair of another story, if one was left.
    expect(didier.get_by_role("checkbox", name="N° ").first).to_be_checked()
    didier.locator(".cp-desk li a", has_text="adiateurs").click()
    expect(didier.get_by_role("checkbox", name=f"N° {heaters}")).to_be_checked()
    press(didier, "Ils ne disent pas la même chose")
    assert "ne seront plus proposés" in told(didier)
    expect(didier.locator("[data-testid=stMain]")).not_to_contain_text(HEATERS)
    held = "SELECT count(*) FROM idea JOIN cluster ON cluster.id = cluster_id WHERE number = :n"
    assert served.rows(f"{held} AND proposed AND dropped_on IS NULL", n=shoes) == [(1,)]

    alice = visit("alice", f"/idees?idee={shoes}")
    expect(alice.get_by_text("Dit aussi par")).to_contain_text(SHOES_TOO)
    go(alice, f"/idees?idee={shoes_too}")
    expect(alice.get_by_text("Dit aussi par")).to_contain_text(SHOES)


def test_didier_gives_themes_by_key_and_takes_one_back(visit, served):
    didier = visit("didier", "/lots?liste=a-coder", viewport={"width": 360, "height": 740})
    title = didier.locator("[data-testid=stMain] h2").first
    first = title.inner_text()
    [(before,)] = served.rows("SELECT count(*) FROM coding")
    didier.keyboard.press("2")
    idle(didier)
    assert "Thème donné : Cantines" in told(didier)
    expect(title).not_to_have_text(first)
    assert served.rows("SELECT count(*) FROM coding") == [(before + 1,)]
    press(didier, "Reprendre")
    expect(title).to_have_text(first)
    assert served.rows("SELECT count(*) FROM coding") == [(before,)]


# ── Alice objects to a proposition; Didier reads it on the sheet of the decision and answers ──────

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


# ── Two people write at once ──────────────────────────────────────────────────────────────────────
# Each in her own window, the second is told who wrote what, and nothing that either of them typed
# is lost.

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


# ── Stories of the lists that one works through ───────────────────────────────────────────────────
# Several at once on a phone, and their order.

SMALL = {"width": 360, "height": 740}


def rows(page: Page) -> Locator:
    return page.locator(".cp-desk li")


def test_carine_agrees_to_one_request_and_refuses_two(visit, served, cast):
    names = asked_of(served.engine, cast.carine, 2, 41)
    carine = visit("carine", "/academie?vue=gestion&liste=accords", viewport=SMALL)
    expect(rows(carine)).to_have_count(3)
    carine.get_by_role("button", name="Trier").click()
    choose(carine, "Trier par", "Nom de famille")
    carine.keyboard.press("Escape")
    expect(rows(carine)).to_have_count(3)
    first = plain(rows(carine).first.get_by_role("link").inner_text())
    assert any(first.startswith(name) for name in names)

    rows(carine).first.get_by_role("link").click()
    expect(opened(carine)).to_be_visible()
    expect(
        idle(carine).get_by_text(re.compile("service n'est en formation|aussi en formation"))
    ).to_be_visible()
    press(carine, "D'accord")
    assert told(carine) == "L'accord est donné."
    carine.get_by_role("link", name="Retour à la liste").click()
    expect(rows(idle(carine))).to_have_count(2)

    carine.get_by_role("checkbox", name="Tout cocher").check()
    carine.locator(".cp-desk-act").click()
    expect(opened(carine)).to_have_text(re.compile("Répondre à 2.demandes"))
    press(idle(carine), "Pas cette fois")
    expect(carine.get_by_text("Dites en un mot pourquoi", exact=False).first).to_be_visible()
    write(carine, "Motif d'un refus, que liront les personnes", "Trop d'absents ce jour-là")
    press(carine, "Pas cette fois")
    assert told(carine) == "2 demandes : le refus est transmis, avec son motif."
    states = "SELECT count(*) FROM seat WHERE approved = :is_given"
    assert carine.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    given = [served.rows(states, is_given=is_given)[0][0] for is_given in (True, False)]
    assert given[0] >= 1 and given[1] >= 2
