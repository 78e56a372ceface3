"""A small town; the ledger; what screens remember."""

import os
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import pytest
from sqlmodel import Session, select
from support.databases import telling_statements
from support.transactions import read_with, select_all, write_with
from support.troupe import FROZEN, in_turn

from dashboard import cached
from dashboard.access import NOBODY, OPERATOR
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.ideas.facts import move_facts, undo
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea
from dashboard.actions.operations.mixing import mix
from dashboard.cached import memory, precomputing
from dashboard.figures import REGISTRY
from dashboard.figures.board import board, scope_for as spoken_of
from dashboard.figures.kinds import Reads, figure_of
from dashboard.ui.charts import HEADLINES, cards_of
from models import database as house
from models.clock import month_ends
from models.database import reading, writing
from models.decisions import Instance
from models.directions import Direction, DirectionPlace, Headcount
from models.facts import random_id
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.installation import Installation, Revision
from models.ledger import Ledger, event_row
from models.people import Person
from models.revisions import raise_revisions
from models.roadmap import Ambition
from models.settings import ROOT, settings

# ── A small town ──────────────────────────────────────────────────────────────────────────────────

LAST = date(2023, 6, 30)
UNITS = [
    ("ADM", "racine", None),
    ("A", "departement", "ADM"),
    ("A-1", "direction", "A"),
    ("A-1-1", "service", "A-1"),
    ("A-1-2", "service", "A-1"),
    ("B", "departement", "ADM"),
    ("B-1", "direction", "B"),
    ("B-1-1", "service", "B-1"),
]
AGENTS = {"A-1-1": 60, "A-1-2": 40, "B-1-1": 100}
S = IdeaStatus


@dataclass
class Town:
    """A small administration: three services in two departments, two ambitions, forty persons."""

    unit: dict[str, int] = field(default_factory=dict)
    persons: list[int] = field(default_factory=list)


def build_town(session: Session) -> Town:
    town, day = Town(), date(2021, 1, 1)
    for position, (code, kind, parent) in enumerate(UNITS):
        unit = Direction(code=code, name=code, kind=kind, position=position)
        session.add(unit)
        session.flush()
        town.unit[code] = unit.id
        session.add(
            DirectionPlace(
                direction_id=unit.id,
                on=day,
                recorded_on=day,
                parent_id=parent and town.unit[parent],
            )
        )
    session.add_all(
        Headcount(
            service_id=town.unit[code],
            on=on,
            recorded_on=day,
            agents=agents + more,
            without_computer=0,
        )
        for code, agents in AGENTS.items()
        for on, more in ((day, 0), (date(2022, 7, 1), 10))
    )
    people = [Person(given_name=f"P{n}") for n in range(40)]
    session.add_all(
        [*people, Ambition(id=1, code="un", name="Un"), Ambition(id=2, code="deux", name="Deux")]
    )
    session.flush()
    town.persons = [person.id for person in people]
    return town


# ── The ledger; what screens remember ─────────────────────────────────────────────────────────────

# ── The ledger ────────────────────────────────────────────────────────────────────────────────────
# What later facts leave of earlier days, and how many write at once.

# A promise that was missed: what happens to the idea afterwards belongs to a later day.
FILED, DUE, MONTH_AFTER = date(2022, 3, 1), date(2022, 4, 12), date(2022, 5, 31)


def tell_a_missed_promise(session: Session, town: Town, then) -> None:
    """Filed in March, promised for April, and in June `then` adds facts for the idea."""
    idea = Idea(
        id=random_id(FILED),
        number=1,
        kind="idee",
        title="Une idée",
        channel="formulaire",
        filed_on=FILED,
        concerns_id=town.unit["A-1-1"],
        status=S.received,
        due_on=DUE,
    )
    session.add(idea)
    session.flush()
    ledger = Ledger(session)
    ledger.add(
        event_row(
            idea,
            id=random_id(FILED),
            on=FILED,
            recorded_on=FILED,
            seq=1,
            what=EventKind.filed,
            to_status=str(S.received),
            due_on=DUE,
        )
    )
    if then:
        june = date(2022, 6, 20)
        for seq, values in enumerate(then(idea, town), 2):
            ledger.add(
                event_row(idea, id=random_id(june), on=june, recorded_on=june, seq=seq, **values)
            )
    ledger.write()


