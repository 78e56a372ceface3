"""What is kept in memory of what one reader follows, is asked for, and carries to others: each list
for her alone, since what she may see is hers.
"""

from dashboard.access import may
from dashboard.cached.memory import cached, today
from dashboard.queries import following, interests
from dashboard.queries.decisions import moves
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.discussions.subjects import SubjectAt
from dashboard.queries.ideas import handover
from dashboard.queries.ideas.handover import AnswerToHandOver
from dashboard.queries.people import own_space
from dashboard.queries.people.own_space import AwaitedMerge
from dashboard.scope import Scope
from models.database import reading
from models.ideas import Idea


@cached("ideas", "people", "directions", size=256)
def followed(scope: Scope) -> list[Idea]:
    """The entries the reader follows and may still see."""
    with reading() as session:
        return own_space.followed(session, scope)


@cached("ideas", "people", "directions", size=256)
def supported(scope: Scope) -> list[Idea]:
    """The entries the reader supports and may still see."""
    with reading() as session:
        return own_space.supported(session, scope)


@cached("ideas", "people", "directions", size=256)
def merges_asked(scope: Scope) -> list[AwaitedMerge]:
    """Proposed merges of an entry of the reader's that she has not answered."""
    with reading() as session:
        return own_space.merges_asked(session, scope)


@cached("decisions", "people", "directions", size=256, daily=True)
def to_execute(scope: Scope) -> list[DecisionAt]:
    """The decisions that the reader's directions are to carry out."""
    with reading() as session:
        return moves.to_execute(session, scope, today())


@cached(
    *("academy", "decisions", "directions", "discussions", "groups", "people", "roadmap"),
    size=256,
    daily=True,
)
def subjects_followed(scope: Scope) -> list[SubjectAt]:
    """The milestones, propositions, decisions and trainings that the reader follows."""
    with reading() as session:
        return following.followed_by(session, scope.reader, today())


@cached("interests", "people", "directions", "meetings", size=256)
def interests_late(scope: Scope) -> int:
    """How many wait to be contacted after the day that was promised; 0 without the right."""
    if not may(scope.reader, "interest.follow"):
        return 0
    with reading() as session:
        return len(interests.late(session, scope))


# ── What an ambassador carries ────────────────────────────────────────────────────────────────────


@cached("ideas", "people", "directions", "notices", size=128, daily=True)
def answers_to_hand_over(scope: Scope, limit: int) -> tuple[list[AnswerToHandOver], int]:
    """The answers that the reader is to tell in person, and how many there are in all."""
    with reading() as session:
        return handover.answers_to_hand_over(session, scope, today(), limit)


@cached("ideas", "people", "notices", size=128, daily=True)
def filed_for_others(scope: Scope, limit: int) -> tuple[list[Idea], int]:
    """The latest entries that the reader relayed, and how many there are in all."""
    with reading() as session:
        return handover.filed_for_others(session, scope.reader, limit)
