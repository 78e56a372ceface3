"""The projects of the PST: a tree of three levels, planned and reported as milestones are, in words
of their own.
"""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, select
from support.days import on_day
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
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions.roadmap.plans import as_given, cancel_milestone, change_plan, create_plan
from dashboard.actions.roadmap.records import revise_plan, undo_revision
from dashboard.actions.roadmap.reports import report_plan, undo_report
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from models.clock import today
from models.database import writing
from models.directions import Direction, DirectionPlace
from models.ledger import Change
from models.roadmap import Plan, PlanLevel, PlanReport, PlanSchedule, ProjectState
from models.texts import Invalid

LEVEL = PlanLevel
LAST = date(2023, 12, 31)
LATER = date(2023, 7, 10)


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


def at(engine: Engine, code: str, on: date = FROZEN) -> PlanAt:
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
    assert at(demo_copy, "OS1").plan.objective == "Une ville propre"


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
    assert at(demo_copy, "VELO").plan.example == "40 vélos"
    assert ("example", None, "40 vélos") in read_with(demo_copy, journal, "VELO")
    refusal(
        demo_copy,
        cancel_milestone,
        cast.didier,
        at(demo_copy, "VELO").plan.id,
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
        assert at(demo_copy, "VELO").schedule.budget == budget
    refusal(demo_copy, undo_revision, cast.didier, project, match="ne peut pas être annulé")
    facts = select_all(demo_copy, select(PlanSchedule).where(PlanSchedule.plan_id == project))
    assert len(facts) == 4, "nothing is deleted"


# --- the report -----------------------------------------------------------------------------------


def test_a_report_has_any_percentage_or_none_and_is_undone(demo_copy, cast):
    project = saved(demo_copy, cast.didier, "VELO")
    report(demo_copy, cast.didier, project, ProjectState.under_way, 42, comment="Les plans")
    on_day(demo_copy, LATER)
    report(demo_copy, cast.didier, project, ProjectState.waiting, None)
    assert at(demo_copy, "VELO", LATER).report.progress is None
    report(demo_copy, cast.didier, project, ProjectState.done, None)
    assert at(demo_copy, "VELO").report.progress == 42
    now = at(demo_copy, "VELO", LATER)
    assert (now.state, now.report.progress, now.progress) == (ProjectState.done, 100, 1)
    with writing(demo_copy) as session:
        undo_report(session, cast.didier, project, organisation(session).at(FROZEN))
    assert at(demo_copy, "VELO", LATER).state == ProjectState.waiting