def held_late(_idea, _town):
    yield {
        "what": EventKind.held,
        "from_status": S.received,
        "to_status": S.received,
        "prev_due_on": DUE,
        "due_on": date(2022, 7, 15),
    }


def withdrawn_late(_idea, _town):
    yield {
        "what": EventKind.status,
        "from_status": S.received,
        "to_status": S.withdrawn,
        "prev_due_on": DUE,
        "due_on": None,
    }


def moved_late(idea, town):
    yield {
        "what": EventKind.status,
        "from_status": S.received,
        "to_status": None,
        "prev_due_on": DUE,
        "due_on": None,
    }
    idea.concerns_id = town.unit["B-1-1"]
    yield {
        "what": EventKind.status,
        "from_status": None,
        "to_status": S.received,
        "prev_due_on": None,
        "due_on": DUE,
    }


LATER = [held_late, withdrawn_late, moved_late]


@pytest.mark.parametrize("database,then", in_turn(LATER), indirect=["database"])
def test_a_promise_that_was_missed_stays_missed_on_earlier_days(database, scope_for, then):
    """Every figure is computed from facts of that day."""
    with writing(database) as session:
        town = build_town(session)
        tell_a_missed_promise(session, town, then)
    with reading(database) as session:
        scopes = [
            scope_for(session, OPERATOR, LAST, au=str(MONTH_AFTER), **more)
            for more in ({}, {"direction": "A-1"})
        ]
        for scope in scopes:
            found = board(session, scope, ["reponse"])["reponse.tenue"]
            assert (found.numerator, found.denominator) == (0, 1), scope.sentence()


@pytest.mark.parametrize("database,then", in_turn(LATER[::-1]), indirect=["database"])
def test_the_oldest_open_idea_is_the_one_of_that_day(database, scope_for, then):
    """No figure reads a current column: where the idea stands today says nothing of the spring."""
    with writing(database) as session:
        town = build_town(session)
        tell_a_missed_promise(session, town, then)
    with reading(database) as session:
        for more in ({}, {"direction": "A-1"}):
            found = board(
                session,
                scope_for(session, OPERATOR, LAST, au=str(MONTH_AFTER), **more),
                ["reponse", "reponse.ancienne"],
            )
            assert found["reponse.ouvertes"].value == 1
            assert found["reponse.ancienne"].value == (MONTH_AFTER - FILED).days


def test_an_answer_in_time_and_its_promise_stay_in_one_direction(database, scope_for):
    """Answered in time by one direction, then moved to another: nobody may inherit a promise
    without its answer.
    """
    with writing(database) as session:
        town = build_town(session)
        idea = Idea(
            id=random_id(FILED),
            number=1,
            kind="idee",
            title="Une idée",
            channel="formulaire",
            filed_on=FILED,
            concerns_id=town.unit["A-1-1"],
            status=S.accepted,
            due_on=DUE,
            answered_on=date(2022, 3, 15),
        )
        session.add(idea)
        session.flush()
        ledger = Ledger(session)
        ledger.add(
            event_row(
                idea,
                id=random_id(FILED),
                on=FILED,
                recorded_on=FILED,
                seq=1,
                what=EventKind.filed,
                to_status=str(S.received),
                due_on=DUE,
            )
        )
        ledger.add(
            event_row(
                idea,
                id=random_id(FILED),
                on=date(2022, 3, 15),
                recorded_on=FILED,
                seq=2,
                what=EventKind.status,
                from_status=S.received,
                to_status=S.accepted,
                prev_due_on=DUE,
                due_on=DUE,
                first_answer=True,
                delay=10,
            )
        )
        for event in move_facts(
            idea, {"concerns_id": town.unit["B-1-1"]}, 3, date(2022, 3, 21), date(2022, 3, 21), None
        ):
            ledger.add(event)
        ledger.write()
    with reading(database) as session:
        rates = [
            board(
                session,
                scope_for(session, OPERATOR, LAST, au=str(MONTH_AFTER), **more),
                ["reponse", "reponse.ancienne"],
            )["reponse.tenue"]
            for more in ({}, {"direction": "A-1"}, {"direction": "B"})
        ]
        assert (rates[0].numerator, rates[0].denominator) == (1, 1)
        assert sorted((rate.numerator, rate.denominator) for rate in rates[1:]) == [(0, 0), (1, 1)]


