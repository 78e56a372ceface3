"""Reading what an ambassador carries (mes services): entries filed for others, and answers to be
told in person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import CTE, ColumnElement, String, and_, cast, exists, func, literal, or_
from sqlmodel import Session, select

from dashboard.access import Reach, Reader, idea_conditions, reach
from dashboard.scope import Scope
from models.facts import live
from models.idea_events import EventKind, IdeaEvent
from models.ideas import ANSWERS, Idea
from models.keeping import Notice, NoticeState
from models.people import Account, open_account
from models.planning import no_index

# The kind of a notice that a person has told another.
BY_VOICE = "vive-voix"
LATELY = timedelta(days=365)
_KEY = "vive-voix-"


@dataclass(frozen=True)
class FiledForOthers:
    """One entry that the reader filed for others."""

    number: int
    title: str
    kind: str
    status: str
    filed_on: date
    due_on: date | None
    answered_on: date | None
    voices: int | None
    late: bool


@dataclass(frozen=True)
class AnswerToHandOver:
    """One answer to tell in person. `seq` is the fact that gave it; `relayed`: the reader filed
    the entry herself.
    """

    idea_id: int
    number: int
    seq: int
    title: str
    status: str
    answered_on: date
    text: str
    origin_id: int | None
    relayed: bool


def key_of(idea_id: int, seq: int) -> str:
    """What names one answer among the notices: a later answer to the same entry is to be told
    again.
    """
    return f"{_KEY}{idea_id}-{seq}"


def filed_for_others(
    session: Session, reader: Reader, today: date, limit: int
) -> tuple[list[FiledForOthers], int]:
    """The latest entries the reader relayed, and how many there are in all."""
    if reach(reader, "answer.carry") == Reach.none or reader.person_id is None:
        return [], 0
    total = session.exec(
        select(func.count()).select_from(Idea).where(Idea.relay_id == reader.person_id)
    ).one()
    rows = session.exec(
        select(Idea).where(Idea.relay_id == reader.person_id).order_by(Idea.id.desc()).limit(limit)
    ).all()
    return [
        FiledForOthers(
            i.number,
            i.title,
            i.kind,
            i.status,
            i.filed_on,
            i.due_on,
            i.answered_on,
            i.voices,
            i.is_late(today),
        )
        for i in rows
    ], total


def answers_to_hand_over(
    session: Session, scope: Scope, today: date, limit: int
) -> tuple[list[AnswerToHandOver], int]:
    """The answers of the last year that nobody has told yet, the oldest first, and how many
    there are in all.
    """
    waiting = _waiting(scope, today)
    if waiting is None:
        return [], 0
    # All of them are looked for to count them: once, and only the first are read whole.
    found = session.execute(
        waiting.with_only_columns(IdeaEvent.id).order_by(IdeaEvent.on, Idea.id)
    ).scalars()
    answers = list(found)
    rows = session.exec(
        select(Idea, IdeaEvent)
        .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
        .where(IdeaEvent.id.in_(answers[:limit]))
        .order_by(IdeaEvent.on, Idea.id)
    ).all()
    return [
        AnswerToHandOver(
            idea.id,
            idea.number,
            event.seq,
            idea.title,
            idea.status,
            event.on,
            event.text,
            idea.origin_id,
            idea.relay_id == scope.reader.person_id,
        )
        for idea, event in rows
    ], len(answers)


def answer_to_hand_over(
    session: Session, scope: Scope, today: date, number: int
) -> AnswerToHandOver | None:
    """The answer to this entry, if it is the reader's to tell and nobody has."""
    waiting = _waiting(scope, today, Idea.number == number)
    row = session.exec(waiting).first() if waiting is not None else None
    if row is None:
        return None
    idea, event = row
    return AnswerToHandOver(
        idea.id,
        idea.number,
        event.seq,
        idea.title,
        idea.status,
        event.on,
        event.text,
        idea.origin_id,
        idea.relay_id == scope.reader.person_id,
    )


def _waiting(scope: Scope, today: date, *asked: ColumnElement[bool]):
    """(entry, its last answer) pairs that the reader is to tell; None where she carries nothing."""
    reader = scope.reader
    if reach(reader, "answer.carry") == Reach.none or reader.person_id is None:
        return None
    carried = _carried(reader, today, [idea_conditions(reader, scope.tree), *asked])
    was_told = exists().where(
        Notice.kind == BY_VOICE,
        no_index(Notice.state == NoticeState.told),
        Notice.key
        == literal(_KEY) + cast(Idea.id, String) + literal("-") + cast(IdeaEvent.seq, String),
    )
    return (
        select(Idea, IdeaEvent)
        .select_from(carried)
        .join(Idea, Idea.id == carried.c.id)
        .join(IdeaEvent, and_(IdeaEvent.idea_id == carried.c.id, IdeaEvent.seq == carried.c.seq))
        .where(~was_told)
    )


def _carried(reader: Reader, today: date, asked: Iterable[ColumnElement[bool]]) -> CTE:
    """The entries whose answers the reader carries, and the fact that gave the last one. A step of
    its own: PostgreSQL would join them with the whole history first.
    """
    last = (
        select(func.max(IdeaEvent.seq))
        .where(IdeaEvent.idea_id == Idea.id, _is_answer(), live(IdeaEvent, date.max))
        .correlate(Idea)
        .scalar_subquery()
    )
    has_account = exists().where(Account.person_id == Idea.author_id, open_account(today))
    # Looked for by who brought them and by where they come from: all answers of a year are many.
    of_her_services = and_(
        Idea.origin_id.in_(sorted(reader.covered)),
        Idea.answered_on >= today - LATELY,
        no_index(Idea.published.is_(True)),
    )
    return (
        select(Idea.id, last.label("seq"))
        .where(
            *asked,
            or_(Idea.relay_id == reader.person_id, of_her_services),
            no_index(Idea.answered_on >= today - LATELY),
            or_(Idea.author_id.is_(None), ~has_account),
        )
        .cte("carried")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


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


@dataclass(frozen=True)
class Answered:
    """One answer given in a month, as it may hang on a wall: a published entry and the text
    shown to its author.
    """

    number: int
    title: str
    status: str | None
    on: date
    text: str
    function: str


def answered_between(
    session: Session, scope: Scope, first: date, last: date, limit: int = 200
) -> list[Answered]:
    """The answers given from `first` to `last` to published entries that concern the scope's
    directions or come from them.
    """
    rows = select(Idea, IdeaEvent).join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
    rows = rows.where(*_answered_in(scope, first, last))
    found = session.exec(rows.order_by(IdeaEvent.on, Idea.id, IdeaEvent.seq).limit(limit)).all()
    return [
        Answered(
            idea.number, idea.title, event.to_status, event.on, event.text, event.function or ""
        )
        for idea, event in found
    ]


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
