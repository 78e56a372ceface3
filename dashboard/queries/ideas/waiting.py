"""Pending entries: an answer to give, to pass on in person, a comment to read, a reply to write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
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
from sqlalchemy.orm import aliased
from sqlmodel import Session, or_, select

from dashboard.access import Reach, Reader, idea_conditions, may, reach
from dashboard.queries.decisions.sheets import official_words
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.scope import Scope
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Link,
    LinkRole,
    Subject,
    idea_of,
)
from models.facts import id_after, last_values, live
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import ANSWERS, OFF_PATH, OPEN, IdeaStatus
from models.ideas import AnswerTemplate, Idea
from models.notices import Notice, NoticeState
from models.people import Account, Assignment, Person, open_account
from models.roadmap import no_index

WAITED_DAYS = 90


def waits_for_answer() -> list[ColumnElement[bool]]:
    """The conditions for open entries without an answer; with a due date before today they are
    late, as in Idea.is_late (changes together with it).

    The state is tested row by row, not by its index: these entries are scanned by due date.
    """
    return [Idea.answered_on.is_(None), no_index(Idea.status.in_([str(s) for s in OPEN]))]


def past_due(on: date) -> list[ColumnElement[bool]]:
    """The conditions for published entries past their due date without an answer: counted and
    listed as late. An unpublished entry has to be read first.
    """
    return [no_index(Idea.published.is_(True)), *waits_for_answer(), Idea.due_on < on]


def to_be_read() -> list[ColumnElement[bool]]:
    """The conditions for entries to be read with « Lue, publier », answered or not. An entry that
    a file brought answered and hidden stays as its source shows it.
    """
    filed_here = or_(Idea.answered_on.is_(None), Idea.anonymous.is_(True))
    return [no_index(Idea.status.not_in([str(s) for s in OFF_PATH])), filed_here, *unread()]


def due_on(day: date) -> list[ColumnElement[bool]]:
    """The conditions for published entries without an answer that are due on this day."""
    return [*past_due(day + timedelta(days=1)), Idea.due_on == day]


def count_late(session: Session, scope: Scope, on: date | None = None) -> int:
    """The number of published entries of the scope past their due date without an answer, on the
    scope's day or on `on`.

    Published ones only: two readers of one scope see the same number.
    """
    if not may(scope.reader, "idea.read"):
        return 0
    day = on or scope.on
    late = select(func.count()).select_from(Idea).where(*past_due(day))
    # An imported entry may be due before its filing: it was not late then.
    late = late.where(no_index(Idea.filed_on <= day))
    return session.exec(of_scope(late, scope, is_walked=True)).one()


def without_follow_up(on: date) -> list[ColumnElement[bool]]:
    """The conditions for entries accepted for over WAITED_DAYS days, not implemented, and linked to
    nothing.
    """
    accepted = (
        select(IdeaEvent.id)
        .where(
            IdeaEvent.idea_id == Idea.id,
            IdeaEvent.to_status == IdeaStatus.accepted,
            IdeaEvent.from_status != IdeaStatus.accepted,
            live(IdeaEvent, on),
            IdeaEvent.on <= on - timedelta(days=WAITED_DAYS),
        )
        .exists()
    )
    carried = (
        select(Link.id)
        .where(
            Link.from_kind == "idee",
            Link.from_key == cast(Idea.id, String),
            Link.to_kind != "idee",
            Link.role != LinkRole.about,
            Link.ended_on.is_(None),
        )
        .exists()
    )
    return [Idea.status == IdeaStatus.accepted, accepted, ~carried]


def pending_by_age(session: Session, scope: Scope) -> dict[tuple[date, date], int]:
    """(filed, due) → published entries without an answer on the scope's day."""
    if not may(scope.reader, "idea.read"):
        return {}
    waits = or_(and_(*waits_for_answer()), Idea.answered_on > scope.on)
    statement = (
        select(Idea.filed_on, Idea.due_on, func.count())
        .where(
            no_index(Idea.published.is_(True)),
            Idea.filed_on <= scope.on,
            Idea.due_on.is_not(None),
            waits,
        )
        .group_by(Idea.filed_on, Idea.due_on)
    )
    rows = session.exec(of_scope(statement, scope)).all()
    return {(filed, due): n for filed, due, n in rows}


def of_scope(statement: Select, scope: Scope, is_walked: bool = False) -> Select:
    """Limits entries to the directions concerned and the ambition of the scope. `is_walked`: the
    statement scans in an order with a limit, and tests the direction of each row.
    """
    if not scope.is_whole:
        of_units = Idea.concerns_id.in_(sorted(scope.counted))
        statement = statement.where(no_index(of_units) if is_walked else of_units)
    return statement.where(Idea.ambition_id == scope.ambition.id) if scope.ambition else statement


def to_read(session: Session, scope: Scope) -> int:
    """The number of entries of the scope to be read with « Lue, publier », among those the reader
    may see.
    """
    statement = (
        select(func.count())
        .select_from(Idea)
        .where(
            idea_conditions(scope.reader, scope.tree),
            # The id begins with the day of filing.
            Idea.id < id_after(scope.on),
            *to_be_read(),
        )
    )
    return session.exec(of_scope(statement, scope)).one()


