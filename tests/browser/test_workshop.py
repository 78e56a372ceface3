"""The story of a workshop: typed with a keyboard, then with a thumb; kept through a reload and a
lost server; shown when asked.
"""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support import hands
from support.chromium import go, idle
from support.crossing import WHOLE_MATRIX
from support.served import Served

from dashboard.actions.ideas.filing import Circumstances, file_idea
from dashboard.actions.meetings.records import MeetingInput, plan_meeting
from dashboard.queries.people.readers import account_by_login, reader_of
from models.clock import today
from models.database import writing
from models.idea_states import IdeaKind
from models.ideas import Idea, IdeaInput
from models.meetings import MeetingKind

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
IMPROVED, PROPOSED = "Amélioration concrète en cours", "Idées concrètes"


def planned(served: Served, login: str, title: str) -> int:
    with writing(served.engine) as session:
        reader = reader_of(session, account_by_login(session, login), today(session))
        return plan_meeting(
            session,
            reader,
            MeetingInput(MeetingKind.field, today(session), title, "Dépôt de la Voirie"),
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


def paste(field: Locator, text: str) -> None:
    field.evaluate(
        """(field, text) => { const data = new DataTransfer(); data.setData("text/plain", text);
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        text,
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


@pytest.mark.matrix
def test_what_the_room_says_at_the_opening_is_counted_and_corrected(visit, served):
    meeting = planned(served, "bruno", "L'ouverture")
    page = opened(visit("bruno", f"/atelier?reunion={meeting}"))
    page.get_by_text("L'ouverture : mains levées et métiers").click()
    for n in ("7", "8"):
        for label, said in (
            ("Combien êtes-vous ?", "9"),
            ("Avez-vous participé à une séance d'information ? (mains levées)", n),
        ):
            field = page.get_by_role("spinbutton", name=re.compile(re.escape(label.split(" ?")[0])))
            field.fill(said)
            field.press("Tab")
        page.get_by_label("Métier 1", exact=True).fill("Jardinier")
        page.get_by_label("Métier 1", exact=True).press("Tab")
        page.get_by_label("Nombre, métier 1", exact=True).fill("5")
        page.get_by_label("Nombre, métier 1", exact=True).press("Tab")
        idle(page)
        hands.press(page, "Noter l'ouverture")
        expect(page.get_by_text("C'est noté.")).to_be_visible()
    facts = served.rows(
        "SELECT question, hands, voids IS NULL FROM hand_count WHERE meeting_id = :m ORDER BY id",
        m=meeting,
    )
    assert facts == [("information", 7, 1), ("metier:Jardinier", 5, 1), ("information", 8, 0)]
    assert served.rows("SELECT present FROM attendance WHERE meeting_id = :m", m=meeting) == [(9,)]


# tests/test_workshops.py files as many at once.
@pytest.mark.matrix
def test_three_hundred_pasted_lines_become_three_hundred_entries(visit, served):
    meeting = planned(served, "bruno", "Un long collage")
    page = opened(visit("bruno", f"/atelier?reunion={meeting}"))
    lines = [f"• Ligne collée {n}\t{n}" if n % 2 else f"- Ligne collée {n}" for n in range(1, 301)]
    paste(cell(page, "Modernisation", IMPROVED), "\r\n".join([*lines, "", "  "]))
    expect(page.locator(".cp-atelier-save")).to_have_text(re.compile(r"300.lignes"))
    kept(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cp-atelier-said")).to_contain_text("300 lignes enregistrées")
    assert filed(served, meeting) == {
        (f"Ligne collée {n}", "amelioration", "modernisation", n if n % 2 else None)
        for n in range(1, 301)
    }


# The sentence of a bad line, and that nothing is filed: tests/test_workshops.py.
@pytest.mark.matrix
def test_a_bad_line_says_why_beside_it_and_nothing_is_lost(visit, served):
    """A negative count of hands, in `make matrix` a text beyond measure too: the good line waits
    with the bad one, and is filed with it.
    """
    meeting = planned(served, "bruno", "À corriger")
    page = opened(visit("bruno", f"/atelier?reunion={meeting}"))
    first = cell(page, "Satisfaction des citoyens", PROPOSED)
    first.fill("Une bonne ligne")
    second = first.nth(1)
    second.fill("Une ligne à corriger")
    second.press("Tab")
    page.keyboard.type("-3")
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-said")).to_contain_text(
        "Rien n'est encore enregistré : 1 ligne à corriger"
    )
    expect(page.locator(".cp-atelier-typed .cp-error:visible")).to_have_text(
        "Les voix se comptent de 0 à 9999."
    )
    expect(second).to_be_focused()
    assert filed(served, meeting) == set() and typed(page) == [
        "Une bonne ligne",
        "Une ligne à corriger",
    ]
    second.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    if WHOLE_MATRIX:
        second.evaluate(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }",
            "x" * 50_001,
        )
        page.locator(".cp-atelier-save").click()
        expect(page.locator(".cp-atelier-typed .cp-error:visible")).to_contain_text(
            "50001 caractères"
        )
    second.fill("Une ligne corrigée")
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-saved li")).to_have_count(2)
    assert filed(served, meeting) == {
        ("Une bonne ligne", "idee", "citoyens", None),
        ("Une ligne corrigée", "idee", "citoyens", 3),
    }


# The line on the wall below is one too.
@pytest.mark.matrix
def test_a_hostile_line_is_a_text(visit, served):
    meeting, hostile = (
        planned(served, "bruno", "Des signes"),
        "<img src=x onerror=alert(1)> ![](http://x.example/y.png) $e$ :red[x]",
    )
    page = opened(visit("bruno", f"/atelier?reunion={meeting}"))
    cell(page, "Modernisation", PROPOSED).fill(hostile)
    kept(page)
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-saved li")).to_contain_text(hostile)
    page.get_by_role("button", name=re.compile("^Montrer au mur")).click()
    wall = visit("alice", f"/mur?reunion={meeting}")
    expect(wall.locator(".cp-mur-lines p")).to_have_text(hostile)
    assert wall.locator(".cp-mur-lines img").count() == 0


# ── When the server goes away ─────────────────────────────────────────────────────────────────────


# Without network, below, the same script keeps the lines.
@pytest.mark.matrix
def test_lines_typed_while_the_server_is_away_are_there_afterwards(
    browser: Browser, browser_context_args, serve_demo
):
    served = serve_demo()
    try:
        meeting = planned(served, "bruno", "Une coupure")
        context = browser.new_context(**browser_context_args | {"base_url": served.url})
        context.add_cookies([{"name": "cp", "value": served.cookie_of("bruno"), "url": served.url}])
        page = opened(go(context.new_page(), f"/atelier?reunion={meeting}"))
        first = cell(page, "Modernisation", PROPOSED)
        first.fill("Avant la coupure")
        kept(page)
        served.stop()
        expect(page.locator(".stApp:not([data-test-connection-state=CONNECTED])")).to_be_attached()
        first.nth(1).fill("Pendant la coupure")
        expect(page.locator(".cp-atelier-keeping")).to_have_text(
            "Hors connexion : 2 lignes gardées sur cet appareil"
        )
        page.locator(".cp-atelier-save").click()
        first.nth(2).fill("Après le bouton")
        served.start()
        page.reload()
        opened(page)
        expect(page.locator(".cp-atelier-saved li")).to_have_count(2)
        assert typed(page) == ["Après le bouton"]
        assert {title for title, *_ in filed(served, meeting)} == {
            "Avant la coupure",
            "Pendant la coupure",
        }
        context.close()
    finally:
        served.stop()


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


# A double click above is filed once by the same mark of each line.
@pytest.mark.matrix
def test_two_tabs_of_one_workshop_file_each_line_once(visit, served):
    """Both tabs hold the same draft: the second one is told that its lines are filed, and keeps
    what it has more.
    """
    meeting = planned(served, "bruno", "Deux onglets")
    one = opened(visit("bruno", f"/atelier?reunion={meeting}"))
    cell(one, "Modernisation", PROPOSED).fill("La même ligne")
    kept(one)
    two = opened(visit("bruno", f"/atelier?reunion={meeting}"))
    assert typed(two) == ["La même ligne"]
    one.locator(".cp-atelier-save").click()
    expect(one.locator(".cp-atelier-saved li")).to_have_count(1)
    cell(two, "Modernisation", PROPOSED).last.fill("Une de plus")
    two.locator(".cp-atelier-save").click()
    expect(two.locator(".cp-atelier-saved li")).to_have_count(2)
    assert typed(two) == []
    assert filed(served, meeting) == {
        ("La même ligne", "idee", "modernisation", None),
        ("Une de plus", "idee", "modernisation", None),
    }


# ── With a thumb ──────────────────────────────────────────────────────────────────────────────────


# With a keyboard above; test_accessibility.py opens the screen at 400 %.
@pytest.mark.matrix
def test_on_a_phone_one_cell_is_there_at_a_time_and_the_ambition_is_kept(visit, served):
    meeting = planned(served, "bruno", "Au téléphone")
    page = opened(visit("bruno", f"/atelier?reunion={meeting}", **PHONE))
    page.get_by_label("Ambition", exact=True).select_option(label="Modernisation")
    fields = page.locator(".cp-atelier-typed textarea:visible")
    expect(fields).to_have_count(1)
    fields.last.fill("Une appli pour les congés")
    fields.last.press("Enter")
    page.keyboard.type("Des fiches au mur")
    expect(fields).to_have_count(3)
    page.get_by_role("radio", name=IMPROVED).check()
    fields.last.fill("Le planning est déjà partagé")
    kept(page)
    page.reload()
    opened(page)
    expect(page.get_by_label("Ambition", exact=True)).to_have_value("3")
    expect(page.get_by_role("radio", name=IMPROVED)).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-said")).to_contain_text("3 lignes enregistrées")
    assert filed(served, meeting) == {
        ("Une appli pour les congés", "idee", "modernisation", None),
        ("Des fiches au mur", "idee", "modernisation", None),
        ("Le planning est déjà partagé", "amelioration", "modernisation", None),
    }


# ── The wall ──────────────────────────────────────────────────────────────────────────────────────


def test_the_wall_shows_a_line_after_the_gesture_and_lets_it_go(visit, served):
    meeting = planned(served, "didier", "Le mur")
    page = opened(visit("didier", f"/atelier?reunion={meeting}"))
    line_said = "<img src=x onerror=alert(1)> Une ligne pour la salle"
    cell(page, "Modernisation", PROPOSED).fill(line_said)
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-saved li")).to_have_count(1)
    wall = visit("alice", f"/mur?reunion={meeting}")
    expect(wall.get_by_text("Vos lignes s’afficheront ici.")).to_be_visible()
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
    expect(wall.get_by_text("Vos lignes s’afficheront ici.")).to_be_visible()
    line.get_by_role("button", name=re.compile("^Montrer au mur")).click()
    expect(shown).to_have_count(1)
    with writing(served.engine) as session:  # moderation hides it
        for (number,) in served.rows("SELECT id FROM idea WHERE meeting_id = :m", m=meeting):
            session.get(Idea, number).published = False
    expect(wall.get_by_text("Vos lignes s’afficheront ici.")).to_be_visible()


# The wall above follows what is shown; a phone of the room files like any other.
@pytest.mark.matrix
def test_a_line_sent_by_a_phone_of_the_room_reaches_the_grid_and_the_wall(visit, served):
    meeting = planned(served, "didier", "Avec les téléphones")
    page = opened(visit("didier", f"/atelier?reunion={meeting}"))
    expect(page.get_by_role("heading", name="Sans ambition")).to_be_hidden()
    cell(page, "Modernisation", PROPOSED).fill("Je tape encore")
    kept(page)
    with writing(served.engine) as session:
        alice = reader_of(session, account_by_login(session, "alice"), today(session))
        idea = IdeaInput(title="Envoyée d'un téléphone", kind=IdeaKind.idea)
        file_idea(session, alice, idea, "un-telephone", Circumstances(meeting_id=meeting))
    # The grid looks by itself; what is being typed stays.
    line = page.locator(".cp-atelier-apart li")
    expect(line).to_contain_text("Envoyée d'un téléphone", timeout=20_000)
    expect(page.get_by_role("heading", name="Sans ambition")).to_be_visible()
    assert typed(page) == ["Je tape encore"]
    wall = visit("alice", f"/mur?reunion={meeting}")
    line.get_by_role("button", name=re.compile("^Montrer au mur")).click()
    expect(wall.locator(".cp-mur-lines li")).to_contain_text("Envoyée d'un téléphone")


# ── Who may not ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.matrix
def test_alice_finds_no_workshop_and_bruno_not_somebody_elses(visit, served):
    meeting = planned(served, "didier", "Celui de Didier")
    alice = visit("alice", f"/atelier?reunion={meeting}")
    expect(alice.get_by_text("Cet écran n'est pas ouvert à votre rôle.")).to_be_visible()
    bruno = visit("bruno", f"/atelier?reunion={meeting}")
    expect(bruno.get_by_text("Cet atelier est tenu par une autre personne")).to_be_visible()
    expect(bruno.get_by_role("link", name="Préparer un atelier")).to_be_visible()
    assert alice.locator(".cp-atelier").count() == bruno.locator(".cp-atelier").count() == 0
    for said in ("99999", "abc", "²", "-1"):
        expect(
            visit("bruno", f"/atelier?reunion={said}").get_by_role("heading", level=1)
        ).to_have_text("Atelier introuvable")
    stranger = visit(None, f"/mur?reunion={meeting}")
    expect(stranger.get_by_label("Identifiant", exact=True)).to_be_visible()


# tests/test_agenda.py cancels a meeting and asks for the reason.
@pytest.mark.matrix
def test_a_workshop_that_will_not_be_is_cancelled_with_its_reason(visit, served):
    page = opened(visit("bruno", f"/atelier?reunion={planned(served, 'bruno', 'De trop')}"))
    page.get_by_text("Annuler cet atelier").click()
    hands.press(page, "Annuler l'atelier")
    expect(page.get_by_text("Dites pourquoi la réunion est annulée.")).to_be_visible()
    page.get_by_label("Pourquoi ?", exact=True).fill("La salle est prise.")
    page.get_by_label("Pourquoi ?", exact=True).press("Tab")
    hands.press(page, "Annuler l'atelier")
    expect(page.get_by_text("Cet atelier est annulé : on n'y écrit plus.")).to_be_visible()
    assert page.locator(".cp-atelier").count() == 0


# ── The ambassador's own screen ───────────────────────────────────────────────────────────────────


# test_for_you.py opens what he has to tell; the act: tests/test_carrying.py.
@pytest.mark.matrix
def test_bruno_tells_an_answer_and_prints_the_notice(visit, served):
    page = visit("bruno", "/mes-services")
    buttons = page.get_by_role("button", name="C'est transmis")
    before = buttons.count()
    assert before > 0
    buttons.first.click()
    expect(page.get_by_text(re.compile("est notée comme transmise"))).to_be_visible()
    expect(buttons).to_have_count(before - 1)
    assert served.rows("SELECT state, kind FROM outbox WHERE kind = 'vive-voix'") == [
        ("transmis", "vive-voix")
    ]
    # A slip of the finger is taken back where it is told, and the answer waits again.
    hands.press(page, "Annuler : elle n'est pas encore transmise")
    expect(page.get_by_text(re.compile("attend d'être transmise"))).to_be_visible()
    expect(buttons).to_have_count(before)
    buttons.first.click()
    expect(page.get_by_text(re.compile("est notée comme transmise"))).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Fiche valves (PDF)").click()
    # Nobody answered this direction in May.
    assert waiting.value.suggested_filename == "valves-ad-ver-2023-04.pdf"
