"""People and the chart come from files: dated facts, nobody deleted, no earlier day changed, and
twice changes nothing.
"""

import hashlib
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, func, select
from support.transactions import read_with, select_one, write_with
from support.troupe import FROZEN, scope_at

from dashboard.access import OPERATOR, Reader, counted_units
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.figures.board import board
from dashboard.queries.communities import members
from dashboard.queries.directions import headcounts, organisation
from dashboard.queries.people.readers import service_of
from dashboard.queries.surveys.asked import to_invite
from models.communities import Community
from models.database import reading, writing
from models.directions import Direction, DirectionPlace, Headcount
from models.ledger import Change
from models.people import Assignment, ErasedKey, Person, Role
from models.settings import settings
from models.signing import signing_key

HEAD = "matricule;prénom;nom;e-mail;fonction;famille;service;poste informatique;depuis;parti le\n"
ARRIVED = (
    HEAD + "Z1;Nadia;Öztürk;nadia@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    ";Luc;Petit;luc.petit@ville.example;Paveur;Technique;AD-VOI-1;non;01/04/2023;\n"
)
UNITS = "code;nom;type;parent;effectif;sans poste;au\n"
WHEN, EARLIER = date(2023, 6, 1), date(2023, 5, 31)


def people(engine, content: str, who=OPERATOR, **how):
    return write_with(
        engine, act_of("personnel"), who, content.encode(), "personnel.csv", ImportOptions(**how)
    )


def units(engine, content: str, who=OPERATOR, **how):
    return write_with(
        engine,
        act_of("directions"),
        who,
        (UNITS + content).encode(),
        "organigramme.csv",
        ImportOptions(**how),
    )


def counts(report) -> tuple[int, ...]:
    return report.new, report.changed, report.unchanged, report.gone, len(report.refused)


def where(engine, key: str, on: date) -> str | None:
    with reading(engine) as session:
        person = session.exec(select(Person.id).where(Person.key == key)).one()
        service = service_of(session, person, on)
        return session.get(Direction, service).code if service else None


def facts(engine) -> tuple[int, ...]:
    with reading(engine) as session:
        return tuple(
            session.exec(select(func.count()).select_from(table)).one()
            for table in (Person, Assignment, DirectionPlace, Headcount)
        )


@pytest.fixture(scope="module")
def untouched(open_copy) -> Iterator[Engine]:
    """What is refused writes nothing into it."""
    engine, end = open_copy("sqlite", "demo")
    yield engine
    end()


# ── People ────────────────────────────────────────────────────────────────────────────────────────


def test_arrivals_moves_and_departures_are_dated(demo_copy):
    assert counts(people(demo_copy, ARRIVED)) == (2, 0, 0, 0, 0)
    assert (where(demo_copy, "Z1", date(2023, 2, 28)), where(demo_copy, "Z1", FROZEN)) == (
        None,
        "RI-JUR-1",
    )
    moved = ARRIVED.replace("RI-JUR-1;oui;01/03/2023", "RI-JUR-2;oui;01/06/2023").replace(
        "non;01/04/2023;", "non;01/04/2023;15/06/2023"
    )
    assert counts(people(demo_copy, moved)) == (0, 2, 0, 0, 0)
    assert (where(demo_copy, "Z1", EARLIER), where(demo_copy, "Z1", WHEN)) == (
        "RI-JUR-1",
        "RI-JUR-2",
    )
    luc = "luc.petit@ville.example"
    assert (where(demo_copy, luc, date(2023, 6, 14)), where(demo_copy, luc, date(2023, 6, 15))) == (
        "AD-VOI-1",
        None,
    )
    before = facts(demo_copy)
    assert counts(people(demo_copy, moved)) == (0, 0, 2, 0, 0)
    assert facts(demo_copy) == before


