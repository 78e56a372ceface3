"""Trainings that one must follow, and those that lapse: derived from who came when, told before the
day, never stored.
"""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from support.learning import OFFICE, ROADS, a_town_that_learns, came, works
from support.rounds import done
from support.trainings import TODAY, S, a_session, agent, told
from support.transactions import (
    add_rows,
    errors_of,
    read_with,
    select_one,
    write_with,
)

from dashboard.actions.academy.trainings import record_attendance, save_training
from dashboard.actions.notices.deadlines import remind_of_deadlines
from dashboard.actions.seats.taking import register
from dashboard.queries.academy.obligations import holds_since, own_obligations, standings
from dashboard.queries.directions import organisation
from dashboard.queries.seats.records import Where
from models.academy import (
    Training,
    TrainingAudience,
    TrainingSession,
    TrainingStanding,
    TrainingUnit,
)
from models.clock import add_months
from models.database import writing
from models.ledger import Change
from models.notices import Notice
from models.people import Person

_P = TrainingStanding
HEAD = 3


@pytest.fixture
def town(database) -> Engine:
    """One works at a desk, two in the field; three is a head. One training for those without a
    computer is compulsory and holds twelve months.
    """
    a_town_that_learns(database)
    return database


FIRST_AID = {"code": "F02", "title": "Premiers secours", "hours": 3.5, "capacity": 12}


def own(engine: Engine, person: int, on: date = TODAY) -> list[tuple[str, date | None]]:
    found = read_with(engine, own_obligations, person, on)
    return [(str(one.standing), one.lapses_on) for one in found]


def set_training(engine: Engine, **values: object) -> None:
    with writing(engine) as session:
        training = session.get(Training, 1)
        for name, value in values.items():
            setattr(training, name, value)
        session.add(training)


def reminded(engine: Engine, day: date) -> list[str]:
    return [title for title in hears(engine, day, 2) if title.startswith("À suivre")]


def hears(engine: Engine, day: date, person: int) -> list[str]:
    with writing(engine) as session:
        done(session, remind_of_deadlines(session, day))
        return told(session, person)


# --- where one stands -----------------------------------------------------------------------------


def test_what_is_compulsory_is_so_for_its_audience(town):
    assert own(town, 1) == []  # she has a computer
    assert own(town, 2) == own(town, 3) == [(str(_P.never), None)]
    set_training(town, audience=str(TrainingAudience.office))
    assert (own(town, 1), own(town, 2)) == ([(str(_P.never), None)], [])
    set_training(town, audience=str(TrainingAudience.managers))
    assert (own(town, 2), own(town, 3)) == ([], [(str(_P.never), None)])
    set_training(town, audience=str(TrainingAudience.both), mandatory=False)
    assert own(town, 1) == own(town, 3) == []


def test_the_day_it_lapses_follows_from_the_last_time_she_came(town):
    came(town, 2, date(2022, 6, 1))
    assert own(town, 2) == [(str(_P.soon), date(2023, 6, 1))], "it holds on its last day"
    assert own(town, 2, date(2023, 6, 2)) == [(str(_P.lapsed), date(2023, 6, 1))]
    assert own(town, 2, date(2022, 6, 1)) == [(str(_P.valid), date(2023, 6, 1))]
    assert own(town, 2, date(2022, 5, 31)) == [(str(_P.never), None)], "as of the day before"
    came(town, 2, date(2023, 5, 2))
    assert own(town, 2) == [(str(_P.valid), date(2024, 5, 2))]
    set_training(town, validity=0)
    assert own(town, 2) == [(str(_P.valid), None)]


def test_who_did_not_come_has_not_followed_it(town):
    came(town, 2, date(2023, 4, 3), S.no_show)
    came(town, 2, date(2023, 4, 4), S.excused)
    assert own(town, 2) == [(str(_P.never), None)]
    held = came(town, 2, date(2023, 4, 5))
    with writing(town) as session:
        session.get(TrainingSession, held).cancelled_on = date(2023, 4, 1)
    assert own(town, 2) == [(str(_P.never), None)], "nobody comes to what was called off"


def test_a_sheet_that_is_typed_begins_it_anew(town):
    with writing(town) as session:
        session.add(a_session(7, on=TODAY))
        session.flush()
        mine = register(session, agent(2), Where(session_id=7))
        record_attendance(session, OFFICE, 7, {mine.id: S.partial})
    assert own(town, 2) == [(str(_P.valid), date(2024, 6, 1))]


def test_what_is_not_compulsory_lapses_for_who_followed_it(town):
    set_training(town, mandatory=False)
    came(town, 1, date(2022, 3, 1))
    assert own(town, 1) == [(str(_P.lapsed), date(2023, 3, 1))]
    assert own(town, 2) == []


def test_who_has_left_must_follow_nothing(town):
    add_rows(town, works(2, None, on=date(2023, 5, 1)))
    assert own(town, 2) == []
    assert own(town, 2, date(2023, 4, 30)) == [(str(_P.never), None)]


@pytest.mark.parametrize("months", [1, 6, 11, 12, 36])
@pytest.mark.parametrize(
    "day", [date(2023, 2, 28), date(2024, 2, 29), date(2023, 3, 31), date(2023, 6, 30)]
)
def test_the_first_day_that_still_holds_is_counted_by_whole_months(day, months):
    first = holds_since(day, months)
    assert (
        add_months(first, months)
        >= day
        > add_months(date.fromordinal(first.toordinal() - 1), months)
    )


