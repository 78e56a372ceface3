"""Reads ideas: the list a page at a time, pending answers, implemented ideas, and the rows of an
export. The reader's rights are inside each query.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select as core_select,
)
from sqlmodel import Session, select

from dashboard.access import idea_conditions, require, sees_all_published
from dashboard.queries.columns import Column, Sort, by_unit, by_word, column_of, order_by
from dashboard.queries.ideas.search import best_first, with_synonyms, with_words
from dashboard.queries.ideas.waiting import (
    author_wrote,
    due_on,
    of_scope,
    past_due,
    to_be_read,
    waits_for_answer,
    without_follow_up,
)
from dashboard.queries.import_sources import is_among
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.clock import window_start
from models.facts import id_after, not_undone
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import DETAILS, OWN_SOURCE, Idea, SourceKey
from models.roadmap import Ambition, no_index
from models.scales import Word
from models.search import Query, parsed

PAGE = 20
COUNTED_UP_TO = 1000
CANDIDATES = 200


class View(Word):
    """A predefined list (vue)."""

    late = "en-retard", "Réponse en retard"
    last_day = "dernier-jour", "Dernier jour pour répondre"
    week = "cette-semaine", "À répondre cette semaine"
    unowned = "sans-responsable", "À confier"
    mine = "a-moi", "Dont je suis responsable"
    own = "a-repondre", "À répondre par mes directions"
    unread = "a-publier", "À lire avant publication"
    written = "messages", "Message de l'auteur sans réponse"
    without_follow_up = "sans-suite", "Retenue, sans suite"


class Order(Word):
    """The sort order of a list (tri): newest first by default, relevance with words."""

    newest = "recentes", "Les plus récentes"
    supported = "soutenues", "Les plus soutenues"
    commented = "commentees", "Les plus commentées"
    waiting = "attente", "En attente de réponse"


@dataclass(frozen=True)
class Filters:
    """The filters and order of the list, besides the scope: words, state, kind, a predefined view.

    With words the most relevant come first, unless an `order` is set; `some`: the number of words
    that is enough. `sort`, by one of COLUMNS, replaces the
    order.
    """

    words: str = ""
    status: str = ""
    kind: str = ""
    view: View | None = None
    order: Order | None = None
    some: int = 0
    sort: Sort | None = None

    @property
    def is_empty(self) -> bool:
        return not (
            self.words or self.status or self.kind or self.view or self.order is Order.waiting
        )

    @property
    def number(self) -> int | None:
        """The number of an entry, if the words are only a number."""
        words = self.words.strip().lstrip("nN°º#").strip()
        return int(words) if words.isascii() and words.isdigit() and len(words) < 19 else None

    @property
    def query(self) -> Query | None:
        """The query of the words; None for a number, no word, or words that cannot be searched."""
        return None if self.number is not None else parsed(self.words, self.some)


@dataclass(frozen=True)
class IdeaPage:
    """One page of the list: its rows, the total (up to COUNTED_UP_TO), whether there are more, and
    the query of the words.
    """

    rows: Readable[Idea]
    total: int
    more: bool
    query: Query | None = None

    @property
    def pages(self) -> int:
        return max(-(-self.total // PAGE), 1)


def ideas_page(
    session: Session,
    scope: Scope,
    filters: Filters,
    page: int,
    today: date,
    total: int | None = None,
) -> IdeaPage:
    """Page `page` (from 1) of the entries the reader may see; beyond the last page, the last one.

    Newest day first; with words the most relevant first, unless the filters order by day. `total`
    is the number of entries, if already counted (COUNTED_UP_TO + 1 for more).
    """
    if total is None:
        total = ideas_counted(session, scope, filters, today)
    answering = matching(session, scope, filters, today)
    if answering is None:
        return IdeaPage(Readable(), 0, False)
    # Above the limit of the count, the last page is unknown.
    if total <= COUNTED_UP_TO:
        page = min(page, max(-(-total // PAGE), 1))
    query = with_synonyms(session, filters.query)
    first = (page - 1) * PAGE
    if query and filters.order is None and not filters.sort:
        found = best_first(session, _narrowed(scope, filters, today), query, first, PAGE)
    else:
        found = session.exec(answering.offset(first).limit(PAGE)).all()
    more = total > COUNTED_UP_TO
    return IdeaPage(readable_ideas(found), min(total, COUNTED_UP_TO), more, query)


def ideas_counted(session: Session, scope: Scope, filters: Filters, today: date) -> int:
    """The number of entries under these filters, at most COUNTED_UP_TO + 1."""
    # One more than is shown: above it, only that there are more.
    most = COUNTED_UP_TO + 1
    answering = matching(session, scope, filters, today, wanted=most)
    if answering is None:
        return 0
    answering = answering.order_by(None)
    is_narrow = filters.view or filters.words or filters.order is Order.waiting
    if is_narrow or not sees_all_published(scope.reader):
        return number_of(session, answering, most)
    # Published ones are counted in an index without reading the entries, then the few others.
    found = number_of(session, _narrowed(scope, filters, today, Idea.published.is_(True)), most)
    if found < most:
        # The ids come from an index too: only these entries are read.
        others = _narrowed(scope, filters, today, Idea.published.is_(False))
        ids = others.with_only_columns(Idea.id).correlate(None)
        found += number_of(session, answering.where(Idea.id.in_(ids)), most)
    return min(found, most)


def number_of(session: Session, entries: Select, up_to: int = COUNTED_UP_TO) -> int:
    """The number of entries up to a limit: an exact count would read all of them."""
    some = entries.with_only_columns(Idea.id).limit(up_to).subquery()
    return session.exec(core_select(func.count()).select_from(some)).scalar_one()


def matching_ids(session: Session, scope: Scope, filters: Filters, today: date) -> Select | None:
    """The ids of the list under these filters, as a statement; None if its words cannot be
    searched.
    """
    answering = matching(session, scope, filters, today)
    return None if answering is None else answering.with_only_columns(Idea.id).order_by(None)


def matching(
    session: Session, scope: Scope, filters: Filters, today: date, wanted: int = PAGE
) -> Select | None:
    """The statement of the list, newest first; None if its words cannot be searched. `wanted`: how
    many rows will be read.
    """
    statement = _narrowed(scope, filters, today)
    if filters.number is not None:
        statement = statement.where(Idea.number == filters.number)
    elif filters.words.strip():
        query = with_synonyms(session, filters.query)
        if not query:
            return None
        statement = with_words(session, statement, query, wanted=wanted)
        if filters.order in (None, Order.newest) and not filters.sort:
            return statement
        return statement.order_by(None).order_by(*_ordered(filters, scope))
    return statement.order_by(*_ordered(filters, scope))


def _narrowed(
    scope: Scope, filters: Filters, today: date, seen: ColumnElement[bool] | None = None
) -> Select:
    """The entries under these filters, without their words. `seen`: a condition that replaces the
    reader's rights.
    """
    if seen is None:
        seen = idea_conditions(scope.reader, scope.tree)
    # An id begins with the day of filing: a list by day is limited by id.
    is_by_day = filters.order in (None, Order.newest) and filters.view in (None, View.unread)
    is_by_id = is_by_day and not (filters.sort or filters.words.strip())
    filed = Idea.id < id_after(scope.on) if is_by_id else Idea.filed_on <= scope.on
    statement = of_scope(select(Idea).where(seen, filed), scope)
    if filters.status:
        statement = statement.where(Idea.status == filters.status)
    if filters.kind:
        statement = statement.where(Idea.kind == filters.kind)
    for condition in _of_view(filters, scope, today):
        statement = statement.where(condition)
    return statement


def _of_view(filters: Filters, scope: Scope, today: date) -> list[ColumnElement[bool]]:
    """The conditions of a predefined view, and of the order of pending answers."""
    conditions = {
        View.late: lambda: past_due(scope.on),
        View.last_day: lambda: due_on(scope.on),
        View.week: lambda: [
            *waits_for_answer(),
            Idea.due_on.between(today, today + timedelta(days=6 - today.weekday())),
        ],
        View.unowned: lambda: [*waits_for_answer(), no_index(Idea.owner_id.is_(None))],
        View.own: lambda: [*waits_for_answer(), _is_own(scope)],
        View.mine: lambda: [Idea.owner_id == scope.reader.person_id],
        View.unread: to_be_read,
        View.written: lambda: [author_wrote()],
        View.without_follow_up: lambda: without_follow_up(scope.on),
    }.get(filters.view, list)()
    return conditions + (
        [*waits_for_answer(), Idea.due_on.is_not(None)] if filters.order is Order.waiting else []
    )


def _is_own(scope: Scope) -> ColumnElement[bool]:
    """Whether the reader prepares the answer, or manages the direction concerned."""
    units = sorted(scope.reader.own_units(scope.tree))
    return no_index(
        or_(Idea.concerns_id.in_(units), Idea.owner_id == (scope.reader.person_id or 0))
    )


def _ordered(filters: Filters, scope: Scope) -> list[ColumnElement]:
    if column_of(COLUMNS, filters.sort):
        return [*order_by(COLUMNS, filters.sort, scope), Idea.id.desc()]
    # Of what is to be read, the entry that waits longest comes first.
    usual = Idea.id if filters.view is View.unread else Idea.id.desc()
    return {
        Order.supported: [Idea.supports.desc(), Idea.id.desc()],
        Order.commented: [Idea.comments.desc(), Idea.id.desc()],
        Order.waiting: [Idea.due_on, Idea.id],
    }.get(filters.order, [usual])


def readable_ideas(found: Iterable[Idea]) -> Readable[Idea]:
    """The entries of a list, except those with an unknown kind, state or channel."""
    return readable(found, _with_known_words, lambda idea: f"idea {idea.number}")


def _with_known_words(idea: Idea) -> Idea:
    IdeaKind(idea.kind)
    IdeaStatus(idea.status)
    Channel(idea.channel)
    return idea


def to_answer(session: Session, scope: Scope, limit: int) -> Readable[Idea]:
    """The published entries without a first answer on the scope's day that have a due date, the
    nearest first.
    """
    statement = select(Idea.id, Idea.due_on).where(
        no_index(Idea.published.is_(True)),
        Idea.filed_on <= scope.on,
        Idea.due_on.is_not(None),
    )
    walked = of_scope(statement, scope, is_walked=True)
    nearest = walked.order_by(Idea.due_on, Idea.id).limit(limit)
    # Two statements: each has its own index, both at once have none. The author is in neither
    # index: the few rows found are checked.
    found: list[Idea] = []
    for waits in (waits_for_answer(), [Idea.answered_on > scope.on]):
        named = nearest.where(*waits).subquery()
        entries = select(Idea).join(named, named.c.id == Idea.id)
        found += session.exec(entries.where(idea_conditions(scope.reader, scope.tree))).all()
    found.sort(key=lambda idea: (idea.due_on, idea.id))
    return readable_ideas(found[:limit])


def implemented(session: Session, scope: Scope, limit: int = 3) -> Readable[tuple[Idea, str]]:
    """« Vous l'avez dit, c'est fait »: entries implemented in the last 12 months, with their
    answer; searched among the newest CANDIDATES of these facts, so that the scan is bounded for any
    query plan.
    """
    newest = (
        select(IdeaEvent.idea_id, IdeaEvent.text, IdeaEvent.on, IdeaEvent.id)
        .where(
            # A literal, not a parameter: otherwise the partial index of these facts is not used.
            IdeaEvent.to_status == literal_column(f"'{IdeaStatus.implemented}'"),
            IdeaEvent.from_status != IdeaStatus.implemented,
            IdeaEvent.on.between(window_start(scope.on), scope.on),
            IdeaEvent.text.is_not(None),
        )
        .order_by(IdeaEvent.on.desc(), IdeaEvent.id.desc())
        .limit(CANDIDATES)
    ).subquery()
    rows = session.exec(
        select(Idea, newest.c.text)
        .join(newest, newest.c.idea_id == Idea.id)
        .where(
            idea_conditions(scope.reader, scope.tree),
            # Nearly all of the newest facts are still true: the index by state is not used.
            no_index(Idea.status == IdeaStatus.implemented),
        )
        .order_by(newest.c.on.desc(), newest.c.id.desc())
        .limit(limit)
    ).all()
    return readable(
        rows,
        lambda found: (_with_known_words(found[0]), found[1] or ""),
        lambda found: f"idea {found[0].number}",
    )


def my_ideas(session: Session, scope: Scope, limit: int) -> Readable[Idea]:
    """The entries the reader filed, newest first."""
    if scope.reader.person_id is None:
        return Readable()
    rows = session.exec(
        select(Idea)
        .where(Idea.author_id == scope.reader.person_id)
        .order_by(Idea.id.desc())
        .limit(limit)
    ).all()
    return readable_ideas(rows)


COLUMNS: tuple[Column[Scope], ...] = (
    Column("titre", "Titre", lambda _scope: func.lower(Idea.title)),
    Column("etat", "État", lambda _scope: by_word(Idea.status, IdeaStatus)),
    Column("direction", "Direction concernée", lambda scope: by_unit(scope, Idea.concerns_id)),
    Column("genre", "Genre", lambda _scope: by_word(Idea.kind, IdeaKind)),
    Column("ambition", "Ambition", lambda _scope: Idea.ambition_id),
    Column("depot", "Date de dépôt", lambda _scope: Idea.filed_on),
    Column("echeance", "Réponse attendue", lambda _scope: Idea.due_on),
    Column("voix", "Voix en réunion", lambda _scope: Idea.voices),
    Column("soutiens", "Soutiens", lambda _scope: Idea.supports),
    Column("commentaires", "Commentaires", lambda _scope: Idea.comments),
)


_BATCH = 1000
NO_FILTER = Filters()


@dataclass
class _StateAt:
    """The state of one entry on the day: its status, since when, and its first answer."""

    status: str
    since: date
    answered_on: date | None = None
    timed: bool = True
    reason: str | None = None
    answer: str | None = None
    due_on: date | None = None


def idea_rows(
    session: Session,
    scope: Scope,
    filters: Filters = NO_FILTER,
    today: date | None = None,
    *,
    fields: Sequence[str],
) -> Iterator[tuple]:
    """One row per entry filed by `scope.on`, oldest first, in the order of `fields`
    (`files.ideas.columns` lists them with their names in a file); with `filters` (and the day for «
    en retard »), only those of the list on screen.

    State and first answer are those of the scope's day; texts are today's; the author is not
    included. Raises Refused for a reader who may not export.
    """
    require(scope.reader, "idea.export")
    statement = _statement(scope)
    if not filters.is_empty:
        wanted = matching_ids(session, scope, filters, today or scope.on)
        statement = statement.where(Idea.id.in_(wanted) if wanted is not None else false())
    return _rows(session, scope, statement, fields)


def _rows(
    session: Session, scope: Scope, statement: Select, fields: Sequence[str]
) -> Iterator[tuple]:
    found = session.connection().execution_options(yield_per=_BATCH).execute(statement)
    for batch in found.partitions():
        # Facts, origins and merge targets are read by batch: a join to the whole could mislead a
        # planner without statistics.
        ids = [idea.id for idea in batch]
        states = _states_at(session, ids, scope.on)
        known = origins(session, ids)
        numbers = _numbers(session, {idea.merged_into for idea in batch if idea.merged_into})
        for idea in batch:
            if idea.id in states:
                values = _values(idea, states[idea.id], known.get(idea.id), numbers, scope)
                yield tuple(values[name] for name in fields)


def _statement(scope: Scope) -> Select:
    statement = (
        select(
            Idea.id,
            Idea.number,
            Idea.title,
            Idea.body,
            Idea.kind,
            Idea.good,
            Idea.concerns_id,
            Idea.filed_on,
            Idea.dated,
            *(getattr(Idea, detail.column) for detail in DETAILS),
            Idea.voices,
            Idea.channel,
            Idea.published,
            Idea.merged_into,
            Idea.supports,
            Idea.comments,
            Idea.relay_id,
            Ambition.name.label("ambition"),
        )
        .select_from(Idea)
        .outerjoin(Ambition, Ambition.id == Idea.ambition_id)
        .where(idea_conditions(scope.reader, scope.tree), Idea.filed_on <= scope.on)
        .order_by(Idea.filed_on, Idea.id)
    )
    return of_scope(statement, scope)


def _values(
    idea: Row,
    state: _StateAt,
    origin: tuple[str, str] | None,
    numbers: dict[int, int],
    scope: Scope,
) -> dict[str, object]:
    """One entry: field → its value in a file."""
    unit = scope.tree.by_id.get(idea.concerns_id) if idea.concerns_id else None
    survivor = numbers.get(idea.merged_into) if state.status == IdeaStatus.merged else None
    source, key = origin or (OWN_SOURCE, str(idea.number))
    return {
        "number": idea.number,
        "title": idea.title,
        "body": idea.body,
        "kind": IdeaKind(idea.kind).label,
        "good": idea.good,
        "theme": idea.ambition,
        "direction": unit.code if unit else None,
        "direction_name": unit.name if unit else None,
        "status": IdeaStatus(state.status).label,
        "status_on": state.since,
        "status_dated": state.timed or not idea.dated,
        "filed_on": idea.filed_on,
        "filing_dated": idea.dated,
        "answered_on": state.answered_on,
        "voices": idea.voices,
        "channel": Channel(idea.channel).label,
        "published": idea.published,
        "merged_into": survivor,
        "source": source,
        "key": key,
        "supports": idea.supports,
        "comments": idea.comments,
        "reason": state.reason,
        "answer": state.answer,
        "due_on": state.due_on,
        "relayed": idea.relay_id is not None,
    } | {detail.column: detail.in_words(getattr(idea, detail.column)) for detail in DETAILS}


def _states_at(session: Session, ids: list[int], on: date) -> dict[int, _StateAt]:
    """Idea id → its state at `on`, from the facts that count then."""
    facts = session.exec(
        select(
            IdeaEvent.id,
            IdeaEvent.idea_id,
            IdeaEvent.on,
            IdeaEvent.what,
            IdeaEvent.from_status,
            IdeaEvent.to_status,
            IdeaEvent.first_answer,
            IdeaEvent.delay,
            IdeaEvent.voids,
            IdeaEvent.reason,
            IdeaEvent.text,
            IdeaEvent.due_on,
        )
        .where(IdeaEvent.idea_id.in_(ids), IdeaEvent.on <= on)
        .order_by(IdeaEvent.idea_id, IdeaEvent.seq)
    ).all()
    found: dict[int, _StateAt] = {}
    for fact in not_undone(facts):
        if fact.what == EventKind.filed:
            found[fact.idea_id] = _StateAt(fact.to_status, fact.on, due_on=fact.due_on)
            continue
        state = found.get(fact.idea_id)
        if state and (fact.to_status or fact.from_status is None):
            # The first half of a transfer has no due date: the entry has left one direction, and
            # not arrived.
            state.due_on = fact.due_on
        # Between two directions in the same state: a transfer, not a change of state.
        if state and fact.from_status and fact.to_status and fact.from_status != fact.to_status:
            state.status = fact.to_status
            state.since = fact.on
            state.reason = fact.reason
        if state and fact.first_answer:
            state.answered_on = fact.on
            state.timed = fact.delay is not None
            state.answer = fact.text
    return found


def origins(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Idea id → (source, key) of imported entries."""
    rows = session.exec(
        select(SourceKey.record_id, SourceKey.source, SourceKey.key).where(
            SourceKey.subject == "idea", is_among(session, SourceKey.record_id, ids)
        )
    ).all()
    return {record: (source, key) for record, source, key in rows}


