"""The demonstration keeps what its lists promise: every check value is recomputed here from raw
rows, naively.
"""

import csv
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import bcrypt
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from models.academy import Training, TrainingSession
from models.clock import frozen_on
from models.communities import Membership, MembershipEvent
from models.database import reading, writing
from models.directions import Direction, Headcount
from models.errors import Refused
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import ANSWERS, OPEN, IdeaKind, IdeaStatus, next_statuses
from models.ideas import Idea
from models.import_sources import SourceKey
from models.people import Account, Assignment, Mandate, Person
from models.roadmap import IS_MILESTONE, Plan, PlanReport, PlanSchedule
from models.seats import SeatEvent
from models.workdays import Workdays, workdays
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD, load_demo
from seed.stage import DATA

END = date(2023, 6, 30)
RECENT = END - timedelta(days=89)
YEAR = date(2022, 7, 1)
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


def test_there_are_as_many_persons_as_agents_in_each_service(session):
    placed = latest(every(session, Assignment), "person_id", END).values()
    agents = Counter(fact.service_id for fact in placed if fact.service_id)
    without = Counter(
        fact.service_id for fact in placed if fact.service_id and not fact.has_workstation
    )
    for fact in latest(every(session, Headcount), "service_id", END).values():
        assert (agents[fact.service_id], without[fact.service_id]) == (
            fact.agents,
            fact.without_computer,
        )


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


# --- academy
# --------------------------------------------------------------------------------------------------


def test_the_academy_adds_up(session):
    held = [
        row for row in every(session, TrainingSession) if row.on <= END and not row.cancelled_on
    ]
    assert (len(held), sum(row.capacity for row in held)) == (60, 681)
    assert min(row.on for row in held) == date(2022, 9, 20)
    events = [event for event in every(session, SeatEvent) if event.training_id]
    status = Counter(event.status for event in events)
    assert status == {
        "inscrite": 629,
        "presente": 578,
        "absente": 26,
        "excusee": 25,
        "attente": 103,
    }
    assert len({event.person_id for event in events if event.status == "presente"}) == 428
    hours = {training.id: training.hours for training in every(session, Training)}
    assert all(
        event.hours == (hours[event.training_id] if event.status == "presente" else 0)
        for event in events
    )
    old = [
        event
        for event in events
        if event.status == "attente" and event.on < END - timedelta(days=60)
    ]
    assert 30 <= len(old) <= 40


# --- communities ----------------------------------------------------------------------------------


def test_86_ambassadors_64_of_them_active(session):
    members = {
        row.person_id
        for row in every(session, Membership)
        if row.community == "ambassadeurs" and row.left_on is None
    }
    recent = [idea for idea in every(session, Idea) if RECENT <= idea.filed_on <= END]
    active = (
        {idea.author_id for idea in recent}
        | {idea.relay_id for idea in recent}
        | {
            event.person_id
            for event in every(session, SeatEvent)
            if event.status == "presente" and RECENT <= event.on <= END
        }
    )
    assert (len(members), len(members & active)) == (86, 64)
    code = codes(session)
    own = Counter(
        code[event.service_id][:6]
        for event in every(session, MembershipEvent)
        if event.own
        and event.joined
        and event.community == "ambassadeurs"
        and event.person_id in members
    )
    with (DATA / "directions.csv").open(encoding="utf-8") as file:
        wanted = {
            row["code"]: int(row["ambassadeurs"])
            for row in csv.DictReader(file, delimiter=";")
            if row["ambassadeurs"] not in ("", "0")
        }
    assert own == wanted and "DF-TAX" not in own and "AD-SAL" not in own


# --- ideas
# --------------------------------------------------------------------------------------------------


def stories(session: Session) -> dict[int, list[IdeaEvent]]:
    found: dict[int, list[IdeaEvent]] = defaultdict(list)
    for event in sorted(every(session, IdeaEvent), key=lambda event: event.seq):
        found[event.idea_id].append(event)
    return found


def first_answers(session: Session) -> dict[int, date]:
    """The day of the first answer, from the facts and not from what they say of themselves."""
    found: dict[int, date] = {}
    for idea_id, events in stories(session).items():
        for event in events:
            entered = event.to_status in ANSWERS and event.from_status != event.to_status
            if (event.what == EventKind.answered or entered) and idea_id not in found:
                found[idea_id] = event.on
    return found


def test_first_answers_take_24_days_and_71_percent_are_kept(session):
    days, answered = workdays(session), first_answers(session)
    ideas = {idea.id: idea for idea in every(session, Idea)}
    for start in (date.min, YEAR):
        delays = [days.between(ideas[i].filed_on, on) for i, on in answered.items() if on >= start]
        assert statistics.median(delays) == 24
        due = [idea for idea in ideas.values() if idea.due_on and start <= idea.due_on <= END]
        kept = sum(answered.get(idea.id, date.max) <= idea.due_on for idea in due)
        assert round(100 * kept / len(due)) == 71


