"""Reads an ambassador's work (mes services): entries filed for others, and answers to pass on in
person.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    select as core_select,
    union_all,
)
from sqlmodel import Session, or_, select

from dashboard.access import Reach, Reader, idea_conditions, reach
from dashboard.scope import Scope
from models.facts import live
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import ANSWERS
from models.ideas import Idea
from models.notices import Notice, NoticeState
from models.people import Account, open_account
from models.roadmap import no_index

# The kind of a notice passed on in person.
BY_VOICE = "vive-voix"
LATELY = timedelta(days=365)
SHOWN = 10
COUNTED_UP_TO = 100
_KEY = "vive-voix-"


# An entry, and the fact of the answer to pass on.
AnswerToHandOver = tuple[Idea, IdeaEvent]


def key_of(idea_id: int, seq: int) -> str:
    """The notice key of one answer: a later answer to the same entry is passed on again."""
    return f"{_KEY}{idea_id}-{seq}"


def filed_for_others(session: Session, reader: Reader, limit: int) -> tuple[list[Idea], int]:
    """The latest entries that the reader relayed, and their total."""
    if not _may_carry(reader):
        return [], 0
    relayed = Idea.relay_id == reader.person_id
    total = session.exec(select(func.count()).select_from(Idea).where(relayed)).one()
    newest = select(Idea).where(relayed).order_by(Idea.id.desc()).limit(limit)
    return list(session.exec(newest).all()), total


def answers_to_hand_over(
    session: Session, scope: Scope, today: date, limit: int
) -> tuple[list[AnswerToHandOver], int]:
    """The answers of the last year that were not passed on yet, oldest first, and their total (at
    most COUNTED_UP_TO + 1).
    """
    if not _may_carry(scope.reader):
        return [], 0
    # One statement for the entries she relayed and one for each of her services, as the indexes
    # are ordered.
    statements = (
        core_select(Idea.answered_on, Idea.id)
        .where(which, *_awaited(scope, today))
        .order_by(Idea.answered_on, Idea.id)
        # A limit on each: with only a limit on their union, PostgreSQL would read all rows.
        .limit(COUNTED_UP_TO + 1)
        .subquery()
        for which in _relayed_or_of_services(scope.reader, today)
    )
    statements = [core_select(walk) for walk in statements]
    oldest = union_all(*statements).order_by("answered_on", "id").limit(COUNTED_UP_TO + 1)
    entries = [entry for _, entry in session.execute(oldest)]
    first = _with_last_answers(session, Idea.id.in_(entries[:limit]))
    return sorted(first, key=lambda answer: (answer[1].on, answer[0].id)), len(entries)


def answer_to_hand_over(
    session: Session, scope: Scope, today: date, number: int
) -> AnswerToHandOver | None:
    """The answer to this entry, if the reader may pass it on and nobody has."""
    if not _may_carry(scope.reader):
        return None
    is_relayed = or_(*_relayed_or_of_services(scope.reader, today))
    conditions = Idea.number == number, is_relayed, *_awaited(scope, today)
    return next(iter(_with_last_answers(session, *conditions)), None)


def _may_carry(reader: Reader) -> bool:
    return reach(reader, "answer.carry") != Reach.none and reader.person_id is not None


def _relayed_or_of_services(reader: Reader, today: date) -> list[ColumnElement[bool]]:
    """Conditions for entries answered in the last year: those that the reader relayed; then for
    each of her services the published ones that others relayed, so that no entry is in two of them.
    """
    is_relayed, since = Idea.relay_id == reader.person_id, today - LATELY
    relayed = and_(is_relayed, Idea.answered_on >= since)
    by_others = no_index(and_(Idea.published.is_(True), ~func.coalesce(is_relayed, false())))
    of_services = [
        and_(Idea.origin_id == unit, Idea.answered_on >= since, by_others)
        for unit in sorted(reader.covered)
    ]
    return [relayed, *of_services]


def _awaited(scope: Scope, today: date) -> list[ColumnElement[bool]]:
    """Conditions for entries whose author cannot read the answer on a screen, and whose last answer
    was not passed on.
    """
    has_account = exists().where(Account.person_id == Idea.author_id, open_account(today))
    # Written as « the first one », not `exists`: PostgreSQL would join them all first.
    notice_of_it = (
        core_select(literal(1))
        .where(
            Notice.kind == BY_VOICE,
            no_index(Notice.state == NoticeState.handed_over),
            Notice.key
            == literal(_KEY) + cast(Idea.id, String) + literal("-") + cast(_LAST_ANSWER, String),
        )
        .correlate(Idea)
        .limit(1)
        .scalar_subquery()
    )
    return [
        idea_conditions(scope.reader, scope.tree),
        or_(Idea.author_id.is_(None), ~has_account),
        _LAST_ANSWER.is_not(None),
        # Not « is null »: PostgreSQL expects that of one row in two hundred.
        func.coalesce(notice_of_it, 0) != 1,
    ]


# A condition for facts that answer the author: an answer, or a state that answers, with a text.
_IS_ANSWER = and_(
    or_(
        IdeaEvent.what == EventKind.answered,
        and_(
            IdeaEvent.what == EventKind.status, IdeaEvent.to_status.in_([str(s) for s in ANSWERS])
        ),
    ),
    IdeaEvent.text.is_not(None),
    IdeaEvent.text != "",
)
# The position, among the facts of an entry, of its last answer.
_LAST_ANSWER = (
    core_select(func.max(IdeaEvent.seq))
    .where(IdeaEvent.idea_id == Idea.id, _IS_ANSWER, live(IdeaEvent, date.max))
    .correlate(Idea)
    .scalar_subquery()
)


def _with_last_answers(session: Session, *which: ColumnElement[bool]) -> list[AnswerToHandOver]:
    rows = session.execute(core_select(Idea, _LAST_ANSWER).where(*which)).all()
    # A separate statement: with a join, PostgreSQL may read all facts.
    facts = session.exec(
        select(IdeaEvent).where(IdeaEvent.idea_id.in_([idea.id for idea, _ in rows]))
    ).all()
    answers = {(fact.idea_id, fact.seq): fact for fact in facts}
    return [(idea, answers[idea.id, seq]) for idea, seq in rows]


# --- the notice board -----------------------------------------------------------------------------


def answered_between(
    session: Session, scope: Scope, first: date, last: date, limit: int = 200
) -> Sequence[tuple[Idea, IdeaEvent]]:
    """The answers from `first` to `last` to published entries that concern the scope's directions
    or come from them, each with its entry.
    """
    rows = select(Idea, IdeaEvent).join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
    rows = rows.where(*_answered_in(scope, first, last))
    return session.exec(rows.order_by(IdeaEvent.on, Idea.id, IdeaEvent.seq).limit(limit)).all()


def last_answer_between(session: Session, scope: Scope, first: date, last: date) -> date | None:
    """The day of the newest of these answers."""
    answers = select(IdeaEvent.on).join(Idea, IdeaEvent.idea_id == Idea.id)
    newest = answers.where(*_answered_in(scope, first, last)).order_by(IdeaEvent.on.desc())
    return session.exec(newest.limit(1)).first()


def _answered_in(scope: Scope, first: date, last: date) -> list[ColumnElement[bool]]:
    conditions = [
        idea_conditions(scope.reader, scope.tree),
        no_index(Idea.published.is_(True)),
        _IS_ANSWER,
        live(IdeaEvent, date.max),
        IdeaEvent.on.between(first, last),
    ]
    if not scope.is_whole:
        units = sorted(scope.counted)
        # The days are few, the entries of a direction many.
        conditions.append(no_index(or_(Idea.concerns_id.in_(units), Idea.origin_id.in_(units))))
    return conditions