def test_three_authors_who_changed_services_are_not_found_by_difference(database, scope_for):
    """Three persons filed from two services of one department each, ten from another department:
    13 less 10 says 3.
    """
    with writing(database) as session:
        town = build_town(session)
        ledger = Ledger(session)
        moved = [(person, code) for person in town.persons[:3] for code in ("A-1-1", "A-1-2")]
        for n, (person, code) in enumerate(
            moved + [(person, "B-1-1") for person in town.persons[3:13]]
        ):
            idea = Idea(
                id=random_id(FILED),
                number=n,
                kind="idee",
                title="Une idée",
                channel="formulaire",
                filed_on=FILED,
                author_id=person,
                origin_id=town.unit[code],
                status=S.received,
            )
            session.add(idea)
            session.flush()
            ledger.add(
                event_row(
                    idea,
                    id=random_id(FILED),
                    on=FILED,
                    recorded_on=FILED,
                    seq=1,
                    what=EventKind.filed,
                    to_status=str(S.received),
                )
            )
        ledger.write()
    with reading(database) as session:
        found = {
            code: board(
                session,
                scope_for(session, OPERATOR, LAST, au=str(MONTH_AFTER), direction=code),
                ["idees"],
            )["idees.auteurs"]
            for code in ("ADM", "A", "A-1", "B")
        }
    assert found["A"].suppressed and found["A-1"].suppressed
    assert found["ADM"].suppressed or found["B"].suppressed, (
        "the whole less B would say how many of A have filed"
    )


@pytest.mark.slow
@pytest.mark.locks
def test_filings_while_days_are_mixed_do_not_wait_for_ever(demo_copy):
    """The round after midnight writes the rows of its days anew; people file meanwhile."""

    def file_some() -> int:
        for nth in range(25):
            idea = checked_input(title=f"Pendant le brassage {nth}", kind="idee", anonymous=True)
            write_with(
                demo_copy, file_idea, NOBODY, idea, secrets.token_urlsafe(24), Circumstances()
            )
        return 25

    with writing(demo_copy) as session:
        session.get(Installation, 1).mixed_before = date(2022, 9, 1)
    with ThreadPoolExecutor(2) as hands:
        filed = hands.submit(file_some)
        mixed = hands.submit(mix, demo_copy, FROZEN)
        assert filed.result() == 25 and mixed.result() > 5


# ── What screens remember ─────────────────────────────────────────────────────────────────────────
# The past keeps its points while today is written, and loses them when something reaches back.

DATES = [date(2022, 11, 15), *month_ends(FROZEN, 14)]
WRITTEN = ("idees", "reponse", "reponse.ancienne", "idees-issue", "decisions")


@pytest.fixture
def served(demo_copy, monkeypatch):
    """A copy of the demonstration that this process reads, as a server does."""
    monkeypatch.setenv("DATABASE_URL", demo_copy.url.render_as_string(hide_password=False))
    for forget in (settings.cache_clear, house.engine.cache_clear):
        forget()
    yield demo_copy
    house.engine().dispose()
    for forget in (settings.cache_clear, house.engine.cache_clear):
        forget()


def past(engine) -> dict[str, int]:
    return {
        row.subject: row.n
        for row in select_all(engine, select(Revision))
        if row.subject.endswith(":past")
    }


def agree(engine, scope_for) -> None:
    """What is remembered is what the database says, for every figure and date."""
    with reading(engine) as session:
        scope = scope_for(session, OPERATOR)
        for code in WRITTEN:
            figure = REGISTRY[code]
            assert cached.points(figure, scope, DATES) == Reads(session).points(
                figure, spoken_of(scope, figure), DATES
            ), code


@pytest.mark.slow
def test_what_is_written_today_moves_today_only(served, cast, scope_for):
    agree(served, scope_for)
    before = past(served)
    with writing(served) as session:
        file_idea(session, cast.alice, checked_input(title="Un banc"), "jeton")
        submit_point(session, cast.didier, PointInput("Un point", Instance.codir))
    assert past(served) == before, "no day before today can have changed"
    agree(served, scope_for)


