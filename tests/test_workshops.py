"""A workshop; the paper of a workshop."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select
from support.pages import enter, html_of, visit
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN
from support.workshops import file, line, plan, typed

from dashboard.access import NOBODY, Reader, may
from dashboard.actions.ideas.filing import Circumstances, file_idea, publish_idea
from dashboard.actions.meetings.presences import record_counts
from dashboard.actions.meetings.records import cancel_meeting
from dashboard.actions.meetings.workshops import (
    MOST_LINES,
    count_hands,
    count_voices,
    file_lines,
    keep_draft,
    show_on_wall,
    take_off_wall,
    typed_lines,
)
from dashboard.queries.directions import organisation
from dashboard.queries.ideas.waiting import answered_between
from dashboard.queries.meetings.records import (
    count_unread,
    draft,
    filed_keys,
    hands,
    lines,
    wall,
    workshop,
    workshops,
)
from dashboard.queries.operations import checks
from dashboard.report.posters import valves
from dashboard.report.workshop import A4, A5, minutes, qr, sheet
from models.clock import add_months, month_end, workdays
from models.database import reading, writing
from models.directions import Direction
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import Draft, Idea, IdeaInput
from models.meetings import HandCount, MeetingKind, OpeningQuestion
from models.settings import settings as product
from models.sign_on import FormToken
from models.texts import Invalid

# ── A workshop ────────────────────────────────────────────────────────────────────────────────────
# Planned by who runs it, its lines filed once and whole, its hands counted, its wall silent until
# asked.


def of_meeting(engine: Engine, meeting: int) -> list[Idea]:
    return list(
        select_all(engine, select(Idea).where(Idea.meeting_id == meeting).order_by(Idea.title))
    )


# --- who runs it ----------------------------------------------------------------------------------


@pytest.fixture
def meeting(demo_copy, cast) -> int:
    """A workshop that Bruno runs."""
    return plan(demo_copy, cast.bruno)


def test_bruno_runs_his_own_workshop_didier_all_and_alice_none(demo_copy, cast):
    his, other = (
        plan(demo_copy, cast.bruno),
        plan(demo_copy, cast.didier, FROZEN + timedelta(days=3), kind=MeetingKind.field),
    )
    with reading(demo_copy) as session:
        assert [w.id for w in workshops(session, cast.bruno)] == [his]
        assert [w.id for w in workshops(session, cast.didier) if w.id in (his, other)] == [
            other,
            his,
        ]
        assert workshops(session, cast.alice) == workshops(session, NOBODY) == []
        found = workshop(session, his)
        assert (found.place, found.day, found.planned_by) == (
            "Dépôt de la Voirie",
            FROZEN,
            cast.bruno.person_id,
        )
        assert may(cast.bruno, "workshop.run", found) and not may(cast.elise, "workshop.run", found)


@pytest.mark.parametrize("day", [None, date(1999, 1, 1), date(2099, 1, 1)])
def test_a_day_far_away_is_one_sentence(sqlite_copy, cast, day):
    assert list(errors_of(plan, sqlite_copy, cast.bruno, day)) == ["day"]


def test_nothing_is_written_in_a_cancelled_workshop(sqlite_copy, cast):
    meeting = plan(sqlite_copy, cast.bruno)
    write_with(sqlite_copy, cancel_meeting, cast.bruno, meeting, "La salle est prise.")
    refuses(file, sqlite_copy, cast.bruno, meeting, line(1), match="annulé")


# --- the lines ------------------------------------------------------------------------------------


def test_the_lines_of_the_sheet_become_entries_without_an_author(demo_copy, cast, scope_for):
    meeting = plan(demo_copy, cast.bruno, direction="AD-VER")
    unit = select_one(demo_copy, select(Direction.id).where(Direction.code == "AD-VER"))
    filed = file(
        demo_copy,
        cast.bruno,
        meeting,
        line(1, "Des gants plus épais", voices=12, concerns_id=unit),
        line(2, "Le parc est déjà désherbé à la main", kind=IdeaKind.improvement, ambition_id=5),
        line(3, "On nous écoute", kind=IdeaKind.finding, good=True),
        line(4, "  \n "),
    )
    ideas = of_meeting(demo_copy, meeting)
    assert sorted(filed[0]) == sorted(i.number for i in ideas) and len(ideas) == 3
    assert {(i.title, i.kind, i.ambition_id, i.good, i.voices) for i in ideas} == {
        ("Des gants plus épais", "idee", 1, None, 12),
        ("Le parc est déjà désherbé à la main", "amelioration", 5, None, None),
        ("On nous écoute", "constat", 1, True, None),
    }
    for idea in ideas:
        assert (idea.author_id, idea.relay_id, idea.anonymous, idea.published) == (
            None,
            cast.bruno.person_id,
            False,
            True,
        )
        assert (idea.channel, idea.status, idea.origin_id) == (
            Channel.workshop,
            IdeaStatus.received,
            None,
        )
        assert idea.filed_on == FROZEN and idea.due_on == filed[1]
    with reading(demo_copy) as session:
        assert filed[1] == workdays(session).add(FROZEN, product().cp_answer_days)
        facts = session.exec(
            select(IdeaEvent).where(IdeaEvent.idea_id.in_([i.id for i in ideas]))
        ).all()
        assert {(f.what, f.seq, f.on, f.by, f.author_id) for f in facts} == {
            (EventKind.filed, 1, FROZEN, cast.bruno.person_id, None)
        }
        assert len(lines(session, scope_for(session, cast.alice), meeting)) == 3, (
            "everybody reads them"
        )
        first, _ = lines(session, scope_for(session, cast.bruno), meeting)[0]
        assert first.title == "Des gants plus épais"
        assert checks.current_values(session).holds


def test_a_service_of_more_than_twenty_is_remembered_a_smaller_one_is_not(demo_copy, cast):
    large, small = (
        plan(demo_copy, cast.didier, direction="VC-JSP-1"),
        plan(demo_copy, cast.didier, direction="DG-RAT-2"),
    )
    file(demo_copy, cast.didier, large, line(1))
    file(demo_copy, cast.didier, small, line(2))
    assert of_meeting(demo_copy, large)[0].origin_id is not None
    assert of_meeting(demo_copy, small)[0].origin_id is None


def test_a_double_click_files_once_and_what_was_added_meanwhile_is_filed_alone(
    demo_copy, cast, meeting
):
    file(demo_copy, cast.bruno, meeting, line(1), line(2))
    refuses(file, demo_copy, cast.bruno, meeting, line(1), line(2), match="déjà enregistrées")
    assert len(file(demo_copy, cast.bruno, meeting, line(2), line(3), line(3))[0]) == 1
    assert len(of_meeting(demo_copy, meeting)) == 3
    assert sorted(
        read_with(demo_copy, filed_keys, meeting, [line(n).key for n in range(1, 5)])
    ) == [line(n).key for n in range(1, 4)]


def test_a_key_of_another_workshop_is_another_key(sqlite_copy, cast):
    one, two = plan(sqlite_copy, cast.bruno), plan(sqlite_copy, cast.bruno)
    file(sqlite_copy, cast.bruno, one, line(1))
    file(sqlite_copy, cast.bruno, two, line(1))
    assert len(of_meeting(sqlite_copy, one)) == len(of_meeting(sqlite_copy, two)) == 1


@pytest.mark.parametrize(
    "bad,sentence",
    [
        ({"text": "x" * 50_001}, "50001 caractères"),
        ({"voices": -1}, "Les voix"),
        ({"voices": 10_000}, "Les voix"),
        ({"ambition_id": 99}, "ambition"),
        ({"concerns_id": 99_999}, "direction"),
        ({"kind": "poème"}, "possible"),
    ],
)
def test_a_bad_line_says_its_sentence_and_nothing_is_filed(sqlite_copy, cast, bad, sentence):
    meeting = plan(sqlite_copy, cast.bruno)
    refused = errors_of(file, sqlite_copy, cast.bruno, meeting, line(1), line(2, **bad), line(3))
    assert list(refused) == [line(2).key] and sentence in refused[line(2).key]
    assert of_meeting(sqlite_copy, meeting) == []
    file(sqlite_copy, cast.bruno, meeting, line(1), line(2), line(3))  # corrected: no key was spent


def test_nothing_but_empty_lines_or_too_many_is_one_sentence(sqlite_copy, cast):
    meeting = plan(sqlite_copy, cast.bruno)
    for written in ([], [line(1, " \u200b ")], [line(n) for n in range(MOST_LINES + 1)]):
        assert list(errors_of(file, sqlite_copy, cast.bruno, meeting, *written)) == ["form"]


def test_a_long_line_keeps_its_whole_text_under_its_first_words(sqlite_copy, cast):
    meeting, text = plan(sqlite_copy, cast.bruno), "mot " * 100 + "fin"
    file(sqlite_copy, cast.bruno, meeting, line(1, text))
    kept = of_meeting(sqlite_copy, meeting)[0]
    assert kept.body == text and kept.title.endswith("mot…") and len(kept.title) <= 255


# --- what is being typed --------------------------------------------------------------------------


def test_what_is_typed_is_kept_until_it_is_filed(demo_copy, cast, meeting):
    assert (
        write_with(
            demo_copy,
            keep_draft,
            cast.bruno,
            meeting,
            [typed(1), typed(2, text=" "), typed(3, cell="va-pas", voices=4)],
        )
        == []
    )
    with reading(demo_copy) as session:
        kept = draft(session, cast.bruno, meeting)
        assert [one["text"] for one in kept] == ["Brouillon 1", "Brouillon 3"] and draft(
            session, cast.didier, meeting
        ) == []
    file(demo_copy, cast.bruno, meeting, typed_lines(kept)[0])
    assert [one["text"] for one in read_with(demo_copy, draft, cast.bruno, meeting)] == [
        "Brouillon 3"
    ], "what was not sent stays"
    file(demo_copy, cast.bruno, meeting, typed_lines(kept)[1])
    assert select_all(demo_copy, select(Draft)) == []
    assert write_with(demo_copy, keep_draft, cast.bruno, meeting, kept) == sorted(
        one["key"] for one in kept
    )
    assert select_all(demo_copy, select(Draft)) == []


@pytest.mark.parametrize(
    "content",
    [None, "x", {}, [1], [{}], [typed(1, key="a b")], [typed(1, cell="lune")], [typed(1, text=3)]],
)
def test_what_the_grid_never_writes_is_refused(content):
    refuses(typed_lines, content, match="rechargez")


def test_numbers_that_are_none_are_told_beside_the_line(sqlite_copy, cast):
    meeting = plan(sqlite_copy, cast.bruno)
    assert set(
        errors_of(
            file,
            sqlite_copy,
            cast.bruno,
            meeting,
            *typed_lines(
                [typed(1, voices="douze"), typed(2, ambition=2**80), typed(3, voices=True)]
            ),
        )
    ) == {line(n).key for n in (1, 2, 3)}


# --- hands ----------------------------------------------------------------------------------------


def test_hands_and_crafts_are_facts_and_a_correction_voids_the_earlier_one(
    demo_copy, cast, meeting
):
    informed, answered = OpeningQuestion.informed, OpeningQuestion.answered
    with writing(demo_copy) as session:
        count_hands(
            session,
            cast.bruno,
            meeting,
            {informed: 7, answered: None},
            [("Jardinier", 5), ("Maçon", 2), ("", 3)],
        )
        record_counts(session, cast.bruno, meeting, FROZEN, 9, 9)
    write_with(
        demo_copy, count_hands, cast.bruno, meeting, {informed: 8, answered: 0}, [("Jardinier", 6)]
    )
    with reading(demo_copy) as session:
        found = hands(session, meeting)
        assert (found.questions, found.crafts, found.present) == (
            {informed: 8, answered: 0},
            {"Jardinier": 6},
            9,
        )
        facts = session.exec(select(HandCount).where(HandCount.meeting_id == meeting)).all()
        assert len(facts) == 7 and sum(fact.voids is not None for fact in facts) == 3


@pytest.mark.parametrize(
    "questions,crafts,where",
    [
        ({OpeningQuestion.informed: -1}, [], "information"),
        ({}, [("Maçon", -2)], "crafts"),
        ({}, [("Maçon", None)], "crafts"),
        ({}, [("Maçon", 1), ("Maçon ", 2)], "crafts"),
        ({}, [("x" * 81, 1)], "crafts"),
        ({OpeningQuestion.answered: 10**6}, [], "questionnaire"),
    ],
)
def test_a_bad_count_is_one_sentence_and_nothing_is_kept(
    sqlite_copy, cast, questions, crafts, where
):
    meeting = plan(sqlite_copy, cast.bruno)
    assert list(
        errors_of(write_with, sqlite_copy, count_hands, cast.bruno, meeting, questions, crafts)
    ) == [where]
    assert select_all(sqlite_copy, select(HandCount).where(HandCount.meeting_id == meeting)) == []


# --- the wall -------------------------------------------------------------------------------------


def test_the_wall_shows_nothing_before_the_gesture_and_never_what_is_hidden(
    demo_copy, cast, scope_for
):
    meeting, elsewhere = plan(demo_copy, cast.bruno), plan(demo_copy, cast.bruno)
    one, two = file(demo_copy, cast.bruno, meeting, line(1), line(2))[0]

    def on_wall(reader: Reader) -> list[int]:
        with reading(demo_copy) as session:
            return [found.number for found in wall(session, scope_for(session, reader), meeting)]

    assert on_wall(cast.alice) == []
    with writing(demo_copy) as session:
        show_on_wall(session, cast.bruno, meeting, two)
        show_on_wall(session, cast.bruno, meeting, one)
        show_on_wall(session, cast.bruno, meeting, one)  # a second click
        refuses(show_on_wall, session, cast.bruno, elsewhere, one, match="pas de cet atelier")
    assert on_wall(cast.alice) == on_wall(cast.didier) == [one, two], "the last gesture first"
    assert on_wall(NOBODY) == []
    with writing(demo_copy) as session:
        session.exec(
            select(Idea).where(Idea.number == one)
        ).one().published = False  # hidden by moderation
    for reader in (cast.alice, cast.bruno, cast.didier, cast.elise):
        assert on_wall(reader) == [two]
    refusal(demo_copy, show_on_wall, cast.bruno, meeting, one, match="pas publiée")
    write_with(demo_copy, take_off_wall, cast.bruno, meeting, two)
    assert on_wall(cast.bruno) == []


def test_voices_are_counted_after_the_filing_too(demo_copy, cast, meeting):
    number = file(demo_copy, cast.bruno, meeting, line(1))[0][0]
    write_with(demo_copy, count_voices, cast.bruno, meeting, number, 14)
    assert of_meeting(demo_copy, meeting)[0].voices == 14
    for bad in (-1, 10_000):
        refusal(demo_copy, count_voices, cast.bruno, meeting, number, bad, error=Invalid)
    assert (
        select_all(demo_copy, select(FormToken)) and of_meeting(demo_copy, meeting)[0].voices == 14
    )


# --- the order of the sheet, and what phones send -------------------------------------------------


def in_order(engine: Engine, scope_for, reader: Reader, meeting: int) -> list[str]:
    with reading(engine) as session:
        there = lines(session, scope_for(session, reader), meeting)
        return [found.body or found.title for found, _ in there]


def by_phone(engine: Engine, reader: Reader, meeting: int, title: str, **more) -> int:
    """What the QR code of a workshop opens, sent."""
    idea = IdeaInput(title=title, kind=IdeaKind.idea, **more)
    sent = write_with(engine, file_idea, reader, idea, title, Circumstances(meeting_id=meeting))
    return sent.number


def test_lines_keep_the_order_in_which_they_were_typed(demo_copy, cast, scope_for, meeting):
    said = [f"Ligne {n}" for n in range(1, 31)]
    file(demo_copy, cast.bruno, meeting, *(line(n, said[n - 1]) for n in range(1, 21)))
    by_phone(demo_copy, cast.alice, meeting, "D'un téléphone")
    more = [line(n, said[n - 1], voices=50 - n) for n in range(21, 31)]
    file(demo_copy, cast.didier, meeting, line(1, "déjà là"), *more)
    for reader in (cast.bruno, cast.alice):
        assert in_order(demo_copy, scope_for, reader, meeting) == [*said, "D'un téléphone"]
    ideas = of_meeting(demo_copy, meeting)
    assert sorted(i.place for i in ideas if i.place) == list(range(1, 31))
    assert [i.place for i in ideas if i.title == "D'un téléphone"] == [None]


def test_a_line_sent_by_the_code_of_the_workshop_reaches_its_grid_and_its_wall(
    demo_copy, cast, scope_for, meeting
):
    named = by_phone(demo_copy, cast.alice, meeting, "Avec mon nom")
    unnamed = by_phone(demo_copy, NOBODY, meeting, "Sans mon nom")
    assert read_with(demo_copy, count_unread, meeting) == 1
    assert in_order(demo_copy, scope_for, cast.bruno, meeting) == ["Avec mon nom"]
    tree = read_with(demo_copy, organisation).at(FROZEN)
    write_with(demo_copy, publish_idea, cast.didier, unnamed, tree)
    with writing(demo_copy) as session:
        show_on_wall(session, cast.bruno, meeting, named)
        show_on_wall(session, cast.bruno, meeting, unnamed)
    with reading(demo_copy) as session:
        assert count_unread(session, meeting) == 0
        shown = wall(session, scope_for(session, cast.alice), meeting)
    assert [found.number for found in shown] == [unnamed, named]


@pytest.mark.slow
def test_the_facilitator_is_told_what_waits_to_be_read(demonstration, cast):
    meeting = plan(demonstration, cast.didier)
    for n in range(2):
        by_phone(demonstration, NOBODY, meeting, f"Sans nom {n}")
    said = " ".join(html_of(visit(enter(demonstration, "didier"), "atelier", f"reunion={meeting}")))
    assert "envoyées sans nom depuis un téléphone attendent" in said.replace("\xa0", " ")
    assert "vue=a-publier" in said


# ── The paper of a workshop ───────────────────────────────────────────────────────────────────────
# The sheet, the PV and the notice for the boards say what they must and nothing that is hidden.

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
