"""Mandates: Farid gives them to those who answer for a unit, ends them, and is told what cannot be."""

from datetime import date

from sqlmodel import Session, select
from support.transactions import errors_of, read_with, refusal, write_with
from support.troupe import FROZEN

from dashboard.actions.people.accounts import end_mandate, give_mandate, new_mandate
from dashboard.queries.people.readers import account_by_login, reader_of
from models.database import reading, writing
from models.directions import Direction, DirectionPlace
from models.jobs import Revision
from models.ledger import Change
from models.people import Assignment, Mandate, Role

UNITS = (
    "code;nom;type;parent\nADM;La commune;racine;\nVC;Vie citoyenne;département;ADM\n"
    "VC-JSP;Jeunesse et sports;direction;VC\n"
)
FIRST, LAST = date(2023, 7, 3), date(2023, 12, 31)


def unit(session: Session, code: str) -> int:
    return session.exec(select(Direction.id).where(Direction.code == code)).one()


def alice(session: Session) -> int:
    return account_by_login(session, "alice").person_id


def give(engine, who, code="VC-JSP", first=FIRST, last=LAST, person=None):
    with writing(engine) as session:
        given = new_mandate(person or alice(session), unit(session, code), first, last)
        return give_mandate(session, who, given)


def roles_at(engine, on: date, login="alice"):
    with reading(engine) as session:
        return reader_of(session, account_by_login(session, login), on).roles


def faults(engine, who, **given) -> dict[str, str]:
    return errors_of(give, engine, who, **given)


def test_a_mandate_holds_from_its_first_day_to_its_last_one(demo_copy, cast):
    before = read_with(demo_copy, Session.get, Revision, "people").n
    give(demo_copy, cast.farid)
    days = (date(2023, 7, 2), FIRST, LAST, date(2024, 1, 1))
    assert [Role.manager in roles_at(demo_copy, day) for day in days] == [False, True, True, False]
    with reading(demo_copy) as session:
        kept = session.exec(select(Change).where(Change.subject == "mandate")).one()
        assert (kept.by, kept.record) == (cast.farid.person_id, str(alice(session)))
        assert (kept.field, kept.after) == ("mandat VC-JSP", "du 03/07/2023 au 31/12/2023")
        assert session.get(Revision, "people").n == before + 1


def test_what_cannot_be_is_said_beside_its_field(demo_copy, cast):
    give(demo_copy, cast.farid)
    assert (
        "précède" in faults(demo_copy, cast.farid, code="AD-VOI", last=date(2023, 7, 1))["last_day"]
    )
    assert "déjà un mandat" in faults(demo_copy, cast.farid, first=LAST, last=None)["unit_id"]
    assert "du 03/07/2023 au 31/12/2023" in faults(demo_copy, cast.farid, last=None)["unit_id"]
    assert faults(demo_copy, cast.farid, person=10**6) == {
        "person_id": "Cette personne n'existe pas."
    }
    with reading(demo_copy) as session:
        assert (
            len(session.exec(select(Mandate).where(Mandate.person_id == alice(session))).all()) == 1
        )


def test_the_day_after_another_one_may_begin(demo_copy, cast):
    give(demo_copy, cast.farid)
    give(demo_copy, cast.farid, first=date(2024, 1, 1), last=None)
    give(demo_copy, cast.farid, "AD-VOI", first=FIRST, last=None)  # another unit at the same time


def test_a_closed_direction_takes_no_mandate(demo_copy, cast):
    with writing(demo_copy) as session:
        closed = unit(session, "VC-JSP")
        session.add(
            DirectionPlace(
                direction_id=closed, parent_id=None, on=date(2023, 9, 1), recorded_on=FROZEN
            )
        )
    late = faults(demo_copy, cast.farid, first=date(2023, 9, 1), last=None)
    assert "est fermée au 01/09/2023" in late["unit_id"]
    assert "est fermée avant le 31/12/2023" in faults(demo_copy, cast.farid)["unit_id"]
    give(demo_copy, cast.farid, last=date(2023, 8, 31))


def test_who_has_left_answers_for_nothing(demo_copy, cast):
    with writing(demo_copy) as session:
        session.add(
            Assignment(
                person_id=alice(session), service_id=None, on=date(2023, 7, 1), recorded_on=FROZEN
            )
        )
    assert "a quitté l'administration le 01/07/2023" in faults(demo_copy, cast.farid)["person_id"]


def test_ending_one_counts_from_the_next_day(demo_copy, cast):
    made = give(demo_copy, cast.farid, last=None)
    assert (
        "précède"
        in errors_of(write_with, demo_copy, end_mandate, cast.farid, made.id, date(2023, 7, 1))[
            "last_day"
        ]
    )
    write_with(demo_copy, end_mandate, cast.farid, made.id, FIRST)
    assert [Role.manager in roles_at(demo_copy, day) for day in (FIRST, date(2023, 7, 4))] == [
        True,
        False,
    ]
    refusal(demo_copy, end_mandate, cast.farid, 10**6, FIRST)
