"""The programme as its keepers change it; programmes; the projects of the PST."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Event
from time import sleep

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, select
from support.days import on_day
from support.pages import enter, html_of, markdown_of, unfold, visit
from support.plans import project_at
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN, Cast

from dashboard import cached
from dashboard.access import OPERATOR, Reader
from dashboard.actions import discussions
from dashboard.actions.figures import targets
from dashboard.actions.imports import act_of
from dashboard.actions.register_imports import ImportOptions
from dashboard.actions.roadmap import plans as acts
from dashboard.actions.roadmap.plans import as_given, cancel_milestone, change_plan, create_plan
from dashboard.actions.roadmap.records import (
    add_workstream,
    change_programme,
    create_programme,
    revise_plan,
    undo_revision,
)
from dashboard.actions.roadmap.reports import report_plan, undo_report
from dashboard.figures.board import board
from dashboard.figures.forecast import forecasts
from dashboard.figures.kinds import all_values
from dashboard.files.registers import proposed
from dashboard.queries.directions import organisation
from dashboard.queries.reference_history import history
from dashboard.queries.reference_tables import REFERENCE_TABLES
from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from dashboard.report import pack
from dashboard.scope import Scope
from models import clock
from models.clock import today
from models.database import reading, writing
from models.directions import Direction, DirectionPlace
from models.discussions import Subject
from models.installation import Installation
from models.ledger import Change
from models.people import Role
from models.programmes import Programme, programmes
from models.revisions import raise_revisions
from models.roadmap import (
    MilestoneState,
    Plan,
    PlanLevel,
    PlanReport,
    PlanSchedule,
    ProjectState,
    Target,
)
from models.texts import Invalid, Refused
from seed.reference import load_reference

# ── The programme as its keepers change it ────────────────────────────────────────────────────────
# Didier creates, renames, cancels milestones, takes some of those proposed, brings a file in.

DAY = timedelta(days=1)
OFFICE = Reader(name="Équipe", roles=frozenset({Role.animateur}))


def given(**changes) -> tuple[Plan, PlanSchedule]:
    names = ("number", "title", "workstream_id", "ladder")
    text = {name: changes.pop(name) for name in names if name in changes}
    planned = {
        "start": date(2023, 7, 3),
        "end": date(2023, 12, 15),
        "weight": 3.0,
        "owner": "Cellule transformation",
    }
    text = {"number": "2.90", "title": "Vingt relais formés", "workstream_id": 2} | text
    return Plan(**text), PlanSchedule(**planned | changes)


def created(engine, reader, **changes) -> int:
    return write_with(engine, acts.create_plan, reader, *given(**changes)).id


def said(session: Session, scope: Scope, subject: Subject, key: str) -> None:
    discussions.contribute(session, scope, subject, key, "Chez nous aussi.")


def at(engine, on: date) -> dict:
    return {m.plan.number: m for m in read_with(engine, whole_roadmap).at(on)}


def test_a_milestone_made_while_the_programme_runs_moves_no_figure_of_the_past(demo_copy, cast):
    before = at(demo_copy, FROZEN - DAY)
    created(demo_copy, cast.didier)
    made = at(demo_copy, FROZEN)["2.90"]
    assert made.schedule.weight == 3.0 and made.state == MilestoneState.to_plan
    assert at(demo_copy, FROZEN - DAY) == before


def test_while_the_programme_is_prepared_a_milestone_counts_from_its_first_day(database):
    with writing(database) as session:
        load_reference(session, proposed=False)
        assert session.exec(select(func.count(Plan.id))).one() == 0, "nothing is invented"
        made = acts.create_plan(session, OFFICE, *given(number="2.1"))
        first = session.exec(select(PlanSchedule).where(PlanSchedule.plan_id == made.id)).one()
        assert first.on == date(2021, 1, 1) and first.recorded_on > first.on
        assert acts.next_number(session, 2) == "2.2" and acts.next_number(session, 5) == "5.1"


@pytest.mark.parametrize("act", [discussions.support_subject, said])
def test_a_milestone_that_somebody_spoke_of_is_not_deleted(demo_copy, cast, scope_for, act):
    milestone = created(demo_copy, cast.didier)
    with writing(demo_copy) as session:
        act(session, scope_for(session, cast.alice), Subject.milestone, "2.90")
    refusal(demo_copy, acts.delete_milestone, cast.didier, milestone, match="annulez-le")


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"number": ""}, "number"),
        ({"number": "deux"}, None),
        ({"number": "2 .7"}, "number"),
        ({"number": "2.1"}, "number"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"workstream_id": None}, "workstream_id"),
        ({"workstream_id": 77}, "workstream_id"),
        ({"weight": 0.0}, "weight"),
        ({"weight": -2.0}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"start": None}, "start"),
        ({"end": date(2023, 1, 1)}, "end"),
        ({"end": date(2203, 1, 1)}, "end"),
        ({"owner": ""}, "owner"),
        ({"owner_direction_id": 999_999}, "owner_direction_id"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(sqlite_copy, cast, changes, field):
    with writing(sqlite_copy) as session:
        if field is None:
            acts.create_plan(session, cast.didier, *given(**changes))
            return
        assert list(errors_of(acts.create_plan, session, cast.didier, *given(**changes))) == [field]
    assert "2.90" not in at(sqlite_copy, FROZEN)


def test_renaming_and_moving_are_kept_in_the_journal(demo_copy, cast):
    ident = created(demo_copy, cast.didier)
    with writing(demo_copy) as session:
        wanted = Plan(number="2.90", title="Trente relais formés", workstream_id=6, ladder=True)
        acts.change_plan(session, cast.didier, ident, wanted)
        refuses(
            acts.change_plan,
            session,
            cast.didier,
            ident,
            wanted,
            match="Rien ne change",
            error=Invalid,
        )
    record = at(demo_copy, FROZEN)["2.90"].plan
    assert (record.title, record.workstream_id, record.ladder) == (wanted.title, 6, True)
    found = read_with(demo_copy, history, cast.didier, REFERENCE_TABLES["jalons"], FROZEN, "2.90")
    assert [(c.who, c.field, c.before, c.after) for c in found if c.field == "titre"] == [
        (cast.didier.name, "titre", "Vingt relais formés", "Trente relais formés")
    ]


def test_a_scale_does_not_change_under_reports(sqlite_copy, cast):
    reported = next(m for m in at(sqlite_copy, FROZEN).values() if m.report)
    record = reported.plan
    with writing(sqlite_copy) as session, pytest.raises(Invalid) as wrong:
        text = as_given(record, ladder=not record.ladder)
        acts.change_plan(session, cast.didier, record.id, text)
    assert list(wrong.value.errors) == ["ladder"]


def test_what_was_reported_is_cancelled_never_deleted(demo_copy, cast):
    found = at(demo_copy, FROZEN).values()
    reported = next(m for m in found if m.report and m.state == MilestoneState.under_way)
    ident, number = reported.plan.id, reported.plan.number
    refusal(demo_copy, acts.delete_milestone, cast.didier, ident, match="annulez-le")
    refusal(demo_copy, acts.cancel_milestone, cast.didier, ident, " ", error=Invalid)
    write_with(demo_copy, acts.cancel_milestone, cast.didier, ident, "Le Collège y renonce.")
    now = at(demo_copy, FROZEN)[number]
    assert not now.is_counted and now.report.comment == "Le Collège y renonce."
    assert at(demo_copy, FROZEN - DAY)[number].is_counted
    with writing(demo_copy) as session:
        refuses(acts.cancel_milestone, session, cast.didier, ident, "Encore")
        tree = organisation(session).at(FROZEN)
        undo_report(session, cast.didier, ident, tree)
    assert at(demo_copy, FROZEN)[number].is_counted


def test_what_nothing_was_said_of_can_go(demo_copy, cast):
    ident = created(demo_copy, cast.didier)
    write_with(demo_copy, acts.delete_milestone, cast.didier, ident)
    assert "2.90" not in at(demo_copy, FROZEN)
    with reading(demo_copy) as session:
        found = history(session, cast.didier, REFERENCE_TABLES["jalons"], FROZEN, "2.90")
        (gone, made) = (change for change in found if change.field == "jalon")
        assert {gone.after, made.after} == {"", "Vingt relais formés"}
        assert session.exec(select(PlanSchedule).where(PlanSchedule.plan_id == ident)).all() == []
    again = created(demo_copy, cast.didier)
    with writing(demo_copy) as session:
        tree = organisation(session).at(FROZEN)
        report = PlanReport(
            state=MilestoneState.under_way, progress=0, forecast_end=date(2023, 12, 1)
        )
        report_plan(session, cast.didier, again, report, tree)
    refusal(demo_copy, acts.delete_milestone, cast.didier, again)


def test_proposed_milestones_are_taken_by_those_who_tick_them(database, monkeypatch):
    from models.settings import settings

    monkeypatch.setenv("CP_PROGRAMME_START", "2024-01-01")
    monkeypatch.setenv("CP_PROGRAMME_END", "2026-12-31")
    settings.cache_clear()
    try:
        with writing(database) as session:
            load_reference(session, proposed=False)
            taken = acts.take_proposed(session, OFFICE, ["1.1", "2.1", "9.9"])
            assert taken == ["1.1", "2.1"]
            assert acts.take_proposed(session, OFFICE, ["1.1"]) == []
        (first, second) = read_with(database, whole_roadmap).at(date(2024, 1, 1))
        wanted = {str(row.get("number")): row for row in proposed()}["1.1"]
        assert first.plan.title == wanted.get("title")
        assert first.schedule.start == wanted.get("start").replace(year=2024)
        assert second.plan.number == "2.1"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


# --- the file -------------------------------------------------------------------------------------


def brought(engine, reader, content: str | bytes, **how):
    data = content.encode() if isinstance(content, str) else content
    return write_with(engine, act_of("jalons"), reader, data, "jalons.csv", ImportOptions(**how))


def test_a_file_renames_revises_and_adds(demo_copy, cast):
    late = next(m for m in at(demo_copy, FROZEN).values() if m.state == MilestoneState.under_way)
    number = late.plan.number
    content = (
        "Numéro;Axe;Intitulé;Poids;Date de fin;Responsable;Début;Raison\n"
        f"{number};;Un autre titre;;31/12/2023;;;Budget reporté\n"
        "6.90;6;Un jalon de plus;2,5;30/11/2023;Directeur général;01/07/2023;\n"
    )
    tried = brought(demo_copy, cast.didier, content, dry_run=True)
    assert (tried.new, tried.changed, tried.written) == (1, 1, False)
    assert "6.90" not in at(demo_copy, FROZEN)
    report = brought(demo_copy, cast.didier, content)
    assert (report.new, report.changed) == (1, 1)
    now = at(demo_copy, FROZEN)
    assert now["6.90"].schedule.weight == 2.5
    revised = now[number]
    assert revised.plan.title == "Un autre titre"
    assert (revised.schedule.end, revised.schedule.reason) == (date(2023, 12, 31), "Budget reporté")
    assert revised.schedule.weight == late.schedule.weight
    again = brought(demo_copy, cast.didier, content)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)


@pytest.mark.parametrize(
    "row, column, words",
    [
        ("9.1;9;Titre;1;01/07/2023;30/11/2023;DG", "chantier", "aucun choix sous « chantier »"),
        ("2.90;2;;1;01/07/2023;30/11/2023;DG", "titre", "titre"),
        ("2.90;2;Titre;-1;01/07/2023;30/11/2023;DG", "poids", "plus grand que 0"),
        ("2.90;2;Titre;beaucoup;01/07/2023;30/11/2023;DG", "poids", "pas un nombre"),
        ("2.90;2;Titre;1;30/11/2023;01/07/2023;DG", "fin", "avant le début"),
        ("2.90;2;Titre;1;demain;30/11/2023;DG", "début", "date"),
        ("2.90;2;Titre;1;01/07/2023;30/11/2023;", "porteur", "porteur"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_and_why(sqlite_copy, cast, row, column, words):
    header = "numéro;chantier;titre;poids;début;fin;porteur\n"
    report = brought(sqlite_copy, cast.didier, header + row + "\n")
    (problem,) = report.refused
    assert (problem.line, problem.column) == (2, column) and words in problem.reason
    assert report.new == 0 and "2.90" not in at(sqlite_copy, FROZEN)


TAKEN_OVER = """numéro;chantier;titre;échelle;début;échéance;porteur;état;avancement;fin prévue;fin réelle;date du rapport
2.1;2;Guichet unique;;01/02/2021;30/06/2021;DG;Terminé;;;15/06/2021;
2.2;2;Accueil refait;;01/03/2021;31/01/2022;DG;Terminé;;;31/03/2022;
2.3;2;Formation des relais;oui;01/01/2022;30/06/2023;DG;En cours;50;30/09/2023;;31/12/2022
2.4;2;Charte;;01/01/2023;30/11/2023;DG;;;;;
"""


def test_a_programme_that_runs_is_taken_over_with_its_past(database, cast, scope_for):
    """Each report is earned on its own day, in figures, curve and forecast; none was known then."""
    with writing(database) as session:
        load_reference(session, proposed=False)
        today = clock.today(session)
    report = brought(database, OFFICE, TAKEN_OVER)
    assert (report.new, report.refused) == (4, [])

    def earned(session, day: date, known: bool = False) -> float | None:
        scope = replace(
            scope_for(session, OPERATOR, today, au=day.isoformat()), as_known_then=known
        )
        return board(session, scope, ["avancement"])["avancement"].value

    steps = {
        date(2021, 6, 14): 0,
        date(2021, 6, 15): 25,
        date(2022, 3, 30): 25,
        date(2022, 3, 31): 50,
        date(2022, 12, 31): 62.5,
    }
    with reading(database) as session:
        assert {day: earned(session, day) for day in steps} == steps
        assert {day: earned(session, day, known=True) for day in steps} == dict.fromkeys(steps)
        roadmap = whole_roadmap(session)
    assert forecasts(roadmap, date(2022, 4, 30)).slips == (-15, 59)
    curves = pack.s_curve(roadmap, date(2022, 12, 31))
    assert 50 in {dict(line).get(date(2022, 3, 31)) for line in curves.values()}
    history = roadmap.reports.at(roadmap.one("2.3", today).plan.id, today)
    assert [(r.on, r.recorded_on) for r in history] == [(date(2022, 12, 31), today)]
    again = brought(database, OFFICE, TAKEN_OVER)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 4)


def test_a_milestone_outside_the_years_of_the_programme_is_told(sqlite_copy, cast):
    header = "numéro;chantier;titre;début;échéance;porteur\n"
    inside = "2.90;2;Dedans;01/07/2023;30/11/2023;DG\n"
    outside = "2.91;2;Dehors;01/07/2025;30/11/2026;DG\n2.92;2;À cheval;01/10/2023;31/03/2024;DG\n"
    trial = brought(sqlite_copy, cast.didier, header + inside + outside, dry_run=True)
    assert (trial.new, trial.refused) == (3, [])
    assert [(warning.line, "2021-2023" in warning.reason) for warning in trial.warnings] == [
        (3, True),
        (4, True),
    ]
    brought(sqlite_copy, cast.didier, header + inside + outside)
    moved = brought(sqlite_copy, cast.didier, "numéro;échéance\n2.90;31/12/2024\n", dry_run=True)
    assert (moved.changed, len(moved.warnings)) == (1, 1)


def test_a_report_of_a_file_that_is_older_than_the_last_one_is_told(demo_copy, cast):
    late = next(m for m in at(demo_copy, FROZEN).values() if m.state == MilestoneState.under_way)
    number = late.plan.number
    content = f"numéro;état;avancement;date du rapport\n{number};En pause;25;01/02/2021\n"
    report = brought(demo_copy, cast.didier, content)
    (problem,) = report.refused
    assert problem.column == "date du rapport" and "dernier rapport" in problem.reason


@pytest.mark.locks
def test_two_who_take_one_number_at_once_are_told_in_a_sentence(demo_copy, cast):
    """The second has looked, found the number free, and writes a moment after the first."""
    begun = Event()

    def second() -> dict[str, str]:
        with pytest.raises(Invalid) as refused, writing(demo_copy) as session:
            session.exec(select(Plan.id)).all()
            begun.set()
            acts.create_plan(session, cast.didier, *given(number="9.9"))
        return refused.value.errors

    with ThreadPoolExecutor(1) as hand:
        with writing(demo_copy) as session:
            acts.create_plan(session, cast.didier, *given(number="9.9"))
            told = hand.submit(second)
            begun.wait(1)
            sleep(0.5)  # the second waits for the first now
        assert told.result() == {"number": "Le numéro 9.9 est déjà celui d'un jalon."}
    assert len(select_all(demo_copy, select(Plan).where(Plan.number == "9.9"))) == 1


# --- the screen -----------------------------------------------------------------------------------


def test_didier_creates_a_milestone_on_the_screen(open_page, demonstration):
    tab = open_page("didier", "programme")
    assert not tab.exception and any("2.1" in body for body in html_of(tab))
    tab = unfold(tab, "Créer un jalon")
    stream = next(box for box in tab.selectbox if box.label == "Chantier")
    stream.select(2)
    next(f for f in tab.text_input if f.label == "Titre").input("Vingt relais formés")
    for label, day in (("Début", date(2023, 7, 3)), ("Échéance", date(2023, 12, 15))):
        next(f for f in tab.date_input if f.label == label).set_value(day)
    next(f for f in tab.text_input if f.label.startswith("Porteur")).input("Cellule")
    next(b for b in tab.button if b.label == "Créer le jalon").click().run()
    assert not tab.exception
    numbers = at(demonstration, FROZEN)
    made = [m for m in numbers.values() if m.plan.title == "Vingt relais formés"]
    assert len(made) == 1 and made[0].plan.number.startswith("2.")
    assert any(made[0].plan.number in body for body in html_of(tab))


# ── Programmes ────────────────────────────────────────────────────────────────────────────────────
# Didier prepares 2024-2026 beside the one that runs; no figure of 2021-2023 moves, and when the
# next one begins the first is over and stays readable.

DATES = ("2021-12-31", "2022-06-30", "2022-12-31", "2023-03-31", "2023-06-30")
NEXT = Programme(name="2024-2026", first_day=date(2024, 1, 1), last_day=date(2026, 12, 31))
LATER = date(2024, 3, 15)


def figures(engine: Engine, scope_for, today: date = FROZEN, dates=DATES) -> list[dict]:
    with reading(engine) as session:
        return [
            board(session, scope_for(session, OPERATOR, today=today, au=on)).as_json()
            for on in dates
        ]


def prepared(engine: Engine, cast: Cast) -> int:
    """2024-2026 with one workstream, one milestone and one target. The number of its workstream."""
    with writing(engine) as session:
        found = create_programme(session, cast.didier, NEXT)
        stream = add_workstream(session, cast.didier, found.id, "Simplifier ensemble", "Simplifier")
        text = Plan(number="7.1", title="Dix démarches simplifiées", workstream_id=stream.id)
        planned = PlanSchedule(
            start=date(2024, 1, 8), end=date(2024, 12, 20), weight=2.0, owner="Didier"
        )
        create_plan(session, cast.didier, text, planned)
        wanted = Target(for_date=date(2026, 12, 31), value=90.0, reason="Prochain programme")
        targets.decide(session, cast.didier, all_values()["couverture"], wanted)
        return stream.id


def later(engine: Engine) -> None:
    """The clock of the demonstration moves on to March 2024."""
    with writing(engine) as session:
        installation = session.get(Installation, 1)
        installation.frozen_on = LATER
        session.add(installation)
        raise_revisions(session, "installation")


@pytest.mark.slow
def test_no_figure_of_the_running_programme_moves_while_the_next_is_prepared(
    demo_copy, cast: Cast, scope_for
):
    before = figures(demo_copy, scope_for)
    prepared(demo_copy, cast)
    assert figures(demo_copy, scope_for) == before


@pytest.mark.slow
def test_once_the_next_one_has_begun_the_first_is_over_and_reads_as_it_did(
    sqlite_copy, cast: Cast, scope_for
):
    before = figures(sqlite_copy, scope_for)
    stream = prepared(sqlite_copy, cast)
    later(sqlite_copy)
    assert figures(sqlite_copy, scope_for, today=LATER) == before
    known = read_with(sqlite_copy, whole_roadmap)
    now = known.at(LATER)
    assert [m.plan.number for m in now] == ["7.1"]
    assert [s.id for s in known.streams(LATER)] == [stream]
    assert len(known.at(FROZEN)) > 40 and len(known.streams(FROZEN)) == 6
    assert known.one("2.7", LATER).plan.title
    (shown,) = figures(sqlite_copy, scope_for, today=LATER, dates=(LATER.isoformat(),))
    by_code = {entry["code"]: entry for entry in shown["figures"]}
    assert by_code["avancement"]["value"] == 0.0
    assert by_code["couverture"]["target"] == 90.0
    assert not [
        entry for code, entry in by_code.items() if code != "couverture" and entry["target"]
    ]


@pytest.mark.parametrize(
    "given,field",
    [
        (Programme(name="", first_day=date(2024, 1, 1), last_day=date(2026, 12, 31)), "name"),
        (
            Programme(name="2021-2023", first_day=date(2024, 1, 1), last_day=date(2026, 12, 31)),
            "name",
        ),
        (Programme(name="Suite", first_day=None, last_day=date(2026, 12, 31)), "first_day"),
        (Programme(name="Suite", first_day=date(2024, 1, 1), last_day=None), "last_day"),
        (
            Programme(name="Suite", first_day=date(2024, 1, 1), last_day=date(2023, 12, 31)),
            "last_day",
        ),
        (
            Programme(name="Suite", first_day=date(2023, 12, 31), last_day=date(2026, 12, 31)),
            "first_day",
        ),
        (
            Programme(name="Avant", first_day=date(2019, 1, 1), last_day=date(2021, 1, 1)),
            "first_day",
        ),
    ],
)
def test_a_programme_that_cannot_be_is_told_beside_its_field(sqlite_copy, cast: Cast, given, field):
    assert list(errors_of(write_with, sqlite_copy, create_programme, cast.didier, given)) == [field]
    assert len(select_all(sqlite_copy, select(Programme))) == 1


def test_a_milestone_stays_in_its_programme(sqlite_copy, cast: Cast):
    stream = prepared(sqlite_copy, cast)
    with pytest.raises(Invalid) as wrong, writing(sqlite_copy) as session:
        milestone = session.exec(select(Plan).where(Plan.number == "2.7")).one()
        text = as_given(milestone, workstream_id=stream)
        change_plan(session, cast.didier, milestone.id, text)
    assert list(wrong.value.errors) == ["workstream_id"]


def test_the_days_of_a_programme_change_with_their_history_by_who_keeps_it(sqlite_copy, cast: Cast):
    (first,) = read_with(sqlite_copy, programmes).periods
    given = Programme(name=first.name, first_day=first.first_day, last_day=date(2024, 6, 30))
    for reader in (cast.alice, cast.carine, cast.elise, cast.farid, cast.gaelle):
        refusal(sqlite_copy, change_programme, reader, first.id, given)
    write_with(sqlite_copy, change_programme, cast.didier, first.id, given)
    with reading(sqlite_copy) as session:
        assert programmes(session).periods[0].last_day == date(2024, 6, 30)
        change = session.exec(select(Change).where(Change.subject == "programme")).one()
    assert (change.field, change.before) == ("last_day", "2023-12-31")
    assert (
        "chevauchent"
        in errors_of(write_with, sqlite_copy, create_programme, cast.didier, NEXT)["first_day"]
    )


# --- looking at another programme -----------------------------------------------------------------


@pytest.mark.slow
def test_what_is_reported_in_the_new_programme_counts_in_it_alone(
    sqlite_copy, cast: Cast, scope_for
):
    stream = prepared(sqlite_copy, cast)
    later(sqlite_copy)
    with writing(sqlite_copy) as session:
        milestone = session.exec(select(Plan.id).where(Plan.number == "7.1")).one()
        tree = organisation(session).at(LATER)
        done = PlanReport(state=MilestoneState.done, progress=100, actual_end=LATER)
        report_plan(session, cast.didier, milestone, done, tree)
        wanted = Target(for_date=date(2026, 12, 31), value=100.0, reason="Tout est fait")
        code = f"avancement-chantier.{stream}"
        targets.decide(session, cast.didier, all_values([stream])[code], wanted)
    with reading(sqlite_copy) as session:
        now = board(session, scope_for(session, OPERATOR, today=LATER), ["avancement-chantier"])
        then = board(
            session,
            scope_for(session, OPERATOR, today=LATER, au="2023-06-30"),
            ["avancement-chantier"],
        )
    assert [(e.code, e.value, e.target) for e in now.entries] == [(code, 100.0, 100.0)]
    assert [e.code for e in then.entries] == [f"avancement-chantier.{n}" for n in range(1, 7)]
    assert not [e for e in then.entries if e.value is None]
    (shown,) = figures(sqlite_copy, scope_for, today=LATER, dates=(LATER.isoformat(),))
    by_code = {entry["code"]: entry["value"] for entry in shown["figures"]}
    assert by_code["avancement"] == 100.0
    assert 0 < by_code["ecart.mois"] < 12, "months since January 2024, not since 2021"


@pytest.mark.slow
def test_a_prepared_programme_is_looked_at_and_left_again(sqlite_copy, cast: Cast, scope_for):
    stream = prepared(sqlite_copy, cast)
    with reading(sqlite_copy) as session:
        first, second = programmes(session).periods
        scope = scope_for(session, cast.elise, programme=str(second.id))
        assert scope.programme == second and scope.params()["programme"] == str(second.id)
        assert scope.sentence().startswith("Programme 2024-2026 · ")
        found = board(session, scope)
        codes = [e.code for e in found.entries if e.code.startswith("avancement-chantier.")]
        assert codes == [f"avancement-chantier.{stream}"]
        assert found["avancement"].value == 0.0 and found["couverture"].target == 90.0
        back = scope.of_running_programme()
        assert back.programme == first and "programme" not in back.params()
        assert (
            board(session, back).as_json()
            == board(session, scope_for(session, cast.elise)).as_json()
        )
        assert "programme" not in scope_for(session, cast.elise, programme=str(first.id)).params()


@pytest.mark.parametrize("asked", ["99", "2024-2026", "x' OR 1=1", "0"])
def test_a_programme_that_does_not_exist_is_told_and_the_running_one_is_shown(
    sqlite_demo, cast: Cast, scope_for, asked
):
    scope = read_with(sqlite_demo, scope_for, cast.elise, programme=asked)
    assert scope.programme.name == "2021-2023" and scope.asked is None
    assert scope.ignored == (
        "Le programme demandé n'existe pas : « 2021-2023 », en cours à cette date, est affiché.",
    )


@pytest.mark.slow
def test_screens_show_the_programme_asked_for_lead_back_and_report_nothing_once_it_is_over(
    demonstration, cast: Cast
):
    stream = prepared(demonstration, cast)
    coming = read_with(demonstration, programmes).periods[1]
    second = coming.id
    assert cached.s_curve(FROZEN, None, coming) != cached.s_curve(FROZEN)
    tab = visit(enter(demonstration, "elise"), "feuille-de-route")
    assert "Les six chantiers" in " ".join(html_of(tab))
    assert f"programme={second}" in " ".join(html_of(tab)), "a way to the prepared one"
    for url in ("feuille-de-route", "tableau-de-bord", ""):
        tab = visit(tab, url, f"programme={second}")
        said = " ".join(html_of(tab))
        assert not tab.exception
        assert (f"chantier={stream}" in said and "Le chantier" in said) or not url
        assert tab.query_params["programme"] in (str(second), [str(second)])
        if url:
            assert "Vous regardez le programme « 2024-2026 »".replace(" ", "") in re.sub(
                "\\s|&nbsp;", "", said
            )
            assert "Revenir au programme en cours" in said
            assert re.search(rf'href="/idees\?[^"]*programme={second}', said), "kept in links"
    tab = visit(tab, "feuille-de-route", f"programme={second}&jalon=7.1")
    assert "Dix démarches simplifiées" in " ".join(html_of(tab)) and not tab.exception
    tab = visit(tab, "pourquoi", f"programme={second}&chiffre=avancement-chantier.{stream}")
    assert not tab.exception and f"Avancement du chantier {stream}" in " ".join(html_of(tab))
    tab = visit(tab, "pourquoi", f"chiffre=avancement-chantier.{stream}")
    assert not tab.exception and "Ce chiffre n" in " ".join(html_of(tab) + markdown_of(tab))
    tab = visit(tab, "tableau-de-bord", "programme=99")
    assert [text for text in html_of(tab) if "Le programme demandé" in text]
    assert "Les six chantiers" in " ".join(html_of(tab))

    tab = visit(enter(demonstration, "didier"), "feuille-de-route", "jalon=2.7")
    assert "Faire rapport" in " ".join(html_of(tab))
    later(demonstration)
    tab = visit(enter(demonstration, "didier"), "feuille-de-route", "jalon=2.7")
    assert not tab.exception and "Faire rapport" not in " ".join(html_of(tab))
    assert [said for said in markdown_of(tab) if "ne reçoit plus de rapport" in said]


def test_a_milestone_of_a_programme_that_is_over_takes_no_report(sqlite_copy, cast: Cast):
    prepared(sqlite_copy, cast)
    later(sqlite_copy)
    with writing(sqlite_copy) as session, pytest.raises(Refused, match=r"2021-2023.*clos"):
        old = session.exec(select(Plan.id).where(Plan.number == "2.7")).one()
        report = PlanReport(
            state=MilestoneState.under_way, progress=25, forecast_end=date(2024, 6, 1)
        )
        report_plan(session, cast.didier, old, report, organisation(session).at(LATER))


# ── The projects of the PST ───────────────────────────────────────────────────────────────────────
# A tree of three levels, planned and reported as milestones are, in words of their own.

LEVEL = PlanLevel
LAST = date(2023, 12, 31)
IN_JULY = date(2023, 7, 10)


def saved(engine: Engine, reader: Reader, code: str, **more: object) -> int:
    """The id of the project of this code, made or changed."""
    with writing(engine) as session:
        plan = session.exec(select(Plan).where(Plan.number == code)).first()
        if plan is not None:
            change_plan(session, reader, plan.id, as_given(plan, **more))
            return plan.id
        given = Plan(number=code, **{"title": f"Projet {code}", "level": LEVEL.action} | more)
        return create_plan(session, reader, given).id


def tree_of(engine: Engine, reader: Reader) -> tuple[int, int, int]:
    """OS1 over OO1 over A1."""
    top = saved(engine, reader, "OS1", level=LEVEL.strategic, objective="Une ville propre")
    middle = saved(engine, reader, "OO1", level=LEVEL.operational, parent_id=top)
    return top, middle, saved(engine, reader, "A1", level=LEVEL.action, parent_id=middle)


def faults(engine: Engine, reader: Reader, code: str, **more: object) -> dict[str, str]:
    return errors_of(saved, engine, reader, code, **more)


def plan(engine: Engine, reader: Reader, project: int, **given: object) -> None:
    write_with(engine, revise_plan, reader, project, PlanSchedule(**given))


def report(
    engine: Engine,
    reader: Reader,
    project: int,
    state: ProjectState,
    progress: int | None = 0,
    **more: object,
) -> None:
    with writing(engine) as session:
        chart = organisation(session).at(FROZEN)
        report_plan(
            session, reader, project, PlanReport(state=state, progress=progress, **more), chart
        )


def plan_at(engine: Engine, code: str, on: date = FROZEN) -> PlanAt:
    return read_with(engine, project_at, code, on)


def journal(session: Session, code: str) -> list[tuple[str, str | None, str | None]]:
    rows = session.exec(
        select(Change.field, Change.before, Change.after)
        .where(Change.subject == "project", Change.record == code)
        .order_by(Change.id)
    ).all()
    return [tuple(row) for row in rows]


# --- the tree -------------------------------------------------------------------------------------


def test_projects_stand_below_one_of_the_level_above(demo_copy, cast):
    tree_of(demo_copy, cast.didier)
    known = read_with(demo_copy, whole_roadmap)
    shown = [(p.plan.number, depth) for p, depth in in_tree(known.elements(FROZEN))]
    assert not {"OS1", "OO1", "A1"} & {m.plan.number for m in known.every(FROZEN)}
    start = shown.index(("OS1", 0))
    assert shown[start : start + 3] == [("OS1", 0), ("OO1", 1), ("A1", 2)]
    assert plan_at(demo_copy, "OS1").plan.objective == "Une ville propre"


def test_a_project_is_made_and_changed_under_a_code_that_stays(demo_copy, cast):
    saved(demo_copy, cast.didier, "velo", title="Plan vélo")
    for more in (
        {"number": "VELO2"},
        {"title": ""},
        {"ambition_id": 99},
        {"objective": "x" * 1001},
    ):
        assert list(faults(demo_copy, cast.didier, "VELO", **more)) == list(more)
    milestone = select_one(demo_copy, select(Plan.id).where(Plan.number == "2.1"))
    found = faults(demo_copy, cast.didier, "VELO", parent_id=milestone)
    assert "n'existe pas" in found["parent_id"]
    assert "déjà celui" in faults(demo_copy, cast.didier, "velo")["number"]
    assert list(faults(demo_copy, cast.didier, "un code")) == ["number"]
    saved(demo_copy, cast.didier, "VELO", example="40 vélos")
    assert plan_at(demo_copy, "VELO").plan.example == "40 vélos"
    assert ("example", None, "40 vélos") in read_with(demo_copy, journal, "VELO")
    refusal(
        demo_copy,
        cancel_milestone,
        cast.didier,
        plan_at(demo_copy, "VELO").plan.id,
        "Renoncé",
        match="n'existe pas",
    )


# --- the plan -------------------------------------------------------------------------------------


def test_a_direction_that_closed_since_stays_and_is_not_chosen_anew(sqlite_copy, cast):
    unit = select_one(sqlite_copy, select(Direction.id).where(Direction.code == "VC-JSP"))
    mine = saved(sqlite_copy, cast.didier, "VELO")
    plan(sqlite_copy, cast.didier, mine, owner_direction_id=unit)
    with writing(sqlite_copy) as session:
        day = today(session)
        session.add(DirectionPlace(direction_id=unit, parent_id=None, on=day, recorded_on=day))
    plan(sqlite_copy, cast.didier, mine, owner_direction_id=unit, budget=10)
    other = saved(sqlite_copy, cast.didier, "AUTRE")
    refuses(
        plan,
        sqlite_copy,
        cast.didier,
        other,
        owner_direction_id=unit,
        match="fermée",
        error=Invalid,
    )


def test_the_first_plan_is_undone_as_well(demo_copy, cast):
    project = saved(demo_copy, cast.didier, "VELO")
    plan(demo_copy, cast.didier, project, budget=10)
    plan(demo_copy, cast.didier, project, budget=20)
    for budget in (10, None):
        write_with(demo_copy, undo_revision, cast.didier, project)
        assert plan_at(demo_copy, "VELO").schedule.budget == budget
    refusal(demo_copy, undo_revision, cast.didier, project, match="ne peut pas être annulé")
    facts = select_all(demo_copy, select(PlanSchedule).where(PlanSchedule.plan_id == project))
    assert len(facts) == 4, "nothing is deleted"


# --- the report -----------------------------------------------------------------------------------


def test_a_report_has_any_percentage_or_none_and_is_undone(demo_copy, cast):
    project = saved(demo_copy, cast.didier, "VELO")
    report(demo_copy, cast.didier, project, ProjectState.under_way, 42, comment="Les plans")
    on_day(demo_copy, IN_JULY)
    report(demo_copy, cast.didier, project, ProjectState.waiting, None)
    assert plan_at(demo_copy, "VELO", IN_JULY).report.progress is None
    report(demo_copy, cast.didier, project, ProjectState.done, None)
    assert plan_at(demo_copy, "VELO").report.progress == 42
    now = plan_at(demo_copy, "VELO", IN_JULY)
    assert (now.state, now.report.progress, now.progress) == (ProjectState.done, 100, 1)
    with writing(demo_copy) as session:
        undo_report(session, cast.didier, project, organisation(session).at(FROZEN))
    assert plan_at(demo_copy, "VELO", IN_JULY).state == ProjectState.waiting
