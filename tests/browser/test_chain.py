"""The whole chain, each in a window of her own: a finding of a workshop becomes an idea, a group, a
proposition, a decision, a milestone.

Bruno (ambassadeur) files what a depot says; Didier (animateur) starts a group from it; Alice
(agent) joins it and leads its writing; Élise (CODIR) finds the point that waits; what the CODIR
decides is written down, and the thread leads from the depot to the milestone.
"""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, idle
from support.hands import choose, pick_idea, plain, press, set_day, told, unfold, write
from support.served import Served

pytestmark = pytest.mark.browser
FINDING, IDEA, GROUP = (
    "Les clés du dépôt font trois fois le tour de la ville",
    "Un coffre à clés à code dans chaque dépôt",
    "Les clés des dépôts",
)
WRITTEN = {
    "analyse": (
        "l'analyse",
        "Analyse",
        "Deux heures perdues par équipe et par semaine, comptées en mai.",
    ),
    "pistes": ("les pistes", "Pistes", "A. Un coffre à code.\nB. Un double par équipe."),
    "proposition": (
        "la proposition",
        "Proposition",
        "Un coffre à code dans douze dépôts.\nCoût : 6 000 €.",
    ),
}


def line(page: Page, kind: str, text: str) -> None:
    """One line on the sheet of the workshop, in the row « Modernisation »."""
    page.get_by_role("textbox", name=f"Modernisation, {kind} : ligne", exact=True).last.fill(text)


def of(which: str) -> str:
    return "des pistes" if which == "les pistes" else f"de {which}"


def numbers_of(served: Served) -> dict[str, int]:
    return dict(
        served.rows("SELECT title, number FROM idea WHERE title IN (:a, :b)", a=FINDING, b=IDEA)
    )


# Its steps are told by test_workshop.py, test_life.py, test_groups.py and test_steering.py; how a
# group takes an idea in, by tests/test_groups.py.
@pytest.mark.matrix
def test_a_finding_of_a_depot_becomes_a_milestone_and_its_thread_says_so(visit, served):
    bruno = visit("bruno", "/atelier")
    numbers = hold_workshop(bruno, served)
    didier = visit("didier", f"/idees?idee={numbers[FINDING]}")
    code = start_group(didier, numbers, served)
    alice = visit("alice", f"/groupes?groupe={code}")
    press(alice, "Rejoindre le groupe")
    assert told(alice) == f"Bienvenue dans le groupe {code}."
    write_proposition(didier, alice, code)
    number = wait_in_register(visit("elise", "/decisions"), code, served)
    decide(follow_link(didier, f"/decisions?decision={number}"))
    carry_out(follow_link(didier, f"/groupes?groupe={code}"))
    read_thread(visit, numbers, code, number)


def hold_workshop(bruno: Page, served: Served) -> dict[str, int]:
    """Bruno types a finding and an idea on the sheet of her workshop, and files both at once."""
    if not bruno.get_by_label("Lieu", exact=True).is_visible():
        bruno.get_by_text("Préparer un atelier ou une rencontre de terrain").click()
    write(bruno, "Lieu", "Dépôt de la Voirie")
    press(bruno, "Préparer")
    expect(bruno.locator(".cp-atelier-save")).to_be_visible()
    bruno.get_by_text("Noter aussi ce qui va et ce qui ne va pas").click()
    line(bruno, "Ça ne va pas", FINDING)
    line(bruno, "Idées concrètes", IDEA)
    bruno.locator(".cp-atelier-save").click()
    expect(bruno.locator(".cp-atelier-said")).to_contain_text("2 lignes enregistrées")
    return numbers_of(served)


def start_group(didier: Page, numbers: dict[str, int], served: Served) -> str:
    """Didier links the finding to the idea said with it, starts a group, and takes both into it."""
    didier.get_by_role("button", name="Relier cette idée").click()
    idle(didier)
    choose(didier, "À quoi ?", "Idée")
    pick_idea(didier, "Laquelle ?", IDEA, numbers[IDEA])
    press(didier, "Relier")
    assert told(didier) == "Le lien est enregistré."
    follow_link(didier, "/groupes")
    unfold(didier, "Constituer un groupe")
    write(didier, "Nom du groupe", GROUP)
    write(didier, "Le problème", "Une équipe attend chaque matin qu'on lui apporte la clé.")
    choose(didier, "^Ambition", "Modernisation", within="Constituer un groupe")
    write(didier, "Commanditaire", "Inspecteur général Aménagement")
    press(didier, "Constituer le groupe")
    assert "est constitué" in told(didier)
    [(code,)] = served.rows("SELECT code FROM progress_group WHERE title = :title", title=GROUP)
    follow_link(didier, f"/groupes?groupe={code}")
    for said in (FINDING, IDEA):
        unfold(didier, "Idées prises en charge")
        pick_idea(didier, "Quelle idée ?", said, numbers[said])
        press(didier, "Prendre cette idée")
        assert (
            told(didier) == f"L'idée n° {numbers[said]} est prise en charge par le groupe {code}."
        )
    return code


