"""The whole of an administration may have any code: a town that calls itself VILLE works like ours."""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import select
from support.transactions import read_with

from dashboard.access import OPERATOR, Reader
from dashboard.actions.people.accounts import give_mandate, new_mandate
from dashboard.actions.register_imports import act_of
from dashboard.queries.notices.deadlines import codir_members
from dashboard.queries.people.readers import account_by_login, reader_of
from models.database import reading, writing
from models.directions import Direction
from models.jobs import Installation
from models.people import Account, Assignment, Person, Role

CHART = (
    "code;nom;type;parent;au\nVILLE;La Ville;racine;;01/01/2021\n"
    "TEC;Technique;département;VILLE;01/01/2021\nTEC-1;Voirie;service;TEC;01/01/2021\n"
)
FIRST, TODAY = date(2021, 1, 1), date(2022, 3, 1)


def organised(engine: Engine) -> Reader:
    """The town with its chart, and the reader who has the mandate on the whole."""
    with writing(engine) as session:
        session.add(Installation(id=1, demonstration=False, frozen_on=TODAY))
        session.flush()
        report = act_of("directions")(session, OPERATOR, CHART.encode(), "organigramme.csv")
        assert (report.new, report.refused) == (3, [])
        person = Person(key="M1", given_name="Nadia", family_name="Öztürk")
        session.add(person)
        session.flush()
        codes = dict(session.exec(select(Direction.code, Direction.id)).all())
        session.add_all(
            [
                Account(person_id=person.id, login="nadia", password_hash="x"),
                Assignment(
                    person_id=person.id, service_id=codes["TEC-1"], on=FIRST, recorded_on=FIRST
                ),
            ]
        )
        session.flush()
        give_mandate(session, OPERATOR, new_mandate(person.id, codes["VILLE"], FIRST, None))
    with reading(engine) as session:
        return reader_of(session, account_by_login(session, "nadia"), TODAY)


def test_the_whole_is_walked_by_its_own_code(sqlite_database, scope_for):
    reader = organised(sqlite_database)
    with reading(sqlite_database) as session:
        whole = scope_for(session, reader, TODAY, direction="VILLE")
        part = scope_for(session, reader, TODAY, direction="TEC")
    assert (whole.is_whole, whole.ignored, whole.params()["direction"]) == (True, (), "VILLE")
    assert whole.tree.root.code == "VILLE"
    assert [unit.code for unit, _ in whole.tree.walk()] == ["VILLE", "TEC", "TEC-1"]
    assert part.codes == "TEC" and part.whole().codes == "VILLE"


def test_the_mandate_on_it_makes_the_director_general_and_a_member_of_the_codir(sqlite_database):
    reader = organised(sqlite_database)
    assert {Role.directeur, Role.manager} <= reader.roles
    assert read_with(sqlite_database, codir_members, TODAY) == [reader.person_id]


def test_there_is_one_whole(sqlite_database):
    organised(sqlite_database)
    with writing(sqlite_database) as session:
        second = b"code;nom;type\nCPAS;Le CPAS;racine\n"
        (problem,) = act_of("directions")(session, OPERATOR, second, "organigramme.csv").refused
    assert "VILLE est déjà l'administration entière" in problem.reason
