"""Materials of a training: who gives it adds them, those who have a seat or came open them, and
each file is what it says.
"""

import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from support.pages import html_of
from support.trainings import OFFICE, TODAY, S, a_town_that_learns, agent, came, registers
from support.transactions import add_rows, errors_of, refusal, refuses, write_with

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.academy import trainings as acts
from dashboard.actions.academy.trainings import add_material, remove_material
from dashboard.files.materials import file_name, kind_of
from dashboard.queries.academy import counts as query
from dashboard.queries.people.privacy import dossier
from models.academy import Trainer, TrainingMaterial, TrainingSession
from models.database import reading, writing
from models.ledger import Change
from models.people import Person

PDF = b"%PDF-1.7 une fiche"
TRAINER, SEATED = agent(1), agent(2)


@pytest.fixture
def town(sqlite_database) -> Engine:
    """Person 1 gives the training, which has a session of one seat."""
    a_town_that_learns(sqlite_database)
    with writing(sqlite_database) as session:
        session.add(Trainer(training_id=1, person_id=1))
        session.add(TrainingSession(id=1, training_id=1, on=date(2023, 6, 20), capacity=1))
    return sqlite_database


def adds(engine: Engine, reader: Reader = TRAINER, **given: object) -> str:
    asked = {"title": "La fiche", "content": PDF, "name": "fiche.pdf"} | given
    return write_with(engine, add_material, reader, 1, TrainingMaterial(**asked)).id


def opens(engine: Engine, reader: Reader, ident: str) -> bool:
    with reading(engine) as session:
        listed = [row.id for row in query.materials_of(session, reader, 1)]
        found = query.material(session, reader, ident)
        assert (ident in listed) == (found is not None)
        return found is not None


def archive(*parts: str, mimetype: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        if mimetype:
            out.writestr("mimetype", mimetype)
        for part in parts:
            out.writestr(part, "x")
    return file.getvalue()


# --- who ------------------------------------------------------------------------------------------


def test_who_has_a_seat_or_came_opens_it_and_others_do_not(town):
    ident = adds(town)
    assert opens(town, TRAINER, ident) and opens(town, OFFICE, ident)
    for reader in (SEATED, agent(3), agent(4), NOBODY, OPERATOR):
        assert not opens(town, reader, ident)
    registers(town, 2)
    registers(town, 3)  # the session has one seat: she waits
    came(town, 4, date(2023, 5, 2), S.partial)
    assert opens(town, SEATED, ident) and opens(town, agent(4), ident)
    assert not opens(town, agent(3), ident)
    came(town, 3, date(2023, 5, 3), S.no_show)
    assert not opens(town, agent(3), ident)


def test_what_is_added_and_taken_away_is_told_in_the_journal(town):
    ident = adds(town)
    write_with(town, remove_material, OFFICE, ident)
    with reading(town) as session:
        assert not session.exec(select(TrainingMaterial)).all()
        kept = session.exec(select(Change).where(Change.field == "support")).all()
        assert [(row.before, row.after) for row in kept] == [(None, "La fiche"), ("La fiche", None)]
    refusal(town, remove_material, OFFICE, ident, match="plus là")


# --- what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "href",
    [
        "http://exemple.invalid",
        "javascript:alert(1)",
        "https://",
        "https://intranet",
        "https://moi:secret@exemple.invalid",
        "https://exemple.invalid/a b",
        "https://exemple.invalid:99999/",
        "//exemple.invalid",
        "https://exemple.invalid/" + "x" * 500,
    ],
)
def test_an_address_is_a_whole_one_of_the_web(town, href):
    assert set(errors_of(adds, town, content=None, href=href)) == {"href"}


def test_it_is_a_file_or_an_address_under_a_title(town):
    assert adds(town, content=None, href=" https://exemple.invalid/fiche?n=1 ")
    for given, field in (
        ({"content": None}, "href"),
        ({"href": "https://exemple.invalid"}, "href"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"content": b""}, "file"),
        ({"content": b"MZ\x90\x00"}, "file"),
        ({"content": b"<html><script>"}, "file"),
        ({"content": PDF + b"x" * acts.HEAVIEST}, "file"),
    ):
        assert set(errors_of(adds, town, **given)) == {field}


def test_a_training_has_a_handful(town, monkeypatch):
    add_rows(
        town,
        *(
            TrainingMaterial(id=f"{n}", training_id=1, title="Fiche", on=TODAY)
            for n in range(acts.MOST)
        ),
    )
    refuses(adds, town, match="20 supports au plus")


@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (PDF, r"C:\Mes documents\fiche.PDF", "fiche.PDF"),
        (PDF, "../../etc/passwd", "passwd.pdf"),
        (PDF, "fiche.exe", "fiche.exe.pdf"),
        (PDF, "fiche.docx", "fiche.pdf"),
        (PDF, "", "support.pdf"),
        (b"\x89PNG\r\n\x1a\n", "pl\x00an<1>.png", "pl an 1.png"),
        (archive("[Content_Types].xml", "word/document.xml"), "note.docx", "note.docx"),
        (archive("xl/workbook.xml"), "note.docx", "note.xlsx"),
        (
            archive("content.xml", mimetype="application/vnd.oasis.opendocument.presentation"),
            "séance.odp",
            "séance.odp",
        ),
    ],
)
def test_a_file_is_told_by_its_content(content, name, kept):
    assert file_name(name, kind_of(content)) == kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"PK\x03\x04 coup",
        archive("autre.txt"),
        archive("word/document.xml", "word/vbaProject.bin"),
        archive("x", mimetype="text/html"),
        b"<?xml version='1.0'?><svg/>",
    ],
)
def test_what_may_do_something_is_not_taken(content):
    assert kind_of(content) is None


def test_what_she_added_is_in_her_export_without_its_content(town):
    adds(town)
    with reading(town) as session:
        [row] = dossier(session, OPERATOR, session.get(Person, 1))["donnees"]["training_material"]
    assert row["title"] == "La fiche" and "content" not in row


# --- the sheet ------------------------------------------------------------------------------------


def test_the_sheet_offers_them_to_who_may_open_them(open_page):
    office = " ".join(html_of(open_page("didier", "academie", "formation=F01")))
    assert "La fiche en cinq gestes" in office and "/document/" in office
    assert "intranet.exemple.invalid" in office and "https://intranet" not in office
    alice = " ".join(html_of(open_page("alice", "academie", "formation=F01")))
    assert "2 supports" in alice.replace("\u00a0", " ") and "/document/" not in alice
