"""Accounts come from a file: for persons of the personnel, with roles, mandates and invitations, and
twice changes nothing.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlmodel import func, select
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.queries.people.readers import account_by_login, reader_of
from models.database import reading, writing
from models.directions import DirectionPlace
from models.ledger import Change
from models.notices import Notice, NoticeKind
from models.people import Account, Mandate, Person, Role

PEOPLE = (
    "matricule;prénom;nom;e-mail;fonction;famille;service;poste informatique;depuis;parti le\n"
    "Z1;Nadia;Öztürk;nadia@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    "Z2;Luc;Petit;;Paveur;Technique;AD-VOI-1;non;01/04/2023;\n"
    "Z3;Léa;D'Hoore;deux@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    "Z4;Noé;Maes;deux@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    "Z5;Eva;Parti;;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;01/05/2023\n"
)
HEAD = "matricule;e-mail;identifiant;rôles;mandats;mandat du;mandat au;inviter\n"
FILE = HEAD + (
    "Z1;;nadia;codir;VC-JSP du 01/06/2023 au 31/12/2023 | AD-VOI;01/01/2023;;oui\nZ2;;;;;;;oui\n"
)


def accounts(engine, content: str, who=OPERATOR, **how):
    with writing(engine) as session:
        return act_of("comptes")(
            session, who, content.encode(), "comptes.csv", ImportOptions(**how)
        )


def arrive(engine) -> None:
    with writing(engine) as session:
        act_of("personnel")(session, OPERATOR, PEOPLE.encode(), "personnel.csv")


@pytest.fixture(scope="module")
def arrived(open_copy) -> Iterator[Engine]:
    """They have arrived; what is refused writes nothing."""
    engine, end = open_copy("sqlite", "demo")
    arrive(engine)
    yield engine
    end()


def counts(report) -> tuple[int, ...]:
    return report.new, report.changed, report.unchanged, len(report.refused)


def kept(engine) -> tuple[int, ...]:
    with reading(engine) as session:
        return tuple(
            session.exec(select(func.count()).select_from(table)).one()
            for table in (Account, Mandate, Notice, Change)
        )


def refusal(engine, row: str) -> tuple[int, str, str]:
    """Line, column and sentence of the one fault of a row."""
    before = kept(engine)
    report = accounts(engine, HEAD + row, strict=True)
    assert kept(engine) == before
    (found,) = report.refused
    return found.line, found.column, found.reason


def test_accounts_are_opened_with_roles_and_mandates(demo_copy):
    arrive(demo_copy)
    assert counts(accounts(demo_copy, FILE)) == (2, 0, 0, 0)
    with reading(demo_copy) as session:
        nadia, luc = (account_by_login(session, login) for login in ("nadia", "luc.petit"))
        assert nadia.password_hash == luc.password_hash == ""
        assert {Role.codir, Role.manager} <= reader_of(session, nadia, FROZEN).roles
        held = session.exec(
            select(Mandate.since, Mandate.until)
            .where(Mandate.person_id == nadia.person_id)
            .order_by(Mandate.since)
        ).all()
        assert held == [(date(2023, 1, 1), None), (date(2023, 6, 1), date(2024, 1, 1))]


@pytest.mark.slow
def test_importing_twice_changes_nothing_and_a_new_end_is_a_change(demo_copy):
    arrive(demo_copy)
    accounts(demo_copy, FILE)
    before = kept(demo_copy)
    assert counts(accounts(demo_copy, FILE)) == (0, 0, 2, 0)
    assert kept(demo_copy) == before
    ended = HEAD + "Z1;;nadia;admin;AD-VOI au 30/09/2023;;;\n"
    assert counts(accounts(demo_copy, ended)) == (0, 1, 0, 0)
    with reading(demo_copy) as session:
        assert account_by_login(session, "nadia").roles == "admin"
        ends = session.exec(select(Mandate.until).where(Mandate.since == date(2023, 1, 1)))
        assert date(2023, 10, 1) in ends.all()


def test_who_has_an_address_is_invited_by_mail_and_the_others_on_paper(demo_copy, post):
    arrive(demo_copy)
    report = accounts(demo_copy, FILE)
    assert report.more == {"invited": 1, "on_paper": 1}
    assert "1\xa0invitation par courriel." in report.sentences()
    with reading(demo_copy) as session:
        told = session.exec(select(Notice).where(Notice.kind == str(NoticeKind.invitation))).all()
        assert [one.address for one in told] == ["nadia@ville.example"]


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("Z9;;;;;;;", "matricule", "ne désigne personne"),
        (";;x.y;;;;;", "matricule", "Donnez le matricule"),
        ("Z1;;alice;;;;;", "identifiant", "« alice » est déjà pris"),
        ("Z1;;Zoë;;;;;", "identifiant", "L'identifiant compte"),
        ("Z1;;;manager;;;;", "rôles", "« manager » n'est pas un rôle"),
        ("Z1;;;;ZZ-1;;;", "mandats", "« ZZ-1 » n'est le code d'aucune unité"),
        ("Z1;;;;AD-VOI un jour;;;", "mandats", "n'est pas un mandat"),
        ("Z1;;;;AD-VOI;01/06/2023;01/05/2023;", "mandat au", "précède le premier"),
        ("Z1;;;;AD-VOI du 01/01/2023, AD-VOI du 01/06/2023;;;", "mandats", "a déjà un mandat"),
        ("Z3;;;;;;;oui", "inviter", "est aussi celle d'une autre personne"),
        (";deux@ville.example;;;;;;", "e-mail", "désigne plusieurs personnes"),
        ("Z5;;;;;;;", "matricule", "a quitté l'administration le 01/05/2023"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_and_why(arrived, row, column, said):
    line, where, reason = refusal(arrived, row + "\n")
    assert (line, where) == (2, column) and said in reason


@pytest.mark.slow
def test_one_account_per_person(sqlite_copy):
    arrive(sqlite_copy)
    accounts(sqlite_copy, FILE)
    assert (
        "a déjà un compte, sous l'identifiant « nadia »"
        in refusal(sqlite_copy, "Z1;;autre;;;;;\n")[2]
    )
    twice = accounts(sqlite_copy, HEAD + "Z3;;un;;;;;\nZ3;;deux;;;;;\n", strict=True)
    assert [(one.line, one.reason) for one in twice.refused] == [
        (3, "Un seul compte par personne : elle figure déjà à la ligne 2.")
    ]
    same = accounts(sqlite_copy, HEAD + "Z3;;un;;;;;\nZ4;;un;;;;;\n", strict=True)
    assert [(one.line, one.column) for one in same.refused] == [(3, "identifiant")]


def test_a_closed_direction_takes_no_mandate(demo_copy):
    arrive(demo_copy)
    with writing(demo_copy) as session:
        unit = session.execute(text("SELECT id FROM direction WHERE code = 'AD-VOI'")).scalar_one()
        session.add(DirectionPlace(direction_id=unit, on=date(2023, 4, 1), recorded_on=FROZEN))
    line, column, reason = refusal(demo_copy, "Z1;;;;AD-VOI;01/06/2023;;\n")
    assert (line, column) == (2, "mandats") and "est fermée au 01/06/2023" in reason


def test_the_last_administrator_keeps_the_role(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        session.get(Person, cast.farid.person_id).key = "F1"
    assert "dernier compte d'administrateur" in refusal(sqlite_copy, "F1;;farid;codir;;;;\n")[2]