def _numbers(session: Session, ids: set[int]) -> dict[int, int]:
    return dict(session.exec(select(Idea.id, Idea.number).where(Idea.id.in_(ids))).all())


class PublishedIdea(NamedTuple):
    """One published entry with its answers, without author or origin. `id` is the cursor of the
    next page.
    """

    id: int
    number: int
    kind: IdeaKind
    title: str
    body: str
    status: IdeaStatus
    filed_on: date
    concerns_id: int | None
    ambition_id: int | None
    supports: int
    comments: int
    answers: "Answers"


class Answers(NamedTuple):
    """The first and the last answer that were not voided, each with its day."""

    answered_on: date | None = None
    answer: str = ""
    last_on: date | None = None
    last: str = ""


_NONE = Answers()
_IDS = bindparam("ids", expanding=True)
_IS_EXPLAINED = and_(IdeaEvent.what == EventKind.status, IdeaEvent.text != "")
_IS_ANSWER = or_(IdeaEvent.first_answer.is_(True), _IS_EXPLAINED)
# Only answers and the facts that void them are read. Compiled once: compiling takes as long as
# running it.
_ANSWERS = (
    select(
        IdeaEvent.id,
        IdeaEvent.idea_id,
        IdeaEvent.on,
        IdeaEvent.first_answer,
        IdeaEvent.text,
        IdeaEvent.voids,
        _IS_ANSWER.label("is_answer"),
    )
    .where(IdeaEvent.idea_id.in_(_IDS), or_(_IS_ANSWER, IdeaEvent.voids.is_not(None)))
    .order_by(IdeaEvent.idea_id, IdeaEvent.seq)
)


