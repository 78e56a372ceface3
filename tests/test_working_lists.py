"""Lists that one works through; the catalogue one chooses from; projects and ambitions on their
screens.
"""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support.pages import enter, html_of, parts_of, unfold, visit
from support.plans import project_at
from support.transactions import add_rows, read_with, select_one, write_with
from support.troupe import FROZEN, cast_in

from dashboard.actions.registers import save_record
from dashboard.actions.roadmap.plans import create_plan
from dashboard.actions.roadmap.records import revise_plan
from dashboard.actions.roadmap.reports import report_plan
from dashboard.queries import interests
from dashboard.queries.academy import attendance
from dashboard.queries.columns import Sort
from dashboard.queries.decisions.records import DecisionList, listed, register
from dashboard.queries.directions import organisation
from dashboard.queries.ideas import records
from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.queries.people.accounts import COLUMNS as OF_ACCOUNTS, accounts_page
from dashboard.queries.reference_tables import AMBITIONS
from dashboard.queries.roadmap import UNPLANNED
from dashboard.queries.seats.records import SessionRow
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.clock import now
from models.database import reading, writing
from models.decisions import DecisionEvent, DecisionStep
from models.idea_states import IdeaStatus
from models.roadmap import Ambition, Plan, PlanLevel, PlanReport, PlanSchedule, ProjectState
from models.search import fold
from models.seats import Seat, SeatState

# ── Lists that one works through ──────────────────────────────────────────────────────────────────
# What they hold, and that each record stands on one page whatever the order.


def test_a_list_of_decisions_holds_what_is_to_be_done_with_them(sqlite_demo):
    every = read_with(sqlite_demo, register).at(FROZEN)
    for of in DecisionList:
        held = listed(every, of, FROZEN)
        assert {d.number for d in held} <= {d.number for d in every}, of
    assert all(d.decided is None for d in listed(every, DecisionList.to_decide, FROZEN))
    assert all(
        d.communicated_on is None for d in listed(every, DecisionList.to_communicate, FROZEN)
    )
    late = listed(every, DecisionList.late, FROZEN)
    assert [d.due_on for d in late] == sorted(d.due_on for d in late)
    assert all(d.due_on < FROZEN and d.done_on is None for d in late)
    assert len(listed(every, DecisionList.every, FROZEN)) == len(every)


def test_what_is_undone_is_late_again(demo_copy, cast, scope_for):
    def late() -> set[int]:
        every = read_with(demo_copy, register).at(FROZEN)
        return {d.number for d in listed(every, DecisionList.late, FROZEN)}

    first = next(d for d in read_with(demo_copy, register).at(FROZEN) if d.is_late(FROZEN))
    on = {"decision_id": first.id, "on": FROZEN, "recorded_on": FROZEN}
    with writing(demo_copy) as session:
        done = DecisionEvent(what=str(DecisionStep.done), **on)
        session.add(done)
        session.flush()
        done_id = done.id
    assert first.number not in late()
    add_rows(demo_copy, DecisionEvent(what=str(DecisionStep.undone), voids=done_id, **on))
    assert first.number in late()


# ── Each record on one page, whatever the order ───────────────────────────────────────────────────


Walked = tuple[list[int], int]  # the records of all pages, and how many there are


def ideas_walked(session: Session, scope: Scope, sort: Sort | None) -> Walked:
    filters = Filters(status=IdeaStatus.refused, sort=sort)
    first = ideas_page(session, scope, filters, 1, FROZEN)
    pages = (ideas_page(session, scope, filters, n + 1, FROZEN) for n in range(first.pages))
    return [row.id for page in pages for row in page.rows], first.total


def marks_walked(session: Session, scope: Scope, sort: Sort | None) -> Walked:
    total = sum(interests.counts(session, scope).values())
    pages = (interests.pipeline(session, scope, None, 7, n, sort) for n in range(0, total, 7))
    return [item.record.id for page in pages for item in page], total


def sessions_walked(session: Session, _scope: Scope, sort: Sort | None) -> Walked:
    day = FROZEN - timedelta(days=120)
    total = attendance.count_held_by(session, None, day)
    pages = (attendance.held_by(session, None, day, 7, n, sort) for n in range(0, total, 7))
    return [item.session.id for page in pages for item in page], total


def approvals_walked(session: Session, scope: Scope, sort: Sort | None) -> Walked:
    units = scope.tree.under(scope.tree.by_code["VC"].id)
    total = attendance.count_approvals(session, scope, units)
    assert total < attendance.count_approvals(session, scope, None)
    pages = (
        attendance.approvals_asked(session, scope, units, 3, n, sort) for n in range(0, total, 3)
    )
    return [item.seat_id for page in pages for item in page], total