@pytest.mark.slow
def test_a_departure_that_was_told_wrong_is_corrected(demo_copy):
    people(demo_copy, ARRIVED)
    luc = "luc.petit@ville.example"
    for left in ("15/06/2023", "20/06/2023", "10/06/2023"):
        told = ARRIVED.replace("non;01/04/2023;", f"non;01/04/2023;{left}")
        assert counts(people(demo_copy, told)) == (0, 1, 1, 0, 0)
        day = date(2023, 6, int(left[:2]))
        assert (
            where(demo_copy, luc, day.replace(day=day.day - 1)),
            where(demo_copy, luc, day),
        ) == ("AD-VOI-1", None)
        assert counts(people(demo_copy, told)) == (0, 0, 2, 0, 0)


def test_who_is_no_longer_in_the_file_is_counted_and_stays(demo_copy):
    people(demo_copy, ARRIVED)
    report = people(demo_copy, "\n".join(ARRIVED.splitlines()[:2]) + "\n")
    assert counts(report) == (0, 0, 1, 1, 0)
    assert (
        "1 personne de cette source ne figure plus"
        in " ".join(report.sentences()).replace("\u00a0", " ")
        and where(demo_copy, "luc.petit@ville.example", FROZEN) == "AD-VOI-1"
    )


def test_a_person_of_ours_is_known_by_her_matricule(demo_copy, cast):
    with reading(demo_copy) as session:
        alice = session.get(Person, cast.alice.person_id)
        service = session.get(Direction, cast.alice.service_id)
        last = session.exec(
            select(Assignment)
            .where(Assignment.person_id == alice.id)
            .order_by(Assignment.on.desc())
        ).first()
    row = f"{alice.key};{alice.given_name};{alice.family_name};;{alice.function};{last.function_family};{service.code};{'oui' if last.has_workstation else 'non'};;\n"
    before = facts(demo_copy)
    assert counts(people(demo_copy, HEAD + row)) == (0, 0, 1, 0, 0)
    assert facts(demo_copy) == before
    assert counts(people(demo_copy, HEAD + row.replace(alice.function, "Cheffe de projet"))) == (
        0,
        1,
        0,
        0,
        0,
    )
    with reading(demo_copy) as session:
        assert session.get(Person, alice.id).function == "Cheffe de projet"
    assert facts(demo_copy) == before


