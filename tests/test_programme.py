"""The programme as its keepers change it: Didier creates, renames, cancels milestones, takes some
of those proposed, brings a file in.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Event
from time import sleep

import pytest
from sqlmodel import Session, func, select
from support.pages import html_of, unfold
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR, Reader
from dashboard.actions import discussions
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.actions.roadmap import plans as acts
from dashboard.actions.roadmap.plans import as_given
from dashboard.actions.roadmap.reports import report_plan, undo_report
from dashboard.figures.board import board
from dashboard.figures.forecast import forecasts
from dashboard.files.registers import proposed
from dashboard.queries.directions import organisation
from dashboard.queries.reference_tables import REFERENCE_TABLES, history
from dashboard.queries.roadmap import whole_roadmap
from dashboard.report import pack
from dashboard.scope import Scope
from models import clock
from models.database import reading, writing
from models.discussions import Subject
from models.people import Role
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule
from models.texts import Invalid
from seed.reference import load_reference

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