def published_ideas(
    session: Session, scope: Scope, limit: int, before: int | None = None
) -> Readable[PublishedIdea]:
    """At most `limit` entries of the scope, newest first, `before` this id. Two statements for any
    number of entries.
    """
    newest = id_after(scope.on) if before is None else min(before, id_after(scope.on))
    # The index of publication serves the whole; the few entries of a direction would be far apart.
    published = Idea.published.is_(True)
    if not scope.is_whole:
        published = no_index(published)
    statement = select(
        Idea.id,
        Idea.number,
        Idea.kind,
        Idea.title,
        Idea.body,
        Idea.status,
        Idea.filed_on,
        Idea.concerns_id,
        Idea.ambition_id,
        Idea.supports,
        Idea.comments,
    ).where(idea_conditions(scope.reader, scope.tree), published, Idea.id < newest)
    statement_of_page = of_scope(statement, scope).order_by(Idea.id.desc()).limit(limit)
    rows = session.execute(statement_of_page).all()
    answers = _answers(session, [row.id for row in rows])
    return readable(
        rows,
        lambda row: PublishedIdea(
            row.id,
            row.number,
            IdeaKind(row.kind),
            row.title,
            row.body,
            IdeaStatus(row.status),
            *row[6:],
            answers.get(row.id, _NONE),
        ),
        lambda row: f"idea {row.number}",
    )


def _answers(session: Session, ids: list[int]) -> dict[int, Answers]:
    """Idea id → its answers."""
    facts = session.execute(_ANSWERS, {"ids": ids}).all()
    answers_in_force = [fact for fact in not_undone(facts) if fact.is_answer]
    by_idea = groupby(answers_in_force, lambda fact: fact.idea_id)
    return {idea_id: _first_and_last(list(answers)) for idea_id, answers in by_idea}


def _first_and_last(facts: Sequence[Row]) -> Answers:
    """The first and last of the answers to one idea, in order; without a first answer there is no
    day of answer.
    """
    first = next((fact for fact in reversed(facts) if fact.first_answer), None)
    last = facts[-1]
    return Answers(
        answered_on=first.on if first else None,
        answer=(first.text or "") if first else "",
        last_on=last.on,
        last=last.text or "",
    )
