"""The paper of a workshop: the sheet, the PV and the notice for the boards say what they must
and nothing that is hidden.
"""

import io
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select
from support.pages import enter, visit
from support.transactions import (
    refuses,
)
from support.troupe import FROZEN
from support.workshops import line, plan

from dashboard.access import NOBODY, Reader
from dashboard.actions.meetings.presences import record_counts
from dashboard.actions.meetings.workshops import count_hands, file_lines
from dashboard.queries.ideas.waiting import answered_between
from dashboard.queries.meetings.records import workshop
from dashboard.report.posters import valves
from dashboard.report.workshop import A4, A5, minutes, qr, sheet
from models.clock import add_months, month_end
from models.database import reading, writing
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.meetings import OpeningQuestion

FORM = "https://c-possible.exemple.be/deposer?reunion=3"
PAPERS = {A4: (595, 842), A5: (420, 595)}


def text_of(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        .replace("\u200b", "")
        .split()
    )


def is_accessible(pdf: bytes) -> bool:
    """Tagged, with its language and its title."""
    read = PdfReader(io.BytesIO(pdf))
    root = read.trailer["/Root"]
    return (
        root["/MarkInfo"]["/Marked"]
        and str(root["/Lang"]).startswith("fr")
        and bool(read.metadata.title)
    )


@pytest.fixture
def held(sqlite_copy, cast) -> tuple[Engine, int, tuple[int, ...]]:
    """A workshop of the gardens, with its hands, its crafts and four lines."""
    meeting = plan(sqlite_copy, cast.bruno, direction="AD-VER-1", title="Le matin des jardiniers")
    with writing(sqlite_copy) as session:
        count_hands(
            session,
            cast.bruno,
            meeting,
            {OpeningQuestion.informed: 7, OpeningQuestion.answered: 1},
            [("Jardinier", 5), ("Élagueur 🌳", 2)],
        )
        record_counts(session, cast.bruno, meeting, FROZEN, 9, 9)
        numbers, _ = file_lines(
            session,
            cast.bruno,
            meeting,
            [
                line(1, "Des gants plus épais", ambition_id=2, voices=12),
                line(2, "Le broyat reste sur place", ambition_id=5, kind=IdeaKind.improvement),
                line(
                    3,
                    "On nous prévient trop tard",
                    ambition_id=2,
                    kind=IdeaKind.finding,
                    good=False,
                ),
                line(4, '#import "x" $a$ 🌳', ambition_id=3),
            ],
        )
    return sqlite_copy, meeting, numbers


def pv(held: tuple, reader: Reader, scope_for) -> bytes:
    engine, meeting, _ = held
    with reading(engine) as session:
        return minutes(session, scope_for(session, reader), workshop(session, meeting), FORM)


def test_the_pv_says_who_was_there_in_numbers_and_every_line_with_its_promise(
    held, cast, scope_for
):
    made = pv(held, cast.bruno, scope_for)
    said = text_of(made)
    for words in (
        "Le matin des jardiniers",
        "30 juin 2023",
        "Dépôt de la Voirie",
        "9 personnes",
        "7 mains levées",
        "1 main levée",
        "Jardinier (5)",
        "Des gants plus épais",
        "12 voix",
        "Le broyat reste sur place",
        "Ça ne va pas",
        "On nous prévient trop tard",
        "4 lignes enregistrées",
        "14 août 2023",
        "#import",
    ):
        assert words in said, words
    assert all(f"n° {number}" in said for number in held[2])
    assert "Ferrero" not in said and is_accessible(made)


def test_a_line_that_moderation_hides_leaves_the_pv(held, cast, scope_for):
    engine = held[0]
    with writing(engine) as session:
        session.exec(
            select(Idea).where(Idea.title == "Des gants plus épais")
        ).one().published = False
    for reader in (cast.bruno, cast.didier):
        assert "Des gants plus épais" not in text_of(pv(held, reader, scope_for))
    assert "3 lignes enregistrées" in text_of(pv(held, cast.bruno, scope_for))


@pytest.mark.parametrize("size", [A4, A5], ids=["A4", "A5"])
def test_the_sheet_is_one_page_for_each_service_with_its_strip(sqlite_demo, cast, scope_for, size):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, cast.bruno)
        units = scope.tree.services(scope.tree.under(scope.tree.by_code["AD-VER"].id))
        made = sheet(session, scope, units, size, FORM)
        refuses(sheet, session, scope_for(session, cast.alice), units, size, FORM)
    read = PdfReader(io.BytesIO(made))
    assert len(read.pages) == len(units) > 1, "each service has its own page, and nothing runs over"
    assert (round(read.pages[0].mediabox.width), round(read.pages[0].mediabox.height)) == PAPERS[
        size
    ]
    for page, unit in zip(read.pages, units, strict=True):
        said = " ".join(page.extract_text().split())
        for words in (
            unit.name,
            "Avez-vous participé à une séance d'information",
            "Avez-vous répondu au questionnaire",
            "Satisfaction des citoyens",
            "Développement durable",
            "Amélioration concrète en cours",
            "Idées concrètes",
            "Gardez ce talon : réponse affichée aux valves de votre service",
            "c-possible.exemple.be/deposer?reunion=3",
        ):
            assert words in said.replace("\u00a0", " ").replace("’", "'"), words
    assert is_accessible(made)


def test_the_notice_holds_the_published_answers_of_the_month(demo_copy, cast, scope_for):
    """Whoever has an account prints it, and reads the same; an entry that is hidden leaves it."""
    month, end = date(2022, 10, 1), date(2022, 10, 31)
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.bruno, direction="AD-VER")
        given = answered_between(session, scope, month, end)
        made = valves(session, scope, month, FORM)
        refuses(valves, session, scope_for(session, NOBODY), month, FORM)
    said = text_of(made)
    assert given and all(f"n° {one.number}" in said for one, _ in given) and is_accessible(made)
    assert "octobre 2022" in said.lower() and "Parcs, jardins et cimetières" in said
    with writing(demo_copy) as session:
        session.exec(select(Idea).where(Idea.number == given[0][0].number)).one().published = False
    with reading(demo_copy) as session:
        for reader in (cast.bruno, cast.didier):
            hidden = text_of(
                valves(session, scope_for(session, reader, direction="AD-VER"), month, FORM)
            )
            assert f"n° {given[0][0].number}" not in hidden


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["AD-VER", "VC-JSP", "RI-INF"])
def test_the_notice_is_offered_for_the_last_month_that_has_an_answer(
    demonstration, cast, scope_for, direction
):
    tab = enter(demonstration, "bruno")
    visit(tab, "mes-services")
    tab.selectbox(key="w_valves_direction").select(direction).run()
    month = tab.selectbox(key=f"w_valves_month_{direction}").value
    with reading(demonstration) as session:
        scope = scope_for(session, cast.bruno, direction=direction)
        assert answered_between(session, scope, month, month_end(month))
        after = answered_between(session, scope, add_months(month, 1), date(2023, 5, 31))
    assert after == []


def test_a_month_without_an_answer_is_one_sentence(sqlite_demo, cast, scope_for):
    with reading(sqlite_demo) as session:
        said = text_of(
            valves(
                session, scope_for(session, cast.alice, direction="AD-VER"), date(2021, 1, 1), FORM
            )
        )
    assert "Aucune réponse n'a été donnée ce mois-là" in said.replace("’", "'")


def test_a_qr_code_is_a_drawing_with_words():
    drawn = qr(FORM)
    assert (
        drawn["svg"].startswith("<svg")
        and "http://www.w3.org/2000/svg" in drawn["svg"]
        and "téléphone" in drawn["alt"]
    )
