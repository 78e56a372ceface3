"""How long things are kept: what the settings promise, the rounds do."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlmodel import Session, select
from support.rounds import done
from support.transactions import (
    add_rows,
    read_with,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import NOBODY
from dashboard.actions.ideas.entries import forget_drafts, keep_draft
from dashboard.actions.interests import drop_forgotten, mark_interest
from dashboard.actions.operations.tick import TASKS
from dashboard.actions.people.privacy import erase_left
from dashboard.report.processing import document, register
from models.communities import Interest, InterestState
from models.database import writing
from models.ideas import Draft
from models.people import Assignment, Person
from models.settings import settings

DAY = timedelta(days=1)


@pytest.fixture
def keeps(monkeypatch):
    """Chooses how long something is kept."""

    def choose(**names: int) -> None:
        for name, value in names.items():
            monkeypatch.setenv(name.upper(), str(value))
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def leaves(engine, person_id: int, on: date, service_id: int | None = None) -> None:
    add_rows(
        engine, Assignment(person_id=person_id, service_id=service_id, on=on, recorded_on=FROZEN)
    )


def is_erased(engine, person_id: int) -> bool:
    return read_with(engine, Session.get, Person, person_id).erased_on is not None


def test_a_draft_that_nobody_takes_up_again_goes_after_its_days(demo_copy, cast):
    write_with(demo_copy, keep_draft, cast.alice, "deposer", {"title": "Un banc devant l'école"})
    with writing(demo_copy) as session:
        assert done(session, forget_drafts(session, FROZEN + 90 * DAY)) == 0
    with writing(demo_copy) as session:
        assert done(session, forget_drafts(session, FROZEN + 91 * DAY)) >= 1
        hers = select(Draft).where(Draft.person_id == cast.alice.person_id)
        assert session.exec(hers).first() is None


def test_a_mark_of_interest_that_nobody_followed_loses_its_contact(demo_copy):
    given = Interest(activity="academie", name="Zoé Sans-Compte", contact="zoe@exemple.invalid")
    write_with(demo_copy, mark_interest, NOBODY, given)
    with writing(demo_copy) as session:
        done(session, drop_forgotten(session, FROZEN + 90 * DAY))
        (waiting,) = session.exec(select(Interest).where(Interest.name == given.name)).all()
        assert waiting.contact == given.contact and waiting.state == InterestState.new
        number = waiting.id
    with writing(demo_copy) as session:
        assert done(session, drop_forgotten(session, FROZEN + 400 * DAY)) >= 1
        gone = session.get(Interest, number)
        assert (gone.name, gone.contact, gone.state) == ("", "", str(InterestState.dropped))


def test_who_left_is_emptied_only_where_the_town_says_after_how_long(demo_copy, cast, keeps):
    person, service = cast.bruno.person_id, cast.bruno.service_id
    leaves(demo_copy, person, FROZEN - 400 * DAY)
    with writing(demo_copy) as session:
        assert done(session, erase_left(session, FROZEN)) == 0
    assert not is_erased(demo_copy, person)
    keeps(cp_left_months=12)
    leaves(demo_copy, person, FROZEN - 100 * DAY, service)
    with writing(demo_copy) as session:
        done(session, erase_left(session, FROZEN))
    assert not is_erased(demo_copy, person), "she came back"


@pytest.mark.slow
def test_who_left_long_ago_is_emptied_by_the_round(demo_copy, cast, keeps):
    keeps(cp_left_months=12)
    leaves(demo_copy, cast.bruno.person_id, FROZEN - 300 * DAY)
    with writing(demo_copy) as session:
        done(session, erase_left(session, FROZEN))
    assert not is_erased(demo_copy, cast.bruno.person_id)
    with writing(demo_copy) as session:
        while done(session, erase_left(session, FROZEN + 70 * DAY)):
            pass
    assert is_erased(demo_copy, cast.bruno.person_id)


def test_the_rounds_do_all_three():
    assert {forget_drafts, drop_forgotten, erase_left} <= {task for _, _, task in TASKS}


def test_the_register_tells_the_periods_of_this_town_and_prints_them(keeps, sqlite_demo, scope_for):
    keeps(cp_left_months=18)
    words = " ".join(kept for *_, kept, _ in register())
    assert "90 jours" in words and "12 mois sans suite" in words and "18 mois après" in words
    pages = PdfReader(BytesIO(document(read_with(sqlite_demo, scope_for, NOBODY)))).pages
    text = " ".join(page.extract_text() for page in pages).replace("\xa0", " ")
    assert all(name.split()[0] in text for name, *_ in register()) and "18 mois" in text
