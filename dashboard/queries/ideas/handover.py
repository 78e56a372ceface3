"""Reading what an ambassador carries (mes services): entries filed for others, and
answers to be told in person.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    union_all,
)
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from dashboard.access import Reach, Reader, idea_conditions, reach
from dashboard.scope import Scope
from models.facts import live
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import ANSWERS
from models.ideas import Idea
from models.notices import Notice, NoticeState
from models.people import Account, open_account
from models.planning import no_index

# The kind of a notice that a person has told another.
BY_VOICE = "vive-voix"
LATELY = timedelta(days=365)
SHOWN = 10
COUNTED_UP_TO = 100
_KEY = "vive-voix-"


# An entry, and the fact that gave the answer to tell in person.
AnswerToHandOver = tuple[Idea, IdeaEvent]


def key_of(idea_id: int, seq: int) -> str:
    """What names one answer among the notices: a later answer to the same entry is
    to be told again.
    """
    return f"{_KEY}{idea_id}-{seq}"


def filed_for_others(session: Session, reader: Reader, limit: int) -> tuple[list[Idea], int]:
    """The latest entries the reader relayed, and how many there are in all."""
    if reach(reader, "answer.carry") == Reach.none or reader.person_id is None:
        return [], 0
    total = session.exec(
        select(func.count()).select_from(Idea).where(Idea.relay_id == reader.person_id)
    ).one()
    rows = session.exec(
        select(Idea).where(Idea.relay_id == reader.person_id).order_by(Idea.id.desc()).limit(limit)
    ).all()
    return list(rows), total


def answers_to_hand_over(
    session: Session, scope: Scope, today: date, limit: int
) -> tuple[list[AnswerToHandOver], int]:
    """The answers of the last year that nobody has told yet, those whose entry has
    been answered longest first, and how many there are in all; one more than
    COUNTED_UP_TO where there are more.
    """
    walks = _walks(scope, today)
    if not walks:
        return [], 0
    oldest = union_all(*walks).order_by("answered_on", "id").limit(COUNTED_UP_TO + 1)
    entries = [entry for _, entry in session.execute(oldest)]
    first = _with_last_answers(session, Idea.id.in_(entries[:limit]))
    return sorted(first, key=lambda one: (one[1].on, one[0].id)), len(entries)


def answer_to_hand_over(
    session: Session, scope: Scope, today: date, number: int
) -> AnswerToHandOver | None:
    """The answer to this entry, if it is the reader's to tell and nobody has."""
    if not _carries(scope):
        return None
    hers = or_(*_brought_or_of_services(scope.reader, today))
    asked = Idea.number == number, hers, *_awaited(scope, today)
    return next(iter(_with_last_answers(session, *asked)), None)


def _carries(scope: Scope) -> bool:
    reader = scope.reader
    return reach(reader, "answer.carry") != Reach.none and reader.person_id is not None


def _walks(scope: Scope, today: date) -> list[Select]:
    """(day of the first answer, entry) of what the reader is to tell, the oldest
    first, no more than are counted: what she brought, and each of her services
    apart, as an index holds them.
    """
    if not _carries(scope):
        return []
    walks = (
        core_select(Idea.answered_on, Idea.id)
        .where(which, *_awaited(scope, today))
        .order_by(Idea.answered_on, Idea.id)
        # Each ends by itself: PostgreSQL would go through all of a walk that only their sum ends.
        .limit(COUNTED_UP_TO + 1)
        .subquery()
        for which in _brought_or_of_services(scope.reader, today)
    )
    return [core_select(walk) for walk in walks]


def _brought_or_of_services(reader: Reader, today: date) -> list[ColumnElement[bool]]:
    """What was answered in the last year: entries that the reader brought; then of
    each of her services those that are published and that others brought, so that no
    entry is in two of them.
    """
    hers, since = Idea.relay_id == reader.person_id, today - LATELY
    brought = and_(hers, Idea.answered_on >= since)
    by_others = no_index(and_(Idea.published.is_(True), ~func.coalesce(hers, false())))
    of_services = [
        and_(Idea.origin_id == unit, Idea.answered_on >= since, by_others)
        for unit in sorted(reader.covered)
    ]
    return [brought, *of_services]