def test_a_training_is_compulsory_for_some_services_of_its_audience(town):
    given = {**FIRST_AID, "title": "Signaler un chantier", "mandatory": True}

    def must(person: int, on: date = TODAY) -> bool:
        return "F02" in {one.training.code for one in read_with(town, own_obligations, person, on)}

    ident = write_with(town, save_training, OFFICE, given).id
    assert must(1) and must(2) and must(3), "without a service it is for the whole audience"
    write_with(town, save_training, OFFICE, given, ident, units=frozenset({ROADS}))
    assert not must(1) and not must(2) and must(3)
    add_rows(town, works(1, ROADS, on=date(2023, 5, 1)))
    assert must(1) and not must(1, date(2023, 4, 30)), "she has come to that service"
    for unit, wrong in ((99, given), (ROADS, {**given, "mandatory": False})):
        assert set(
            errors_of(
                write_with, town, save_training, OFFICE, wrong, ident, units=frozenset({unit})
            )
        ) == {"units"}
    noted = select_one(town, select(Change).where(Change.field == "obligatoire pour"))
    assert noted.before is None and noted.after
    write_with(town, save_training, OFFICE, given, ident)
    assert must(2)


def test_a_whole_direction_must_with_all_its_services(demo_copy):
    with writing(demo_copy) as session:
        chart = organisation(session).at(TODAY)
        direction = chart.by_code["VC"]
        training = session.exec(select(Training).where(Training.code == "F01")).one()
        training.mandatory, training.audience = True, str(TrainingAudience.both)
        session.add(TrainingUnit(training_id=training.id, unit_id=direction.id))
        session.flush()
        rows = session.execute(standings(session, [training], TODAY)).all()
        services = {row.service_id for row in rows}
        assert len(services) > 3 and services <= chart.under(direction.id)


# --- being told -----------------------------------------------------------------------------------


def test_she_is_told_once_three_months_before_unless_she_has_a_seat(town):
    came(town, 2, date(2022, 10, 3))  # until 3 October 2023
    assert reminded(town, date(2023, 7, 3)) == []
    assert reminded(town, date(2023, 7, 4)) == ["À suivre à nouveau : Porter sans se blesser"]
    assert len(reminded(town, date(2023, 7, 5))) == 1
    notice = select_one(town, select(Notice).where(Notice.person_id == 2))
    assert "jusqu'au 3 octobre 2023" in notice.text.replace("\u00a0", " ").replace("’", "'")
    assert notice.href == "/academie?formation=F01"
    with writing(town) as session:
        session.add(a_session(7, on=date(2023, 9, 5)))
        session.flush()
        register(session, agent(2), Where(session_id=7))
    assert reminded(town, date(2023, 7, 6)) == [], "what is not sent yet is taken back"


def test_her_manager_gets_one_line_a_day_with_her_people(town):
    add_rows(town, works(1, ROADS, desk=False), works(4, ROADS, desk=False))
    for person in (1, 4):
        came(town, person, date(2022, 10, 3))  # until 3 October 2023
    came(town, 2, date(2022, 10, 3))  # of another direction
    assert hears(town, date(2023, 7, 3), HEAD) == []
    two = "Dans vos services : 2 formations à suivre à nouveau"
    assert hears(town, date(2023, 7, 4), HEAD) == [two]
    assert hears(town, date(2023, 7, 5), HEAD) == [two], "told once"
    notice = select_one(town, select(Notice).where(Notice.person_id == HEAD))
    assert "Agent 1 : « Porter sans se blesser »" in notice.text.replace("\u00a0", " ").replace(
        "\u202f", " "
    )
    assert "Agent 4" in notice.text and "Agent 2" not in notice.text

    # What comes up during a week-end is one line on Monday.
    with writing(town) as session:
        session.add_all(Person(id=n, given_name="Agent", family_name=str(n)) for n in (5, 6))
        session.flush()
        session.add_all([works(5, ROADS, desk=False), works(6, ROADS, desk=False)])
    came(town, 5, date(2022, 10, 7))
    came(town, 6, date(2022, 10, 8))
    assert hears(town, date(2023, 7, 8), HEAD) == [two]
    assert hears(town, date(2023, 7, 10), HEAD) == [two, two]

    # Once all of a line have a seat, what she was not sent yet is taken back.
    with writing(town) as session:
        session.add(a_session(70, on=date(2023, 9, 5)))
        session.flush()
        for person in (1, 4):
            register(session, agent(person), Where(session_id=70))
    assert hears(town, date(2023, 7, 11), HEAD) == [two]
    assert "Agent 5" in select_one(town, select(Notice.text).where(Notice.person_id == HEAD))


def test_a_manager_is_not_told_of_herself_nor_who_answers_for_others(town):
    came(town, 3, date(2022, 10, 3))
    assert hears(town, date(2023, 7, 4), HEAD) == ["À suivre à nouveau : Porter sans se blesser"]


# --- the sheet ------------------------------------------------------------------------------------


def test_the_office_says_how_long_a_training_holds(town):
    assert write_with(town, save_training, OFFICE, {**FIRST_AID, "validity": 24}).validity == 24
    for wrong in (None, -1, 241):
        assert set(
            errors_of(
                write_with,
                town,
                save_training,
                OFFICE,
                {**FIRST_AID, "code": "F03", "validity": wrong},
            )
        ) == {"validity"}
