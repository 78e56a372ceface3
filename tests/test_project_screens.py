"""Projects and ambitions on their screens: Didier plans and reports on « Programme », everybody reads
the tree, the goal and the colour on « Ambitions ».
"""

from html import unescape

import pytest
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support.pages import enter, parts_of, unfold, visit
from support.plans import project_at
from support.transactions import read_with, select_one
from support.troupe import FROZEN, cast_in

from dashboard.actions.registers import save_record
from dashboard.actions.roadmap.plans import create_plan
from dashboard.actions.roadmap.records import revise_plan
from dashboard.actions.roadmap.reports import report_plan
from dashboard.queries.directions import organisation
from dashboard.queries.reference_tables import AMBITIONS
from dashboard.queries.roadmap import UNPLANNED
from models.database import writing
from models.roadmap import Ambition, Plan, PlanLevel, PlanReport, PlanSchedule, ProjectState

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
