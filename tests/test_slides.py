"""The report as slides, and what follows from a campaign: one message each, native and editable, the
same bytes for the same data, opened by LibreOffice.
"""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select
from support.transactions import refusal

from dashboard import french, theme
from dashboard.access import NOBODY, Reader
from dashboard.queries.campaigns import restitution
from dashboard.report import pdf
from dashboard.report.pack import Pack, gather
from dashboard.report.slides import campaign_slides, explained, slides
from models.clusters import Campaign, Outcome
from models.database import reading, writing
from models.decisions import Instance

pytestmark = pytest.mark.slow

OFFICE = shutil.which("soffice")
FOOT = 40  # points above the edge of a page


def plain(text: str) -> str:
    return " ".join(text.split())


def packed(engine: Engine, scope_for: Callable, reader: Reader, **address: str) -> Pack:
    with reading(engine) as session:
        return gather(session, scope_for(session, reader, **address))


@pytest.fixture(scope="module")
def pack(demo_on, scope_for, cast) -> Pack:
    return packed(demo_on("sqlite"), scope_for, cast.elise)


@pytest.fixture(scope="module")
def deck(pack) -> bytes:
    return slides(pack)


def opened(content: bytes) -> Deck:
    return Presentation(io.BytesIO(content))


def titles(content: bytes) -> list[str]:
    return [plain(slide.shapes.title.text_frame.text) for slide in opened(content).slides]


def texts(content: bytes) -> str:
    """Every word of the slides, those of the tables too."""
    found = []
    for slide in opened(content).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return plain(" ".join(found))


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
    assert all(plain(sentence) in words for sentence in pack.sentences)
    # One gap on the cover, that of the cockpit; a workstream's own has another base.
    shapes = [shape for shape in opened(deck).slides[0].shapes if shape.has_text_frame]
    cover = plain(" ".join(shape.text_frame.text for shape in shapes))
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
    assert plain(explained(late)[0]) == title


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
    end, held = map(plain, pack.forecast)
    assert end == "Fin probable, d'après les retards passés : juillet 2024 (prévue : déc. 2023)."
    assert held == (
        "Sur 132 dates prudentes déjà passées, 104 ont été tenues (79 % ; 80 % attendus) ; sur 173"
        " dates probables, 70 ont été tenues (40 % ; 50 % attendus)."
    )
    pages = PdfReader(io.BytesIO(pdf.dossier(pack))).pages
    dossier = plain(" ".join(page.extract_text() for page in pages)).replace("’", "'")
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
    assert list(dict.fromkeys(others)) == [f"Vous avez dit · {kind}" for kind in kinds]
    with reading(demo_on("sqlite")) as session:
        made = session.exec(select(Campaign).where(Campaign.key == "ateliers")).one()
        found = restitution(session, made.id)
        again = campaign_slides(session, scope_for(session, cast.carine), "ateliers", PAGE)
    words = texts(campaign_deck).replace("\u200b", "")
    for cluster, _ in found[:-1]:
        assert plain(cluster.title) in words and plain(cluster.answer) in words
    assert "50 autres réponses : chacune reçoit la sienne." in words
    assert words.count("idees.example.be/campagne?q=ateliers") == 1 + len(others)
    assert again == campaign_deck, "the same for every reader, to the byte"


def test_answers_that_do_not_fit_go_on_on_a_further_slide(sqlite_copy, scope_for, cast):
    with writing(sqlite_copy) as session:
        made = session.exec(select(Campaign).where(Campaign.key == "ateliers")).one()
        clusters = [cluster for cluster, _ in restitution(session, made.id) if cluster]
        for cluster in clusters:
            cluster.outcome, cluster.until = Outcome.refused, None
            cluster.answer = f"{'Une raison. ' * 40}Fin {cluster.id}."
        session.flush()
        content = campaign_slides(session, scope_for(session, cast.bruno), "ateliers", PAGE)
        ends = [f"Fin {cluster.id}." for cluster in clusters]
    assert len(set(titles(content)[1:])) == 1 < len(titles(content)[1:])
    assert all(end in texts(content) for end in ends)


def test_slides_are_for_who_has_an_account_and_once_it_is_published(sqlite_copy, scope_for, cast):
    with reading(sqlite_copy) as session:
        stranger, bruno = scope_for(session, NOBODY), scope_for(session, cast.bruno)
    refusal(sqlite_copy, campaign_slides, stranger, "ateliers", PAGE, match="Connectez-vous")
    refusal(sqlite_copy, campaign_slides, bruno, "bien-commencer", PAGE, match="n'est pas publiée")


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
        assert re.fullmatch(r"C-Possible · .*(\w{12}|q=ateliers) ?\d", plain(" ".join(low)))
