"""Programmes: Didier prepares 2024-2026 beside the one that runs; no figure of 2021-2023 moves, and
when the next one begins the first is over and stays readable.
"""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from support.troupe import FROZEN, Cast

from dashboard.access import OPERATOR
from dashboard.actions.figures import targets
from dashboard.actions.figures.targets import TargetInput
from dashboard.actions.milestones import (
    MilestoneInput,
    MilestoneText,
    change_milestone,
    create_milestone,
)
from dashboard.actions.programmes import (
    ProgrammeInput,
    add_workstream,
    change_programme,
    create_programme,
)
from dashboard.actions.roadmap import ReportInput, report_milestone
from dashboard.figures.board import board
from dashboard.figures.declaring import all_declared
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import programme
from models.database import reading, writing
from models.errors import Invalid, Refused
from models.keeping import Change, Installation
from models.programmes import Programme, programmes
from models.roadmap import Milestone, MilestoneState

DATES = ("2021-12-31", "2022-06-30", "2022-12-31", "2023-03-31", "2023-06-30")
NEXT = ProgrammeInput("2024-2026", date(2024, 1, 1), date(2026, 12, 31))
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
        text = MilestoneText("Dix démarches simplifiées", stream.id)
        given = MilestoneInput(
            "7.1", text, date(2024, 1, 8), date(2024, 12, 20), 2.0, owner="Didier"
        )
        create_milestone(session, cast.didier, given)
        wanted = TargetInput(date(2026, 12, 31), 90.0, reason="Prochain programme")
        targets.decide(session, cast.didier, all_declared()["couverture"], wanted)
        return stream.id


def later(engine: Engine) -> None:
    """The clock of the demonstration moves on to March 2024."""
    with writing(engine) as session:
        installation = session.get(Installation, 1)
        installation.frozen_on = LATER
        session.add(installation)


def test_no_figure_of_the_running_programme_moves_while_the_next_is_prepared(
    demo_copy, cast: Cast, scope_for
):
    before = figures(demo_copy, scope_for)
    prepared(demo_copy, cast)
    assert figures(demo_copy, scope_for) == before


def test_once_the_next_one_has_begun_the_first_is_over_and_reads_as_it_did(
    sqlite_copy, cast: Cast, scope_for
):
    before = figures(sqlite_copy, scope_for)
    stream = prepared(sqlite_copy, cast)
    later(sqlite_copy)
    assert figures(sqlite_copy, scope_for, today=LATER) == before
    with reading(sqlite_copy) as session:
        known = programme(session)
        now = known.at(LATER)
        assert [m.milestone.number for m in now] == ["7.1"]
        assert [s.id for s in known.streams(LATER)] == [stream]
        assert len(known.at(FROZEN)) > 40 and len(known.streams(FROZEN)) == 6
        assert known.one("2.7", LATER).milestone.title
    (shown,) = figures(sqlite_copy, scope_for, today=LATER, dates=(LATER.isoformat(),))
    by_code = {entry["code"]: entry for entry in shown["figures"]}
    assert by_code["avancement"]["value"] == 0.0
    assert by_code["couverture"]["target"] == 90.0
    assert not [
        entry for code, entry in by_code.items() if code != "couverture" and entry["target"]
    ]


def test_a_milestone_is_reported_in_the_new_programme_and_its_delay_counts_from_its_first_day(
    sqlite_copy, cast: Cast, scope_for
):
    prepared(sqlite_copy, cast)
    later(sqlite_copy)
    with writing(sqlite_copy) as session:
        milestone = session.exec(select(Milestone.id).where(Milestone.number == "7.1")).one()
        tree = organisation(session).at(LATER)
        done = ReportInput(MilestoneState.done, 100, actual_end=LATER)
        report_milestone(session, cast.didier, milestone, done, tree)
    (shown,) = figures(sqlite_copy, scope_for, today=LATER, dates=(LATER.isoformat(),))
    by_code = {entry["code"]: entry for entry in shown["figures"]}
    assert by_code["avancement"]["value"] == 100.0
    assert 0 < by_code["ecart.mois"]["value"] < 12, "months since January 2024, not since 2021"


@pytest.mark.parametrize(
    "given,field",
    [
        (ProgrammeInput("", date(2024, 1, 1), date(2026, 12, 31)), "name"),
        (ProgrammeInput("2021-2023", date(2024, 1, 1), date(2026, 12, 31)), "name"),
        (ProgrammeInput("Suite", None, date(2026, 12, 31)), "first_day"),
        (ProgrammeInput("Suite", date(2024, 1, 1), None), "last_day"),
        (ProgrammeInput("Suite", date(2024, 1, 1), date(2023, 12, 31)), "last_day"),
        (ProgrammeInput("Suite", date(2023, 12, 31), date(2026, 12, 31)), "first_day"),
        (ProgrammeInput("Avant", date(2019, 1, 1), date(2021, 1, 1)), "first_day"),
    ],
)
def test_a_programme_that_cannot_be_is_told_beside_its_field(sqlite_copy, cast: Cast, given, field):
    with pytest.raises(Invalid) as wrong, writing(sqlite_copy) as session:
        create_programme(session, cast.didier, given)
    assert list(wrong.value.errors) == [field]
    with reading(sqlite_copy) as session:
        assert len(session.exec(select(Programme)).all()) == 1


def test_a_milestone_stays_in_its_programme(sqlite_copy, cast: Cast):
    stream = prepared(sqlite_copy, cast)
    with pytest.raises(Invalid) as wrong, writing(sqlite_copy) as session:
        milestone = session.exec(select(Milestone).where(Milestone.number == "2.7")).one()
        text = MilestoneText(milestone.title, stream, milestone.ladder)
        change_milestone(session, cast.didier, milestone.id, text)
    assert list(wrong.value.errors) == ["workstream_id"]


def test_the_days_of_a_programme_change_with_their_history_by_who_keeps_it(sqlite_copy, cast: Cast):
    with reading(sqlite_copy) as session:
        (first,) = programmes(session).periods
    given = ProgrammeInput(first.name, first.first_day, date(2024, 6, 30))
    for reader in (cast.alice, cast.carine, cast.elise, cast.farid, cast.gaelle):
        with pytest.raises(Refused), writing(sqlite_copy) as session:
            change_programme(session, reader, first.id, given)
    with writing(sqlite_copy) as session:
        change_programme(session, cast.didier, first.id, given)
    with reading(sqlite_copy) as session:
        assert programmes(session).periods[0].last_day == date(2024, 6, 30)
        change = session.exec(select(Change).where(Change.subject == "programme")).one()
    assert (change.field, change.before) == ("last_day", "2023-12-31")
    with pytest.raises(Invalid) as wrong, writing(sqlite_copy) as session:
        create_programme(session, cast.didier, NEXT)
    assert "chevauchent" in wrong.value.errors["first_day"]
