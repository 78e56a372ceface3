"""The demonstration keeps what its lists promise; « Le projet de transformation »."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import BytesIO

import bcrypt
import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, text
from sqlmodel import Session, select
from support.hands import plain
from support.pages import arrive, parts_of
from support.transactions import add_rows, read_with, refusal, write_with

from dashboard import cached
from dashboard.access import OPERATOR
from dashboard.actions.registers import save_record
from dashboard.cached import ideas
from dashboard.figures.board import board
from dashboard.queries.academy.attendance import count_approvals
from dashboard.queries.ideas.waiting import count_late
from dashboard.queries.meetings.records import calendar
from dashboard.queries.reference_tables import AMBITIONS
from dashboard.queries.roadmap import whole_roadmap
from dashboard.queries.waits import way_at
from dashboard.report.posters import kit
from models.academy import Training, TrainingSession
from models.clock import frozen_on
from models.communities import Membership
from models.database import reading, writing
from models.directions import Direction, Headcount
from models.groups import GroupState
from models.idea_events import IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea
from models.meetings import MeetingKind, MeetingState
from models.people import Account, Assignment, Mandate, Person
from models.roadmap import Ambition, PlanReport
from models.seats import SeatEvent
from models.surveys import Question, Survey, SurveyState
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD, load_demo

# ── The demonstration keeps what its lists promise ────────────────────────────────────────────────
# Every check value is recomputed here from raw rows, naively.

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


# ── « Le projet de transformation » ───────────────────────────────────────────────────────────────
# It counts what the records hold, and says what each ambition aims at.

FROM, TO = date(2022, 7, 1), date(2023, 6, 30)


def counted(engine: Engine, statement: str, **more: object) -> int:
    with reading(engine) as session:
        return session.execute(text(statement), {"first": FROM, "last": TO} | more).scalar()


def test_the_way_counts_what_the_records_hold(demonstration, cast, scope_for):
    scope = read_with(demonstration, scope_for, cast.alice, TO)
    way = way_at(TO, ideas.filed_and_done(scope), cached.groups(TO), cached.decisions(TO))
    filed = (
        "SELECT COUNT(*) FROM idea WHERE filed_on BETWEEN :first AND :last"
        " AND kind IN (:idea, :suggestion)"
    )
    kinds = {"idea": IdeaKind.idea, "suggestion": IdeaKind.suggestion}
    handed_in = (
        'SELECT COUNT(DISTINCT group_id) FROM group_event WHERE state = :state AND "on" BETWEEN'
        " :first AND :last AND voids IS NULL"
    )
    assert way.filed == counted(demonstration, filed, **kinds) > 0
    assert way.submitted == counted(demonstration, handed_in, state=GroupState.submitted) > 0
    # Counted from the state of each entry, too: within a month as at its end.
    for day in (TO, date(2023, 6, 14), date(2023, 2, 28)):
        at_day = read_with(demonstration, scope_for, cast.alice, day)
        states = ideas.idea_cohort(at_day)
        done = states[IdeaStatus.implemented]
        assert ideas.filed_and_done(at_day) == (sum(states.values()), done)
    # What is decided was handed in before, and what is carried out was filed.
    assert 0 < way.decided <= len(cached.groups(TO)) and 0 < way.carried_out < way.filed


@pytest.mark.slow
def test_an_ambition_says_its_goal_and_without_one_its_target(demonstration, cast):
    page = plain(" ".join(parts_of(arrive(demonstration, "alice", "projet"))))
    assert "Visé : Citoyens satisfaits, 75" in page
    with writing(demonstration) as session:
        durable = session.exec(select(Ambition).where(Ambition.code == "durable")).one()
        given = {"goal": "Deux fois moins de papier"}
        save_record(session, cast.didier, AMBITIONS, durable.id, given)
    page = " ".join(parts_of(arrive(demonstration, "alice", "projet")))
    assert "Deux fois moins de papier" in page


@pytest.mark.slow
def test_the_kit_says_the_figures_of_the_day_on_seven_pages(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.alice, TO)
        made = PdfReader(BytesIO(kit(session, scope, "https://ici.exemple.be/deposer")))
    told = [plain(page.extract_text()) for page in made.pages]
    assert len(told) == 7 and "80,6 %" in told[0] and "80,6 %" in told[4]
    assert "Citoyens satisfaits : 75 %" in told[3] and "ici.exemple.be/deposer" in told[6]
    assert [made.pages[n].mediabox.width > made.pages[n].mediabox.height for n in range(7)] == [
        False,
        *[True] * 5,
        False,
    ]
