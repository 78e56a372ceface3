"""Decisions and meetings; the sheet of a decision."""

import io
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader
from sqlmodel import select
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

from dashboard.access import OPERATOR
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import follow_decision, undo_step, write_sheet
from dashboard.actions.discussions import (
    contribute,
    hide_content,
    resolve_objection,
    support_subject,
)
from dashboard.actions.meetings.presences import record_counts
from dashboard.actions.meetings.records import cancel_meeting, plan_meeting
from dashboard.figures.board import board, changes, days_later
from dashboard.queries.decisions.records import register
from dashboard.queries.decisions.sheets import open_objections, sheet_of
from dashboard.queries.ideas.threads import origins, thread
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import whole_roadmap
from dashboard.report.decision import decision_sheet
from dashboard.report.pack import gather
from models.database import reading, writing
from models.decisions import Decision, DecisionEvent, DecisionSheet, DecisionStep, Instance, Outcome
from models.directions import Direction, Tree
from models.discussions import ContributionKind, ContributionStep, Link, Subject
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.meetings import Meeting, MeetingKind, MeetingState
from models.notices import Notice
from models.people import Account, Assignment
from models.texts import Invalid

# ── Decisions and meetings ────────────────────────────────────────────────────────────────────────
# A point waits, is decided, due, done and told; meetings are planned, held, cancelled.

S = DecisionStep
ADOPTED = {"outcome": Outcome.adopted, "due_on": date(2023, 9, 29)}
FIGURES = ["decisions", "copilotage", "presence-conseil", "communication"]


def decision(engine, number: int, on: date = FROZEN, known: date | None = None):
    return next((d for d in read_with(engine, register).at(on, known) if d.number == number), None)


def values(engine, scope_for, **address) -> dict:
    with reading(engine) as session:
        return {
            e.code: e
            for e in board(session, scope_for(session, OPERATOR, **address), FIGURES).entries
        }


def submit(engine, reader, title="Un point", instance=Instance.codir, owner=None, on=None):
    with writing(engine) as session:
        unit = (
            session.exec(select(Direction.id).where(Direction.code == owner)).first()
            if owner
            else None
        )
        return submit_point(session, reader, PointInput(title, instance, unit, on=on)).number


def follow(engine, scope_for, reader, number, what, **more):
    with writing(engine) as session:
        found = next(d for d in register(session).at(FROZEN) if d.number == number)
        follow_decision(
            session,
            reader,
            found.id,
            DecisionEvent(what=what, **more),
            scope_for(session, reader).tree,
        )


# --- the demonstration ----------------------------------------------------------------------------


def test_a_decision_is_what_it_was_on_each_day(demo):
    """G01 was put before the CODIR on 13/12/22, decided on 10/01/23, done in April."""
    assert decision(demo, 12, date(2022, 12, 12)) is None
    assert decision(demo, 12, date(2022, 12, 13)).is_waiting
    decided = decision(demo, 12, date(2023, 1, 10))
    assert (decided.outcome, decided.due_on, decided.done_on) == (
        Outcome.adopted,
        date(2023, 4, 30),
        None,
    )
    assert decided.state(date(2023, 1, 10)) == "En cours d'exécution"
    assert decision(demo, 12).state(FROZEN) == "Exécutée"


def test_a_point_leads_back_to_the_ideas_and_the_group_that_the_reader_may_see(
    demo_copy, cast, scope_for
):
    """Their numbers are those of the links: no title of the demonstration says another one."""
    with writing(demo_copy) as session:
        points = {d.number: d for d in register(session).at(FROZEN)}
        assert not [d.title for d in points.values() if "(idée" in d.title]

        def said(reader, number: int) -> list[str]:
            return [
                node.title.split(" :")[0]
                for node in origins(session, scope_for(session, reader), [points[number].id]).get(
                    points[number].id, []
                )
            ]

        idea = session.exec(
            select(Idea).where(Idea.title == "Demander congé depuis son téléphone")
        ).one()
        assert sorted(said(cast.elise, 26)) == ["Groupe G04", f"Idée n° {idea.number}"]
        assert said(cast.elise, 24) == [], "this one comes from nowhere"
        idea.published = False
        session.add(idea)
        session.flush()
        assert said(cast.elise, 26) == ["Groupe G04"] and len(said(cast.didier, 26)) == 2