@pytest.mark.slow
def test_what_reaches_back_is_seen_on_every_day(served, cast, scope_for):
    agree(served, scope_for)
    before = past(served)
    write_with(
        served,
        submit_point,
        cast.didier,
        PointInput("Un point oublié", Instance.codir, on=date(2022, 11, 10)),
    )
    assert past(served) == before | {"decisions:past": before["decisions:past"] + 1}
    agree(served, scope_for)
    found = cached.points(REGISTRY["decisions"], read_with(served, scope_for, OPERATOR), DATES)[
        "decisions.attente"
    ]
    assert found[0].value == 1, "on 15 November 2022 it was waiting"


@pytest.mark.slow
def test_a_month_of_ideas_that_is_over_is_counted_once(served, cast, scope_for):
    """Each direction and each later look finds it; an answer that is undone leaves it."""
    with reading(served) as session:
        whole, part = scope_for(session, OPERATOR), scope_for(session, OPERATOR, direction="VC")
    figure = REGISTRY["reponse"]
    with telling_statements(house.engine()) as first:
        cached.points(figure, whole, [FROZEN])
    write_with(served, file_idea, cast.alice, checked_input(title="Un banc"), "jeton")
    with telling_statements(house.engine()) as again:
        cached.points(figure, whole, [FROZEN])
        cached.points(figure, part, [FROZEN])
    assert sum(map(is_count, again)) == 5 < sum(map(is_count, first)) / 10, "the day that runs"
    agree(served, scope_for)
    with writing(served) as session:
        late = session.exec(
            select(IdeaEvent).where(IdeaEvent.first_answer, IdeaEvent.on < date(2023, 3, 1))
        ).first()
        undo(session, cast.elise, session.get(Idea, late.idea_id), [late])
    agree(served, scope_for)


def is_count(statement: str) -> bool:
    return "FROM idea_event" in statement and "GROUP BY" in statement


PLACES = ({}, {"direction": "VC"}, {"direction": "VC-JSP,VC-CUL"}, {"ambition": "modernisation"})


@pytest.mark.slow
def test_what_directions_share_is_read_once_and_tells_each_of_them(served, scope_for):
    """Whoever looks first, each direction is told what it would be told alone."""
    days = [date(2022, 11, 15), FROZEN]
    precomputing.ready(rest=lambda _seconds: None)
    with reading(served) as session:
        scopes = [scope_for(session, OPERATOR, **place) for place in PLACES[::2]]
        for figure in REGISTRY.values():
            for scope in (spoken_of(scope, figure) for scope in scopes):
                alone = Reads(session).points(figure, scope, days)
                assert cached.points(figure, scope, days) == alone, (figure.code, scope.place)


@pytest.mark.slow
def test_cards_of_today_wait_for_no_figure(served, scope_for, cast):
    scope = read_with(served, scope_for, OPERATOR)
    seen = precomputing.ready(rest=lambda _seconds: None)
    cards = [code for codes in HEADLINES.values() for code in codes]
    cards_of(scope, cards)
    with telling_statements(house.engine()) as asked:
        cards_of(scope, cards)
    assert set(asked) <= {"SELECT subject, n FROM revision"}
    write_with(served, file_idea, cast.alice, checked_input(title="Un banc"), "jeton")
    assert precomputing.ready(seen, rest=lambda _seconds: None) != seen
    with telling_statements(house.engine()) as asked:
        found = {card.entry.code: card.entry for card in cards_of(scope, cards)}
    assert set(asked) <= {"SELECT subject, n FROM revision"}
    with reading(served) as session:
        counted = figure_of("reponse.ouvertes").function(Reads(session), scope, FROZEN)
    assert found["reponse.ouvertes"].value == counted["reponse.ouvertes"].value


BUMPS = """
import sys
from models.database import engine_for, writing
from models.revisions import raise_revisions
with writing(engine_for(sys.argv[1])) as session:
    raise_revisions(session, "ideas")
"""


@pytest.mark.slow
@pytest.mark.locks
def test_revisions_tell_a_commit_of_any_process(demo_copy, monkeypatch):
    monkeypatch.setattr(memory, "engine", lambda: demo_copy)
    first = memory.every_revision()
    write_with(demo_copy, raise_revisions, "ideas")
    second = memory.every_revision()
    assert second["ideas"] == first["ideas"] + 1
    url = demo_copy.url.render_as_string(hide_password=False)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", BUMPS, url], env=environment, check=True)
    assert memory.every_revision()["ideas"] == second["ideas"] + 1