def _awaited(scope: Scope, today: date) -> list[ColumnElement[bool]]:
    """Whether an answer to the entry is to be told: to somebody who cannot read it
    on a screen, and the last one that it had was not told.
    """
    last = _last_answer()
    has_account = exists().where(Account.person_id == Idea.author_id, open_account(today))
    # Asked as the first of them, not whether there is any: PostgreSQL would join them all first.
    notice_of_it = (
        core_select(literal(1))
        .where(
            Notice.kind == BY_VOICE,
            no_index(Notice.state == NoticeState.handed_over),
            Notice.key == literal(_KEY) + cast(Idea.id, String) + literal("-") + cast(last, String),
        )
        .correlate(Idea)
        .limit(1)
        .scalar_subquery()
    )
    return [
        idea_conditions(scope.reader, scope.tree),
        or_(Idea.author_id.is_(None), ~has_account),
        last.is_not(None),
        # Not « is null »: of that PostgreSQL expects one row in two hundred.
        func.coalesce(notice_of_it, 0) != 1,
    ]


def _last_answer() -> ScalarSelect:
    """The place, in the life of an entry, of the last fact that tells its author something."""
    return (
        core_select(func.max(IdeaEvent.seq))
        .where(IdeaEvent.idea_id == Idea.id, _is_answer(), live(IdeaEvent, date.max))
        .correlate(Idea)
        .scalar_subquery()
    )


def _with_last_answers(session: Session, *which: ColumnElement[bool]) -> list[AnswerToHandOver]:
    rows = session.execute(core_select(Idea, _last_answer()).where(*which)).all()
    # Apart: joined on what is looked for, PostgreSQL may read all facts.
    facts = session.exec(
        select(IdeaEvent).where(IdeaEvent.idea_id.in_([idea.id for idea, _ in rows]))
    ).all()
    answers = {(fact.idea_id, fact.seq): fact for fact in facts}
    return [(idea, answers[idea.id, seq]) for idea, seq in rows]


def _is_answer() -> ColumnElement[bool]:
    """A fact that tells the author something: an answer, or a state that answers, with its text."""
    answers = and_(
        IdeaEvent.what == EventKind.status, IdeaEvent.to_status.in_([str(s) for s in ANSWERS])
    )
    return and_(
        or_(IdeaEvent.what == EventKind.answered, answers),
        IdeaEvent.text.is_not(None),
        IdeaEvent.text != "",
    )


# --- the notice board -----------------------------------------------------------------------------


def answered_between(
    session: Session, scope: Scope, first: date, last: date, limit: int = 200
) -> Sequence[tuple[Idea, IdeaEvent]]:
    """The answers given from `first` to `last` to published entries that concern the
    scope's directions or come from them, each with its entry.
    """
    rows = select(Idea, IdeaEvent).join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
    rows = rows.where(*_answered_in(scope, first, last))
    return session.exec(rows.order_by(IdeaEvent.on, Idea.id, IdeaEvent.seq).limit(limit)).all()


def last_answer_between(session: Session, scope: Scope, first: date, last: date) -> date | None:
    """The day of the newest of them: walked from the last day back, to the first of them."""
    answers = select(IdeaEvent.on).join(Idea, IdeaEvent.idea_id == Idea.id)
    newest = answers.where(*_answered_in(scope, first, last)).order_by(IdeaEvent.on.desc())
    return session.exec(newest.limit(1)).first()


def _answered_in(scope: Scope, first: date, last: date) -> list[ColumnElement[bool]]:
    conditions = [
        idea_conditions(scope.reader, scope.tree),
        no_index(Idea.published.is_(True)),
        _is_answer(),
        live(IdeaEvent, date.max),
        IdeaEvent.on.between(first, last),
    ]
    if not scope.is_whole:
        units = sorted(scope.counted)
        # The days are few, the entries of a direction many.
        conditions.append(no_index(or_(Idea.concerns_id.in_(units), Idea.origin_id.in_(units))))
    return conditions