def write_proposition(didier: Page, alice: Page, code: str) -> None:
    """Alice, whom Didier asks to lead it, writes each document as a version, corrects one, and
    submits the proposition.
    """
    follow_link(didier, f"/groupes?groupe={code}")
    unfold(didier, "Membres et facilitateurs")
    choose(didier, "Un facilitateur à désigner", "Alice Lambotte")
    press(didier, "Désigner")
    assert "facilite le groupe" in told(didier)
    follow_link(alice, f"/groupes?groupe={code}")
    for step, (which, label, text) in WRITTEN.items():
        unfold(alice, f"Passer à l'étape « {step.capitalize()} »")
        press(alice, "Passer à cette étape")
        assert told(alice) == f"Le groupe {code} est à l'étape « {step.capitalize()} »."
        unfold(alice, f"Écrire {which}")
        write(alice, f"{label} : le texte", text)
        press(alice, f"Enregistrer cette version {of(which)}")
        assert told(alice) == f"La version 1 du document « {label} » est enregistrée."
    write(alice, "Proposition : le texte", "Un coffre à code dans douze dépôts.\nCoût : 6 400 €.")
    press(alice, "Enregistrer cette version de la proposition")
    assert told(alice) == "La version 2 du document « Proposition » est enregistrée."
    unfold(alice, "Proposition : 1 version précédente")
    expect(alice.locator(".cp-diff ins").filter(has_text="6 400 €")).to_be_visible()
    unfold(alice, "Passer à l'étape « Soumise au CODIR »")
    choose(alice, "Porteur", "Voirie (AD-VOI)")
    press(alice, "Soumettre au CODIR")
    assert told(alice).endswith("Le point est inscrit au CODIR.")


def wait_in_register(elise: Page, code: str, served: Served) -> int:
    """Élise sees the point under her body, with the next meeting and the group it comes from."""
    [(number,)] = served.rows(
        "SELECT number FROM decision WHERE title LIKE :title", title=f"%(groupe {code})"
    )
    waiting = elise.locator(".cp-section").filter(
        has=elise.get_by_role("heading", name="En attente de décision")
    )
    assert plain(waiting.locator(".cp-body-head").first.inner_text()).endswith(
        "prochaine séance le 11 juillet 2023"
    )
    point = waiting.get_by_role("listitem").filter(has_text=f"N° {number} — {GROUP}")
    expect(point.get_by_role("link", name=code, exact=True)).to_be_visible()
    assert "Attend depuis le 30/06/2023" in plain(point.inner_text())
    return number


def decide(didier: Page) -> None:
    """The decision as the CODIR took it: outcome, due date, reason; who answers for it was said
    with the proposition.
    """
    assert "Voirie" in plain(didier.locator(".cp-terms").first.inner_text())
    choose(didier, "Issue", "Adoptée en partie")
    set_day(didier, "Échéance", "29/12/2023")
    write(didier, "Motif ou précision", "Six dépôts en 2023, les autres après évaluation.")
    press(didier, "Enregistrer")
    assert told(didier).startswith("Décidée : c'est enregistré, avec ")


def carry_out(didier: Page) -> None:
    """The decision closed the group; a milestone carries its proposition out."""
    unfold(didier, "Relier la suite")
    choose(
        didier,
        "Lequel ou laquelle",
        "Jalon 4.7 : Suites données restituées à tous les participants des groupes",
    )
    press(didier, "Relier")
    assert told(didier) == "Le lien est enregistré."


def read_thread(visit, numbers: dict[str, int], code: str, number: int) -> None:
    """From the finding to the milestone, for the ambassador who filed it and for any agent; on a
    phone too.
    """
    steps = (
        f"Constat n° {numbers[FINDING]}",
        f"Idée n° {numbers[IDEA]}",
        f"Groupe {code}",
        f"Décision n° {number}",
        "Jalon 4.7",
    )
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    for login, options in (("bruno", {}), ("alice", phone)):
        page = visit(login, f"/idees?idee={numbers[FINDING]}", **options)
        thread = page.locator(".cp-thread")
        for step in steps:
            expect(
                thread.get_by_text(re.compile(re.escape(step).replace(r"\ ", r"\s")))
            ).to_be_visible()
        assert "Adoptée en partie" in plain(thread.inner_text())
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        expect(page.get_by_text(f"Confiée au groupe {code}")).to_be_visible()
