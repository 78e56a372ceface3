"""A decision moves what it decides: entries, propositions of groups, revisions; and takes it back."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from support.answers import chart, entry as idea
from support.plans import project_at
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN, Cast

from dashboard import french
from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import (
    follow_decision,
    leave_revision,
    take_revision,
    undo_step,
)
from dashboard.actions.ideas.answers import Answer, answer_idea, undo_answer
from dashboard.actions.ideas.filing import checked_input, file_idea, withdraw_idea
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.actions.roadmap.records import revise_plan
from dashboard.figures.board import board
from dashboard.queries.decisions.records import register
from dashboard.queries.decisions.sheets import moves, proposed_revisions, to_execute
from dashboard.queries.ideas.waiting import wordings
from dashboard.queries.operations import checks
from models.database import reading, writing
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome
from models.directions import Direction
from models.discussions import Link
from models.groups import GroupEvent, GroupState, ProgressGroup
from models.idea_events import IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.notices import Notice
from models.roadmap import Plan, PlanSchedule

S = DecisionStep
DUE = date(2023, 11, 15)


def unit_of(session, code: str) -> int:
    return session.exec(select(Direction.id).where(Direction.code == code)).one()


def filed(engine: Engine, reader: Reader, title: str, unit: str = "VC-JSP") -> int:
    with writing(engine) as session:
        given = checked_input(
            title=title, kind="idee", ambition_id=3, concerns_id=unit_of(session, unit)
        )
        return file_idea(session, reader, given, f"jeton {title}").number


def point_about(engine: Engine, reader: Reader, kind: str, key: str, owner: str = "VC-JSP") -> int:
    with writing(engine) as session:
        given = PointInput(
            "Un point", Instance.codir, unit_of(session, owner), about=(kind, str(key))
        )
        return submit_point(session, reader, given).id


def decide(
    engine: Engine,
    reader: Reader,
    point: int,
    outcome: Outcome,
    cost: float | None = None,
    **more,
) -> None:
    text = "" if outcome.is_to_do else "Trop cher cette année."
    due = DUE if outcome.is_to_do else None
    step = DecisionEvent(what=S.decided, outcome=outcome, due_on=due, cost=cost, text=text)
    with writing(engine) as session:
        follow_decision(session, reader, point, step, chart(session), **more)


def done(engine: Engine, reader: Reader, point: int) -> None:
    with writing(engine) as session:
        follow_decision(session, reader, point, DecisionEvent(what=S.done), chart(session))


def undone(engine: Engine, reader: Reader, point: int) -> tuple[S, list[str]]:
    return write_with(engine, undo_step, reader, point)


def notices_of(engine: Engine, reader: Reader) -> list[str]:
    return list(
        select_all(
            engine,
            select(Notice.title)
            .where(Notice.person_id == reader.person_id)
            .order_by(Notice.id.desc()),
        )
    )


def wrong(engine: Engine) -> list[str]:
    """What `check` finds."""
    with reading(engine) as session:
        found = checks.everything(session, FROZEN)
        return [finding.message for finding in found if not finding.holds]


# --- an idea --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_adopted_idea_is_retained_its_author_reads_it_and_the_manager_is_asked_for_words(
    demo_copy, cast: Cast, scope_for
):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    point = point_about(demo_copy, cast.didier, "idee", number)
    assert idea(demo_copy, number).status == IdeaStatus.submitted
    decide(demo_copy, cast.didier, point, Outcome.adopted)
    found = idea(demo_copy, number)
    assert (found.status, found.answered_on) == (IdeaStatus.accepted, FROZEN)
    assert notices_of(demo_copy, cast.alice)[0] == f"Votre idée n° {number} est retenue"
    asked = f"L'idée n° {number} est décidée : complétez la réponse officielle"
    assert asked in notices_of(demo_copy, cast.carine)
    with reading(demo_copy) as session:
        offered = wordings(session, scope_for(session, cast.carine), found)[0]
        last = session.exec(
            select(IdeaEvent).where(IdeaEvent.idea_id == found.id).order_by(IdeaEvent.seq.desc())
        ).first()
    assert offered.name.startswith("Décision n° ") and french.day_long(DUE) in offered.text
    assert (last.text, last.function) == (offered.text, "CODIR")
    assert wrong(demo_copy) == []


def answered(engine: Engine, reader: Reader, number: int, to: IdeaStatus, text: str = "") -> None:
    with writing(engine) as session:
        answer_idea(session, reader, number, Answer(text, to), chart(session))


def waiting_about(engine: Engine, number: int) -> list[str]:
    """The points that wait for the CODIR and that this idea leads to."""
    found = idea(engine, number)
    with reading(engine) as session:
        points = {str(d.id): d for d in register(session).at(FROZEN) if d.is_waiting}
        links = session.exec(
            select(Link.to_key).where(
                Link.from_key == str(found.id), Link.to_kind == "decision", Link.ended_on.is_(None)
            )
        ).all()
    assert all(points[key].instance is Instance.codir for key in links if key in points)
    return [points[key].title for key in links if key in points]


@pytest.mark.slow
def test_an_idea_submitted_to_the_codir_is_a_point_of_its_next_meeting(
    demo_copy, cast: Cast, scope_for
):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    before = values(demo_copy, scope_for)
    answered(demo_copy, cast.carine, number, IdeaStatus.submitted)
    assert waiting_about(demo_copy, number) == [f"Idée n° {number} : Des bancs au parc"]
    assert values(demo_copy, scope_for) == before + 1
    with reading(demo_copy) as session:
        [point] = [d for d in register(session).at(FROZEN) if f"n° {number} " in d.title]
        assert point.owner_direction_id == unit_of(session, "VC-JSP")
    decide(demo_copy, cast.didier, point.id, Outcome.adopted)
    assert idea(demo_copy, number).status == IdeaStatus.accepted
    assert wrong(demo_copy) == []


def values(engine: Engine, scope_for) -> float:
    """How many points wait."""
    with reading(engine) as session:
        found = board(session, scope_for(session, OPERATOR), ["decisions"])
        return found["decisions.attente"].value


def test_a_point_that_is_there_already_is_not_put_twice(demo_copy, cast: Cast):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    point_about(demo_copy, cast.didier, "idee", number)
    assert waiting_about(demo_copy, number) == ["Un point"]
    answered(demo_copy, cast.didier, number, IdeaStatus.studied)
    answered(demo_copy, cast.didier, number, IdeaStatus.submitted)
    assert len(waiting_about(demo_copy, number)) == 1


@pytest.mark.slow
def test_an_idea_that_is_submitted_no_more_leaves_the_next_meeting(demo_copy, cast: Cast):
    undone_at_once = filed(demo_copy, cast.alice, "Des bancs au parc")
    answered(demo_copy, cast.didier, undone_at_once, IdeaStatus.submitted)
    with writing(demo_copy) as session:
        undo_answer(session, cast.didier, undone_at_once, chart(session))
    assert waiting_about(demo_copy, undone_at_once) == []
    answered(demo_copy, cast.didier, undone_at_once, IdeaStatus.submitted)
    assert len(waiting_about(demo_copy, undone_at_once)) == 1

    told = filed(demo_copy, cast.alice, "Un abri pour les vélos")
    answered(demo_copy, cast.didier, told, IdeaStatus.submitted)
    answered(demo_copy, cast.elise, told, IdeaStatus.accepted, "Le CODIR est d'accord.")
    assert waiting_about(demo_copy, told) == []

    taken_back = filed(demo_copy, cast.alice, "Une fontaine")
    answered(demo_copy, cast.didier, taken_back, IdeaStatus.submitted)
    write_with(demo_copy, withdraw_idea, cast.alice, taken_back)
    assert waiting_about(demo_copy, taken_back) == []
    assert wrong(demo_copy) == []


def test_a_point_on_which_somebody_wrote_stays(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    answered(sqlite_copy, cast.didier, number, IdeaStatus.submitted)
    with writing(sqlite_copy) as session:
        point = next(d for d in register(session).at(FROZEN) if f"n° {number} " in d.title)
        note = DecisionEvent(what=S.noted, text="À revoir avec le SIPPT.")
        follow_decision(session, cast.didier, point.id, note, chart(session))
    answered(sqlite_copy, cast.elise, number, IdeaStatus.accepted, "D'accord.")
    assert len(waiting_about(sqlite_copy, number)) == 1


def test_what_was_withdrawn_is_followed_no_more(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    answered(sqlite_copy, cast.didier, number, IdeaStatus.submitted)
    point = next(
        d for d in read_with(sqlite_copy, register).at(FROZEN) if f"n° {number} " in d.title
    )
    answered(sqlite_copy, cast.elise, number, IdeaStatus.accepted, "D'accord.")
    refuses(decide, sqlite_copy, cast.didier, point.id, Outcome.adopted, match="retiré")


def test_the_title_of_an_idea_that_is_not_shown_stays_out_of_the_register(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    with writing(sqlite_copy) as session:
        session.exec(select(Idea).where(Idea.number == number)).one().published = False
    answered(sqlite_copy, cast.didier, number, IdeaStatus.submitted)
    assert waiting_about(sqlite_copy, number) == [f"Idée n° {number}"]


@pytest.mark.slow
def test_an_idea_that_a_file_says_submitted_is_a_point_too(sqlite_copy, cast: Cast):
    def brought(state: str) -> int:
        content = f"id;titre;date;statut\n1;Des bancs partout;02/01/2023;{state}\n".encode()
        with writing(sqlite_copy) as session:
            how = ImportOptions(source="ailleurs", on=FROZEN)
            act_of("idees")(session, cast.didier, content, "i.csv", how)
            return session.exec(select(Idea.number).where(Idea.title == "Des bancs partout")).one()

    number = brought("Soumise au CODIR")
    assert len(waiting_about(sqlite_copy, number)) == 1
    brought("Retenue")
    assert waiting_about(sqlite_copy, number) == []
    brought("Soumise au CODIR")
    assert len(waiting_about(sqlite_copy, number)) == 1
    assert wrong(sqlite_copy) == []


def test_done_tells_the_author_and_the_idea_is_carried_out(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    decide(sqlite_copy, cast.didier, point, Outcome.in_part)
    done(sqlite_copy, cast.carine, point)
    assert idea(sqlite_copy, number).status == IdeaStatus.implemented
    assert notices_of(sqlite_copy, cast.alice)[0] == f"Votre idée n° {number} est réalisée"


@pytest.mark.parametrize(
    "outcome,after",
    [(Outcome.rejected, IdeaStatus.refused), (Outcome.noted, IdeaStatus.studied)],
)
def test_an_idea_that_is_not_adopted_leaves_the_codir_with_the_reason(
    sqlite_copy, cast: Cast, outcome, after
):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    decide(sqlite_copy, cast.didier, point_about(sqlite_copy, cast.didier, "idee", number), outcome)
    assert idea(sqlite_copy, number).status == after
    texts = select_all(
        sqlite_copy,
        select(Notice.text).where(
            Notice.person_id == cast.alice.person_id, Notice.title.contains(f"n° {number}")
        ),
    )
    assert any("Trop cher cette année." in text for text in texts)


def test_what_moves_is_shown_first_and_what_is_left_stays(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    with reading(sqlite_copy) as session:
        tree = chart(session)
        shown = moves(session, cast.didier, tree, point, S.decided, Outcome.adopted)
    assert [move.in_words for move in shown] == [
        f"Idée n° {number} « Des bancs au parc » : Soumise au CODIR → Retenue"
    ]
    assert list(
        errors_of(decide, sqlite_copy, cast.didier, point, Outcome.adopted, seen=frozenset())
    ) == ["moves"]
    end = shown[0].end
    decide(
        sqlite_copy,
        cast.didier,
        point,
        Outcome.adopted,
        leaves=frozenset({end}),
        seen=frozenset({end}),
    )
    assert idea(sqlite_copy, number).status == IdeaStatus.submitted


def test_undoing_takes_back_what_was_moved_and_tells_it(demo_copy, cast: Cast):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    point = point_about(demo_copy, cast.didier, "idee", number)
    before = idea(demo_copy, number)
    decide(demo_copy, cast.didier, point, Outcome.adopted)
    assert undone(demo_copy, cast.didier, point) == (S.decided, [])
    after = idea(demo_copy, number)
    assert (after.status, after.answered_on, after.due_on) == (
        before.status,
        before.answered_on,
        before.due_on,
    )
    assert notices_of(demo_copy, cast.alice)[0] == (
        f"Votre idée n° {number} est de nouveau « Soumise au CODIR »"
    )
    assert f"Votre idée n° {number} est retenue" not in notices_of(demo_copy, cast.alice)
    decide(demo_copy, cast.didier, point, Outcome.rejected)
    assert idea(demo_copy, number).status == IdeaStatus.refused


def test_an_idea_that_went_on_since_stays_where_it_is(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    with writing(sqlite_copy) as session:
        answer_idea(
            session, cast.carine, number, Answer("Posés au printemps.", None), chart(session)
        )
    assert undone(sqlite_copy, cast.didier, point)[1] == [f"idée n° {number}"]
    assert idea(sqlite_copy, number).status == IdeaStatus.accepted


def test_an_entry_the_recorder_may_not_read_moves_without_its_title(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Un titre à ne pas lire")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    with reading(sqlite_copy) as session:
        shown = moves(session, NOBODY, chart(session), point, S.decided, Outcome.adopted)
    assert [move.name for move in shown] == [f"Idée n° {number}"]


# --- the proposition of a group -------------------------------------------------------------------


def waiting_group(engine: Engine) -> tuple[ProgressGroup, int]:
    """G04, whose proposition waits before the CODIR, and its point."""
    with reading(engine) as session:
        group = session.exec(select(ProgressGroup).where(ProgressGroup.code == "G04")).one()
        tree = chart(session)
        waiting = [d.id for d in register(session).at(FROZEN) if d.is_waiting]
        (point,) = [
            decision
            for decision in waiting
            if any(
                move.end == ("groupe", "G04")
                for move in moves(session, NOBODY, tree, decision, S.decided, Outcome.rejected)
            )
        ]
    return group, point


def test_a_proposition_is_sent_back_to_its_group_whose_members_read_why(sqlite_copy, cast: Cast):
    group, point = waiting_group(sqlite_copy)
    decide(sqlite_copy, cast.didier, point, Outcome.rejected)
    with reading(sqlite_copy) as session:
        found = session.get(ProgressGroup, group.id)
        told = session.exec(
            select(Notice.text).where(Notice.title == "Groupe G04 : Proposition")
        ).all()
    assert found.state == GroupState.proposition
    assert told and all("Trop cher cette année." in text for text in told)
    undone(sqlite_copy, cast.didier, point)
    with reading(sqlite_copy) as session:
        assert session.get(ProgressGroup, group.id).state == GroupState.submitted


def test_an_adopted_proposition_closes_its_group(sqlite_copy, cast: Cast):
    group, point = waiting_group(sqlite_copy)
    decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    with reading(sqlite_copy) as session:
        found = session.get(ProgressGroup, group.id)
        last = session.exec(
            select(GroupEvent).where(GroupEvent.group_id == group.id).order_by(GroupEvent.id.desc())
        ).first()
    assert (found.state, last.state) == (GroupState.closed, GroupState.closed)


# --- a milestone ----------------------------------------------------------------------------------


def test_a_revision_is_proposed_and_taken_with_the_decision_as_its_reason(sqlite_copy, cast: Cast):
    number = "2.7"
    point = point_about(sqlite_copy, cast.didier, "jalon", number)
    decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    (waiting,) = read_with(sqlite_copy, proposed_revisions, cast.didier)
    assert (waiting.end, waiting.due_on) == (("jalon", number), DUE)
    assert write_with(sqlite_copy, take_revision, cast.didier, waiting.effect_id) == number
    with reading(sqlite_copy) as session:
        last = session.exec(select(PlanSchedule).order_by(PlanSchedule.id.desc())).first()
        assert proposed_revisions(session, cast.didier) == []
    assert (last.end, last.reason) == (DUE, f"Décision n° {waiting.number} (CODIR)")
    refusal(sqlite_copy, leave_revision, cast.didier, waiting.effect_id, match="n'attend plus")
    assert undone(sqlite_copy, cast.didier, point)[1] == ["jalon 2.7"]


# --- a project ------------------------------------------------------------------------------------


def planned(engine: Engine, code: str = "CRECHES") -> PlanSchedule:
    return read_with(engine, project_at, code, FROZEN).schedule


def taken(engine: Engine, reader: Reader, point: int, cost: float | None = 250_000) -> None:
    """Decided with its cost, then taken up by the programme office."""
    decide(engine, reader, point, Outcome.adopted, cost=cost)
    (waiting,) = read_with(engine, proposed_revisions, reader)
    assert write_with(engine, take_revision, reader, waiting.effect_id) == "CRECHES"


def test_a_project_takes_the_day_and_the_cost_of_its_decision(demo_copy, cast: Cast):
    before = planned(demo_copy)
    point = point_about(demo_copy, cast.didier, "projet", "CRECHES")
    taken(demo_copy, cast.didier, point)
    after = planned(demo_copy)
    assert (after.end, after.budget) == (DUE, 250_000)
    assert (after.start, after.owner) == (before.start, before.owner)
    with reading(demo_copy) as session:
        last = session.exec(select(PlanSchedule).order_by(PlanSchedule.id.desc())).first()
        number = session.get(Decision, point).number
    assert last.reason == f"Décision n° {number} (CODIR)"
    assert undone(demo_copy, cast.didier, point)[1] == []
    now = planned(demo_copy)
    assert (now.end, now.budget) == (before.end, before.budget)
    assert wrong(demo_copy) == []


def test_a_project_that_was_planned_since_stays_as_it_is(sqlite_copy, cast: Cast):
    point = point_about(sqlite_copy, cast.didier, "projet", "CRECHES")
    taken(sqlite_copy, cast.didier, point, cost=None)
    with writing(sqlite_copy) as session:
        project = session.exec(select(Plan.id).where(Plan.number == "CRECHES")).one()
        revise_plan(session, cast.didier, project, PlanSchedule(end=date(2024, 6, 30)))
    assert undone(sqlite_copy, cast.didier, point)[1] == ["projet CRECHES"]
    assert planned(sqlite_copy).end == date(2024, 6, 30)


def test_a_day_before_the_project_begins_is_refused_in_a_sentence(sqlite_copy, cast: Cast):
    with writing(sqlite_copy) as session:
        project = session.exec(select(Plan.id).where(Plan.number == "CRECHES")).one()
        revise_plan(session, cast.didier, project, PlanSchedule(start=date(2024, 1, 1)))
    point = point_about(sqlite_copy, cast.didier, "projet", "CRECHES")
    refuses(taken, sqlite_copy, cast.didier, point, match="avant le début")


# --- who carries it out, who records it -----------------------------------------------------------


def test_the_owner_finds_what_she_is_to_carry_out_and_nobody_elses(
    sqlite_copy, cast: Cast, scope_for
):
    hers, other = (
        point_about(sqlite_copy, cast.didier, "jalon", "2.7", owner)
        for owner in ("VC-JSP", "VC-CUL")
    )
    for point in (hers, other):
        decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    with reading(sqlite_copy) as session:
        found = [d.id for d in to_execute(session, scope_for(session, cast.carine), FROZEN)]
        none = to_execute(session, scope_for(session, cast.alice), FROZEN)
    assert hers in found and other not in found and none == []
    done(sqlite_copy, cast.carine, hers)
    with reading(sqlite_copy) as session:
        left = [d.id for d in to_execute(session, scope_for(session, cast.carine), FROZEN)]
    assert hers not in left