# --- the life of a point --------------------------------------------------------------------------


def test_a_point_waits_then_is_decided_done_and_told(demo_copy, cast, scope_for):
    before = values(demo_copy, scope_for)
    number = submit(demo_copy, cast.didier, owner="VC-JSP")
    assert (
        values(demo_copy, scope_for)["decisions.attente"].value
        == before["decisions.attente"].value + 1
    )
    follow(
        demo_copy, scope_for, cast.didier, number, S.decided, outcome=Outcome.adopted, due_on=FROZEN
    )
    decided = values(demo_copy, scope_for)
    assert decided["decisions.attente"].value == before["decisions.attente"].value
    assert decided["decisions.taux"].denominator == before["decisions.taux"].denominator + 1
    follow(demo_copy, scope_for, cast.carine, number, S.done)
    follow(demo_copy, scope_for, cast.carine, number, S.communicated)
    assert (
        values(demo_copy, scope_for)["decisions.taux"].numerator
        == before["decisions.taux"].numerator + 1
    )
    found = decision(demo_copy, number)
    assert (found.done_on, found.communicated_on, found.state(FROZEN)) == (
        FROZEN,
        FROZEN,
        "Exécutée",
    )


def test_an_undone_step_counts_nowhere_and_the_point_waits_again(demo_copy, cast, scope_for):
    number = submit(demo_copy, cast.didier)
    before = values(demo_copy, scope_for)
    follow(
        demo_copy,
        scope_for,
        cast.didier,
        number,
        S.decided,
        outcome=Outcome.noted,
        text="Pris acte",
    )
    assert (
        write_with(demo_copy, undo_step, cast.didier, decision(demo_copy, number).id)[0]
        == S.decided
    )
    assert values(demo_copy, scope_for) == before
    assert decision(demo_copy, number).is_waiting
    refusal(
        demo_copy, undo_step, cast.didier, decision(demo_copy, number).id, match="reste inscrit"
    )


def unit_of(engine, code: str) -> int:
    return select_one(engine, select(Direction.id).where(Direction.code == code))


def test_a_decision_is_entrusted_to_another_direction_from_that_day(demo_copy, cast, scope_for):
    """Its managers are told, and answer for it; the day before it was the first owner's."""
    number = submit(demo_copy, cast.didier, owner="RI-INF", on=date(2023, 6, 20))
    finance = unit_of(demo_copy, "DF")
    follow(
        demo_copy,
        scope_for,
        cast.didier,
        number,
        S.entrusted,
        owner_direction_id=finance,
        text="Le budget est le sien.",
    )
    assert decision(demo_copy, number).owner_direction_id == finance
    assert decision(demo_copy, number).state(FROZEN) == "En attente de décision"
    before = decision(demo_copy, number, date(2023, 6, 29))
    assert before.owner_direction_id == unit_of(demo_copy, "RI-INF")
    notices = select_all(demo_copy, select(Notice).where(Notice.key.like("confiee-%")))
    assert notices and {n.title for n in notices} == {
        f"CODIR : la décision n° {number} est confiée à votre direction"
    }
    follow(demo_copy, scope_for, cast.didier, number, S.decided, **ADOPTED)
    refuses(follow, demo_copy, scope_for, cast.carine, number, S.done)
    with writing(demo_copy) as session:
        undo_step(session, cast.didier, decision(demo_copy, number).id)
        undo_step(session, cast.didier, decision(demo_copy, number).id)
    assert decision(demo_copy, number).owner_direction_id == unit_of(demo_copy, "RI-INF")
    undone = select_all(demo_copy, select(Notice).where(Notice.key.like("confiee-%-defaite")))
    assert {n.person_id for n in undone} == {n.person_id for n in notices}, "who was told is told"
    assert {n.title for n in undone} == {
        f"CODIR : la décision n° {number} n'est plus confiée à votre direction"
    }


