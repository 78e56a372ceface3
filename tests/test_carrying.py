"""What an ambassador carries: what she filed for others, and the answers that she brings back in
person, once each.
"""

from datetime import timedelta

from sqlalchemy import Engine, update
from sqlmodel import select
from support.transactions import read_with, refuses, select_one, write_with
from support.troupe import FROZEN
from support.workshops import file, line, plan

from dashboard.access import NOBODY, Reader
from dashboard.actions.ideas.entries import hand_over_answer, take_back_handover
from dashboard.queries.ideas.waiting import (
    BY_VOICE,
    COUNTED_UP_TO,
    AnswerToHandOver,
    answers_to_hand_over,
    filed_for_others,
)
from models.database import reading, writing
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.jobs import Installation
from models.ledger import Change, Ledger, event_row
from models.notices import Notice, NoticeState
from models.people import Account


def waiting(engine: Engine, reader: Reader, scope_for, limit: int = 100) -> list[AnswerToHandOver]:
    with reading(engine) as session:
        return answers_to_hand_over(session, scope_for(session, reader), FROZEN, limit)[0]


def tell(engine: Engine, reader: Reader, number: int, scope_for) -> None:
    with writing(engine) as session:
        hand_over_answer(session, scope_for(session, reader), number)


def answer(engine: Engine, number: int, text: str, seq: int = 2) -> None:
    with writing(engine) as session:
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        before, idea.status, idea.answered_on = idea.status, IdeaStatus.accepted, FROZEN
        ledger = Ledger(session)
        ledger.add(
            event_row(
                idea,
                id=random_id(FROZEN),
                on=FROZEN,
                recorded_on=FROZEN,
                seq=seq,
                what=EventKind.status,
                from_status=before,
                to_status=IdeaStatus.accepted,
                prev_due_on=idea.due_on,
                due_on=idea.due_on,
                first_answer=seq == 2,
                delay=0 if seq == 2 else None,
                text=text,
            )
        )
        ledger.write()


def test_bruno_finds_what_he_typed_for_the_room(demo_copy, cast):
    _, before = read_with(demo_copy, filed_for_others, cast.bruno, 30)
    numbers = file(demo_copy, cast.bruno, plan(demo_copy, cast.bruno), line(1), line(2, voices=4))[
        0
    ]
    with reading(demo_copy) as session:
        found, total = filed_for_others(session, cast.bruno, 30)
        assert total == before + 2 and set(numbers) <= {one.number for one in found}
        assert (
            filed_for_others(session, cast.alice, 30)
            == filed_for_others(session, NOBODY, 30)
            == ([], 0)
        )


def test_an_answer_is_told_once_and_the_next_one_again(demo_copy, cast, scope_for):
    number = file(demo_copy, cast.bruno, plan(demo_copy, cast.bruno), line(1))[0][0]
    assert number not in {idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)}
    answer(demo_copy, number, "Les gants arrivent en septembre.")
    mine, told = next(
        one for one in waiting(demo_copy, cast.bruno, scope_for) if one[0].number == number
    )
    assert (told.text, told.on) == ("Les gants arrivent en septembre.", FROZEN)
    assert mine.relay_id == cast.bruno.person_id
    tell(demo_copy, cast.bruno, number, scope_for)
    kept = select_one(demo_copy, select(Notice))
    assert (kept.person_id, kept.state, kept.sent_on, kept.on) == (
        cast.bruno.person_id,
        NoticeState.handed_over,
        FROZEN,
        FROZEN,
    )
    assert number not in {idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)}
    refuses(tell, demo_copy, cast.bruno, number, scope_for, match="déjà transmise")
    answer(demo_copy, number, "Ils sont là.", seq=3)
    assert (
        next(
            told.text
            for idea, told in waiting(demo_copy, cast.bruno, scope_for)
            if idea.number == number
        )
        == "Ils sont là."
    )


def test_what_was_told_by_mistake_is_taken_back_the_same_day_and_told_again(
    demo_copy, cast, scope_for
):
    number = file(demo_copy, cast.bruno, plan(demo_copy, cast.bruno), line(1))[0][0]
    answer(demo_copy, number, "Les gants arrivent en septembre.")

    def waits() -> bool:
        return number in {idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)}

    def take_back(reader: Reader) -> None:
        write_with(demo_copy, take_back_handover, reader, number)

    refuses(take_back, cast.bruno, match="rien à annuler")
    tell(demo_copy, cast.bruno, number, scope_for)
    refuses(take_back, cast.alice, match="droit")
    assert not waits()
    take_back(cast.bruno)
    assert waits()
    with reading(demo_copy) as session:
        kept = session.exec(select(Notice).where(Notice.kind == BY_VOICE)).one()
        assert (kept.state, kept.sent_on) == (NoticeState.dropped, None), "nothing is erased"
        line_of_journal = session.exec(
            select(Change).where(Change.subject == "transmission", Change.record == str(number))
        ).one()
        assert (line_of_journal.by, line_of_journal.on) == (cast.bruno.person_id, FROZEN)
    tell(demo_copy, cast.bruno, number, scope_for)
    assert not waits()
    with writing(demo_copy) as session:
        session.get(Installation, 1).frozen_on = FROZEN + timedelta(days=1)
    refuses(take_back, cast.bruno, match="rien à annuler")


def test_who_has_an_account_reads_her_answer_herself(demo_copy, cast, scope_for):
    """Only entries of the services covered, without an author or whose author has no account;
    only published ones.
    """
    found = [
        idea
        for idea, _ in waiting(demo_copy, cast.bruno, scope_for)
        if idea.relay_id != cast.bruno.person_id
    ]
    assert found
    with reading(demo_copy) as session:
        with_account = set(session.exec(select(Account.person_id)).all())
        for one in found:
            idea = session.get(Idea, one.id)
            assert idea.origin_id in cast.bruno.covered and idea.published
            assert idea.author_id is None or idea.author_id not in with_account
    with writing(demo_copy) as session:
        session.get(Idea, found[0].id).published = False
    assert found[0].number not in {
        idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)
    }


def test_nobody_else_tells_and_nobody_is_told_of_what_is_not_hers(demo_copy, cast, scope_for):
    number = waiting(demo_copy, cast.bruno, scope_for)[0][0].number
    for reader in (cast.alice, cast.carine, cast.didier, NOBODY):
        assert waiting(demo_copy, reader, scope_for) == []
        refuses(tell, demo_copy, reader, number, scope_for)
    refuses(tell, demo_copy, cast.bruno, 1, scope_for)


def test_answers_come_oldest_first_and_are_counted_up_to_a_hundred(demo_copy, cast, scope_for):
    with writing(demo_copy) as session:
        answered = update(Idea).where(Idea.answered_on.is_not(None))
        session.execute(answered.values(relay_id=cast.bruno.person_id, author_id=None))
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.bruno)
        found, total = answers_to_hand_over(session, scope, FROZEN, 10)
    days = [fact.on for _, fact in found]
    assert (len(days), total) == (10, COUNTED_UP_TO + 1) and days == sorted(days)
    first = max(idea.answered_on for idea, _ in found)
    later = waiting(demo_copy, cast.bruno, scope_for)
    assert sum(idea.answered_on < first for idea, _ in later) < 10
