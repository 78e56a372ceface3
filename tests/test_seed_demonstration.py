"""The demonstration keeps what its lists promise: every check value is recomputed here from raw
rows, naively.
"""

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date

import bcrypt
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select
from support.transactions import (
    add_rows,
    read_with,
    refusal,
    write_with,
)

from dashboard.access import OPERATOR
from dashboard.figures.board import board
from dashboard.queries.academy.approvals import count_approvals
from dashboard.queries.ideas.waiting import count_late
from dashboard.queries.roadmap import whole_roadmap
from models.academy import Training, TrainingSession
from models.clock import frozen_on
from models.communities import Membership
from models.database import reading
from models.directions import Direction, Headcount
from models.idea_events import IdeaEvent
from models.ideas import Idea
from models.people import Account, Assignment, Mandate, Person
from models.roadmap import IS_MILESTONE, Plan, PlanReport, PlanSchedule
from models.seats import SeatEvent
from models.surveys import Survey, SurveyState
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD, load_demo

END = date(2023, 6, 30)
# Check values of the demonstration: day → EV, PV in %, weight done, weight in all, milestones due, done on time.
ROADMAP = {
    date(2021, 12, 31): (9.9, 9.9, 9, 91, 5, 4),
    date(2022, 6, 30): (35.2, 36.3, 32, 91, 17, 9),
    date(2022, 12, 31): (50.0, 64.6, 44, 91, 27, 12),
    date(2023, 3, 31): (70.3, 74.2, 54, 90, 30, 12),
    date(2023, 6, 30): (80.6, 88.3, 57, 90, 36, 14),
}


@pytest.fixture
def session(sqlite_demo) -> Iterator[Session]:
    """Both engines hold the same rows: so says the test of two loads."""
    with reading(sqlite_demo) as opened:
        yield opened


def every(session: Session, table: type) -> list:
    return list(session.exec(select(table)))


def of_milestones(session: Session, table: type) -> list:
    """The facts of milestones, without those of projects of the PST."""
    milestones = select(Plan.id).where(IS_MILESTONE)
    return list(session.exec(select(table).where(table.plan_id.in_(milestones))))


def codes(session: Session) -> dict[int, str]:
    return {unit.id: unit.code for unit in every(session, Direction)}


def latest(facts: list, owner: str, on: date) -> dict[int, object]:
    """The last fact per owner at a day."""
    known = sorted((fact for fact in facts if fact.on <= on), key=lambda fact: (fact.on, fact.id))
    return {getattr(fact, owner): fact for fact in known}


# --- organisation
# --------------------------------------------------------------------------------------------------


def test_the_chart_has_24_directions_and_60_services_on_the_frozen_day(session):
    assert frozen_on(session) == END
    kinds = Counter(unit.kind for unit in every(session, Direction))
    assert kinds == {"racine": 1, "departement": 5, "direction": 24, "service": 60}


def test_every_account_opens_with_the_demonstration_password(session):
    accounts = {account.login: account for account in every(session, Account)}
    assert set(accounts) == {login for login, _, _ in DEMO_ACCOUNTS}
    assert bcrypt.checkpw(DEMO_PASSWORD.encode(), accounts["alice"].password_hash.encode())
    assert {login: account.roles for login, account in accounts.items() if account.roles} == {
        "didier": "animateur",
        "elise": "codir",
        "farid": "admin",
        "gaelle": "codir",
    }
    mandates = {
        (mandate.person_id, codes(session)[mandate.direction_id])
        for mandate in every(session, Mandate)
    }
    assert (accounts["carine"].person_id, "VC-JSP") in mandates and (
        accounts["gaelle"].person_id,
        "ADM",
    ) in mandates
    assert accounts["elise"].person_id not in {person for person, _ in mandates}


