"""The report; the report as slides, and what follows from a campaign."""

import hashlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import cycle

import openpyxl
import pytest
from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pypdf import PdfReader
from sqlalchemy import Engine, text
from sqlmodel import select
from support.commands import run_command
from support.transactions import execute, read_with, refuses, write_with
from support.troupe import FROZEN, STREAMS

from dashboard import french, theme
from dashboard.access import OPERATOR, Reader
from dashboard.actions.operations import jobs
from dashboard.actions.roadmap.reports import report_plan
from dashboard.commands.report import MAKERS
from dashboard.figures.board import Entry
from dashboard.figures.kinds import every_value
from dashboard.queries.campaigns import restitution
from dashboard.queries.directions import organisation
from dashboard.queries.operations.jobs import recent, result
from dashboard.report import pdf, team, wording
from dashboard.report.kinds import ReportKind
from dashboard.report.pack import Pack, gather
from dashboard.report.slides import campaign_slides, explained, slides
from dashboard.report.workbook import workbook
from models.clock import now
from models.clusters import Campaign, Cluster, Outcome
from models.database import reading, writing
from models.decisions import Instance
from models.jobs import JobState
from models.people import Person
from models.roadmap import MilestoneState, Plan, PlanReport

# ── The report ────────────────────────────────────────────────────────────────────────────────────
# One state, one fingerprint, the same values in PDF, XLSX and JSON; hostile texts; files; jobs.

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
        return run_command(*words)

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


# ── The report as slides, and what follows from a campaign ────────────────────────────────────────
# One message each, native and editable, the same bytes for the same data, opened by LibreOffice.

OFFICE = shutil.which("soffice")
FOOT = 40  # points above the edge of a page


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def pack(demo_on, scope_for, cast) -> Pack:
    return packed(demo_on("sqlite"), scope_for, cast.elise)


@pytest.fixture(scope="module")
def deck(pack) -> bytes:
    return slides(pack)


def opened(content: bytes) -> Deck:
    return Presentation(io.BytesIO(content))


def titles(content: bytes) -> list[str]:
    return [flat(slide.shapes.title.text_frame.text) for slide in opened(content).slides]


def texts(content: bytes) -> str:
    """Every word of the slides, those of the tables too."""
    found = []
    for slide in opened(content).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return flat(" ".join(found))


def test_each_slide_has_its_message_as_title(deck, pack):
    assert titles(deck) == [
        "La transformation au 30 juin 2023",
        "Au 30 juin 2023, la feuille de route est faite à 80,6 %, 7,8 points sous le prévu",
        "Deux chantiers expliquent plus de la moitié du retard",
        "Aucune date n'a été reportée depuis la séance du 13 juin 2023 ; 4 jalons sont en retard",
        "La feuille de route finira probablement en juillet 2024, 7 mois après la date prévue",
        "71,0 % des réponses sont données à temps ; 37 idées attendent au-delà du délai annoncé",
        "8 chiffres sur 25 sont loin de leur cible",
        "4 décisions sont à exécuter, dont 1 en retard",
        "On attend de la séance 3 décisions et 4 besoins à pourvoir",
    ]
    words = texts(deck)
    assert all(flat(sentence) in words for sentence in pack.sentences)
    # One gap on the cover, that of the cockpit; a workstream's own has another base.
    shapes = [shape for shape in opened(deck).slides[0].shapes if shape.has_text_frame]
    cover = flat(" ".join(shape.text_frame.text for shape in shapes))
    assert "7,8 points sous le prévu" in cover and "−15,0" not in cover and "−5,6" not in cover
    assert words.count(f"empreinte {pack.digest[:12]}") == len(titles(deck))


@pytest.mark.parametrize(
    "late, title",
    [
        ({}, "Aucun chantier n'est sous le prévu"),
        ({"A": -2.0, "B": -2.0, "C": -2.0}, "Deux chantiers expliquent les deux tiers du retard"),
        ({"A": -3.0, "B": -1.0}, "Un chantier explique les trois quarts du retard"),
        ({"A": -5.0}, "Un chantier explique la totalité du retard"),
        ({"A": -3.1, "B": -1.9}, "Un chantier explique plus de la moitié du retard"),
    ],
)
def test_the_title_names_as_few_workstreams_as_explain_the_gap(late, title):
    assert flat(explained(late)[0]) == title


def test_charts_and_tables_are_native_and_described(deck, pack):
    shapes = [shape for slide in opened(deck).slides for shape in slide.shapes]
    charts = [shape for shape in shapes if shape.has_chart]
    assert [plot.name for plot in charts[0].chart.plots[0].series] == [
        "Prévu",
        "Acquis",
        "Date probable",
        "Date prudente",
    ]
    bars = charts[1].chart
    done = dict(zip(bars.plots[0].categories, bars.series[1].values, strict=True))
    for state in pack.streams:
        (label,) = [name for name in done if name.startswith(state.workstream.short_name)]
        assert done[label] == pytest.approx(state.earned)
        assert theme.STATUSES[state.verdict.health].label in label
    assert len(charts) == 3
    for shape in charts:
        assert len(shape.element.xpath(".//p:cNvPr")[0].get("descr")) > 40
    assert sum(shape.has_table for shape in shapes) == 5


