"""Importing another academy's registrations: the counts are those of the file, what it cancelled
is in no rate.
"""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from sqlmodel import func, select
from support.real_files import DATA, real_files
from support.transactions import (
    bytes_of,
    contents,
    read_with,
    refusal,
    refuses,
    select_one,
    write_with,
)
from support.troupe import FROZEN
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.access import OPERATOR
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.figures.board import board
from dashboard.files.writing import as_bytes
from dashboard.queries.academy.counts import attendance, seats, trained
from dashboard.queries.exported_tables import EXPORTED
from dashboard.queries.reference_tables import cells
from models.academy import Training, TrainingSession
from models.database import reading
from models.facts import counting
from models.ideas import SourceKey
from models.people import Person
from models.seats import Seat, SeatEvent

HEADERS = "course_code,course_title_fr,offering_id,offering_status,month_fr,training_hours,reg_num,reg_status,no_show,student_id\n"
LINES = [
    "A1,Accueil,1,Delivered - Normal,avril,7.5,1,Confirmed,0,s1",
    "A1,Accueil,1,Delivered - Normal,avril,7.5,2,Cancelled,1,s2",
    "A1,Accueil,2,Cancelled - Normal,mai,7.5,3,Cancelled - Class Cancelled,0,s3",
    "A1,Accueil,2,Cancelled - Normal,mai,7.5,4,Cancelled,0,s1",
]


def small(*lines: str) -> bytes:
    return (HEADERS + "\n".join(lines or LINES) + "\n").encode()


def imported(engine, file, **options):
    return write_with(
        engine,
        act_of("inscriptions"),
        OPERATOR,
        file,
        "inscriptions.csv",
        ImportOptions(**({"year": 2022} | options)),
    )


def counts(engine) -> dict[str, int]:
    with reading(engine) as session:
        return {
            table.__tablename__: session.exec(select(func.count()).select_from(table)).one()
            for table in (
                Training,
                TrainingSession,
                Seat,
                SeatEvent,
                SourceKey,
                Person,
            )
        }


def test_what_was_cancelled_and_what_has_no_seats_is_in_no_rate(database, scope_for):
    imported(database, small())
    with reading(database) as session:
        scope = scope_for(session, OPERATOR)
        assert seats(session, scope, FROZEN, date(2022, 1, 1)) == (0, 0, 0, 1)
        seen = attendance(session, scope, FROZEN, date(2022, 1, 1))
        assert {service: (a.booked, a.full, a.hours) for service, a in seen.items()} == {
            0: (1, 1, 0.0)
        }, "no hours of our agents"
        assert trained(session, scope, FROZEN, date(2022, 1, 1)) == {}
        assert board(session, scope, ["remplissage"])["remplissage"].value is None


def test_a_dry_run_writes_nothing_and_says_the_same(sqlite_database):
    tried = imported(sqlite_database, small(), dry_run=True)
    assert sum(counts(sqlite_database).values()) == 0
    done = imported(sqlite_database, small())
    assert tried.as_json() | {"written": True} == done.as_json()
    assert done.more == {"trainings": 1, "sessions": 2}
    told = {problem.line: problem.reason for problem in done.warnings}
    assert set(told) == {3, 4, 5} and "absence à la fois" in told[3]
    assert "avec sa session" in told[4] and "avant sa session" in told[5]


def test_what_the_source_changes_is_changed_here(sqlite_database):
    imported(sqlite_database, small())
    changed = [LINES[0].replace("Confirmed", "Cancelled"), *LINES[1:3], LINES[3]]
    again = imported(sqlite_database, small(*changed))
    assert (again.new, again.changed, again.unchanged) == (0, 1, 3)
    with reading(sqlite_database) as session:
        assert set(session.exec(select(Seat.status)).all()) == {"annulee"}
        assert (
            session.exec(
                select(func.count()).select_from(SeatEvent).where(SeatEvent.voids.is_not(None))
            ).one()
            == 1
        )


