"""Open data: what was published and nothing else, each file whole, with a catalogue that portals
read.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select
from support.troupe import FROZEN
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.actions.open_data import write_open_data
from dashboard.actions.operations import tick
from dashboard.files.open_data import CATALOGUE, DICTIONARY
from dashboard.queries.news import published
from models.database import reading, writing
from models.errors import Refused
from models.news import Publication
from models.settings import settings

SETS = ("chiffres", "chantiers", "jalons", "idees-realisees")


@pytest.fixture
def chosen(monkeypatch) -> Iterator[Callable[..., None]]:
    """NAME="value" → settings as an operator chooses them."""

    def choose(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def written(engine: Engine, folder: Path) -> int:
    with reading(engine) as session:
        return write_open_data(session, folder)


def rows(folder: Path, name: str) -> list[dict]:
    return json.loads((folder / f"{name}.json").read_bytes())


def test_what_was_published_is_written_and_nothing_else(demo, tmp_path):
    written(demo, tmp_path)
    with reading(demo) as session:
        last = published(session, FROZEN)
    figures = [row for row in rows(tmp_path, "chiffres") if row["situation_on"] == str(last.au)]
    assert [(row["code"], row["value"]) for row in figures] == [
        (figure.code, figure.value) for figure in last.situation.figures
    ]
    assert len(rows(tmp_path, "jalons")) == len(last.situation.milestones) > 0
    assert [row["number"] for row in rows(tmp_path, "idees-realisees")] == [
        number for number, _, _ in last.done
    ]
    assert {path.name for path in tmp_path.iterdir()} == {
        *(f"{name}.{kind}" for name in SETS for kind in ("csv", "json")),
        DICTIONARY,
        CATALOGUE,
    }
    for name in SETS:
        told = io.StringIO((tmp_path / f"{name}.csv").read_bytes().decode("utf-8-sig"))
        lines = list(csv.DictReader(told, delimiter=";"))
        assert [line["published_on"] for line in lines] == [
            row["published_on"] for row in rows(tmp_path, name)
        ]
    assert not any("target" in row or "status" in row for row in figures)


def test_a_publication_that_is_withdrawn_or_corrected_goes_and_so_does_a_hidden_idea(
    sqlite_copy, tmp_path
):
    written(sqlite_copy, tmp_path)
    number = rows(tmp_path, "idees-realisees")[0]["number"]
    with writing(sqlite_copy) as session:
        session.execute(text("UPDATE idea SET published = FALSE WHERE number = :n"), {"n": number})
        last = session.exec(select(Publication).order_by(Publication.on.desc())).first()
        session.add(Publication(on=FROZEN, au=last.au, content=last.content, word="Corrigée"))
    written(sqlite_copy, tmp_path)
    assert number not in {row["number"] for row in rows(tmp_path, "idees-realisees")}
    days = {(row["situation_on"], row["published_on"]) for row in rows(tmp_path, "jalons")}
    assert days == {(str(last.au), str(FROZEN))}
    with writing(sqlite_copy) as session:
        session.execute(text("UPDATE publication SET withdrawn_on = :d"), {"d": FROZEN})
    written(sqlite_copy, tmp_path)
    assert all(rows(tmp_path, name) == [] for name in SETS)


def test_what_has_not_changed_is_left_alone_and_what_fails_leaves_the_files_before(
    sqlite_copy, tmp_path, monkeypatch
):
    assert written(sqlite_copy, tmp_path) == 10
    assert written(sqlite_copy, tmp_path) == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with writing(sqlite_copy) as session:
        session.execute(text("UPDATE publication SET withdrawn_on = :d"), {"d": FROZEN})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(Refused, match="ne peut pas être écrit"):
        patch.setattr(os, "fsync", full)
        written(sqlite_copy, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(Refused, match="n'est pas là"):
        written(sqlite_copy, tmp_path / "disque-absent")


def test_the_catalogue_names_licence_publisher_files_and_their_sums(sqlite_demo, tmp_path, chosen):
    chosen(CP_OPEN_DATA_URL="https://ville.example/donnees/")
    written(sqlite_demo, tmp_path)
    found = json.loads((tmp_path / CATALOGUE).read_bytes())
    assert found["@type"] == "dcat:Catalog" and found["dct:publisher"]["foaf:name"]["@value"]
    assert found["dct:license"]["@id"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [one["dct:identifier"] for one in found["dcat:dataset"]] == list(SETS)
    for one in found["dcat:dataset"]:
        assert one["dct:description"]["@value"] and one["dcat:contactPoint"]
        for part in one["dcat:distribution"]:
            address = part["dcat:downloadURL"]["@id"]
            assert address.startswith("https://ville.example/donnees/")
            body = (tmp_path / address.rpartition("/")[2]).read_bytes()
            assert part["dcat:byteSize"]["@value"] == str(len(body))
            assert part["dct:rights"]["rdfs:label"]["@value"] == "CC BY 4.0"
    told = csv.DictReader(
        io.StringIO((tmp_path / DICTIONARY).read_bytes().decode("utf-8-sig")), delimiter=";"
    )
    assert {row["set"] for row in told} == set(SETS)


# What the shapes of DCAT-AP ask of whatever a property leads to.
RANGES = {
    "dcat:contactPoint": "vcard:Kind",
    "dcat:dataset": "dcat:Dataset",
    "dcat:distribution": "dcat:Distribution",
    "dcat:mediaType": "dct:MediaType",
    "dcat:theme": "skos:Concept",
    "dct:accrualPeriodicity": "dct:Frequency",
    "dct:format": "dct:MediaTypeOrExtent",
    "dct:language": "dct:LinguisticSystem",
    "dct:license": "dct:LicenseDocument",
    "dct:publisher": "foaf:Agent",
    "dct:rights": "dct:RightsStatement",
    "spdx:checksum": "spdx:Checksum",
    "spdx:checksumValue": "xsd:hexBinary",
}


def test_what_the_catalogue_leads_to_is_of_the_kind_that_portals_ask_for(sqlite_demo, tmp_path):
    """They refuse a harvest whole for one property whose value is of another kind."""
    written(sqlite_demo, tmp_path)
    seen = set()
    for name, value in led_to(json.loads((tmp_path / CATALOGUE).read_bytes())):
        if name in RANGES:
            kinds = value["@type"]
            assert RANGES[name] in ([kinds] if isinstance(kinds, str) else kinds), name
            seen.add(name)
    assert seen == set(RANGES)


def led_to(node: object) -> Iterator[tuple[str, dict]]:
    """Each property whose value is a thing, with that thing, at any depth."""
    for name, value in node.items() if isinstance(node, dict) else ():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and name != "@context":
                yield name, one
                yield from led_to(one)


def test_the_command_and_the_round_write_the_same(demonstration, tmp_path, chosen):
    by_hand, by_round = tmp_path / "main", tmp_path / "passage"
    by_hand.mkdir()
    by_round.mkdir()
    run = CliRunner().invoke
    assert "Dites dans quel dossier" in run(app, ["open-data"]).output
    assert run(app, ["open-data", str(by_hand)]).stdout.startswith(
        "10\N{NO-BREAK SPACE}fichiers écrits"
    )
    chosen(CP_OPEN_DATA_FOLDER=str(by_round))
    assert not tick.tick().troubles
    assert {path.name: path.read_bytes() for path in by_hand.iterdir()} == {
        path.name: path.read_bytes() for path in by_round.iterdir()
    }
    chosen(CP_OPEN_DATA_FOLDER=str(tmp_path / "parti"))
    assert any("n'est pas là" in said for said in tick.tick().troubles)