def test_the_forecast_says_how_often_such_dates_held_in_dossier_and_slides(deck, pack):
    end, held = map(flat, pack.forecast)
    assert end == "Fin probable, d'après les retards passés : juillet 2024 (prévue : déc. 2023)."
    assert held == (
        "Sur 132 dates prudentes déjà passées, 104 ont été tenues (79 % ; 80 % attendus) ; sur 173"
        " dates probables, 70 ont été tenues (40 % ; 50 % attendus)."
    )
    pages = PdfReader(io.BytesIO(pdf.dossier(pack))).pages
    dossier = flat(" ".join(page.extract_text() for page in pages)).replace("’", "'")
    assert end in dossier and held in dossier and held in texts(deck)


def test_a_slide_with_nothing_to_list_is_left_out(demo_on, scope_for, cast):
    part = packed(demo_on("sqlite"), scope_for, cast.elise, direction="VC-JSP", depuis="2022-06-30")
    found = titles(slides(part))
    assert len(found) == 7 and found[-1] == "On attend de la séance 1 décision"
    assert not [title for title in found if "exécuter" in title or "report" in title]


def test_the_points_of_the_meeting_stand_in_the_order_of_its_agenda_then_the_needs(deck, pack):
    *_, last = opened(deck).slides
    (table,) = [shape.table for shape in last.shapes if shape.has_table]
    numbers = [row.cells[0].text for row in table.rows]
    assert numbers[:4] == ["N°", "26", "28", "27"] and "2.5" in numbers[4:]
    assert [row.cells[4].text for row in table.rows][1:4] == [
        "Reportée (1\xa0objection ouverte)",
        "1\xa0objection ouverte",
        "",
    ]


def test_what_does_not_fit_is_counted(pack):
    many = replace(pack, decisions=pack.decisions * 5)
    *_, last = opened(slides(many)).slides
    (table,) = [shape for shape in last.shapes if shape.has_table]
    shown = len(table.table.rows) - 1
    lead = next(shape.text_frame.text for shape in last.shapes if shape.name == "Lecture")
    codir = [d for d, *_ in pack.decisions if d.instance == Instance.codir]
    asked = 5 * sum(d.is_waiting for d in codir)
    needs = sum(bool(m.report and m.report.need) for m in pack.wait.late)
    assert 3 < shown < 9 and lead.endswith(
        f", et {french.counted(asked + needs - shown, 'autre', 'autres')}"
    )


# ── What follows from a campaign ──────────────────────────────────────────────────────────────────

PAGE = "https://idees.example.be/campagne?q=ateliers"


@pytest.fixture(scope="module")
def campaign_deck(demo_on, scope_for, cast) -> bytes:
    with reading(demo_on("sqlite")) as session:
        return campaign_slides(session, scope_for(session, cast.bruno), "ateliers", PAGE)


def test_what_follows_is_told_one_kind_of_outcome_a_slide(campaign_deck, demo_on, scope_for, cast):
    cover, *others = titles(campaign_deck)
    assert cover == "Qu'est-ce qui va, qu'est-ce qui ne va pas, que changer d'abord ?"
    kinds = ("nous faisons", "nous ne ferons pas, parce que", "c'est à l'étude")
    assert others == [f"Vous avez dit · {kind}" for kind in kinds]
    with reading(demo_on("sqlite")) as session:
        made = session.exec(select(Campaign).where(Campaign.key == "ateliers")).one()
        found = restitution(session, made.id)
        again = campaign_slides(session, scope_for(session, cast.carine), "ateliers", PAGE)
    words = texts(campaign_deck).replace("\u200b", "")
    for cluster, _ in found[:-1]:
        assert flat(cluster.title) in words and flat(cluster.answer) in words
    assert "50 autres réponses : chacune reçoit la sienne." in words
    assert words.count("idees.example.be/campagne?q=ateliers") == 1 + len(others)
    assert again == campaign_deck, "the same for every reader, to the byte"


def test_answers_that_do_not_fit_go_on_on_a_further_slide(sqlite_copy, scope_for, cast):
    with writing(sqlite_copy) as session:
        answered = session.exec(select(Cluster).where(Cluster.outcome == Outcome.doing)).all()
        for cluster in answered:
            cluster.answer = f"{'Une raison. ' * 40}Fin {cluster.id}."
        content = campaign_slides(session, scope_for(session, cast.bruno), "ateliers", PAGE)
        ends = [f"Fin {cluster.id}." for cluster in answered]
    assert titles(content).count("Vous avez dit · nous faisons") > 1
    assert len(ends) == 4 and all(end in texts(content) for end in ends)


# ── Opened by an office program ───────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not OFFICE, reason="LibreOffice Impress is not installed (`make office`)")
@pytest.mark.parametrize("made", ["deck", "campaign_deck"])
def test_libreoffice_opens_every_slide_and_nothing_runs_over(made, request, tmp_path):
    """One page a slide, its title whole, and no text of its table below the foot."""
    deck = request.getfixturevalue(made)
    (tmp_path / "a.pptx").write_bytes(deck)
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    words = ["--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), "a.pptx"]
    subprocess.run([OFFICE, home, *words], cwd=tmp_path, check=True, timeout=240)
    pages = PdfReader(tmp_path / "a.pdf").pages
    assert len(pages) == len(titles(deck))
    for page, title in zip(pages, titles(deck), strict=True):
        assert re.sub(r"\s", "", title) in re.sub(r"\s", "", page.extract_text())
    for page in list(pages)[1:]:
        low = []
        page.extract_text(
            visitor_text=lambda text, _, at, *__, low=low: (
                low.append(text) if at[5] < FOOT else None
            )
        )
        assert re.fullmatch(r"C-Possible · .*(\w{12}|q=ateliers) ?\d", flat(" ".join(low)))
