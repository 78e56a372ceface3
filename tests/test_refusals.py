"""Every act that asks for a right refuses whoever has it not, and nothing is written then.

The acts are found in the source and called by the table of tests/support/acts.py: one that asks for
a right and stands in no line of it fails the suite.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select
from support import asking
from support.acts import ACTS, NEVER_REFUSED, REFUSE_BEFORE, Stage
from support.conditions import CONDITIONS, check_condition
from support.reads import READS, check_read
from support.refusals import OWNED, check_act, check_own, taken_back
from support.transactions import (
    refuses,
)
from support.troupe import FROZEN

from dashboard.actions.academy.trainings import cancel_session
from dashboard.actions.communities import hand_over
from dashboard.actions.ideas.answers import entrust_idea
from dashboard.actions.ideas.entries import withdraw_merge
from dashboard.actions.ideas.photos import remove_photo
from dashboard.queries.interests import late, pipeline
from models.academy import TrainingSession
from models.communities import Community, Interest, InterestState, Membership
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.texts import Invalid


@pytest.fixture(scope="module")
def stage(open_copy):
    engine, end = open_copy("sqlite", "demo")
    yield Stage(engine)
    end()


def test_every_act_that_asks_for_a_right_is_in_the_table():
    assert {act.key for act in ACTS} | set(REFUSE_BEFORE) == asking.acts()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_an_act_refuses_whoever_has_not_its_right(stage, act):
    refused = check_act(stage, act)
    assert refused or act.right in NEVER_REFUSED, "nobody of the cast is refused"


@pytest.mark.parametrize("act", OWNED, ids=lambda act: act.name)
def test_an_act_is_done_by_who_has_its_right_on_her_own_thing(stage, act):
    check_own(stage, act)


# --- who has the right meets the state of the thing -------------------------------------------------


@pytest.fixture
def session(stage):
    with taken_back(stage) as session:
        yield session


def test_a_proposal_to_merge_is_withdrawn_once(stage, session):
    withdraw_merge(session, stage.cast.didier, stage.merge)
    refuses(withdraw_merge, session, stage.cast.didier, stage.merge, match="n'est plus ouverte")


def test_a_photo_is_removed_from_its_own_entry_only(stage, session):
    refuses(
        remove_photo,
        session,
        stage.cast.didier,
        stage.other,
        stage.photo,
        stage.tree,
        match="n'est plus là",
    )
    remove_photo(session, stage.cast.didier, stage.idea, stage.photo, stage.tree)
    refuses(
        remove_photo,
        session,
        stage.cast.didier,
        stage.idea,
        stage.photo,
        stage.tree,
        match="n'est plus là",
    )


@pytest.mark.parametrize("status", [IdeaStatus.withdrawn, IdeaStatus.merged])
def test_an_entry_that_waits_for_nothing_is_entrusted_to_nobody(stage, session, status):
    idea = session.exec(select(Idea).where(Idea.number == stage.idea)).one()
    idea.status = status
    session.flush()
    refuses(
        entrust_idea, session, stage.cast.didier, stage.idea, None, stage.tree, match=status.label
    )


def test_an_entry_is_entrusted_to_who_works_in_its_direction(stage, session):
    refuses(
        entrust_idea,
        session,
        stage.cast.didier,
        stage.idea,
        stage.cast.carine.person_id,
        stage.tree,
        match="direction concernée",
        error=Invalid,
    )


def test_a_community_is_handed_over_to_another_of_its_members(stage, session):
    members = select(Membership.person_id).where(
        Membership.community == str(Community.ambassadors), Membership.left_on.is_(None)
    )
    member = session.exec(members).first()
    for successor in (member, stage.cast.carine.person_id):  # the one who leaves, and an outsider
        refuses(
            hand_over,
            session,
            stage.cast.didier,
            Community.ambassadors,
            (),
            successor,
            member,
            match="qui y reste",
            error=Invalid,
        )


@pytest.mark.parametrize(
    "values,said",
    [
        ({"cancelled_on": FROZEN, "on": FROZEN + timedelta(days=9)}, "déjà annulée"),
        ({"cancelled_on": None, "on": FROZEN - timedelta(days=1)}, "déjà eu lieu"),
    ],
)
def test_a_session_that_is_over_is_not_cancelled(stage, session, values, said):
    held = session.get(TrainingSession, stage.held)
    for name, value in values.items():
        setattr(held, name, value)
    session.flush()
    refuses(cancel_session, session, stage.cast.didier, stage.held, "Plus de local", match=said)


def test_a_mark_of_interest_is_late_after_its_day_for_as_long_as_it_is_new(stage, session):
    marked = pipeline(session, stage.scope(stage.cast.didier))
    one = next(mark for mark in marked if mark.state == InterestState.new)
    on_its_day = replace(stage.scope(stage.cast.didier), on=one.due_on)
    day_after = replace(on_its_day, on=one.due_on + timedelta(days=1))
    new = [mark.due_on for mark in marked if mark.state == InterestState.new]
    assert len(late(session, on_its_day)) == sum(due < one.due_on for due in new)
    before = len(late(session, day_after))
    assert before == sum(due <= one.due_on for due in new) > 0
    session.get(Interest, one.record.id).state = InterestState.contacted
    session.flush()
    assert len(late(session, day_after)) == before - 1


# --- what nobody has published ------------------------------------------------------------------------


@pytest.mark.parametrize("name", READS)
def test_a_query_finds_no_entry_that_its_reader_may_not_see(stage, name):
    check_read(stage, name)


# --- what is left out for whoever has no right to it --------------------------------------------------


def test_every_function_that_asks_how_far_a_right_goes_is_in_the_table():
    assert {line.key for line in CONDITIONS} == asking.questioners()
    calls = sum(len(one.questions) for one in asking.functions().values())
    assert calls == asking.questions_named(), "a question is asked where no mutant reaches it"


def _slow_ones(line):
    """The whole pack of a report, gathered for each of the cast, takes seconds."""
    is_slow = line.key == "report.pack:gather"
    return pytest.param(line, marks=[pytest.mark.slow] if is_slow else [], id=line.name)


@pytest.mark.parametrize("line", [_slow_ones(line) for line in CONDITIONS])
def test_each_of_the_cast_sees_what_her_rights_open_and_nothing_else(stage, line):
    assert 0 < len(line.full) < len(stage.readers), "a right that everybody has, or nobody"
    check_condition(stage, line)
