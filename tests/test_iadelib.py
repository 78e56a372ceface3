"""The package of a point for iA.Délib: documented fields, a schema of ours, only what everybody may
read; the open dates as iMio's `@events` names them.
"""

import base64
import io
import json
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import jsonschema_rs
import pytest
from pypdf import PdfReader
from sqlmodel import select
from support.transactions import refuses

from dashboard.access import Reader
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import write_sheet
from dashboard.queries.meetings.agenda import Appointment
from dashboard.report import decision
from dashboard.report.decision import package
from dashboard.report.pack import gather
from dashboard.report.slides import slides
from dashboard.web.calendars import events
from models.database import reading, writing
from models.decisions import Decision, DecisionSheet, Instance
from models.idea_states import IdeaStatus
from models.ideas import Idea

POINT = 24  # before the Collège
SCHEMA = json.loads(
    Path(decision.__file__).with_name("iadelib.schema.json").read_text(encoding="utf-8")
)
# Those of `POST @item`, as plonemeeting.restapi documents them.
FIELDS = set(
    "config_id title proposingGroup externalIdentifier category description motivation decision"
    " notes groupsInCharge associatedGroups optionalAdvisers in_name_of ignore_validation_for"
    " ignore_not_used_data wf_transitions __children__".split()
)
ANNEX = {"@type", "title", "content_category", "decision_related", "file"}
FILE = {"data", "encoding", "filename", "content-type"}
SECRET = "Le vestiaire de la rue Basse"


def files_of(content: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(content)) as made:
        return {name: made.read(name) for name in made.namelist()}


def point_of(files: dict[str, bytes]) -> dict:
    found = json.loads(files["point.json"])
    jsonschema_rs.validate(SCHEMA, found)
    return found


@pytest.fixture
def typed(sqlite_copy, cast) -> None:
    """Point 24 with its sheet, in words that HTML would run."""
    with writing(sqlite_copy) as session:
        point = session.exec(select(Decision).where(Decision.number == POINT)).one()
        sheet = DecisionSheet(
            problem="Trop de <b>signatures</b>\nUn dossier attend 12 jours.",
            options="Déléguer jusqu'à 1 000 €.",
            cost=1200,
        )
        write_sheet(session, cast.didier, point.id, sheet)


def made(engine, scope_for, reader: Reader, number: int = POINT) -> dict[str, bytes]:
    with reading(engine) as session:
        return files_of(package(session, scope_for(session, reader), number))


def test_the_package_has_the_documented_fields_and_its_annexes_twice(
    sqlite_copy, cast, scope_for, typed
):
    files = made(sqlite_copy, scope_for, cast.didier)
    assert set(files) == {
        "point.json",
        "LISEZMOI.txt",
        f"fiche-decision-{POINT}.pdf",
        f"chiffres-{POINT}.csv",
    }
    point = point_of(files)
    assert set(point) <= FIELDS and point["externalIdentifier"] == str(POINT)
    assert point["config_id"] == "meeting-config-college"
    assert point["title"] == "Délégations de signature simplifiées (jalon 3.6)"
    assert "<p>Trop de &lt;b&gt;signatures&lt;/b&gt;</p><p>Un dossier" in point["motivation"]
    assert point["decision"] == "<p>Déléguer jusqu&#39;à 1 000 €.</p>"
    for annex in point["__children__"]:
        assert set(annex) <= ANNEX and set(annex["file"]) <= FILE
        assert base64.b64decode(annex["file"]["data"]) == files[annex["file"]["filename"]]
    sheet = PdfReader(io.BytesIO(files[f"fiche-decision-{POINT}.pdf"]))
    assert len(sheet.pages) == 2
    assert "Coût estimé;1 200 €" in files[f"chiffres-{POINT}.csv"].decode("utf-8-sig").replace(
        "\u202f", " "
    ).replace("\u00a0", " ")
    note = files["LISEZMOI.txt"].decode()
    assert "@item" in note and f"externalIdentifier={POINT}" in note and "rien n'est" in note


