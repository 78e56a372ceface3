"""The story of a workshop: typed with a keyboard; kept without network; shown when asked."""

import re

from playwright.sync_api import Locator, Page, expect
from support import hands
from support.served import Served
from support.windows import idle

from dashboard.actions.meetings.records import plan_meeting
from dashboard.queries.people.readers import account_by_login, reader_of
from models.clock import today
from models.database import writing
from models.ideas import Idea
from models.meetings import Meeting, MeetingKind

IMPROVED, PROPOSED = "Amélioration concrète en cours", "Idées concrètes"


def planned(served: Served, login: str, title: str) -> int:
    with writing(served.engine) as session:
        reader = reader_of(session, account_by_login(session, login), today(session))
        return plan_meeting(
            session,
            reader,
            Meeting(kind=MeetingKind.field, title=title, place="Dépôt de la Voirie"),
            today(session),
        ).id


def opened(page: Page) -> Page:
    expect(page.locator(".cp-atelier-save")).to_be_visible()
    return idle(page)


def cell(page: Page, ambition: str, kind: str) -> Locator:
    """The lines being typed in one cell; the last one is always empty."""
    return page.get_by_role("textbox", name=f"{ambition}, {kind} : ligne", exact=True)


def typed(page: Page) -> list[str]:
    return [
        said
        for said in (
            field.input_value() for field in page.locator(".cp-atelier-typed textarea").all()
        )
        if said
    ]


def kept(page: Page) -> None:
    """The server holds what is typed."""
    expect(page.locator(".cp-atelier-keeping")).to_have_text("Brouillon gardé")


def filed(served: Served, meeting: int) -> set[tuple]:
    return set(
        served.rows(
            "SELECT i.title, i.kind, a.code, i.voices FROM idea i JOIN ambition a ON a.id ="
            " i.ambition_id WHERE i.meeting_id = :meeting",
            meeting=meeting,
        )
    )


# ── With a keyboard ───────────────────────────────────────────────────────────────────────────────


def test_bruno_plans_a_workshop_and_types_it_with_the_keyboard_alone(visit, served):
    """From the day and the place to the PV: a reload in the middle loses nothing, a double click
    files once.
    """
    page = visit("bruno", "/atelier")
    place = page.get_by_label("Lieu", exact=True)
    if not place.is_visible():
        page.get_by_text("Préparer un atelier ou une rencontre de terrain").click()
    place.fill("Dépôt de la Voirie, rue des Ateliers")
    place.press("Tab")
    idle(page)
    hands.press(page, "Préparer")
    opened(page)
    meeting = int(re.search(r"reunion=(\d+)", page.url)[1])
    cell(page, "Bien-être des agents", PROPOSED).focus()
    keys = page.keyboard
    keys.type("Des gants plus épais")
    keys.press("Enter")
    keys.type("Un vestiaire qui ferme à clé")
    keys.press("Tab")
    keys.type("12")
    keys.press("Enter")
    keys.type("Partir plus tôt le vendredi")
    cell(page, "Développement durable", IMPROVED).focus()
    keys.type("Le broyat est gardé sur place")
    kept(page)
    page.reload()
    opened(page)
    assert sorted(typed(page)) == sorted(
        [
            "Des gants plus épais",
            "Un vestiaire qui ferme à clé",
            "Partir plus tôt le vendredi",
            "Le broyat est gardé sur place",
        ]
    )
    page.locator(".cp-atelier-save").dblclick()
    expect(page.locator(".cp-atelier-said")).to_contain_text(
        "4 lignes enregistrées. Réponse promise pour le 14 août 2023"
    )
    expect(page.locator(".cp-atelier-saved li")).to_have_count(4)
    assert typed(page) == []
    assert filed(served, meeting) == {
        ("Des gants plus épais", "idee", "bien-etre", None),
        ("Un vestiaire qui ferme à clé", "idee", "bien-etre", 12),
        ("Partir plus tôt le vendredi", "idee", "bien-etre", None),
        ("Le broyat est gardé sur place", "amelioration", "durable", None),
    }
    assert len(served.rows("SELECT id FROM idea WHERE meeting_id = :m", m=meeting)) == 4
    assert served.rows("SELECT * FROM draft WHERE form = :form", form=f"atelier-{meeting}") == []
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PV de la séance (PDF)").click()
    assert waiting.value.suggested_filename.startswith("pv-atelier-2023-06-30")