def test_fourteen_entries_wait_for_more_than_90_days(session):
    answered, code = first_answers(session), codes(session)
    waiting = [
        idea
        for idea in every(session, Idea)
        if idea.status in OPEN and idea.id not in answered and (END - idea.filed_on).days > 90
    ]
    assert len(waiting) == 14
    oldest = min(
        (idea for idea in waiting if idea.kind == "constat"), key=lambda idea: idea.filed_on
    )
    told = session.exec(
        select(SourceKey).where(SourceKey.source == "demonstration:idees", SourceKey.key == "30")
    ).one()
    assert told.record_id == oldest.id
    for direction in ("AD-SAL", "DF-TAX"):
        silent = [idea for idea in every(session, Idea) if code.get(idea.concerns_id) == direction]
        assert sum(idea.id in answered for idea in silent) <= 1 < len(silent)


def test_what_is_known_of_the_origin(session):
    agents = latest(every(session, Headcount), "service_id", END)
    known = [agents[idea.origin_id] for idea in every(session, Idea) if idea.origin_id]
    share = sum(fact.without_computer / fact.agents for fact in known) / len(known)
    assert round(100 * share) == 39
    for idea in every(session, Idea):
        if idea.anonymous:
            assert idea.author_id is None
            assert idea.origin_id is None or agents[idea.origin_id].agents > 20


def test_the_facts_of_an_entry_follow_each_other(session):
    days = workdays(session)
    ideas = {idea.id: idea for idea in every(session, Idea)}
    answered = first_answers(session)
    for idea_id, events in stories(session).items():
        _check_story(ideas[idea_id], events, days, answered.get(idea_id))
    hidden = {(idea.status, idea.anonymous) for idea in ideas.values() if not idea.published}
    assert hidden == {("recue", True), ("reorientee", True)}
    assert all(idea.merged_into in ideas for idea in ideas.values() if idea.status == "fusionnee")


def _check_story(
    idea: Idea, events: list[IdeaEvent], days: Workdays, answered: date | None
) -> None:
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    status = due = None
    for event in events:
        assert (event.from_status, event.prev_due_on) == (status, due)
        if status and event.to_status != status:
            assert IdeaStatus(event.to_status) in next_statuses(
                IdeaKind(idea.kind), IdeaStatus(status)
            )
        if event.to_status != status and IdeaStatus(event.to_status).needs_reason:
            assert event.text
        assert event.first_answer == (event.delay is not None)
        if event.first_answer:
            assert event.on == answered and event.delay == days.between(idea.filed_on, event.on)
        status, due = event.to_status, event.due_on
    assert (idea.status, idea.due_on, idea.answered_on) == (status, due, answered)
    assert events[0].due_on == days.add(idea.filed_on, 30)


def test_every_entry_can_be_found(session):
    assert session.execute(text("SELECT count(*) FROM idea_words")).scalar() == 480


# --- loading --------------------------------------------------------------------------------------


def rows_of(engine: Engine, table: type) -> list[dict]:
    with reading(engine) as session:
        return sorted((row.model_dump() for row in every(session, table)), key=lambda row: str(row))


@pytest.fixture(scope="module")
def loaded_again(open_copy) -> Iterator[Engine]:
    engine, end = open_copy("sqlite", "empty")
    with writing(engine) as session:
        load_demo(session)
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
    with pytest.raises(Refused, match="se trouve déjà"), writing(sqlite_copy) as session:
        load_demo(session)


def test_it_never_mixes_with_a_real_database(sqlite_database):
    with writing(sqlite_database) as session:
        session.add(Person(given_name="Une", family_name="Personne"))
    with (
        pytest.raises(Refused, match="contient déjà des données"),
        writing(sqlite_database) as session,
    ):
        load_demo(session)


@pytest.mark.parametrize("demo_copy", ["postgresql"], indirect=True)
def test_a_new_person_can_be_added_after_it(demo_copy):
    """PostgreSQL's sequences know the ids that the demonstration gave."""
    with writing(demo_copy) as session:
        session.add(Person(given_name="Une", family_name="Nouvelle"))


@pytest.mark.parametrize(("people", "ideas"), [(10, 480), (3200, -1)])
def test_impossible_sizes_are_refused(sqlite_database, people, ideas):
    with pytest.raises(Refused), writing(sqlite_database) as session:
        load_demo(session, people=people, ideas=ideas)
