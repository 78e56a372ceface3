"""The projects of the PST: a tree of three levels, with plans and reports that are dated."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.days import on_day
from support.projects import project_at
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions.reference import ProjectInput, save_project
from dashboard.actions.roadmap.projects import (
    PlanInput,
    ProgressInput,
    plan_project,
    report_project,
    undo_plan,
    undo_progress,
)
from dashboard.queries.projects import Plan, ProjectAt, in_tree, projects_at
from models.clock import today
from models.database import reading, writing
from models.directions import Direction, DirectionPlace
from models.errors import Invalid, Refused
from models.keeping import Change
from models.roadmap import Project, ProjectLevel, ProjectPlan, ProjectState

LEVEL = ProjectLevel
FIRST, LAST = date(2022, 3, 1), date(2023, 12, 31)
LATER = date(2023, 7, 10)


def saved(engine: Engine, reader: Reader, code: str, **more: object) -> int:
    with writing(engine) as session:
        known = session.exec(select(Project.id).where(Project.code == code)).first()
        return save_project(session, reader, known, ProjectInput(code, f"Projet {code}", **more)).id


def tree_of(engine: Engine, reader: Reader) -> tuple[int, int, int]:
    """OS1 over OO1 over A1."""
    top = saved(engine, reader, "OS1", level=LEVEL.strategic, objective="Une ville propre")
    middle = saved(engine, reader, "OO1", level=LEVEL.operational, parent_id=top)
    return top, middle, saved(engine, reader, "A1", level=LEVEL.action, parent_id=middle)


def faults(engine: Engine, reader: Reader, code: str, **more: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        saved(engine, reader, code, **more)
    return refused.value.errors


def plan(engine: Engine, reader: Reader, project: int, **given: object) -> None:
    with writing(engine) as session:
        plan_project(session, reader, project, PlanInput(**given))


def report(engine: Engine, reader: Reader, project: int, *given: object) -> None:
    with writing(engine) as session:
        report_project(session, reader, project, ProgressInput(*given))


def at(engine: Engine, code: str, on: date = FROZEN) -> ProjectAt:
    with reading(engine) as session:
        return project_at(session, code, on)


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
    with reading(demo_copy) as session:
        shown = [(p.code, depth) for p, depth in in_tree(projects_at(session, FROZEN))]
    start = shown.index(("OS1", 0))
    assert shown[start : start + 3] == [("OS1", 0), ("OO1", 1), ("A1", 2)]
    assert at(demo_copy, "OS1").objective == "Une ville propre"
    with reading(demo_copy) as session:
        assert ("level", "Action", "Objectif stratégique") in journal(session, "OS1")


@pytest.mark.parametrize(
    "code, level, parent, field, words",
    [
        ("A2", LEVEL.action, "OS1", "parent_id", "se place sous un « objectif opérationnel »"),
        ("OO2", LEVEL.operational, "A1", "parent_id", "se place sous un « objectif stratégique »"),
        ("OS2", LEVEL.strategic, "OS1", "parent_id", "sous aucun autre projet"),
        ("OS1", LEVEL.strategic, "OO1", "parent_id", "OO1 se trouve lui-même sous ce projet"),
        ("OS1", LEVEL.strategic, "OS1", "parent_id", "OS1 se trouve lui-même sous ce projet"),
        ("OO1", LEVEL.action, "OS1", "level", "A1 se trouve sous ce projet"),
    ],
)
def test_a_place_that_cannot_be_is_said_beside_its_field(
    sqlite_copy, cast, code, level, parent, field, words
):
    tree_of(sqlite_copy, cast.didier)
    found = faults(
        sqlite_copy, cast.didier, code, level=level, parent_id=at(sqlite_copy, parent).id
    )
    assert words in found[field] and list(found) == [field]


# --- the plan -------------------------------------------------------------------------------------


def test_a_plan_is_dated_and_what_stood_earlier_stays_readable(demo_copy, cast):
    project = saved(demo_copy, cast.didier, "VELO")
    assert at(demo_copy, "VELO").plan == Plan()
    plan(demo_copy, cast.didier, project, start=FIRST, end=LAST, budget=120_000, owner="Directrice")
    on_day(demo_copy, LATER)
    plan(demo_copy, cast.didier, project, start=FIRST, end=LAST, budget=150_000, owner="Directrice")
    assert at(demo_copy, "VELO").plan == Plan(FIRST, LAST, 120_000, "Directrice")
    assert at(demo_copy, "VELO", LATER).plan.budget == 150_000
    with reading(demo_copy) as session:
        assert journal(session, "VELO")[-5:] == [
            ("start", None, "2022-03-01"),
            ("end", None, "2023-12-31"),
            ("budget", None, "120000.0"),
            ("owner", None, "Directrice"),
            ("budget", "120000.0", "150000.0"),
        ]
    with pytest.raises(Invalid, match="Rien ne change"):
        plan(
            demo_copy, cast.didier, project, start=FIRST, end=LAST, budget=150_000,
            owner="Directrice",
        )  # fmt: skip


@pytest.mark.parametrize(
    "given, field",
    [
        ({"start": LAST, "end": FIRST}, "end"),
        ({"end": date(1900, 1, 1)}, "end"),
        ({"budget": -1}, "budget"),
        ({"budget": float("nan")}, "budget"),
        ({"owner": "x" * 200}, "owner"),
        ({"owner_direction_id": 10**6}, "owner_direction_id"),
    ],
)
def test_a_plan_that_cannot_be_is_said_beside_its_field(sqlite_copy, cast, given, field):
    project = saved(sqlite_copy, cast.didier, "VELO")
    with pytest.raises(Invalid) as refused:
        plan(sqlite_copy, cast.didier, project, **given)
    assert list(refused.value.errors) == [field]


def test_a_direction_that_closed_since_stays_and_is_not_chosen_anew(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        unit = session.exec(select(Direction.id).where(Direction.code == "VC-JSP")).one()
    mine = saved(sqlite_copy, cast.didier, "VELO")
    plan(sqlite_copy, cast.didier, mine, owner_direction_id=unit)
    with writing(sqlite_copy) as session:
        day = today(session)
        session.add(DirectionPlace(direction_id=unit, parent_id=None, on=day, recorded_on=day))
    plan(sqlite_copy, cast.didier, mine, owner_direction_id=unit, budget=10)
    other = saved(sqlite_copy, cast.didier, "AUTRE")
    with pytest.raises(Invalid, match="fermée"):
        plan(sqlite_copy, cast.didier, other, owner_direction_id=unit)


def test_a_plan_is_undone_by_its_author_the_same_day(demo_copy, cast):
    project = saved(demo_copy, cast.didier, "VELO")
    plan(demo_copy, cast.didier, project, budget=10)
    plan(demo_copy, cast.didier, project, budget=20)
    with writing(demo_copy) as session:
        undo_plan(session, cast.didier, project)
    assert at(demo_copy, "VELO").plan.budget == 10
    with writing(demo_copy) as session:
        undo_plan(session, cast.didier, project)
    assert at(demo_copy, "VELO").plan == Plan()
    with pytest.raises(Refused, match="ne peut pas être annulé"), writing(demo_copy) as session:
        undo_plan(session, cast.didier, project)
    with reading(demo_copy) as session:
        facts = session.exec(select(ProjectPlan).where(ProjectPlan.project_id == project)).all()
    assert len(facts) == 4, "nothing is deleted"


# --- the report -----------------------------------------------------------------------------------


def test_a_report_is_dated_and_undone(demo_copy, cast):
    project = saved(demo_copy, cast.didier, "VELO")
    report(demo_copy, cast.didier, project, ProjectState.under_way, 40, "Les plans sont là")
    on_day(demo_copy, LATER)
    report(demo_copy, cast.didier, project, ProjectState.done)
    assert at(demo_copy, "VELO").report.progress == 40
    now = at(demo_copy, "VELO", LATER)
    assert (now.report.state, now.report.progress, now.in_hundredths) == (
        ProjectState.done,
        100,
        100,
    )
    with writing(demo_copy) as session:
        undo_progress(session, cast.didier, project)
    assert at(demo_copy, "VELO", LATER).report.state == ProjectState.under_way
    with pytest.raises(Refused), writing(demo_copy) as session:
        undo_progress(session, cast.didier, project)
    with reading(demo_copy) as session:
        assert ("state", "Terminé", "En cours") in journal(session, "VELO")


@pytest.mark.parametrize(
    "given, field",
    [
        ((ProjectState.under_way, 101), "progress"),
        ((ProjectState.under_way, -1), "progress"),
        ((ProjectState.done, 80), "progress"),
        ((ProjectState.under_way, 5, "x" * 2001), "comment"),
    ],
)
def test_a_report_that_cannot_be_is_said_beside_its_field(sqlite_copy, cast, given, field):
    project = saved(sqlite_copy, cast.didier, "VELO")
    with pytest.raises(Invalid) as refused:
        report(sqlite_copy, cast.didier, project, *given)
    assert list(refused.value.errors) == [field]


def test_who_does_not_keep_the_references_plans_and_reports_nothing(sqlite_copy, cast):
    project = saved(sqlite_copy, cast.didier, "VELO")
    for reader in (cast.alice, cast.carine, cast.elise, cast.nobody):
        with pytest.raises(Refused):
            plan(sqlite_copy, reader, project, budget=10)
        with pytest.raises(Refused):
            report(sqlite_copy, reader, project, ProjectState.under_way, 10)
