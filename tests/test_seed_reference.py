"""Loading the reference data: once, twice, edited, broken."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select
from support.transactions import read_with, refuses, write_with

from models.clock import ClosingDay
from models.database import reading, writing
from models.jobs import Revision
from models.ledger import Change
from models.roadmap import Activity, Ambition, Plan, PlanSchedule, Workstream
from models.settings import settings
from seed.reference import FOLDER, load_reference

COUNTS = {
    Ambition: 5,
    Workstream: 6,
    Activity: 4,
    Plan: 48,
    PlanSchedule: 45,
    ClosingDay: 4,
}


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the reference files that a civil servant may edit."""
    for file in FOLDER.glob("*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path


def edit(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert text.count(before) == 1, before
    (folder / name).write_text(text.replace(before, after), "utf-8")


def load(engine: Engine, folder: Path = FOLDER) -> dict[str, int]:
    return write_with(engine, load_reference, folder)


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def schedules(session: Session, number: str) -> list[PlanSchedule]:
    return list(
        session.exec(
            select(PlanSchedule)
            .join(Plan, Plan.id == PlanSchedule.plan_id)
            .where(Plan.number == number)
            .order_by(PlanSchedule.id)
        )
    )


@pytest.mark.slow
def test_loading_twice_changes_nothing(database):
    first = load(database)
    revision = read_with(database, Session.get, Revision, "roadmap").n
    second = load(database)
    with reading(database) as session:
        assert {table: count(session, table) for table in COUNTS} == COUNTS
        assert session.get(Revision, "roadmap").n == revision
        assert count(session, Change) == 0
    assert first["jalons.csv"] == 45 and not any(second.values())


@pytest.mark.slow
def test_the_first_baseline_stands_from_the_first_day_of_the_programme(database):
    load(database)
    with reading(database) as session:
        facts = session.exec(select(PlanSchedule)).all()
        assert {fact.on for fact in facts} == {settings().cp_programme_start}
        assert sum(fact.weight for fact in facts) == 91
        assert schedules(session, "5.8")[0].end == date(2023, 6, 30)
        assert sum(milestone.ladder for milestone in session.exec(select(Plan))) == 13


def test_what_is_there_stays_and_what_is_missing_comes(database, folder):
    """An edited line changes nothing, whatever was revised on the screens; a new one is added."""
    load(database, folder)
    with writing(database) as session:
        session.exec(select(Plan).where(Plan.number == "3.2")).one().title = "Séance inaugurale"
    edit(folder, "jalons.csv", "03/01/2022;28/02/2022", "03/01/2022;29/04/2022")
    edit(folder, "jours-de-fermeture.csv", "27/09;", "24/12;Réveillon\n27/09;")
    added = load(database, folder)
    with reading(database) as session:
        milestone = session.exec(select(Plan).where(Plan.number == "3.2")).one()
        assert milestone.title == "Séance inaugurale"
        assert [fact.end for fact in schedules(session, "3.2")] == [date(2022, 2, 28)]
        assert count(session, ClosingDay) == COUNTS[ClosingDay] + 1
    assert (added["jalons.csv"], added["jours-de-fermeture.csv"]) == (0, 1)


@pytest.mark.slow
def test_excel_puts_a_bom_and_a_blank_line(database, folder):
    text = (folder / "ambitions.csv").read_text("utf-8")
    (folder / "ambitions.csv").write_text(
        "\ufeff" + text.replace("\n", "\r\n") + ";;;\r\n", "utf-8"
    )
    load(database, folder)
    assert read_with(database, count, Ambition) == 5


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        (
            "jalons.csv",
            "03/01/2022;28/02/2022",
            "03/01/2022;31/02/2022",
            "jalons.csv, ligne 19 : « 31/02/2022 » n'est pas",
        ),
        (
            "jalons.csv",
            "numéro;chantier;titre;poids",
            "numéro;chantier;titre;importance",
            "ligne 1 : il manque la colonne",
        ),
        ("jalons.csv", "3.2;3;", "3.1;3;", "ligne 19 : « 3.1 » se trouve déjà à la ligne 18"),
        (
            "cibles.csv",
            "attente;baisse;31/12/2023;20;",
            "attente;baisse;31/12/2023;vingt;",
            "« vingt » n'est pas un",
        ),
        (
            "cibles.csv",
            "attente;baisse;31/12/2023;20;",
            "attente;baisse;31/12/2023;nan;",
            "« nan » n'est pas un",
        ),
        (
            "chantiers.csv",
            "1;copilotage;Organiser",
            '1;copilotage;"Organiser',
            "guillemets ou séparateurs illisibles",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    sqlite_database, folder, name, before, after, sentence
):
    edit(folder, name, before, after)
    refusal = refuses(load, sqlite_database, folder)
    assert sentence in str(refusal) and str(refusal).startswith(name)
    assert read_with(sqlite_database, count, Ambition) == 0


def test_a_file_in_another_encoding_is_refused(sqlite_database, folder):
    text = (folder / "chantiers.csv").read_text("utf-8")
    (folder / "chantiers.csv").write_bytes(text.encode("cp1252"))
    refuses(
        load,
        sqlite_database,
        folder,
        match=r"chantiers.csv : .* UTF-8",
    )


def test_a_missing_file_is_refused(sqlite_database, folder):
    (folder / "cibles.csv").unlink()
    refuses(load, sqlite_database, folder, match=r"cibles.csv ne peut pas être lu")
