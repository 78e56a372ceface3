"""Loading the reference data: once, twice, edited, shortened, broken."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select
from support.days import town_today
from support.transactions import read_with, write_with

from models.database import reading, writing
from models.errors import Refused
from models.installation import Revision
from models.journal import Change
from models.roadmap import Activity, Ambition, Plan, PlanSchedule, Workstream
from models.workdays import ClosingDay
from seed.reference import FOLDER, REVISED, SeedReport, load_reference

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


def load(engine: Engine, folder: Path = FOLDER) -> SeedReport:
    return write_with(engine, load_reference, folder)


def file_of(report: SeedReport, name: str):
    return next(file for file in report.files if file.name == name)


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


def test_loading_twice_changes_nothing(database):
    first = load(database)
    with reading(database) as session:
        revision = session.get(Revision, "roadmap").n
    second = load(database)
    with reading(database) as session:
        assert {table: count(session, table) for table in COUNTS} == COUNTS
        assert session.get(Revision, "roadmap").n == revision
        assert count(session, Change) == 0
    assert first.wrote and not second.wrote
    assert all(file.new == 0 and file.changed == 0 and not file.gone for file in second.files)
    assert "jalons.csv : 0 nouvelle ligne, 0 modifiée, 45 inchangées." in second.sentences()


def test_an_edited_title_is_changed_and_audited(database, folder):
    load(database, folder)
    edit(
        folder,
        "jalons.csv",
        "Première séance du Conseil de direction",
        "Séance inaugurale du Conseil de direction",
    )
    report = load(database, folder)
    with reading(database) as session:
        milestone = session.exec(select(Plan).where(Plan.number == "3.2")).one()
        assert milestone.title == "Séance inaugurale du Conseil de direction"
        audit = session.exec(select(Change)).one()
        assert (audit.subject, audit.record, audit.field) == ("milestone", "3.2", "title")
        assert audit.before == "Première séance du Conseil de direction"
        assert len(schedules(session, "3.2")) == 1
    assert (file_of(report, "jalons.csv").changed, file_of(report, "jalons.csv").unchanged) == (
        1,
        44,
    )


def test_an_edited_date_is_a_new_dated_fact(database, folder):
    load(database, folder)
    edit(
        folder,
        "jalons.csv",
        "03/01/2022;28/02/2022;Directeur général",
        "03/01/2022;29/04/2022;Directeur général",
    )
    load(database, folder)
    load(database, folder)
    with reading(database) as session:
        first, second = schedules(session, "3.2")
        assert (first.end, second.end) == (date(2022, 2, 28), date(2022, 4, 29))
        assert second.reason == REVISED and second.on == town_today()


def test_what_was_revised_on_the_screens_survives_an_unchanged_file(database):
    load(database)
    with writing(database) as session:
        known = schedules(session, "3.2")[0]
        session.add(
            PlanSchedule(
                on=date(2022, 3, 1),
                recorded_on=date(2022, 3, 1),
                plan_id=known.plan_id,
                start=known.start,
                end=date(2022, 6, 30),
                weight=known.weight,
                owner=known.owner,
            )
        )
    load(database)
    assert len(read_with(database, schedules, "3.2")) == 2


def test_a_removed_line_is_reported_and_kept(database, folder):
    load(database, folder)
    edit(
        folder,
        "projets.csv",
        "CRECHES;Crèches;Rénover les crèches communales.;citoyens;Action\n",
        "",
    )
    report = load(database, folder)
    assert read_with(database, count, Plan) == COUNTS[Plan]
    assert file_of(report, "projets.csv").gone == ["CRECHES"]
    assert "projets.csv : ne s'y trouve plus, gardé dans la base : CRECHES." in report.sentences()


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
            "03/01/2022;28/02/2022",
            "03/01/2022;28/02/2021",
            "ligne 19 : l'échéance tombe avant le début",
        ),
        (
            "jalons.csv",
            "numéro;chantier;titre;poids",
            "numéro;chantier;titre;importance",
            "ligne 1 : il manque la colonne",
        ),
        ("jalons.csv", "3.2;3;", "3.1;3;", "ligne 19 : « 3.1 » se trouve déjà à la ligne 18"),
        (
            "jalons.csv",
            "3.2;3;",
            "3.2;9;",
            "ligne 19 : le chantier « 9 » n'est pas dans chantiers.csv",
        ),
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
        ("jours-de-fermeture.csv", "27/09;", "31/09;", "ligne 2 : « 31/09 » n'est ni jj/mm"),
        (
            "projets.csv",
            ";citoyens",
            ";citoyennes",
            "l'ambition « citoyennes » n'est pas dans ambitions.csv",
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
    with pytest.raises(Refused) as refusal:
        load(sqlite_database, folder)
    assert sentence in str(refusal.value) and str(refusal.value).startswith(name)
    assert read_with(sqlite_database, count, Ambition) == 0


def test_a_file_in_another_encoding_names_its_line(sqlite_database, folder):
    text = (folder / "chantiers.csv").read_text("utf-8")
    (folder / "chantiers.csv").write_bytes(text.encode("cp1252"))
    with pytest.raises(Refused, match=r"chantiers.csv, ligne 1 : le fichier n'est pas en UTF-8"):
        load(sqlite_database, folder)


def test_a_missing_file_is_refused(sqlite_database, folder):
    (folder / "cibles.csv").unlink()
    with pytest.raises(Refused, match=r"cibles.csv ne peut pas être lu"):
        load(sqlite_database, folder)
