"""The demonstration keeps what its lists promise: every check value is recomputed here from raw
rows, naively.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import bcrypt
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.transactions import (
    add_rows,
    read_with,
    refusal,
    write_with,
)

from dashboard.access import OPERATOR
from dashboard.figures.board import board
from dashboard.queries.academy.counts import count_approvals
from dashboard.queries.ideas.waiting import count_late
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import whole_roadmap
from models.academy import Training, TrainingSession
from models.clock import frozen_on
from models.communities import Membership
from models.database import reading
from models.directions import Direction, Headcount
from models.idea_events import IdeaEvent
from models.ideas import Idea
from models.meetings import MeetingKind, MeetingState
from models.people import Account, Assignment, Mandate, Person
from models.roadmap import PlanReport
from models.seats import SeatEvent
from models.surveys import Question, Survey, SurveyState
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD, load_demo

END = date(2023, 6, 30)


@pytest.fixture
def session(sqlite_demo) -> Iterator[Session]:
    """Both engines hold the same rows: so says the test of two loads."""
    with reading(sqlite_demo) as opened:
        yield opened


def every(session: Session, table: type) -> list:
    return list(session.exec(select(table)))


# Kind of meeting → how many were held, and of how many that were planned until then.
MEETINGS = {
    MeetingKind.information: (18, 18),
    MeetingKind.consultation: (26, 27),
    MeetingKind.workshop: (16, 16),
    MeetingKind.field: (64, 72),
    MeetingKind.ambassadors: (11, 12),
    MeetingKind.managers: (3, 3),
    MeetingKind.peer_coaching: (7, 9),
    MeetingKind.group: (58, 66),
    MeetingKind.trainers: (6, 6),
    MeetingKind.steering: (15, 17),
    MeetingKind.codir: (36, 38),
    MeetingKind.council: (9, 10),
}


def test_each_kind_of_meeting_has_the_numbers_of_its_list(session):
    known = [meeting for meeting in calendar(session).at(END) if meeting.day <= END]
    held = Counter(meeting.kind for meeting in known if meeting.state == MeetingState.held)
    planned = Counter(meeting.kind for meeting in known)
    assert {kind: (held[kind], planned[kind]) for kind in planned} == MEETINGS


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
        (
            mandate.person_id,
            {unit.id: unit.code for unit in every(session, Direction)}[mandate.direction_id],
        )
        for mandate in every(session, Mandate)
    }
    assert (accounts["carine"].person_id, "VC-JSP") in mandates and (
        accounts["gaelle"].person_id,
        "ADM",
    ) in mandates
    assert accounts["elise"].person_id not in {person for person, _ in mandates}


# --------------------------------------------------------------------------------------------------


AIMED_AT = {
    "ambassadeurs-actifs": (64, 86),
    "formation": (428, 3200),
    "presence.taux": (578, 629),
    "reponse.mediane": 24,
    "reponse.tenue": (186, 262),
    "couverture": (54, 60),
    "attente": 34,
}


@pytest.mark.slow
def test_the_figures_are_those_that_the_lists_aim_at(session, scope_for):
    assert len(every(session, Idea)) == 480
    found = board(session, scope_for(session, OPERATOR))
    for code, wanted in AIMED_AT.items():
        entry = found[code]
        told = (entry.numerator, entry.denominator) if isinstance(wanted, tuple) else entry.value
        assert told == wanted, code


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
    """Two questionnaires are open, one of statements; Carine has late answers, a milestone and an approval to see to; one
    report came later than what it tells, so that what was known then differs.
    """
    surveys = session.exec(select(Survey).where(Survey.state == SurveyState.open)).all()
    assert [survey.takes_answers(END) for survey in surveys] == [True, True]
    proposed = session.exec(select(Question.survey_id).where(Question.proposed)).all()
    assert proposed == [surveys[1].id] * 2
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
