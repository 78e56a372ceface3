"""The report: one state, one fingerprint, the same values in PDF, XLSX and JSON; hostile texts;
files; jobs.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import cycle

import openpyxl
import pytest
from pptx import Presentation
from pypdf import PdfReader
from sqlalchemy import Engine, text
from sqlmodel import select
from support.transactions import (
    execute,
    read_with,
    refuses,
    write_with,
)
from support.troupe import FROZEN, STREAMS
from typer.testing import CliRunner

from dashboard import french
from dashboard.__main__ import app
from dashboard.access import OPERATOR, Reader
from dashboard.actions.operations import jobs
from dashboard.actions.roadmap.reports import report_plan
from dashboard.commands.report import MAKERS
from dashboard.figures.board import Entry
from dashboard.figures.kinds import every_value
from dashboard.queries.directions import organisation
from dashboard.queries.operations.jobs import recent, result
from dashboard.report import pdf, team, wording
from dashboard.report.kinds import ReportKind
from dashboard.report.pack import Pack, gather
from dashboard.report.slides import slides
from dashboard.report.workbook import workbook
from models.clock import now
from models.database import reading, writing
from models.jobs import JobState
from models.people import Person
from models.roadmap import MilestoneState, Plan, PlanReport

pytestmark = pytest.mark.slow

WHOLE, DIRECTION = {}, {"direction": "VC-JSP", "depuis": "2022-06-30"}
SCOPES = pytest.mark.parametrize("address", [WHOLE, DIRECTION], ids=["whole", "VC-JSP since 2022"])
HOSTILE = [
    '#import "@preview/x:1.0.0": *',
    "=cmd|' /C calc'!A0",
    "<b>gras</b> & </w:t>",
    "$x$ _a_ *b* `c` @ref <label>",
    "\\u{41} \\",
    "🎉 日本 \u202e\u0007\u200d",
    "x" * 2000,
    "mot " * 500,
    "#panic() #sys.inputs",
    "[link](https://exemple.invalid) https://exemple.invalid",
]
PDFS = {"dossier": pdf.dossier, "college": pdf.college}
CROSSED = [("dossier", WHOLE), ("college", DIRECTION)]


def plain(said: str) -> str:
    """A text with ordinary spaces, without the places where a long word may break."""
    return re.sub(r"\s+", " ", said.replace("\u200b", ""))


@cache
def pages(content: bytes) -> list[str]:
    """What each page says; a report that several tests read is read once."""
    return [plain(page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def sheets(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def packed(engine: Engine, scope_for: Callable, reader: Reader = OPERATOR, **address: str) -> Pack:
    with reading(engine) as session:
        return gather(session, scope_for(session, reader, **address))


@pytest.fixture(scope="module")
def demo_pack(demo_on, scope_for) -> Callable[..., Pack]:
    """(**address) → the pack of the demonstration, which nobody changes: made once each."""
    made: dict[tuple, Pack] = {}

    def given(**address: str) -> Pack:
        asked = tuple(sorted(address.items()))
        if asked not in made:
            made[asked] = packed(demo_on("sqlite"), scope_for, **address)
        return made[asked]

    return given


@pytest.fixture(scope="module")
def demo_pdf(demo_pack) -> Callable[..., bytes]:
    """(kind, **address) → the report on the demonstration: made once each."""
    made: dict[tuple, bytes] = {}

    def given(kind: str, **address: str) -> bytes:
        asked = kind, *sorted(address.items())
        if asked not in made:
            made[asked] = PDFS[kind](demo_pack(**address))
        return made[asked]

    return given


@pytest.fixture
def report_with(sqlite_copy) -> Callable[..., None]:
    """(comment, need, number of a milestone or every one) → reported today by hand, whatever the
    texts; of several texts each milestone gets one, in turn.
    """

    def reported(
        comments: str | list[str], needs: str | list[str] = "", number: str | None = None
    ) -> None:
        with writing(sqlite_copy) as session:
            found = session.exec(select(Plan).order_by(Plan.number)).all()
            for milestone, comment, need in zip(
                found, cycle(_each(comments)), cycle(_each(needs)), strict=False
            ):
                if number in (None, milestone.number):
                    session.add(
                        PlanReport(
                            plan_id=milestone.id,
                            on=FROZEN,
                            recorded_on=FROZEN,
                            state=MilestoneState.under_way,
                            comment=comment,
                            need=need,
                            forecast_end=date(2023, 12, 31),
                        )
                    )

    return reported


def _each(texts: str | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


@pytest.fixture
def command(commands_on) -> Callable:
    """(engine, words…) → what `python -m dashboard …` answers on that database."""

    def run(engine: Engine, *words: str):
        commands_on(engine)
        return CliRunner().invoke(app, list(words))

    return run


# ── The file ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind,address",
    [("dossier", WHOLE), ("college", DIRECTION)],
    ids=str,
)
def test_a_report_can_be_read_by_everybody(demo_pack, demo_pdf, kind, address):
    """Tagged, in French, with a title, bookmarks, texts for its charts, and the right number of
    pages.
    """
    pack = demo_pack(**address)
    read = PdfReader(io.BytesIO(demo_pdf(kind, **address)))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert (
        str(root["/Lang"]).startswith("fr")
        and "pdfuaid:part" in root["/Metadata"].get_data().decode()
    )
    assert (
        read.metadata.title == "Rapport de transformation"
        and root["/ViewerPreferences"]["/DisplayDocTitle"]
    )
    marks = [mark.title for mark in read.outline if not isinstance(mark, list)]
    streams = (
        "Les six chantiers, toute l'administration" if pack.scope.units else "Les six chantiers"
    )
    assert marks[:2] == ["En trois phrases", streams] and "Les jalons" in marks
    assert len(read.pages) == 4 if kind == "college" else 4 <= len(read.pages) <= 8
    alternatives = [node["/Alt"] for node in _tree(root["/StructTreeRoot"]) if "/Alt" in node]
    assert any("Courbe en S" in said for said in alternatives)


def _tree(node) -> list:
    kids = node.get("/K", [])
    found = [node]
    for kid in kids if isinstance(kids, list) else [kids]:
        kid = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(kid, dict):
            found += _tree(kid)
    return found


@pytest.mark.parametrize("kind,address", CROSSED)
def test_every_page_says_what_state_it_shows(demo_pack, demo_pdf, kind, address):
    pack = demo_pack(**address)
    for page in pages(demo_pdf(kind, **address)):
        assert (
            pack.digest in page
            and plain(pack.scope.sentence()) in page
            and "situation au 30/06/2023" in page
        )
        assert plain(f"établi le {wording.moment(pack.made_at)}") in page
    assert re.fullmatch("[0-9a-f]{64}", pack.digest)


def test_two_copies_of_one_state_bear_the_same_fingerprint_and_a_change_another(
    sqlite_copy, scope_for, cast
):
    first, second = (packed(sqlite_copy, scope_for) for _ in range(2))
    text = json.dumps(
        first.board.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert first.digest == second.digest == hashlib.sha256(text.encode()).hexdigest()
    with writing(sqlite_copy) as session:
        number = session.exec(select(Plan.id).where(Plan.number == "1.8")).one()
        report_plan(
            session,
            cast.didier,
            number,
            PlanReport(state=MilestoneState.done, progress=0, actual_end=FROZEN),
            organisation(session).at(FROZEN),
        )
    assert packed(sqlite_copy, scope_for).digest != first.digest


def test_the_fingerprint_is_the_same_on_both_engines(demo_on, scope_for):
    assert (
        packed(demo_on("sqlite"), scope_for).digest
        == packed(demo_on("postgresql"), scope_for).digest
    )


def test_what_is_of_the_whole_administration_says_so_in_a_part_of_it(demo_pack, demo_pdf):
    """In the heading of the workstreams and of the curve, and beside each figure that is not cut
    by direction.
    """
    pack = demo_pack(**DIRECTION)
    part = bool(pack.scope.units)
    for kind in PDFS:
        said = " ".join(pages(demo_pdf(kind, **DIRECTION))).replace("’", "'")
        assert ("Les six chantiers, toute l'administration" in said) is part
        assert ("La courbe du prévu et de l'acquis, toute l'administration" in said) is part
        card = said.split("L'essentiel")[1].split("La courbe")[0]
        assert card.count("Toute l'administration") == (2 if part else 0), (
            "the progress of the roadmap, and the gap to the plan"
        )
    assert (
        "c'est fait, toute l'administration"
        in " ".join(pages(demo_pdf("dossier", **DIRECTION))).replace("’", "'")
    ) is part
    book = sheets(workbook(pack))
    assert (book["Chantiers"]["A1"].value == "Chantier, toute l'administration") is part


def test_the_version_for_the_college_has_no_comment_no_need_and_no_name(
    sqlite_copy, scope_for, report_with
):
    report_with("Commentaire-interne", "Besoin-interne")
    pack = packed(sqlite_copy, scope_for)
    found = pages(pdf.college(pack))
    said = " ".join(found)
    assert len(found) == 4 and "Contribution à l'évaluation du PST (volet interne)" in found[
        -1
    ].replace("’", "'")
    assert "PST : programme stratégique transversal." in found[-1]
    assert (
        "Commentaire-interne" not in said
        and "Besoin-interne" not in said
        and "besoins exprimés" not in said
    )
    with reading(sqlite_copy) as session:
        names = {person.name for person in session.exec(select(Person)).all()}
        owners = {m.schedule.owner for m in pack.milestones}
    assert len(names) > 100 and not [name for name in names | owners if plain(name) in said]
    assert "Commentaire-interne" in " ".join(pages(pdf.dossier(pack)))


def test_the_decisions_have_their_place(demo_pack):
    line = demo_pack().decisions[0]
    decision, _, _ = line
    pack = replace(demo_pack(), decisions=(line,))
    said = " ".join(pages(pdf.dossier(pack)))
    assert "Les décisions" in said and decision.title in said
    many = pages(pdf.dossier(replace(pack, decisions=(line,) * 60)))
    assert "et 48 autres décisions" in " ".join(many) and len(many) <= 8
    assert [cell.value for cell in sheets(workbook(pack))["Décisions"][2]][:3] == [
        str(decision.number),
        decision.title,
        decision.instance.label,
    ]


def test_late_decisions_stand_first_then_those_that_wait_then_the_latest(demo_pack):
    late, *others = demo_pack().decisions
    assert (late[0].number, late[2]) == (16, "En retard")
    made = [decision for decision, *_ in others if not decision.is_waiting]
    assert 0 < len(made) < len(others) and [one for one, *_ in others[-len(made) :]] == made
    days = [decision.decided.on for decision in made]
    assert days == sorted(days, reverse=True)


# ── The same value everywhere ─────────────────────────────────────────────────────────────────────


@SCOPES
def test_every_figure_is_the_same_in_pdf_workbook_and_json(
    sqlite_demo, demo_pack, demo_pdf, command, address
):
    words = [word for name, value in address.items() for word in (f"--{name}", value)]
    board = json.loads(command(sqlite_demo, "figures", "--format", "json", *words).stdout)
    pack = demo_pack(**address)
    said = " ".join(pages(demo_pdf("dossier", **address)))
    rows = {row[0].value: row for row in sheets(workbook(pack))["Chiffres"].iter_rows(min_row=2)}
    assert len(board["figures"]) == len(rows) == len(every_value(STREAMS))
    for row in board["figures"]:
        entry, cell = Entry(**row), rows[row["code"]][2]
        assert plain(f"{entry.code} {wording.written(entry)}") in said, entry.code
        if entry.value is None:
            assert plain(cell.value) == (
                "n.d."
                if not entry.suppressed
                else "< 5"
                if entry.code == "attente"
                else "petit effectif"
            )
        else:
            assert isinstance(cell.value, int | float) and cell.value == pytest.approx(
                entry.value, rel=1e-14
            )
        assert rows[entry.code][10].value in (None, wording.status_of(entry))
    digest = hashlib.sha256(
        json.dumps(board, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    assert digest == pack.digest


# ── Texts of users ────────────────────────────────────────────────────────────────────────────────


def test_hostile_texts_stay_texts(sqlite_copy, scope_for, report_with):
    """All of them in one report, each on several milestones: nothing runs, nothing breaks, the
    number of pages holds.
    """
    report_with(HOSTILE, HOSTILE)
    pack = packed(sqlite_copy, scope_for)
    dossier = pages(pdf.dossier(pack))
    assert 4 <= len(dossier) <= 8 and len(pages(pdf.college(pack))) == 4
    printed = "".join(dossier).replace(" ", "")
    for said in HOSTILE:
        start = plain(wording.printable(said, 40)).rstrip("…").strip()
        assert start.replace(" ", "") in printed, said
    assert len(Presentation(io.BytesIO(slides(pack))).slides) == 9
    book = sheets(workbook(pack))
    for row in book["Feuille de route"].iter_rows(min_row=2):
        for cell in row:
            assert cell.data_type != "f" and cell.hyperlink is None
            assert not isinstance(cell.value, str) or not re.match(r"\s*[=+@＝＋－＠]", cell.value)


def test_every_sign_that_is_kept_can_be_printed(sqlite_copy, scope_for, report_with):
    """PDF/UA refuses a file with one sign that no font has: what `printable` lets through, the
    fonts have.
    """
    every = {
        wording.printable(chr(code)) for code in range(0x20, 0x20000) if not 0xD800 <= code < 0xE000
    }
    report_with(" ".join(sorted(every)), number="1.7")
    assert pdf.dossier(packed(sqlite_copy, scope_for), fits=((10**6, 99, 1.0),)).startswith(b"%PDF")


def test_a_text_is_printed_as_it_was_written_and_one_that_is_cut_says_so(
    sqlite_copy, scope_for, report_with
):
    report_with("début " + "mot " * 400 + "fin", number="1.7")
    report_with('#import "x" $y$ *z* \\ <b>', number="1.8")
    said = " ".join(pages(pdf.dossier(packed(sqlite_copy, scope_for))))
    assert '#import "x" $y$ *z* \\ <b>' in said
    assert re.search(r"début (mot )+mot…", said)


def test_the_sentences_say_which_filter_each_count_follows(demo_pack):
    """Ideas are cut by ambition; decisions and milestones are not, and say so."""
    whole = demo_pack()
    pack = demo_pack(ambition="modernisation")
    last = pack.sentences[2]
    ideas = int(pack.board["reponse.ouvertes"].value)
    assert f": {ideas}{french.NO_BREAK}idées à décider" in last and "pour « Modernisation »" in last
    assert ideas < whole.board["reponse.ouvertes"].value
    together = last.split("toutes ambitions ensemble, ")[1]
    assert together in whole.sentences[2] and "point" in together
    assert "toutes ambitions" not in whole.sentences[2]
    part = demo_pack(direction="RI")
    assert f"{len(part.wait.late)}{french.NO_BREAK}jalon" in part.sentences[1]
    assert "dans la direction regardée : «" in part.sentences[1]


# ── The workbook ──────────────────────────────────────────────────────────────────────────────────


def test_the_workbook_has_true_numbers_and_dates(demo_pack):
    pack = demo_pack()
    content = workbook(pack)
    book = sheets(content)
    assert book.sheetnames == [
        "Chantiers",
        "Chiffres",
        "Feuille de route",
        "Décisions",
        "Définitions",
    ]
    for sheet in book:
        assert pack.digest in sheet.oddFooter.left.text and sheet.freeze_panes == "A2", sheet.title
        assert sheet.auto_filter.ref, sheet.title
    roadmap = book["Feuille de route"]
    titles = [cell.value for cell in roadmap[1]]
    assert isinstance(roadmap.cell(2, titles.index("Échéance") + 1).value, datetime)
    assert roadmap.max_row == 1 + len(pack.milestones)
    assert isinstance(book["Chiffres"]["M2"].value, datetime)


# ── The team's sheet ──────────────────────────────────────────────────────────────────────────────


def test_the_sheet_of_a_team_is_one_page(sqlite_demo, scope_for, cast):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, cast.carine, direction="VC,RI,AG,DT")
        found = team.gather_team(session, scope)
        said = pages(team.team_sheet(session, scope))
    assert len(said) == 1 and found["figures"][0]["own"] in said[0]
    assert packed(sqlite_demo, scope_for, cast.carine, direction="VC,RI,AG,DT").digest in said[0]


def test_the_sheet_shows_published_ideas_only(sqlite_copy, scope_for, cast):
    with reading(sqlite_copy) as session:
        scope = scope_for(session, cast.carine, direction="VC-JSP")
        before = team.gather_team(session, scope)["ideas"]
    assert before
    execute(
        sqlite_copy,
        text("UPDATE idea SET published = :no WHERE number = :number"),
        {"no": False, "number": int(before[0]["number"])},
    )
    assert before[0] not in read_with(sqlite_copy, team.gather_team, scope)["ideas"]


# ── The command line ──────────────────────────────────────────────────────────────────────────────


def test_the_command_writes_each_kind(sqlite_demo, command, tmp_path):
    for words, start in (
        (["--out", "a.pdf"], b"%PDF"),
        (["--out", "b.xlsx"], b"PK"),
        (["--out", "c.pdf", "--college"], b"%PDF"),
        (["--out", "e.pptx"], b"PK"),
        (["--out", "d.PDF", "--equipe", "--direction", "VC-JSP", "--as", "carine"], b"%PDF"),
    ):
        out = tmp_path / words[1]
        answer = command(sqlite_demo, "report", "--out", str(out), *words[2:])
        assert answer.exit_code == 0, answer.stderr
        assert out.read_bytes().startswith(start)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.pdf",
        "b.xlsx",
        "c.pdf",
        "d.PDF",
        "e.pptx",
    ]


@pytest.mark.parametrize(
    "out, words, sentence",
    [
        ("a.doc", [], "doit finir par .pdf, .xlsx ou .pptx"),
        ("a", [], "doit finir par"),
        ("nulle-part/a.pdf", [], "n'existe pas"),
        ("a.xlsx", ["--college"], "doit finir par .pdf"),
        ("a.pptx", ["--equipe"], "doit finir par .pdf"),
        ("a.pdf", ["--college", "--equipe"], "pas les deux"),
        ("a.pdf", ["--equipe"], "une ou plusieurs directions"),
        ("a.pdf", ["--as", "alice"], "pas le droit"),
        ("a.pdf", ["--as", "personne"], "n'existe pas"),
        ("a.pdf", ["--direction", "XX"], "n'existe pas"),
        ("a.pdf", ["--au", "hier"], "n'est pas lisible"),
        ("dossier.pdf", [], "est un dossier"),
    ],
)
def test_a_refused_report_says_why_and_writes_nothing(
    sqlite_demo, command, tmp_path, out, words, sentence
):
    (tmp_path / "dossier.pdf").mkdir()
    answer = command(sqlite_demo, "report", "--out", str(tmp_path / out), *words)
    assert (
        answer.exit_code == 1
        and sentence in answer.stderr
        and len(answer.stderr.strip().splitlines()) == 1
    )
    assert [path.name for path in tmp_path.iterdir()] == ["dossier.pdf"] and not any(
        (tmp_path / "dossier.pdf").iterdir()
    )


# ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────


def asked(
    engine: Engine,
    reader: Reader,
    kind: str = "classeur",
    at: datetime | None = None,
    **params: str,
) -> str:
    return write_with(engine, jobs.ask, reader, kind, params, at).id


def lines(engine: Engine, reader: Reader):
    return read_with(engine, recent, reader, now())


def content(engine: Engine, reader: Reader, job: str) -> bytes | None:
    return read_with(engine, result, reader, job)


def test_elise_asks_for_a_report_and_nobody_else_gets_it(demo_copy, cast):
    job = asked(demo_copy, cast.elise, au="2022-12-31", direction="VC-JSP")
    assert [(line.id, line.state) for line in lines(demo_copy, cast.elise)] == [
        (job, JobState.waiting)
    ]
    assert content(demo_copy, cast.elise, job) is None
    jobs.run_job(job, MAKERS, demo_copy)
    (line,) = lines(demo_copy, cast.elise)
    assert (line.state, line.progress, line.file_name) == (
        JobState.done,
        100,
        "c-possible-classeur-2022-12-31-vc-jsp.xlsx",
    )
    book = sheets(content(demo_copy, cast.elise, job))
    scope = "Jeunesse et sports (VC-JSP) · situation au 31/12/2022"
    assert scope in book["Chantiers"].oddHeader.right.text
    for other in (cast.carine, cast.farid, cast.alice, cast.nobody, cast.operator):
        assert content(demo_copy, other, job) is None and lines(demo_copy, other) == []
    refuses(jobs.run_job, job, MAKERS, demo_copy, match="déjà commencé")


# ── The screen ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query, kind",
    [
        ("rapport=equipe&direction=VC-JSP", "equipe"),
        ("rapport=classeur", "classeur"),
        ("rapport=lune", "dossier"),
        ("rapport=equipe&direction=ADM", "dossier"),
        ("direction=VC-JSP", "dossier"),
    ],
)
def test_the_address_names_the_report(open_page, query, kind):
    """What it does not know, or may not have, is ignored."""
    tab = open_page("carine", "rapport", query)
    assert not tab.exception and tab.radio(key="w_report_kind").value == kind


def test_a_chosen_report_is_written_in_the_address(open_page):
    tab = open_page("carine", "rapport", "rapport=equipe&direction=VC-JSP")
    tab.radio(key="w_report_kind").set_value(ReportKind.college).run()
    assert (tab.query_params["rapport"], tab.radio(key="w_report_kind").value) == (
        "college",
        "college",
    )
    assert "VC-JSP" in tab.query_params["direction"], "the rest of the address stays"