# ── When the server goes away ─────────────────────────────────────────────────────────────────────


def test_without_network_lines_go_on_and_leave_by_themselves_once(visit, served):
    """Filed while there is no network: the fields are free at once, what is kept is said, and it
    is filed when the network is back; what was written meanwhile stays a draft.
    """
    meeting = planned(served, "bruno", "Un dépôt sans réseau")
    page = opened(visit("bruno", f"/atelier?reunion={meeting}"))
    first = cell(page, "Modernisation", PROPOSED)
    first.fill("Dite sans réseau")
    kept(page)
    page.context.set_offline(True)
    expect(page.locator(".cp-atelier-said")).to_contain_text("Hors connexion : continuez")
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-said")).to_contain_text(
        "1 ligne gardée ici, elle partira au retour du réseau"
    )
    second = first.nth(1)
    second.fill("Écrite ensuite")
    expect(second).to_be_editable()
    expect(page.locator(".cp-atelier-keeping")).to_have_text(
        "Hors connexion : 2 lignes gardées sur cet appareil"
    )
    assert filed(served, meeting) == set()
    page.context.set_offline(False)
    expect(page.locator(".cp-atelier-saved li")).to_have_count(1)
    assert filed(served, meeting) == {("Dite sans réseau", "idee", "modernisation", None)}
    assert typed(page) == ["Écrite ensuite"]


# ── The wall ──────────────────────────────────────────────────────────────────────────────────────


def test_the_wall_shows_a_line_after_the_gesture_and_lets_it_go(visit, served):
    meeting = planned(served, "didier", "Le mur")
    page = opened(visit("didier", f"/atelier?reunion={meeting}"))
    line_said = "<img src=x onerror=alert(1)> Une ligne pour la salle"
    cell(page, "Modernisation", PROPOSED).fill(line_said)
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-saved li")).to_have_count(1)
    wall = visit("alice", f"/mur?reunion={meeting}")
    expect(wall.get_by_text("Vos lignes s'afficheront ici.")).to_be_visible()
    expect(wall.get_by_role("img", name=re.compile("Code QR"))).to_be_visible()
    expect(wall.get_by_test_id("stSidebar")).to_be_hidden()
    shown, line = wall.locator(".cp-mur-lines li"), page.locator(".cp-atelier-saved li")
    line.get_by_role("button", name=re.compile("^Montrer au mur")).click()
    expect(shown.locator("p")).to_have_text(line_said)
    assert shown.locator("img").count() == 0
    line.get_by_label(re.compile("^Voix")).fill("14")
    line.get_by_label(re.compile("^Voix")).press("Enter")
    expect(shown).to_contain_text("14 voix")
    assert (
        shown.locator("p").evaluate("p => parseFloat(getComputedStyle(p).fontSize)") >= 1280 * 0.028
    )
    assert "Masson" not in wall.locator(".stMain").inner_text()
    line.get_by_role("button", name=re.compile("^Retirer du mur")).click()
    expect(wall.get_by_text("Vos lignes s'afficheront ici.")).to_be_visible()
    line.get_by_role("button", name=re.compile("^Montrer au mur")).click()
    expect(shown).to_have_count(1)
    with writing(served.engine) as session:  # moderation hides it
        for (number,) in served.rows("SELECT id FROM idea WHERE meeting_id = :m", m=meeting):
            session.get(Idea, number).published = False
    expect(wall.get_by_text("Vos lignes s'afficheront ici.")).to_be_visible()