def unread() -> list[ColumnElement[bool]]:
    """The conditions for entries not published yet; one hidden by a moderator was read."""
    hidden = select(idea_of(ContributionEvent)).where(
        ContributionEvent.what == ContributionStep.hidden,
        ContributionEvent.subject == Subject.idea,
        ContributionEvent.contribution_id.is_(None),
    )
    return [Idea.published.is_(False), Idea.id.not_in(hidden)]


def awaits_reply() -> ColumnElement[bool]:
    """Whether a contribution is a message of the idea's author without a reply and without « lu,
    rien à répondre ».
    """
    reply = aliased(Contribution)
    read = aliased(Contribution)
    answered = (
        core_select(reply.id)
        .where(
            reply.subject == Contribution.subject,
            reply.key == Contribution.key,
            reply.kind == ContributionKind.office,
            reply.seq > Contribution.seq,
        )
        .exists()
    )
    acknowledged = (
        core_select(ContributionEvent.id)
        .join(read, read.id == ContributionEvent.contribution_id)
        .where(
            ContributionEvent.subject == Contribution.subject,
            ContributionEvent.key == Contribution.key,
            ContributionEvent.what == ContributionStep.acknowledged,
            read.seq >= Contribution.seq,
        )
        .exists()
    )
    is_message = (Contribution.kind == ContributionKind.author) & Contribution.hidden.is_(False)
    return is_message & ~answered & ~acknowledged


def author_wrote() -> ColumnElement[bool]:
    """Whether the author's message is unanswered, and nothing was done on a later day."""
    done = (
        core_select(IdeaEvent.id)
        .where(IdeaEvent.idea_id == idea_of(Contribution), IdeaEvent.on > Contribution.on)
        .exists()
    )
    return Idea.id.in_(core_select(idea_of(Contribution)).where(awaits_reply(), ~done)) & (
        Idea.status != IdeaStatus.withdrawn
    )


_LONGEST_LIST = 300


@dataclass(frozen=True)
class Wording:
    """A text to start an answer from: its origin in words, the text, and the state (IdeaStatus)
    that it explains, if any.
    """

    name: str
    text: str
    status: str | None = None

    def suits(self, status: IdeaStatus | None) -> bool:
        """Whether it fits this state; any text does while none is chosen."""
        return status is None or self.status in (None, status)


def wordings(session: Session, scope: Scope, idea: Idea) -> list[Wording]:
    """Texts to start from: decisions about this entry, answers to similar ideas that the reader may
    see, then templates and motifs.
    """
    if not may(scope.reader, "idea.answer", idea, scope.tree):
        return []
    found = [Wording(name, text) for name, text in official_words(session, idea)]
    found += [
        Wording(f"Réponse à l'idée n° {number} : {title}", text)
        for number, title, text in _answers_alike(session, scope, idea)
    ]
    return found + templates_to_start_from(session)


def templates_to_start_from(session: Session) -> list[Wording]:
    """The templates, then the motifs."""
    order = AnswerTemplate.motive, AnswerTemplate.name
    return [
        Wording(t.name if t.motive else f"Modèle — {t.name}", t.text, t.status)
        for t in session.exec(select(AnswerTemplate).order_by(*order)).all()
    ]


def _answers_alike(session: Session, scope: Scope, idea: Idea) -> list[tuple[int, str, str]]:
    alike = similar_ideas(session, scope, idea.title, idea.body, idea.number)
    rows = session.exec(
        select(Idea.number, Idea.title, IdeaEvent.text)
        .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
        .where(
            Idea.number.in_([item.number for item in alike]),
            IdeaEvent.text.is_not(None),
            IdeaEvent.first_answer.is_(True),
        )
        .order_by(IdeaEvent.seq)
    ).all()
    return [(number, title, text) for number, title, text in rows]


def colleagues(session: Session, scope: Scope, idea: Idea) -> dict[int, str]:
    """Person id → label of the people who work today in the direction that the entry concerns;
    empty for a reader who may not answer it.
    """
    if idea.concerns_id is None or not may(scope.reader, "idea.answer", idea, scope.tree):
        return {}
    services = sorted(scope.tree.under(idea.concerns_id))
    ever_assigned = select(Assignment.person_id).where(Assignment.service_id.in_(services))
    wanted = Assignment.person_id.in_(ever_assigned)
    current_services = last_values(session, Assignment.service_id, scope.on, wanted)
    ids = [person for person, service in current_services.items() if service in services]
    rows = session.exec(
        select(Person)
        .where(Person.id.in_(ids), Person.erased_on.is_(None))
        .order_by(Person.family_name, Person.given_name)
        .limit(_LONGEST_LIST)
    ).all()
    return {
        person.id: person.label(scope.tree.name_of(current_services[person.id])) for person in rows
    }


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
