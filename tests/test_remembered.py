"""What screens remember for one reader is read anew as soon as somebody's act changes it."""

import pytest
from sqlmodel import select
from support.transactions import (
    write_with,
)
from support.troupe import FROZEN, scope_at

from dashboard import cached
from dashboard.actions import discussions
from dashboard.actions.ideas.entries import hand_over_answer
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.seats.taking import register
from dashboard.cached import ideas as cached_ideas
from dashboard.queries.ideas.records import Filters, View
from dashboard.queries.seats.records import Where
from models.academy import TrainingSession
from models.database import reading, writing
from models.discussions import ContributionKind, Subject
from models.ideas import Idea

WAITING = 28  # a point of the demonstration that waits for a decision


@pytest.fixture
def scopes(demonstration, cast):
    """Login → her scope of today."""
    with reading(demonstration) as session:
        return {
            login: scope_at(session, getattr(cast, login)) for login in ("alice", "bruno", "didier")
        }


def test_an_answer_that_was_told_is_no_longer_to_be_told(demonstration, scopes):
    bruno = scopes["bruno"]
    answers, waiting = cached.answers_to_hand_over(bruno, 10)
    write_with(demonstration, hand_over_answer, bruno, answers[0][0].number)
    left, fewer = cached.answers_to_hand_over(bruno, 10)
    assert fewer == waiting - 1
    assert answers[0][0].number not in {idea.number for idea, _ in left}


def test_an_objection_is_counted_at_once_beside_the_point_that_waits(demonstration, scopes):
    didier, asked = scopes["didier"], (WAITING,)
    before = cached.open_objections(didier, asked).get(WAITING, ())
    remarks = cached.discussion(didier, Subject.decision, str(WAITING)).remarks
    write_with(
        demonstration,
        discussions.contribute,
        scopes["didier"],
        Subject.decision,
        str(WAITING),
        "Trop tôt.",
        ContributionKind.objection,
    )
    assert len(cached.open_objections(didier, asked)[WAITING]) == len(before) + 1
    found = cached.discussion(didier, Subject.decision, str(WAITING)).remarks
    assert len(found) == len(remarks) + 1


def test_a_registration_is_known_at_once(demonstration, cast, scopes):
    person = cast.alice.person_id
    known = {where.session_id for where in cached.own_seats(person)}
    with writing(demonstration) as session:
        ahead = session.exec(
            select(TrainingSession).where(
                TrainingSession.on > FROZEN, TrainingSession.cancelled_on.is_(None)
            )
        ).all()
        free = next(one for one in ahead if one.id not in known and one.capacity)
        register(session, cast.alice, Where(session_id=free.id))
    assert Where(session_id=free.id) in cached.own_seats(person)
    assert len(cached.registrations_of(person)) >= 1


def test_the_lists_of_who_answers_count_what_comes_in(demonstration, cast, scopes):
    didier = scopes["didier"]
    unowned = Filters(view=View.unowned)
    counted, reported = cached_ideas.ideas_counted(didier, unowned), cached_ideas.reported(didier)
    page = cached_ideas.ideas_page(didier, unowned, 1, None)
    with writing(demonstration) as session:
        file_idea(session, cast.alice, checked_input(title="Un banc"), "jeton-du-banc")
        shown = session.exec(
            select(Idea).where(Idea.published, Idea.author_id != cast.alice.person_id)
        ).first()
        at = (Subject.idea, str(shown.id))
        discussions.report_content(session, scopes["alice"], *at, None, "Déplacé.")
    assert cached_ideas.ideas_counted(didier, unowned) == counted + 1
    assert cached_ideas.ideas_page(didier, unowned, 1, None).total == page.total + 1
    assert cached_ideas.reported(didier) == reported + 1