def test_a_note_of_a_meeting_changes_nothing_but_what_is_read(demo_copy, cast, scope_for):
    number = submit(demo_copy, cast.didier)
    follow(demo_copy, scope_for, cast.didier, number, S.postponed)
    before = values(demo_copy, scope_for)
    follow(demo_copy, scope_for, cast.didier, number, S.noted, text="Revoir avec la tutelle.")
    found = decision(demo_copy, number)
    assert (found.state(FROZEN), found.steps[-1].text) == ("Reportée", "Revoir avec la tutelle.")
    assert values(demo_copy, scope_for) == before


def test_a_due_date_is_moved_with_its_reason_from_that_day(demo):
    """The bicycles of idea 51: due on 31/03/23 until 24/01/23, on 31/05/23 since."""
    assert decision(demo, 9, date(2023, 1, 23)).due_on == date(2023, 3, 31)
    assert decision(demo, 9).due_on == date(2023, 5, 31)


@pytest.mark.parametrize(
    "what,more,field",
    [
        (S.noted, {}, "text"),
        (S.entrusted, {}, "owner_direction_id"),
        (S.entrusted, {"owner_direction_id": 99_999}, "owner_direction_id"),
        (S.decided, {}, "outcome"),
        (S.decided, {"outcome": Outcome.adopted}, "due_on"),
        (S.decided, {"outcome": Outcome.rejected}, "text"),
        (S.decided, {"outcome": Outcome.adopted, "due_on": date(2023, 6, 1)}, "due_on"),
        (S.decided, {"outcome": Outcome.adopted, "due_on": date(2050, 1, 1)}, "due_on"),
        (S.decided, {"outcome": Outcome.noted, "text": "x", "on": date(2023, 7, 1)}, "on"),
        (S.decided, {"outcome": Outcome.noted, "text": "x", "on": date(2023, 6, 29)}, "on"),
        (S.decided, {"outcome": Outcome.noted, "text": "x", "cost": -1.0}, "cost"),
        (S.decided, {"outcome": Outcome.noted, "text": "x", "fte": float("nan")}, "fte"),
        (S.postponed, {"text": "x" * 2001}, "text"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(
    sqlite_copy, cast, scope_for, what, more, field
):
    number = submit(sqlite_copy, cast.didier)
    with pytest.raises(Invalid) as refused:
        follow(sqlite_copy, scope_for, cast.didier, number, what, **more)
    assert set(refused.value.errors) == {field} and refused.value.errors[field].endswith(".")
    assert len(decision(sqlite_copy, number).steps) == 1


@pytest.mark.parametrize(
    "number,what,said",
    [
        (26, S.done, "pas encore décidé"),
        (26, S.communicated, "pas encore décidé"),
        (12, S.decided, "déjà prise"),
        (12, S.done, "déjà exécutée"),
        (12, S.communicated, "déjà communiquée"),
        (22, S.done, "n'est pas à exécuter"),
        (22, S.due_moved, "n'est pas à exécuter"),
    ],
)
def test_steps_follow_in_their_order(sqlite_copy, cast, scope_for, number, what, said):
    before = decision(sqlite_copy, number)
    refuses(follow, sqlite_copy, scope_for, cast.didier, number, what, text="x", match=said)
    assert decision(sqlite_copy, number) == before


def test_a_point_without_title_or_in_the_future_is_refused(sqlite_copy, cast):
    for title, on, field in (
        ("  ", None, "title"),
        ("t" * 256, None, "title"),
        ("Un point", date(2024, 1, 1), "on"),
        ("Un point", date(2020, 12, 31), "on"),
    ):
        assert set(errors_of(submit, sqlite_copy, cast.didier, title, on=on)) == {field}


def test_who_answers_for_a_decision_follows_it_and_moves_no_day(sqlite_copy, cast, scope_for):
    own = submit(sqlite_copy, cast.didier, owner="VC-JSP")
    decided = {"outcome": Outcome.adopted, "due_on": FROZEN}
    follow(sqlite_copy, scope_for, cast.didier, own, S.decided, **decided)
    moved = {"due_on": date(2023, 8, 1), "text": "x"}
    refuses(follow, sqlite_copy, scope_for, cast.carine, own, S.due_moved, **moved)
    follow(sqlite_copy, scope_for, cast.carine, own, S.done)


# --- meetings -------------------------------------------------------------------------------------


def test_a_meeting_is_planned_held_and_its_count_corrected(demo_copy, cast, scope_for):
    before = values(demo_copy, scope_for)["copilotage"]
    ident = write_with(
        demo_copy, plan_meeting, cast.didier, Meeting(kind=MeetingKind.steering), FROZEN
    ).id
    planned = values(demo_copy, scope_for)["copilotage"]
    assert (planned.numerator, planned.denominator) == (before.numerator, before.denominator + 1)
    for present in (7, 8):
        write_with(demo_copy, record_counts, cast.didier, ident, FROZEN, 9, present)
    held = values(demo_copy, scope_for)["copilotage"]
    assert held.numerator == before.numerator + 1
    found = next(m for m in read_with(demo_copy, calendar).at(FROZEN) if m.id == ident)
    assert (found.invited, found.present) == (9, 8), "the second count replaces the first"
    refusal(demo_copy, cancel_meeting, cast.didier, ident, "Erreur", match="tenue")


def test_a_cancelled_meeting_stays_planned_and_was_not_held(demo_copy, cast, scope_for):
    before = values(demo_copy, scope_for)["copilotage"]
    with writing(demo_copy) as session:
        ident = plan_meeting(session, cast.didier, Meeting(kind=MeetingKind.steering), FROZEN).id
        cancel_meeting(session, cast.didier, ident, "Grève")
    after = values(demo_copy, scope_for)["copilotage"]
    assert (after.numerator, after.denominator) == (before.numerator, before.denominator + 1)


@pytest.mark.parametrize(
    "day,invited,present,field",
    [
        (date(2023, 7, 1), 9, 8, "day"),
        (FROZEN, 0, 0, "invited"),
        (FROZEN, 9, 10, "present"),
        (FROZEN, 9, -1, "present"),
    ],
)
def test_an_impossible_meeting_is_told(sqlite_copy, cast, day, invited, present, field):
    ident = write_with(
        sqlite_copy, plan_meeting, cast.didier, Meeting(kind=MeetingKind.codir), FROZEN
    ).id
    assert set(
        errors_of(write_with, sqlite_copy, record_counts, cast.didier, ident, day, invited, present)
    ) == {field}
    assert (
        next(m for m in read_with(sqlite_copy, calendar).at(FROZEN) if m.id == ident).state
        == MeetingState.planned
    )


def test_a_meeting_needs_a_day_within_reason_and_a_right(sqlite_copy, cast):
    for day in (None, date(2020, 1, 1), date(2099, 1, 1)):
        refused = refusal(
            sqlite_copy,
            plan_meeting,
            cast.didier,
            Meeting(kind=MeetingKind.codir),
            day,
            error=Invalid,
        )
        assert set(refused.errors) == {"day"}
    for who in ("alice", "carine", "elise", "farid"):
        refusal(
            sqlite_copy, plan_meeting, getattr(cast, who), Meeting(kind=MeetingKind.codir), FROZEN
        )


# --- since the last meeting -----------------------------------------------------------------------


def test_between_two_meetings_what_moved_slipped_and_was_decided(demo):
    """From the CODIR of 21/03/23 to that of 18/04/23: 5.9 paused, 6.5 cancelled, 3.5 and 5.7
    begun, six decisions.
    """
    start, end = date(2023, 3, 21), date(2023, 4, 18)
    with reading(demo) as session:
        known = whole_roadmap(session)
        found = changes(known.at(start), known.at(end), register(session).at(end), start, end)
    states = {
        after.plan.number: after.state.label
        for before, after in found.moved
        if after.state != before.state
    }
    assert states == {"3.5": "En cours", "5.7": "En cours", "5.9": "En pause", "6.5": "Annulé"}
    assert {one[1].plan.number: days_later(*one) for one in found.slipped} == {"5.9": 182}
    assert [d.number for d in found.decided] == [17, 18, 19, 20, 21, 22]
    assert [d.number for d in found.executed] == [17, 18]
    assert [m.plan.number for m in found.stale] == ["2.7"], "silent since the end of February"


# ── The sheet of a decision ───────────────────────────────────────────────────────────────────────
# Typed before the body meets, made from the data, two pages; and points that speak of a record.

OBJECTION = ContributionKind.objection
WAITING, SAID = 28, "Deux personnes par crèche"


def point(number: int, session) -> Decision:
    return session.exec(select(Decision).where(Decision.number == number)).one()


def open_idea(session) -> Idea:
    return session.exec(
        select(Idea)
        .where(Idea.status == IdeaStatus.studied, Idea.published.is_(True), Idea.kind == "idee")
        .order_by(Idea.id)
    ).first()


def at(session, number: int):
    return next(d for d in register(session).at(FROZEN) if d.number == number)


# --- the point and what it speaks of --------------------------------------------------------------


def test_a_point_about_an_idea_stands_in_its_thread_and_its_author_reads_it(
    demo_copy, cast, scope_for
):
    with writing(demo_copy) as session:
        idea = open_idea(session)
        found = submit_point(
            session,
            cast.didier,
            PointInput(
                "Un banc devant la piscine", Instance.codir, about=("idee", f"n° {idea.number}")
            ),
        )
        ident, key = found.id, idea.id
    with reading(demo_copy) as session:
        found = thread(session, scope_for(session, cast.didier), ("decision", str(ident)))
        assert [(node.kind, node.distance) for node in found.nodes][:1] == [("idee", -1)]
        assert session.get(Idea, key).status == IdeaStatus.submitted


def test_a_point_about_a_milestone_is_carried_by_it(demo_copy, cast, scope_for):
    ident = write_with(
        demo_copy,
        submit_point,
        cast.didier,
        PointInput("Salle de formation", Instance.codir, about=("jalon", "5.9")),
    ).id
    with reading(demo_copy) as session:
        nodes = thread(session, scope_for(session, cast.didier), ("decision", str(ident))).nodes
        assert [(n.kind, n.key) for n in nodes if n.distance > 0] == [("jalon", "5.9")]


@pytest.mark.parametrize(
    "about",
    [
        ("idee", "999999999"),
        ("idee", "x"),
        ("groupe", "G99"),
        ("jalon", "99.1"),
        ("formation", "F01"),
        ("rien", "1"),
    ],
)
def test_a_record_that_is_not_there_is_told_beside_the_field(sqlite_copy, cast, about):
    before = len(select_all(sqlite_copy, select(Decision.id)))
    assert set(
        errors_of(
            write_with,
            sqlite_copy,
            submit_point,
            cast.didier,
            PointInput("Un point", Instance.codir, about=about),
        )
    ) == {"about"}
    assert len(select_all(sqlite_copy, select(Decision.id))) == before


def test_a_withdrawn_idea_is_neither_put_before_a_body_nor_decided(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        gone = session.exec(select(Idea.number).where(Idea.status == IdeaStatus.withdrawn)).first()
    refusal(
        sqlite_copy,
        submit_point,
        cast.didier,
        PointInput("Un point", Instance.codir, about=("idee", str(gone))),
        match="est « Retirée »",
    )
    with writing(sqlite_copy) as session:
        idea = open_idea(session)
        ident = submit_point(
            session,
            cast.didier,
            PointInput("Un point", Instance.codir, about=("idee", str(idea.number))),
        ).id
        idea.status = str(IdeaStatus.withdrawn)
        session.add(idea)
    step = DecisionEvent(what=DecisionStep.decided, outcome=Outcome.rejected, text="Trop cher")
    refusal(
        sqlite_copy,
        follow_decision,
        cast.didier,
        ident,
        step,
        Tree(()),
        match="ne peut plus être décidée",
    )
    with writing(sqlite_copy) as session:  # a second entry leads to it as well, and stands
        other = open_idea(session)
        session.add(
            Link(
                id=5,
                from_kind="idee",
                from_key=str(other.id),
                to_kind="decision",
                to_key=str(ident),
                role="decidee-par",
                on=FROZEN,
            )
        )
    write_with(sqlite_copy, follow_decision, cast.didier, ident, step, Tree(()))


# --- what is typed --------------------------------------------------------------------------------


def test_the_sheet_is_typed_while_the_point_waits_and_stays_as_it_was_read(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        ident = point(WAITING, session).id
        write_sheet(
            session,
            cast.didier,
            ident,
            DecisionSheet(
                problem="Le problème",
                options="A. Oui. B. Non.",
                concerned="22 crèches",
                objections="",
                cost=6500,
                fte=0.2,
            ),
        )
        follow_decision(
            session,
            cast.didier,
            ident,
            DecisionEvent(what=DecisionStep.decided, outcome=Outcome.rejected, text="Plus tard"),
            Tree(()),
        )
    refusal(
        sqlite_copy,
        write_sheet,
        cast.didier,
        ident,
        DecisionSheet(problem="Autre chose"),
        match="reste telle qu'elle a été lue",
    )
    with reading(sqlite_copy) as session:
        assert (
            session.get(DecisionSheet, ident).problem,
            session.get(DecisionSheet, ident).cost,
        ) == ("Le problème", 6500)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (DecisionSheet(problem="a" * 3001), "problem"),
        (DecisionSheet(cost=-1), "cost"),
        (DecisionSheet(fte=float("nan")), "fte"),
    ],
)
def test_what_cannot_be_printed_is_told_beside_its_field(sqlite_copy, cast, given, field):
    with pytest.raises(Invalid) as refused, writing(sqlite_copy) as session:
        write_sheet(session, cast.didier, point(WAITING, session).id, given)
    assert set(refused.value.errors) == {field}


# --- what is printed ------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [5, 12, 24, 26, WAITING])
def test_every_sheet_has_two_pages(sqlite_demo, cast, scope_for, number):
    with reading(sqlite_demo) as session:
        pages = PdfReader(
            io.BytesIO(decision_sheet(session, scope_for(session, cast.elise), number))
        ).pages
    assert (
        len(pages) == 2
        and "Le problème" in pages[0].extract_text()
        and "Les options" in pages[1].extract_text()
    )


@pytest.mark.slow
def test_what_is_objected_to_what_leads_there_is_read_with_what_became_of_it(
    demo_copy, cast, scope_for
):
    """On the sheet, its two pages, the list of points that wait and the report."""
    with writing(demo_copy) as session:
        scope = scope_for(session, cast.carine)
        ident = str(point(26, session).id)
        objection = contribute(session, scope, Subject.decision, ident, "Sans budget.", OBJECTION)
        didier = scope_for(session, cast.didier)
        resolve_objection(session, didier, objection.id, ContributionStep.answered, "Il est voté.")
        of_group = (Subject.proposition, "G04")
        hidden = contribute(session, scope, *of_group, "Un nom", OBJECTION)
        hide_content(session, cast.didier, *of_group, hidden.id, "Un nom y figure")
        elsewhere = contribute(session, scope, Subject.training, "F01", "Ailleurs", OBJECTION)
        assert elsewhere.id
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.elise)
        found = sheet_of(session, scope, at(session, 26))
        assert [(one.about.words, one.is_open) for one in found.spoken] == [
            ("la proposition du groupe G04", True),
            ("la décision n° 26", False),
        ]
        key = int(ident)
        assert [one.about.key for one in open_objections(session, scope, [key])[key]] == ["G04"]
        state = next(words for d, _, words in gather(session, scope).decisions if d.number == 26)
        assert "1\xa0objection ouverte" in state
        pages = PdfReader(io.BytesIO(decision_sheet(session, scope, 26))).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert len(pages) == 2 and "2 objections ont été dites" in printed
    for words in ("Au dépôt, tous", "Ouverte", "Sans budget.", "Répondue", "Il est voté."):
        assert words in printed, words
    assert "Ailleurs" not in printed and "Un nom" not in printed


def test_long_texts_still_make_two_pages(sqlite_copy, cast, scope_for):
    long = "Une phrase assez longue pour remplir. " * 75
    texts = dict.fromkeys(("problem", "options", "concerned", "objections"), long)
    given = DecisionSheet(**texts, cost=1, fte=1)
    with writing(sqlite_copy) as session:
        write_sheet(session, cast.didier, point(WAITING, session).id, given)
    with reading(sqlite_copy) as session:
        assert (
            len(
                PdfReader(
                    io.BytesIO(decision_sheet(session, scope_for(session, cast.elise), WAITING))
                ).pages
            )
            == 2
        )


def test_an_entry_that_is_hidden_is_not_on_the_sheet(sqlite_copy, cast, scope_for):
    with writing(sqlite_copy) as session:
        number = session.exec(select(Idea).where(Idea.title.contains(SAID))).first().number
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        idea.published, idea.status, idea.author_id = False, str(IdeaStatus.studied), None
        session.add(idea)
    with reading(sqlite_copy) as session:
        assert [
            e.number
            for e in sheet_of(
                session, scope_for(session, cast.didier), at(session, WAITING)
            ).evidence
        ] == [number]
        assert (
            sheet_of(session, scope_for(session, cast.elise), at(session, WAITING)).evidence == ()
        )


def test_where_it_comes_from_never_tells_fewer_than_five(sqlite_copy, cast, scope_for):
    """Seven of one direction and two of another: neither the two nor what would give them away
    is told.
    """
    with writing(sqlite_copy) as session:
        idea = session.exec(select(Idea).where(Idea.title.contains(SAID))).first()
        tree = scope_for(session, cast.didier).tree
        big, small = (
            min(tree.under(tree.by_code[code].id) - {tree.by_code[code].id})
            for code in ("VC-PEN", "AD-VER")
        )
        people = {
            unit: (
                session.exec(
                    select(Assignment.person_id)
                    .where(
                        Assignment.service_id == unit,
                        Assignment.person_id.not_in(select(Account.person_id)),
                        Assignment.person_id != (idea.author_id or 0),
                    )
                    .limit(9)
                ).all()
            )
            for unit in (big, small)
        }
        idea.author_id, idea.anonymous = None, False
        session.add(idea)
        for unit, n in ((big, 7), (small, 2)):
            for person in people[unit][:n]:
                support_subject(
                    session,
                    replace(
                        scope_for(session, cast.alice), reader=replace(cast.alice, person_id=person)
                    ),
                    Subject.idea,
                    str(idea.id),
                )
    with reading(sqlite_copy) as session:
        rows, persons, some_hidden = sheet_of(
            session, scope_for(session, cast.didier), at(session, WAITING)
        ).spread
    assert some_hidden and all(n >= 5 for _, n in rows)
    assert persons is None or persons - sum(n for _, n in rows) >= 5 or rows == []