# --- milestones
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", ROADMAP)
def test_the_roadmap_gives_the_check_values(session, on):
    schedule = latest(of_milestones(session, PlanSchedule), "plan_id", on)
    report = latest(of_milestones(session, PlanReport), "plan_id", on)
    earned = planned = weight = done = due = on_time = 0
    for milestone in session.exec(select(Plan).where(IS_MILESTONE)):
        plan, last = schedule[milestone.id], report.get(milestone.id)
        if last and last.state == "annule":
            continue
        elapsed = min(max((on - plan.start).days / (plan.end - plan.start).days, 0), 1)
        weight += plan.weight
        earned += plan.weight * (last.progress if last else 0) / 100
        planned += plan.weight * (
            math.floor(4 * elapsed) / 4 if milestone.ladder else plan.end <= on
        )
        is_done = last is not None and last.state == "termine"
        done += plan.weight * is_done
        due += plan.end <= on
        on_time += plan.end <= on and is_done and last.actual_end <= plan.end
    found = (
        round(100 * earned / weight, 1),
        round(100 * planned / weight, 1),
        done,
        weight,
        due,
        on_time,
    )
    assert found == ROADMAP[on]


AIMED_AT = {
    "ambassadeurs-actifs": (64, 86),
    "formation": (428, 3200),
    "presence.taux": (578, 629),
    "reponse.mediane": 24,
    "reponse.tenue": (186, 262),
    "couverture": (54, 60),
    "attente": 34,
}


def test_the_figures_are_those_that_the_lists_aim_at(session, scope_for):
    assert len(every(session, Idea)) == 480
    found = board(session, scope_for(session, OPERATOR))
    for code, wanted in AIMED_AT.items():
        entry = found[code]
        told = (entry.numerator, entry.denominator) if isinstance(wanted, tuple) else entry.value
        assert told == wanted, code


def test_every_entry_can_be_found(session):
    assert session.execute(text("SELECT count(*) FROM idea_words")).scalar() == 480


# --- loading --------------------------------------------------------------------------------------


def rows_of(engine: Engine, table: type) -> list[dict]:
    return sorted(
        (row.model_dump() for row in read_with(engine, every, table)), key=lambda row: str(row)
    )


@pytest.fixture(scope="module")
def loaded_again(open_copy) -> Iterator[Engine]:
    engine, end = open_copy("sqlite", "empty")
    write_with(engine, load_demo)
    yield engine
    end()


@pytest.mark.slow
def test_two_loads_are_identical_on_both_engines(demo, loaded_again):
    for table in (
        Person,
        Account,
        Assignment,
        Headcount,
        PlanReport,
        Membership,
        SeatEvent,
        Idea,
        IdeaEvent,
    ):
        assert rows_of(demo, table) == rows_of(loaded_again, table), table


def test_loading_it_twice_is_refused(sqlite_copy):
    refusal(sqlite_copy, load_demo, match="se trouve déjà")


def test_it_never_mixes_with_a_real_database(sqlite_database):
    add_rows(sqlite_database, Person(given_name="Une", family_name="Personne"))
    refusal(sqlite_database, load_demo, match="contient déjà des données")


@pytest.mark.parametrize("demo_copy", ["postgresql"], indirect=True)
def test_a_new_person_can_be_added_after_it(demo_copy):
    """PostgreSQL's sequences know the ids that the demonstration gave."""
    add_rows(demo_copy, Person(given_name="Une", family_name="Nouvelle"))


@pytest.mark.parametrize(("people", "ideas"), [(10, 480), (3200, -1)])
def test_impossible_sizes_are_refused(sqlite_database, people, ideas):
    refusal(sqlite_database, load_demo, people=people, ideas=ideas)


def test_what_waits_on_the_frozen_day(session, cast, scope_for):
    """A questionnaire is open; Carine has late answers, a milestone and an approval to see to; one
    report came later than what it tells, so that what was known then differs.
    """
    [survey] = session.exec(select(Survey).where(Survey.state == SurveyState.open)).all()
    assert survey.takes_answers(END)
    scope = scope_for(session, cast.carine)
    [direction] = cast.carine.mandates
    assert count_late(session, scope.within(scope.tree.by_id[direction])) == 2
    assert count_approvals(session, scope, cast.carine.own_units(scope.tree)) == 1
    milestones = whole_roadmap(session).of_programme(None).at(END)
    assert [m.plan.number for m in milestones if m.schedule.owner_direction_id == direction] == [
        "2.7"
    ]
    late = [r for r in every(session, PlanReport) if r.recorded_on > r.on]
    assert [(r.on, r.recorded_on) for r in late] == [(date(2023, 1, 30), date(2023, 2, 6))]
    sessions = session.exec(select(TrainingSession)).all()
    assert all(s.starts < s.ends for s in sessions)
    assert session.exec(select(Training).where(Training.objectives != "")).all()