LISTS = {
    ideas_walked: records.COLUMNS,
    marks_walked: interests.COLUMNS,
    sessions_walked: attendance.COLUMNS,
    approvals_walked: attendance.APPROVAL_COLUMNS,
}


@pytest.mark.slow
@pytest.mark.parametrize("walked", LISTS)
def test_each_record_stands_on_one_page_whatever_the_order(demo_copy, cast, scope_for, walked):
    write_with(demo_copy, ask, 30)
    sorts = [Sort(one.code, falling) for one in LISTS[walked] for falling in (False, True)]
    with reading(demo_copy) as session:
        for sort in (None, *sorts):
            found, total = walked(session, scope_for(session, cast.didier), sort)
            assert len(found) == len(set(found)) == total > 3, sort


def ask(session: Session, many: int) -> None:
    """Seats that a manager has not agreed to yet, of persons all over the administration."""
    held = session.exec(select(TrainingSession).order_by(TrainingSession.on.desc())).first()
    seats = session.exec(select(Seat).where(Seat.person_id.is_not(None)).order_by(Seat.id)).all()
    persons = list(dict.fromkeys(seat.person_id for seat in seats))
    for person_id in persons[:: max(len(persons) // (many * 4), 1)][: many * 4]:
        seat = Seat(
            training_id=held.training_id,
            session_id=held.id,
            person_id=person_id,
            status=str(SeatState.requested),
        )
        session.add(seat)
        session.flush()
        seat.approval_asked_on = FROZEN
    session.flush()


def test_ideas_are_ordered_by_what_their_column_says(demo_copy, cast, scope_for):
    def read(by: str, is_falling: bool, what: str) -> list:
        with reading(demo_copy) as session:
            filters = Filters(sort=Sort(by, is_falling))
            page = ideas_page(session, scope_for(session, cast.didier), filters, 1, FROZEN)
        return [getattr(row, what) for row in page.rows]

    for by, what in (("depot", "filed_on"), ("soutiens", "supports"), ("commentaires", "comments")):
        assert read(by, False, what) == sorted(read(by, False, what))
        assert read(by, True, what) == sorted(read(by, True, what), reverse=True)
    states = list(IdeaStatus)
    found = [states.index(IdeaStatus(status)) for status in read("etat", True, "status")]
    assert found == sorted(found, reverse=True)
    # What has no day comes last, either way.
    assert None not in read("echeance", False, "due_on") and None not in read(
        "echeance", True, "due_on"
    )


def test_marks_and_accounts_are_ordered_by_what_their_column_says(demo_copy, cast, scope_for):
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        days = [m.record.on for m in interests.pipeline(session, scope, sort=Sort("posee", True))]
        assert days == sorted(days, reverse=True)
        owners = [m.owner for m in interests.pipeline(session, scope, sort=Sort("responsable"))]
        told = [fold(owner) for owner in owners if owner]
        assert told and told == sorted(told) and owners[: len(told)] == list(filter(None, owners))
        for column in OF_ACCOUNTS:
            rows = accounts_page(session, cast.farid, now(), sort=Sort(column.code, True))
            assert len(rows) == len(accounts_page(session, cast.farid, now()))
        logins = [
            row.login
            for row in accounts_page(session, cast.farid, now(), sort=Sort("identifiant", True))
        ]
        assert logins == sorted(logins, reverse=True)


# ── The catalogue one chooses from ────────────────────────────────────────────────────────────────
# Its address narrows it, one registers on its rows, and what is done for others stands apart.


def drawn(tab) -> str:
    assert not tab.exception
    return " ".join(html_of(tab))


def chosen(tab) -> list[str]:
    """The titles of the dates that are left."""
    return re.findall(r'cp-offered">.*?<h3><a[^>]*>([^<]+)</a>', drawn(tab), re.S)


def parts(tab) -> list[str]:
    (nav,) = re.findall(r'<nav class="cp-segments".*?</nav>', drawn(tab), re.S)
    return re.findall(r"<a[^>]*>([^<]+)</a>", nav)


ALL = 12  # dates to come in the demonstration
FIRST_PAGE = 10


@pytest.mark.parametrize(
    ("query", "first", "n"),
    [
        ("", "Porter, pousser, nettoyer sans se blesser", FIRST_PAGE),
        ("page=2", "Nettoyer mieux avec moins de produits", ALL - FIRST_PAGE),
        ("du=2023-09-01&jusque=2023-09-30", "Porter, pousser, nettoyer sans se blesser", 5),
        ("jusque=2023-09-05", "Accueillir une personne en colère", 1),
        ("du=2023-09-05&jusque=2023-09-04", "", 0),
        ("duree=longue", "Devenir formateur interne", 2),
        ("q=tableurs", "Tableur : les bases en deux matinées", 1),
        ("q=guichet -langue", "Accueillir une personne en colère", 1),
        ("obligatoire=oui", "Porter, pousser, nettoyer sans se blesser", 1),
        ("ambition=modernisation", "Mon téléphone, mes démarches", 3),
        (
            "lieu=Hall%20omnisports&libre=oui",
            "Tronçonneuse et taille-haie : sécurité et entretien",
            2,
        ),
        (
            "du=hier&jusque=1999-01-01&lieu=Ailleurs&duree=x&public=Z",
            "Porter, pousser, nettoyer sans se blesser",
            FIRST_PAGE,
        ),
    ],
)
def test_the_address_says_which_dates_are_shown(open_page, query, first, n):
    found = chosen(open_page("alice", "academie", query))
    assert len(found) == n
    assert (found or [""])[0].replace("\u202f", " ").replace("\u00a0", " ") == first


def test_what_is_for_everybody_is_for_each(open_page):
    office = chosen(open_page("alice", "academie", "public=B&du=2023-09-01&jusque=2023-09-30"))
    assert "Accueillir une personne en colère" in office
    assert "Porter, pousser, nettoyer sans se blesser" not in office
    assert not chosen(open_page("alice", "academie", "public=M"))


def test_a_filter_is_let_go_by_its_chip(open_page):
    tab = open_page("alice", "academie", "du=2023-09-01&duree=courte")
    (chips,) = re.findall(r'<ul class="cp-filter-chips".*?</ul>', drawn(tab), re.S)
    assert (
        "À partir du" in chips
        and "septembre 2023" in chips
        and "4" in chips
        and "Tout effacer" in chips
    )
    without_day = next(href for href in re.findall(r'href="([^"]+)"', chips))
    assert "duree=courte" in without_day and "du=2023" not in without_day


def test_one_registers_on_the_row(open_page, demonstration):
    tab = open_page("carine", "academie", "q=taille-haie")
    [button] = [item for item in tab.button if item.label == "S'inscrire"]
    button.click().run()
    assert "La place est réservée" in drawn(tab) + " ".join(item.value for item in tab.success)
    assert "Inscrite" in drawn(tab)
    assert not [item for item in tab.button if item.label == "S'inscrire"]
    with reading(demonstration) as session:
        last = session.exec(select(Seat).order_by(Seat.id.desc())).first()
        assert session.get(Training, last.training_id).code == "F08"


@pytest.mark.slow
def test_what_is_done_for_others_stands_apart(open_page):
    assert parts(open_page("alice", "academie")) == [
        "Dates à choisir",
        "Toutes les formations",
        "Mes formations",
    ]
    assert any(part.startswith("Gestion") for part in parts(open_page("didier", "academie")))
    for login, query in (("didier", ""), ("alice", "vue=gestion")):
        tab = open_page(login, "academie", query)
        assert "Créer une formation" not in [item.label for item in tab.expander]
        assert "Sessions à tenir" not in drawn(tab)
    office = open_page("didier", "academie", "vue=gestion")
    assert "Créer une formation" in [item.label for item in office.expander]
    assert "Sessions à tenir" in drawn(office)
    sheet = open_page("alice", "academie", "formation=F02&vue=gestion")
    assert "Ouvrir une session" not in [item.label for item in sheet.expander]


def test_ones_own_trainings_say_until_when_they_hold(open_page):
    told = drawn(open_page("alice", "academie", "vue=mes-formations"))
    assert "Ce que je dois suivre" in told and "Jamais suivie" in told


def test_a_full_session_has_no_free_seat():
    training = Training(code="F1", title="Essai", hours=4, capacity=2, audience="TB")
    held = TrainingSession(training_id=1, on=date(2023, 9, 5), capacity=2)
    assert SessionRow(held, training, 1, 0).has_seat
    assert not SessionRow(held, training, 2, 0).has_seat
    assert not SessionRow(held, training, 1, 1).has_seat, "it is first for who waits"


# ── Projects and ambitions on their screens ───────────────────────────────────────────────────────
# Didier plans and reports on « Programme », everybody reads the tree, the goal and the colour on «
# Ambitions ».

TRICK = "<img src=x onerror=alert(1)> **gras**"


def shown(tab: AppTest) -> str:
    assert not tab.exception, tab.exception
    alone = [element.proto.body for element in tab.get("html")]
    return " ".join([*alone, *parts_of(tab)])


def words(tab: AppTest) -> str:
    said = unescape(shown(tab)).replace("\u202f", " ").replace("\xa0", " ").replace("’", "'")
    return " ".join(said.split())


def field(tab: AppTest, kind: str, form: str, name: str):
    found = [each for each in tab.get(kind) if form in (each.key or "") and name in each.key]
    assert len(found) == 1, [each.key for each in tab.get(kind)]
    return found[0]


def pressed(tab: AppTest, form: str) -> AppTest:
    found = [button for button in tab.button if form in (button.key or "")]
    return found[0].click().run()


@pytest.mark.slow
def test_didier_plans_and_reports_a_project_on_programme(demonstration):
    tab = visit(enter(demonstration, "didier"), "programme")
    assert "1 100 000 € · Directeur de l'Informatique (RI-INF)" in words(tab)
    assert "En attente, 40 %" in words(tab)
    assert "projet=SNB" in shown(tab)
    assert select_one(demonstration, select(Plan.id).where(Plan.number == "SNB"))
    tab = unfold(visit(tab, "programme", "projet=SNB"), "Planifier")
    plan, report = "revision_SNB", "report_SNB"
    field(tab, "text_input", plan, "budget").set_value("cher")
    tab = pressed(tab, plan)
    assert "de zéro ou plus" in words(tab)
    field(tab, "text_input", plan, "budget").set_value("225 000,50")
    tab = pressed(tab, plan)
    field(tab, "number_input", report, "progress").set_value(90)
    tab = pressed(tab, report)
    assert not tab.exception
    now = read_with(demonstration, project_at, "SNB", FROZEN)
    assert (now.schedule.budget, now.report.progress) == (225_000.5, 90)
    assert "Ce qui a été modifié" in words(tab) and "225000,5" in words(tab)
    assert "Annuler cette révision" in [button.label for button in tab.button]
    next(button for button in tab.button if button.label == "Annuler ce rapport").click().run()
    assert read_with(demonstration, project_at, "SNB", FROZEN).report.progress == 85


@pytest.mark.slow
def test_everybody_reads_the_goal_and_the_projects_and_no_markup_runs(demonstration):
    didier = cast_in(demonstration).didier
    with writing(demonstration) as session:
        ambition = session.exec(select(Ambition).where(Ambition.code == "durable")).one()
        given = {"name": "Durable", "description": TRICK, "goal": f"Moins 30 % {TRICK}"}
        save_record(session, didier, AMBITIONS, ambition.id, {**given, "colour": "framboise"})
        top = create_plan(
            session,
            didier,
            Plan(
                number="OS9",
                title=TRICK,
                level=PlanLevel.strategic,
                ambition_id=ambition.id,
                objective=TRICK,
            ),
        )
        create_plan(
            session,
            didier,
            Plan(
                number="OO9",
                title="Un plan vélo",
                level=PlanLevel.operational,
                parent_id=top.id,
                ambition_id=ambition.id,
            ),
        )
        chart = organisation(session).at(FROZEN)
        report_plan(
            session, didier, top.id, PlanReport(state=ProjectState.under_way, progress=35), chart
        )
        revise_plan(session, didier, top.id, PlanSchedule(budget=999_000))
    tab = visit(enter(demonstration, "alice"), "ambitions", "ambition=durable")
    assert "<img src=x" not in shown(tab) and "&lt;img src=x" in shown(tab)
    assert "Objectif 2030" in words(tab) and "Moins 30 %" in words(tab)
    assert "Objectif stratégique" in words(tab) and "En cours, 35 %" in words(tab)
    assert words(tab).index(TRICK) < words(tab).index("Un plan vélo")
    assert "999 000" not in words(tab), "the budget is for those who keep the references"
    assert "--cp-durable:var(--cp-tint-framboise);" in shown(tab)
    assert read_with(demonstration, project_at, "OO9", FROZEN).schedule == UNPLANNED


def test_the_form_of_an_ambition_gives_it_a_colour_a_goal_and_a_year(demonstration):
    tab = visit(enter(demonstration, "didier"), "programme")
    tab = unfold(tab, read_with(demonstration, Session.get, Ambition, 3).name.split()[0])
    field(tab, "selectbox", "ambition_3", "colour").set_value("ocre")
    field(tab, "text_area", "ambition_3", "goal").set_value("Tout en ligne")
    field(tab, "number_input", "ambition_3", "horizon").set_value(2031)
    tab = pressed(tab, "ambition_3")
    assert not tab.exception
    found = read_with(demonstration, Session.get, Ambition, 3)
    assert (found.colour, found.goal, found.horizon) == ("ocre", "Tout en ligne", 2031)