def test_the_town_names_its_bodies_and_organisations(sqlite_copy, cast, scope_for, data_folder):
    code = point_of(made(sqlite_copy, scope_for, cast.didier))["proposingGroup"].upper()
    data_folder.mkdir(exist_ok=True)
    (data_folder / "iadelib.toml").write_text(
        'annexe = "annexe-point"\ncategorie = "personnel"\n'
        '[organes]\ncollege = "meeting-config-zcollege"\n'
        f'[organisations]\n"{code}" = "juridique"\n',
        encoding="utf-8",
    )
    point = point_of(made(sqlite_copy, scope_for, cast.didier))
    assert point["config_id"] == "meeting-config-zcollege" and point["category"] == "personnel"
    assert point["proposingGroup"] == "juridique" != code.lower()
    assert {annex["content_category"] for annex in point["__children__"]} == {"annexe-point"}


@pytest.mark.slow
def test_a_linked_title_leaves_only_with_its_own_right(sqlite_copy, cast, scope_for):
    """An entry that is not published leads to the point: who reads it reads it on the sheet, but
    neither package nor slides take it out of the house.
    """
    with writing(sqlite_copy) as session:
        idea = session.exec(
            select(Idea).where(Idea.status == IdeaStatus.studied, Idea.published.is_(True))
        ).first()
        about = ("idee", str(idea.number))
        point = submit_point(
            session, cast.didier, PointInput("Un vestiaire", Instance.college, about=about)
        )
        number = point.number
        submit_point(session, cast.didier, PointInput("Une douche", Instance.codir, about=about))
        idea.title = idea.body = SECRET
        session.add(idea)
    assert SECRET in made(sqlite_copy, scope_for, cast.didier, number)["point.json"].decode()
    with writing(sqlite_copy) as session:
        idea = session.exec(select(Idea).where(Idea.title == SECRET)).one()
        idea.published = False
        session.add(idea)
    for reader in (cast.didier, cast.elise):
        files = made(sqlite_copy, scope_for, reader, number)
        pages = PdfReader(io.BytesIO(files[f"fiche-decision-{number}.pdf"])).pages
        printed = " ".join(page.extract_text() for page in pages)
        assert SECRET not in files["point.json"].decode() and SECRET not in printed
        with reading(sqlite_copy) as session:
            deck = files_of(slides(gather(session, scope_for(session, reader))))
        assert "Une douche" in "".join(
            part.decode() for name, part in deck.items() if name.startswith("ppt/slides/slide")
        )
        assert not [name for name, part in deck.items() if SECRET.encode() in part]


def test_only_who_makes_reports_takes_a_package(sqlite_demo, cast, scope_for):
    with reading(sqlite_demo) as session:
        refuses(package, session, scope_for(session, cast.alice), POINT, match="pas le droit")
        refuses(package, session, scope_for(session, cast.didier), 999, match="n'existe pas")


def test_open_dates_have_the_names_of_events():
    day = date(2023, 7, 4)
    timed = Appointment("reunion-1", day, "09:00", "12:30", "Café", "Hall", "", 0, day, "/agenda")
    whole = Appointment("session-2", day, "", "", "Formation : Excel", "", "", 0, day, "/academie")
    found = json.loads(events([timed, whole], "https://exemple.be"))["items"]
    assert set(found[0]) == {"UID", "title", "description", "start", "end", "category"}
    assert found[0]["start"] == "2023-07-04T09:00:00+02:00"
    assert found[0]["end"] == "2023-07-04T12:30:00+02:00"
    assert found[0]["UID"] == "reunion-1@exemple.be"
    assert found[0]["description"] == "Hall · https://exemple.be/agenda"
    begin, end = (datetime.fromisoformat(found[1][name]) for name in ("start", "end"))
    assert (end - begin).days == 1 and found[1]["category"] == "Formation"