@pytest.mark.parametrize(
    "line, reason",
    [
        ("A1,Accueil,1,Delivered - Normal,germinal,7.5,1,Confirmed,0,s1", "n'est pas un mois"),
        ("A1,Accueil,1,Delivered - Normal,avril,sept,1,Confirmed,0,s1", "n'est pas un nombre"),
        ("A1,Accueil,1,Delivered - Normal,avril,7.5,1,Peut-être,0,s1", "état d'inscription"),
        ("A1,Accueil,1,Delivered - Normal,avril,7.5,1,Confirmed,0,", "vide"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_alone(sqlite_database, line, reason):
    report = imported(sqlite_database, small(line, *LINES[1:]))
    assert len(report.refused) == 1 and reason in report.refused[0].reason and report.new == 3


def test_two_lines_that_tell_one_session_differently_are_not_mixed(sqlite_database):
    report = imported(sqlite_database, small(LINES[0], LINES[1].replace("avril", "juin"), LINES[0]))
    assert [p.line for p in report.refused] == [3, 4] and "autrement" in report.refused[0].reason


def test_without_a_year_it_is_refused_in_one_sentence(sqlite_database, cast):
    refuses(imported, sqlite_database, small(), year=None, match="sans l'année")
    refuses(imported, sqlite_database, small(), year=24, match="n'est pas possible")
    refuses(
        imported,
        sqlite_database,
        b"a;b\n1;2\n",
        match=r"colonne .* Colonnes attendues : code de la formation ",
    )
    refusal(sqlite_database, act_of("inscriptions"), cast.alice, small(), "a.csv", match="droit")


def test_the_command_tells_and_the_year_may_be_a_column(installed, tmp_path):
    file, names = tmp_path / "inscriptions.csv", tmp_path / "colonnes.csv"
    file.write_bytes(("exercice," + HEADERS + "\n".join(f"2022,{line}" for line in LINES)).encode())
    names.write_text("champ;colonne\nyear;exercice\n", encoding="utf-8")
    run = CliRunner().invoke(
        app, ["import", "registrations", str(file), "--map", str(names), "--format", "json"]
    )
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["new"] == 4
    refused = CliRunner().invoke(app, ["import", "registrations", str(file)])
    assert refused.exit_code == 1 and "sans l'année" in refused.stderr


def test_attendances_of_our_own_agents_are_theirs_by_number_or_name(demo_copy, cast):
    with reading(demo_copy) as session:
        held = (
            session.exec(
                select(TrainingSession).where(TrainingSession.on == FROZEN - timedelta(days=1))
            ).first()
            or session.exec(
                select(TrainingSession)
                .where(TrainingSession.on < FROZEN, TrainingSession.cancelled_on.is_(None))
                .order_by(TrainingSession.on.desc())
            ).first()
        )
        training = session.get(Training, held.training_id)
        seated = select(Seat.person_id).where(Seat.session_id == held.id)
        free = select(Person).where(Person.key.is_not(None), Person.id.not_in(seated))
        anne, luc = session.exec(free.order_by(Person.id).limit(2)).all()
        twice = {p.name for p in session.exec(select(Person)).all() if p.name == luc.name}
    assert len(twice) == 1
    rows = (
        "Formation;Date;Participant;Présence",
        f"{training.code};{held.on:%d/%m/%Y};{anne.key};Présente",
        f"{training.code};{held.on:%d/%m/%Y};{luc.family_name} {luc.given_name};Absente",
        f"{training.code};{held.on:%d/%m/%Y};Personne d'ici;Présente",
    )
    content = "\n".join(rows).encode()
    report = imported(demo_copy, content, own=True)
    assert (report.new, report.lines_refused) == (2, 1)
    assert "ne désigne personne" in report.refused[0].reason and report.refused[0].line == 4
    with reading(demo_copy) as session:
        hers = session.exec(
            select(Seat).where(Seat.session_id == held.id, Seat.person_id == anne.id)
        ).one()
        fact = session.exec(select(SeatEvent).where(SeatEvent.seat_id == hers.id)).one()
        assert (hers.status, hers.outside, fact.hours) == ("presente", "", training.hours)
        assert fact.service_id is not None and fact.person_id == anne.id
    again = imported(demo_copy, content, own=True)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    corrected = content.replace(b"Absente", "Présente".encode())
    later = imported(demo_copy, corrected, own=True)
    assert (later.new, later.changed, later.unchanged) == (0, 1, 1)
    with reading(demo_copy) as session:
        facts = session.exec(select(SeatEvent).where(SeatEvent.person_id == luc.id)).all()
        assert [f.status for f in counting(facts, FROZEN)][-1] == "presente"


# ── There and back ────────────────────────────────────────────────────────────────────────────────


def sent(engine, reader=OPERATOR) -> list[dict[str, object]]:
    """The rows as they go out, by their headers."""
    table = EXPORTED["inscriptions"]
    rows = read_with(engine, cells, reader, table, FROZEN)
    return [dict(zip(table.headers, row, strict=True)) for row in rows]


def as_file(rows: list[dict[str, object]], suffix: str = ".csv") -> bytes:
    return as_bytes("Inscriptions", list(rows[0]), [list(row.values()) for row in rows], suffix)


OUTCOMES = {
    "Cancelled": {"Annulée"},
    "Cancelled - Class Cancelled": {"Session annulée"},
    "Confirmed": {"Inscrite", "Présente", "Absente"},
    "Waitlisted": {"Liste d'attente"},
    "Offered": {"Place offerte"},
}


@real_files
@pytest.mark.slow
def test_the_real_registrations_come_back_as_they_came_and_name_nobody(sqlite_database):
    content = (DATA / "inscriptions-academie.csv").read_bytes()
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    named = [
        row
        | {"reg_num": f"n{row['reg_num']}", "student_id": f"zorgna{row['student_id']}@wyx.example"}
        | {"Nom": "Vlamsteen", "Prénom": "Quibbe"}
        for row in read[:40]
    ]
    assert imported(sqlite_database, content, year=2019).new == len(read)
    imported(sqlite_database, as_file(named), year=2019)
    raw = bytes_of(sqlite_database)
    told = {row[name] for row in read for name in ("billing_dept_name_fr", "learner_classif")}
    for word in {"zorgna", "Quibbe", "wyx.example", "Vlamsteen"} | {w for w in told if len(w) > 4}:
        assert word.encode() not in raw, word
    before, rows = contents(sqlite_database), sent(sqlite_database)
    out = {row["numéro d'inscription"]: row for row in rows}
    for row in read:
        found = out[row["reg_num"]]
        assert (found["code de la formation"], found["session"], found["participant"]) == (
            row["course_code"],
            row["offering_id"],
            row["student_id"],
        )
        assert found["état de l'inscription"] in OUTCOMES[row["reg_status"]]
    for suffix in (".csv", ".xlsx"):
        back = write_with(
            sqlite_database,
            act_of("inscriptions"),
            OPERATOR,
            as_file(rows, suffix),
            f"x{suffix}",
        )
        assert (back.new, back.changed, back.unchanged) == (0, 0, len(rows)), back.refused[:3]
    assert contents(sqlite_database) == before


def test_an_attendance_typed_into_our_own_file_is_recorded_and_nothing_else_of_it(
    sqlite_copy, cast
):
    rows = sent(sqlite_copy, cast.didier)
    absent = next(row for row in rows if row["état de l'inscription"] == "Absente")
    place = int(str(absent["numéro d'inscription"]).removeprefix("c-possible:"))

    def back(**changed: object):
        how = (cast.didier, as_file([absent | changed]), "x.csv")
        return write_with(sqlite_copy, act_of("inscriptions"), *how)

    for header, value, said in (
        ("lieu", "Ailleurs", "se change sur sa page"),
        ("état de l'inscription", "Annulée", "les présences"),
        ("numéro d'inscription", "c-possible:99999999", "s'inscrit"),
    ):
        refused = back(**{header: value})
        assert (refused.changed, refused.lines_refused) == (0, 1)
        assert said in refused.refused[0].reason
    assert back(**{"état de l'inscription": "Présente"}).changed == 1
    with reading(sqlite_copy) as session:
        assert session.get(Seat, place).status == "presente"
        facts = session.exec(select(SeatEvent).where(SeatEvent.seat_id == place)).all()
        assert facts[-1].hours > 0 and facts[-1].voids is not None


def test_a_session_without_anybody_comes_in_with_its_places(sqlite_database):
    lines = "formation;session;date de la session;places;lieu;participant\n"
    lines += "Accueil;S1;12/05/2022;14;Salle B;\n"
    report = imported(sqlite_database, lines.encode())
    assert (report.new, counts(sqlite_database)["seat"]) == (1, 0) and "n.d." not in report.told[-1]
    held = select_one(sqlite_database, select(TrainingSession))
    assert (held.on, held.capacity, held.place) == (date(2022, 5, 12), 14, "Salle B")
    assert imported(sqlite_database, lines.encode()).unchanged == 1