@pytest.mark.parametrize(
    "row, column, said",
    [
        (";Luc;Petit;;;;AD-VOI-1;;;", "matricule", "matricule ou l'adresse"),
        ("Z1;;Petit;;;;AD-VOI-1;;;", "prénom", "Donnez le prénom"),
        ("Z1;Luc;Petit;;;;Nulle part;;;", "service", "n'est pas une de nos unités"),
        ("Z1;Luc;Petit;pas une adresse;;;AD-VOI-1;;;", "e-mail", "adresse e-mail"),
        ("Z1;Luc;Petit;;;;AD-VOI-1;peut-être;;", "poste informatique", "ni « oui »"),
        ("Z1;Luc;Petit;;;;AD-VOI-1;;le printemps;", "depuis", "n'est pas"),
        ("Z1;Luc;Petit;;;;AD-VOI-1;;01/06/2023;01/05/2023", "parti le", "ne suit pas"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_and_why(untouched, row, column, said):
    before = facts(untouched)
    report = people(untouched, HEAD + row + "\n")
    assert [(p.line, p.column) for p in report.refused] == [(2, column)] and said in report.refused[
        0
    ].reason
    assert facts(untouched) == before


def test_who_leads_a_unit_belongs_to_it(demo_copy):
    """A Directeur général belongs to the whole, an inspectrice générale to her department."""
    tree = read_with(demo_copy, organisation).at(FROZEN)
    whole, department = tree.root_code, tree.ancestor(tree.by_code["AD-VOI"].id, "departement").code
    rows = (
        f"Z1;Anne;Roi;;Directrice générale;;{whole};oui;01/03/2023;\n"
        f"Z2;Inès;Grand;;Inspectrice générale;;{department};oui;01/03/2023;\n"
        "Z3;Léa;Rue;lea@ville.example;Directrice;;AD-VOI;oui;01/03/2023;\n"
    )
    assert counts(people(demo_copy, HEAD + rows)) == (3, 0, 0, 0, 0)
    assert [where(demo_copy, key, FROZEN) for key in ("Z1", "Z2", "Z3")] == [
        whole, department, "AD-VOI",
    ]  # fmt: skip
    voirie = tree.by_code["AD-VOI"].id
    with writing(demo_copy) as session:
        lea = session.exec(select(Person).where(Person.key == "Z3")).one().id
        reader = Reader(person_id=lea, roles=frozenset({Role.agent}), service_id=voirie)
        assert counted_units(reader, tree) == tree.under(voirie)
        assert to_invite(session, tree, "cle")[lea] == voirie
        join_community(session, reader, JoinInput(Community.ambassadors))
    with reading(demo_copy) as session:
        scope = scope_at(session, reader, direction="AD-VOI")
        found = members(session, scope, Community.ambassadors)
        assert [one.own_service for one in found if one.person_id == lea] == [voirie]


def test_a_move_before_the_last_one_known_is_refused(sqlite_copy):
    people(sqlite_copy, ARRIVED)
    report = people(
        sqlite_copy, ARRIVED.replace("RI-JUR-1;oui;01/03/2023", "RI-JUR-2;oui;01/02/2023")
    )
    assert counts(report) == (0, 0, 1, 0, 1) and "plus récente" in report.refused[0].reason


def test_a_dry_run_and_a_strict_refusal_write_nothing(sqlite_copy):
    before = facts(sqlite_copy)
    assert counts(people(sqlite_copy, ARRIVED, dry_run=True)) == (2, 0, 0, 0, 0)
    strict = people(sqlite_copy, ARRIVED + "Z1;Nadia;Bis;;;;RI-JUR-1;;;\n", strict=True)
    assert not strict.written and "figure déjà à la ligne 2" in strict.refused[0].reason
    assert facts(sqlite_copy) == before


@pytest.mark.slow
def test_figures_of_an_earlier_day_stay_what_they_were(demo_copy, cast, scope_for):
    """A whole direction moves in June: what was true in May is said in the same words."""

    def said(on: str) -> dict:
        with reading(demo_copy) as session:
            return board(session, scope_for(session, OPERATOR, au=on, direction="VC-JSP")).as_json()

    may, june = said("2023-05-31"), said("2023-06-30")
    with reading(demo_copy) as session:
        services = [
            unit
            for unit in organisation(session).at(FROZEN).services()
            if unit.code.startswith("VC-JSP")
        ]
        rows = session.execute(
            select(
                Person.key,
                Person.given_name,
                Person.family_name,
                Assignment.function_family,
                Assignment.has_workstation,
            )
            .join(Assignment, Assignment.person_id == Person.id)
            .where(Assignment.service_id == services[0].id)
        ).all()
    content = HEAD + "".join(
        f"{key};{given};{family};;;{trade};VC-CUL-1;{'oui' if pc else 'non'};01/06/2023;\n"
        for key, given, family, trade, pc in rows
    )
    report = people(demo_copy, content, cast.farid)
    assert report.changed > 10
    units(demo_copy, f"{services[0].code};;;;5;2;01/06/2023\n", cast.farid)
    assert said("2023-05-31") == may
    with reading(demo_copy) as session:
        assert (
            headcounts(session, EARLIER)[services[0].id]
            != headcounts(session, WHEN)[services[0].id]
            == (5, 2)
        )
    assert june["au"] == "2023-06-30"


def test_every_fault_of_a_line_is_told(sqlite_copy):
    """A line is refused once, with each of its faults by column: who corrects the file corrects
    it once.
    """
    before = facts(sqlite_copy)
    report = people(
        sqlite_copy,
        HEAD
        + ";;Petit;pas une adresse;;;Nulle part;peut-être;le printemps;01/05/2023\n"
        + ARRIVED.splitlines()[1]
        + "\n",
    )
    assert [(p.line, p.column) for p in report.refused] == [
        (2, "poste informatique"),
        (2, "depuis"),
        (2, "prénom"),
        (2, "e-mail"),
        (2, "service"),
    ]
    assert (
        all(p.reason.endswith(".") for p in report.refused)
        and counts(report)[0] == 1
        and report.lines_refused == 1
    )
    assert "1 refusée" in report.sentences()[0].replace("\u00a0", " ")
    assert facts(sqlite_copy) != before
    chart = units(sqlite_copy, "NEUF;;bureau;RIEN;dix;;hier\n")
    assert [(p.line, p.column) for p in chart.refused] == [
        (2, c) for c in ("effectif", "au", "nom", "type", "parent")
    ]


def test_a_refused_line_leaves_nothing_behind(demo_copy):
    """One whose move could be taken and whose departure could not, and one who had left before
    anybody knew when she came.
    """
    people(demo_copy, ARRIVED)
    people(demo_copy, ARRIVED.replace("RI-JUR-1;oui;01/03/2023", "RI-JUR-2;oui;01/06/2023"))
    before = facts(demo_copy)
    report = people(
        demo_copy,
        HEAD + "Z1;Nadine;Öztürk;nadia@ville.example;Notaire;Expertise;RI-JUR-1;oui;;01/05/2023\n"
        "Z9;Paul;Parti;;;;RI-JUR-1;oui;;01/02/2023\n",
    )
    assert [(p.line, p.column) for p in report.refused] == [(2, "parti le"), (3, "depuis")]
    assert facts(demo_copy) == before
    assert select_one(demo_copy, select(Person.given_name).where(Person.key == "Z1")) == "Nadia"


# ── Who was erased stays so ───────────────────────────────────────────────────────────────────────


def erased(engine, cast, key: str) -> int:
    with writing(engine) as session:
        person = session.exec(select(Person.id).where(Person.key == key)).one()
        erase_person(session, cast.farid, person)
    return person


@pytest.mark.slow
def test_a_person_erased_does_not_come_back_with_a_file(demo_copy, cast):
    people(demo_copy, ARRIVED)
    gone = erased(demo_copy, cast, "Z1")
    before = facts(demo_copy)
    for told in (
        ARRIVED,
        ARRIVED.replace("Z1;", "z1 ;"),
        ARRIVED.replace("Z1;", ";"),
        ARRIVED.replace("Z1;", "Z77;"),
    ):
        for dry_run in (True, False):
            report = people(demo_copy, told, dry_run=dry_run)
            assert counts(report) == (
                0,
                0,
                1,
                0,
                0,
            ), "by her matricule, by her address, under another matricule"
            assert "1 personne effacée le 30/06/2023 : non reprise." in [
                said.replace("\u00a0", " ") for said in report.sentences()
            ]
            assert [p.line for p in report.warnings] == [2] and "effacée" in report.warnings[
                0
            ].reason
            assert report.as_json()["erased"] == [{"on": "2023-06-30", "persons": 1}]
    assert facts(demo_copy) == before
    report = people(demo_copy, ARRIVED, take_erased=True)
    assert counts(report) == (1, 0, 1, 0, 0) and "reprise comme nouvelle" in " ".join(report.told)
    with reading(demo_copy) as session:
        back = session.exec(select(Person).where(Person.key == "Z1")).one()
        assert (
            back.id != gone
            and back.given_name == "Nadia"
            and session.get(Person, gone).name == "Personne effacée"
        )
        journal = session.exec(
            select(Change).where(Change.subject == "person", Change.record == str(back.id))
        ).one()
        assert (journal.field, journal.before, journal.after) == (
            "reprise après effacement",
            None,
            None,
        ), "nothing leads to what was hers"
    assert counts(people(demo_copy, ARRIVED)) == (
        0,
        0,
        2,
        0,
        0,
    ), "from then on she is a person like the others"


def test_what_is_kept_of_an_erased_person_tells_nobody_who_she_was(demo_copy, cast):
    """Even with the whole database and the file of the personnel: without the signing key, which
    is elsewhere, nothing matches.
    """
    people(demo_copy, ARRIVED)
    erased(demo_copy, cast, "Z1")
    with reading(demo_copy) as session:
        kept = session.exec(select(ErasedKey)).all()
        everything = "\n".join(
            str(value)
            for table in SQLModel.metadata.sorted_tables
            for row in session.execute(select(table))
            for value in row
        )
    assert (
        len(kept) == 2
        and {row.on for row in kept} == {FROZEN}
        and set(ErasedKey.model_fields) == {"key", "on", "made_with"}
    )
    guesses = [
        said
        for key in ("Z1", "z1", "nadia@ville.example")
        for said in (key, f"personne effacée {key.casefold()}")
    ]
    found = {row.key for row in kept}
    for algorithm in ("sha256", "sha1", "md5", "sha512", "blake2b"):
        assert not {hashlib.new(algorithm, guess.encode()).hexdigest() for guess in guesses} & found
    assert (
        signing_key() not in everything
        and "öztürk" not in everything.lower()
        and "nadia@" not in everything
    )


def test_another_signing_key_is_said(demo_copy, cast, monkeypatch):
    people(demo_copy, ARRIVED)
    erased(demo_copy, cast, "Z1")
    monkeypatch.setenv("CP_SECRET_KEY", "une autre clé, assez longue pour servir de clé")
    settings.cache_clear()
    report = people(demo_copy, ARRIVED, dry_run=True)
    settings.cache_clear()
    assert any("autre clé de signature" in p.reason for p in report.warnings)


# ── The chart ─────────────────────────────────────────────────────────────────────────────────────


def test_units_come_in_move_and_close_by_dated_facts(demo_copy):
    content = (
        "DG-NUM-1;Données;service;DG-NUM;12;0;01/06/2023\nDG-NUM;Numérique;direction;DG;;;01/06/2023\n"
        "DG-RAT-2;;;DG-NUM;14;1;01/06/2023\nDG-RAT-3;;;fermé;;;01/06/2023\n"
    )
    report = units(demo_copy, content)
    assert counts(report)[:3] == (2, 2, 0) and report.gone > 50 and not report.refused
    with reading(demo_copy) as session:
        chart = organisation(session)
        before, after = chart.at(EARLIER), chart.at(WHEN)
        moved = after.by_code["DG-RAT-2"]
        assert (
            after.by_id[moved.parent].code == "DG-NUM"
            and before.by_id[before.by_code["DG-RAT-2"].parent].code == "DG-RAT"
        )
        assert after.by_id[after.by_code["DG-NUM-1"].parent].code == "DG-NUM"
        assert "DG-RAT-3" in before.by_code and "DG-RAT-3" not in after.by_code
        assert headcounts(session, WHEN)[moved.id] == (14, 1) and headcounts(session, EARLIER)[
            moved.id
        ] != (14, 1)
    facts_before = facts(demo_copy)
    assert counts(units(demo_copy, content))[:3] == (0, 0, 4)
    assert facts(demo_copy) == facts_before
    assert counts(units(demo_copy, content.replace("14;1", "15;1")))[:3] == (0, 1, 3)
    assert read_with(demo_copy, headcounts, WHEN)[moved.id] == (15, 1)


@pytest.mark.parametrize(
    "row, column, said",
    [
        ("NEUF;Neuf;;DG;;;", "type", "dites si c'est"),
        ("NEUF;Neuf;bureau;DG;;;", "type", "n'est pas un type"),
        ("NEUF;;service;DG;;;", "nom", "Donnez un nom"),
        ("NEUF;Neuf;service;;;;", "parent", "de quelle unité"),
        ("NEUF;Neuf;service;RIEN;;;", "parent", "d'aucune unité"),
        ("VC-JSP;;direction;VC-JSP-1;;;", "parent", "ne peut pas dépendre"),
        ("VC-JSP;;service;VC;;;", "type", "est connue comme"),
        ("VC-JSP-1;;;;10;11;", "sans poste", "plus d'agents sans poste"),
        ("VC-JSP-1;;;;dix;;", "effectif", "n'est pas un nombre"),
        (";Sans code;;;;;", "code", "Donnez un code"),
    ],
)
def test_a_unit_that_cannot_be_taken_says_where_and_why(sqlite_copy, row, column, said):
    before = facts(sqlite_copy)
    report = units(sqlite_copy, row + "\n")
    assert [(p.line, p.column) for p in report.refused] == [(2, column)] and said in report.refused[
        0
    ].reason
    assert facts(sqlite_copy) == before
