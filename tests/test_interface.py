"""A program that reads the interface; the read interface."""

import asyncio
import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings as hypothesis_settings
from sqlalchemy import Engine, text
from sqlmodel import select
from starlette.applications import Starlette
from support.pages import html_of, unfold
from support.transactions import (
    errors_of,
    execute,
    read_with,
    refusal,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.tokens import make_token, revoke_token
from dashboard.figures.board import board
from dashboard.figures.kinds import of_persons
from dashboard.interface import gathering, mounting
from dashboard.interface.rows import SETS, dictionary
from dashboard.queries.news import published
from dashboard.report.pack import digest
from models import database as house
from models.database import reading, writing
from models.directions import Direction
from models.ideas import Idea
from models.ledger import Change
from models.notices import Publication
from models.people import Person
from models.revisions import raise_revisions
from models.settings import settings
from models.sign_on import ReaderToken

# ── A program that reads the interface ────────────────────────────────────────────────────────────
# Its address space is the product's, its database the test's.

ADDRESS = mounting.ADDRESS


class Program:
    """What a tool of the town does with its token."""

    def __init__(self, engine: Engine, token: str = ""):
        self.engine = engine
        self.token = token

    def get(self, address: str, **headers: str) -> httpx.Response:
        if self.token:
            headers.setdefault("authorization", f"Bearer {self.token}")
        whole = address if address.startswith("http") else f"{ADDRESS}{address}"
        return self.ask("GET", whole, headers)

    def rows(self, address: str) -> list[dict]:
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]

    def ask(self, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
        async def asked() -> httpx.Response:
            app = httpx.ASGITransport(Starlette(routes=mounting.routes()))
            async with httpx.AsyncClient(
                transport=app, base_url="http://possible.example:8501"
            ) as client:
                return await client.request(method, address, headers=headers)

        # A browser test before this one leaves its own loop running in this thread.
        with ThreadPoolExecutor(1) as apart:
            return apart.submit(asyncio.run, asked()).result()


def served_from(engine: Engine, monkeypatch) -> None:
    """From now on the settings name this database, as those of a server do."""
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    settings.cache_clear()
    house.engine.cache_clear()


def token_for(engine: Engine, unit: str = "", **given: object) -> str:
    with writing(engine) as session:
        name = f"Lecteur {unit or 'de tout'}"
        return make_token(
            session,
            OPERATOR,
            name,
            session.exec(select(Direction.id).where(Direction.code == unit)).first(),
            **given,
        )


Reads = Callable[..., Program]


# ── The read interface ────────────────────────────────────────────────────────────────────────────
# Who opens it, what it tells and to whom, in which form, and how an address that is asked again
# costs nothing.

if TYPE_CHECKING:
    from schemathesis import APIOperation, Case


@pytest.fixture
def reads(data_folder, monkeypatch, demo_copy) -> Iterator[Reads]:
    """(unit, …) → a program with a token for it, on the demonstration."""
    yield from _reading(demo_copy, monkeypatch)


@pytest.fixture
def sqlite_reads(data_folder, monkeypatch, sqlite_copy) -> Iterator[Reads]:
    yield from _reading(sqlite_copy, monkeypatch)


def _reading(engine, monkeypatch) -> Iterator[Reads]:
    served_from(engine, monkeypatch)

    def made(unit: str = "", **given: object) -> Program:
        return Program(engine, token_for(engine, unit, **given))

    yield made
    house.engine().dispose()


# --- the token ------------------------------------------------------------------------------------


def test_without_a_token_one_french_sentence_says_what_is_missing(sqlite_reads, sqlite_copy):
    for header in ("", "Bearer", "Bearer inconnu", "Basic %%%", "Digest x"):
        answer = Program(sqlite_copy).get("/chiffres?au=illisible", authorization=header)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Bearer" in answer.headers["www-authenticate"]
        assert "jeton" in answer.json()["detail"] and answer.json()["status"] == 401


def test_a_token_is_kept_hashed_and_its_last_day_of_use_is_known(sqlite_reads, sqlite_copy):
    program = sqlite_reads()
    assert program.get("/").status_code == 200
    with reading(sqlite_copy) as session:
        kept = session.exec(select(ReaderToken)).one()
        dumped = list(session.connection().connection.driver_connection.iterdump())
    assert program.token.removeprefix("cpl_") not in "".join(dumped)
    assert (kept.made_on, kept.used_on) == (FROZEN, FROZEN)


def test_excel_and_power_bi_may_send_it_as_a_password(sqlite_reads, sqlite_copy):
    token = sqlite_reads().token
    sent = base64.b64encode(f"peu importe:{token}".encode()).decode()
    assert Program(sqlite_copy).get("/", authorization=f"Basic {sent}").status_code == 200


def test_a_token_that_is_revoked_or_past_its_day_opens_nothing_at_once(sqlite_reads, sqlite_copy):
    program = sqlite_reads(last_day=FROZEN)
    assert program.get("/").status_code == 200
    execute(sqlite_copy, text("UPDATE reader_token SET until = :d"), {"d": FROZEN - timedelta(1)})
    assert program.get("/").status_code == 401
    other = sqlite_reads()
    with writing(sqlite_copy) as session:
        ident = session.exec(select(ReaderToken.id).order_by(ReaderToken.id.desc())).first()
        assert revoke_token(session, OPERATOR, ident) == "Lecteur de tout"
    assert other.get("/").status_code == 401
    refusal(sqlite_copy, revoke_token, OPERATOR, ident, match="déjà révoqué")
    told = select_all(sqlite_copy, select(Change.field).where(Change.subject == "jeton de lecture"))
    assert told == ["créé", "créé", "révoqué"]


def test_what_is_wrong_with_a_new_token_is_said_field_by_field(sqlite_copy, cast):
    assert set(
        errors_of(
            write_with, sqlite_copy, make_token, cast.farid, " ", 10**6, FROZEN - timedelta(days=1)
        )
    ) == {"name", "unit_id", "last_day"}


def test_a_token_reads_so_many_times_in_an_hour(sqlite_reads, monkeypatch):
    monkeypatch.setattr(gathering, "READS", 2)
    gathering._counts.clear()
    program, other = sqlite_reads(), sqlite_reads()
    assert [program.get("/").status_code for _ in range(3)] == [200, 200, 429]
    answer = program.get("/")
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert "réessayez" in answer.json()["detail"]
    assert other.get("/").status_code == 200


def test_an_administrator_makes_a_token_that_is_shown_once_and_revokes_it(open_page, demonstration):
    tab = unfold(open_page("farid", "etat-du-systeme"), "Créer un jeton")
    tab.text_input(key="w_reader_token_0_name").set_value("Power BI du cabinet")
    tab.button(key="w_reader_token_0_send").click().run()
    (secret,) = re.findall("<pre>(cpl_.+)</pre>", "".join(html_of(tab)))
    assert Program(demonstration, secret).get("/").status_code == 200
    said = "\n".join(block.value for block in tab.run().text)
    assert secret not in "".join(html_of(tab))
    assert "Power BI du cabinet, toute l'administration, lu le 30/06/2023" in said
    ident = select_one(demonstration, select(ReaderToken.id))
    tab.button(key=f"w_reader_token_{ident}_0_send").click().run()
    assert not tab.exception
    assert Program(demonstration, secret).get("/").status_code == 401
    assert "Power BI du cabinet" not in "".join(block.value for block in tab.text)


# --- what it tells --------------------------------------------------------------------------------


@pytest.mark.slow
def test_figures_are_those_of_the_board_under_the_fingerprint_of_the_report(
    reads, demo_copy, scope_for
):
    answer = reads().get("/chiffres?au=2023-03-31&depuis=2022-12-31").json()
    with reading(demo_copy) as session:
        scope = scope_for(session, OPERATOR, au="2023-03-31", depuis="2022-12-31")
        found = board(session, scope)
        assert answer["fingerprint"] == digest(found)
    assert answer["au"] == "2023-03-31" and answer["depuis"] == "2022-12-31"
    assert [row["code"] for row in answer["rows"]] == [entry.code for entry in found.entries]
    for row, entry in zip(answer["rows"], found.entries, strict=True):
        told = ("value", "n", "target", "status", "suppressed", "before", "change")
        assert [row[name] for name in told] == [getattr(entry, name) for name in told]
        assert row["definition"]


@pytest.mark.slow
def test_months_and_directions_come_in_one_read_equal_to_one_read_each(reads):
    program = reads()
    days = ["2023-05-31", "2023-06-30"]
    table = program.rows(f"/chiffres?au={','.join(days)}&par=direction")
    codes = {row["direction"] for row in table}
    assert {"ADM", "VC-JSP", "DG-RAT"} <= codes and len(codes) > 20
    for day in days:
        for code in ("ADM", "VC-JSP"):
            one = program.rows(f"/chiffres?au={day}&direction={code}")
            here = [row for row in table if (row["au"], row["direction"]) == (day, code)]
            assert here == [row for row in one if row["direction"] == code] != []
    below = reads("VC-JSP").rows("/chiffres?par=direction")
    assert {row["direction"] for row in below} == {"VC-JSP", "ADM"}


def test_counts_are_whole_numbers_in_every_form(reads):
    program = reads()
    told = program.get("/chiffres").text + program.get("/chiffres?format=csv").text
    assert [told[m.start() - 60 : m.end()] for m in re.finditer(r"\d[.,]0\b", told)] == []


@pytest.mark.slow
def test_a_small_cell_is_hidden_from_a_program_too(reads):
    """« Contrôle interne et protection des données » counts seven agents."""
    rows = reads().rows("/chiffres?direction=DG-RAT-3")
    hidden = [row for row in rows if row["suppressed"]]
    assert {row["code"] for row in hidden} & of_persons()
    assert all(row["value"] is None and row["numerator"] is None for row in hidden)


@pytest.mark.slow
def test_a_token_for_one_direction_reads_no_other(reads):
    program = reads("VC-JSP")
    figures = program.get("/chiffres").json()
    assert figures["direction"] == "VC-JSP"
    assert {row["direction"] for row in figures["rows"]} == {"VC-JSP", "ADM"}
    assert program.get("/chiffres?direction=VC-JSP-1").json()["direction"] == "VC-JSP-1"
    for other in ("AD-VOI", "VC", "ADM", "VC-JSP,AD-VOI"):
        for name in ("chiffres", "jalons", "idees", "agenda"):
            answer = program.get(f"/{name}?direction={other}")
            assert answer.status_code == 403, (name, other)
    below = {"VC-JSP", *(f"VC-JSP-{n}" for n in range(1, 9))}
    ideas = program.rows("/idees?limite=500")
    assert ideas and {idea["direction"] for idea in ideas} <= below
    assert {row["direction"] for row in program.rows("/jalons")} <= below


def test_only_published_ideas_are_told_with_their_answers_and_without_a_name(reads, demo_copy):
    rows = reads().rows("/idees?limite=500")
    with reading(demo_copy) as session:
        published = session.exec(select(Idea.number).where(Idea.published.is_(True))).all()
        unpublished = session.exec(select(Idea.number).where(Idea.published.is_(False))).all()
        names = [
            person.name
            for person in session.exec(select(Person).where(Person.family_name != "")).all()
        ]
    numbers = {row["number"] for row in rows}
    assert numbers == set(published) and unpublished
    assert sum(bool(row["answer"]) for row in rows) > 50
    told = json.dumps(rows, ensure_ascii=False)
    assert [name for name in names if name in told] == []


def test_ideas_come_page_after_page_each_once_whatever_is_filed_meanwhile(reads, demo_copy):
    program = reads()
    whole = [row["number"] for row in program.rows("/idees?limite=500")]
    found, address = [], "/idees?limite=100"
    while address:
        answer = program.get(address)
        found += [row["number"] for row in answer.json()["rows"]]
        address = answer.json()["next"]
        linked = answer.links.get("next", {}).get("url")
        assert linked == address
        with writing(demo_copy) as session:  # an entry that is published already goes from the list
            session.execute(
                text("UPDATE idea SET published = FALSE WHERE number = :n"), {"n": found[0]}
            )
            raise_revisions(session, "ideas")
    assert found == whole
    assert program.get("/idees?apres=pas-un-curseur").status_code == 422


def test_roadmap_agenda_and_trainings(reads):
    program = reads()
    assert [row["number"] for row in program.rows("/chantiers")] == [1, 2, 3, 4, 5, 6]
    milestones = {row["number"]: row for row in program.rows("/jalons")}
    assert len(milestones) == 45 and milestones["1.1"]["reached_on"] == "2021-09-24"
    assert milestones["1.7"]["forecast"] == "2023-09-30"
    dates = program.rows("/agenda")
    assert dates and all(row["day"] >= FROZEN.isoformat() for row in dates)
    kinds = {row["kind"] for row in program.rows("/agenda?du=2021-01-01&jusqu-au=2023-12-31")}
    assert kinds and not kinds & {"CODIR", "Comité de co-pilotage", "Collège"}
    assert program.rows("/agenda?du=2023-01-02&jusqu-au=2023-01-01") == []
    assert len(program.rows("/formations")) > 10


MANY_DAYS = ",".join(str(FROZEN - timedelta(days=n)) for n in range(37))


def test_what_is_asked_wrongly_is_refused_in_french_and_not_passed_over(sqlite_reads):
    program = sqlite_reads()
    for address, status, word in (
        ("/chiffres?au=hier", 422, "« au »"),
        ("/chiffres?au=2023-01-31,hier", 422, "« au »"),
        (f"/chiffres?au={MANY_DAYS}", 422, "36 jours"),
        ("/jalons?au=2023-01-31,2023-02-28", 422, "« au »"),
        ("/idees?limite=0", 422, "« limite »"),
        ("/chiffres?au=2099-01-01", 404, "est à venir"),
        ("/chiffres?direction=NUL", 404, "n'existe pas"),
        ("/chiffres?ambition=zzz", 404, "n'existe pas"),
        ("/rien", 404, "rien à cette adresse"),
    ):
        answer = program.get(address)
        assert (answer.status_code, word in answer.json()["detail"]) == (status, True), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    headers = {"authorization": f"Bearer {program.token}"}
    assert program.ask("POST", f"{ADDRESS}/chiffres", headers).status_code == 405


# --- what was published, without a token ----------------------------------------------------------

PUBLISHED = ["chiffres-publies", "chantiers-publies", "jalons-publies", "idees-realisees"]


def test_what_was_published_is_told_to_anybody_and_nothing_else(sqlite_reads, sqlite_copy):
    anybody = Program(sqlite_copy)
    last = read_with(sqlite_copy, published, FROZEN)
    rows = anybody.rows("/chiffres-publies")
    figures = [row for row in rows if row["situation_on"] == str(last.au)]
    assert [(row["code"], row["value"]) for row in figures] == [
        (figure.code, figure.value) for figure in last.situation.figures
    ]
    assert [name for name, one in SETS.items() if one.right is None] == PUBLISHED
    assert not any("target" in row or "status" in row for row in figures)
    assert len(anybody.rows("/jalons-publies")) == len(last.situation.milestones) > 0
    done = [row["number"] for row in anybody.rows("/idees-realisees")]
    assert done == [number for number, _, _ in last.done]
    for name in SETS.keys() - {*PUBLISHED}:
        assert anybody.get(f"/{name}").status_code == 401, name


def test_a_publication_that_is_withdrawn_or_corrected_goes_and_so_does_a_hidden_idea(
    sqlite_reads, sqlite_copy
):
    anybody = Program(sqlite_copy)
    number = anybody.rows("/idees-realisees")[0]["number"]
    with writing(sqlite_copy) as session:
        session.execute(text("UPDATE idea SET published = FALSE WHERE number = :n"), {"n": number})
        last = session.exec(select(Publication).order_by(Publication.on.desc())).first()
        session.add(Publication(on=FROZEN, au=last.au, content=last.content, word="Corrigée"))
        raise_revisions(session, "ideas", "news")
    assert number not in {row["number"] for row in anybody.rows("/idees-realisees")}
    days = {(row["situation_on"], row["published_on"]) for row in anybody.rows("/jalons-publies")}
    assert days == {(str(last.au), str(FROZEN))}
    with writing(sqlite_copy) as session:
        session.execute(text("UPDATE publication SET withdrawn_on = :d"), {"d": FROZEN})
        raise_revisions(session, "news")
    assert all(anybody.rows(f"/{name}") == [] for name in PUBLISHED)


# What the shapes of DCAT-AP ask of whatever a property leads to: a portal refuses a harvest whole
# for one of another kind.
RANGES = {
    "dcat:contactPoint": "vcard:Kind",
    "dcat:dataset": "dcat:Dataset",
    "dcat:distribution": "dcat:Distribution",
    "dcat:mediaType": "dct:MediaType",
    "dcat:theme": "skos:Concept",
    "dct:format": "dct:MediaTypeOrExtent",
    "dct:language": "dct:LinguisticSystem",
    "dct:license": "dct:LicenseDocument",
    "dct:publisher": "foaf:Agent",
}


def test_portals_find_every_published_set_in_the_catalogue(sqlite_reads, sqlite_copy):
    anybody = Program(sqlite_copy)
    answer = anybody.get("/catalogue.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    found = answer.json()
    assert [one["dct:identifier"] for one in found["dcat:dataset"]] == PUBLISHED
    things = list(led_to(found))
    assert {name for name, _ in things} >= set(RANGES)
    for name, value in things:
        assert RANGES.get(name, "") in str(value.get("@type", "")), name
    for one in found["dcat:dataset"]:
        for part in one["dcat:distribution"]:
            assert anybody.get(part["dcat:downloadURL"]["@id"]).status_code == 200


def led_to(node: object) -> Iterator[tuple[str, dict]]:
    """Each property whose value is a thing, with that thing, at any depth."""
    for name, value in node.items() if isinstance(node, dict) else ():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and name != "@context":
                yield name, one
                yield from led_to(one)


# --- in which form --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_every_list_is_the_same_as_csv_and_as_json(sqlite_reads, name):
    program = sqlite_reads()
    rows = program.rows(f"/{name}")
    answer = program.get(f"/{name}?format=csv")
    by_header = program.get(f"/{name}", accept="text/csv, application/json;q=0.5")
    assert by_header.content == answer.content
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == SETS[name].row.columns() and len(lines) == len(rows) + 1 > 1


def test_the_dictionary_says_what_every_field_is():
    fields = list(dictionary())
    assert {field.list for field in fields} == set(SETS)
    assert all(field.title and field.description and field.type for field in fields)


@pytest.mark.slow
def test_what_has_not_changed_is_not_sent_again(reads, demo_copy):
    program = reads()
    for address in ("/chiffres", "/idees", "/jalons?format=csv"):
        mark = program.get(address).headers["etag"]
        again = program.get(address, **{"if-none-match": mark})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark)
    mark = program.get("/idees").headers["etag"]
    write_with(demo_copy, raise_revisions, "ideas")
    assert program.get("/idees", **{"if-none-match": mark}).status_code == 200
    of_one = reads("VC-JSP").get("/idees?direction=VC-JSP").headers["etag"]
    assert program.get("/idees?direction=VC-JSP").headers["etag"] != of_one


# --- the document ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_address_answers_as_the_openapi_document_says(sqlite_reads):
    # Here alone: half a second of a processor in every worker that only collects.
    import schemathesis

    program = sqlite_reads()
    answer = program.get("/openapi.json")
    assert answer.headers["cache-control"] == "private, max-age=3600"
    document = answer.json()
    assert document["info"]["title"].startswith("C-Possible")
    more = "/", "/openapi.json", "/catalogue.jsonld"
    assert set(document["paths"]) == {*more, *(f"/{name}" for name in SETS)}
    assert all(
        parameter["description"]
        for path in document["paths"].values()
        for parameter in path["get"].get("parameters", ())
    )
    headers = {"Authorization": f"Bearer {program.token}"}
    schema = schemathesis.openapi.from_asgi(
        f"{ADDRESS}/openapi.json", Starlette(routes=mounting.routes()), headers=headers
    )
    for operation in schema.get_all_operations():
        check_one(operation.ok(), headers)


def check_one(operation: "APIOperation", headers: dict[str, str]) -> None:
    """A few requests as the document allows them, the same at each run."""
    from schemathesis import checks

    conform = [
        checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]

    @hypothesis_settings(
        max_examples=4,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=HealthCheck,
    )
    @given(case=operation.as_strategy())
    def answers(case: "Case") -> None:
        case.call_and_validate(headers=headers, checks=conform)

    answers()
