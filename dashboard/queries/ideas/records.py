"""Reading ideas: the list a page at a time, what waits for an answer, what was done. The
reader's rights are inside each query.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, literal_column
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from dashboard.access import idea_conditions, sees_all_published
from dashboard.queries.columns import Sort, column_of, order_by
from dashboard.queries.ideas.ordering import COLUMNS, from_number
from dashboard.queries.ideas.search import Facets, best_first, facets, with_synonyms, with_words
from dashboard.queries.ideas.waiting import (
    author_wrote,
    due_on,
    of_scope,
    past_due,
    to_be_read,
    waits_for_answer,
)
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.clock import window_start
from models.facts import id_after
from models.idea_events import IdeaEvent
from models.idea_states import OFF_PATH, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.planning import no_index
from models.search import Query, parsed
from models.words import Word

PAGE = 20
COUNTED_UP_TO = 1000
CANDIDATES = 200


class View(Word):
    """Vue: a ready-made list."""

    late = "en-retard", "Réponse en retard"
    last_day = "dernier-jour", "Dernier jour pour répondre"
    week = "cette-semaine", "À répondre cette semaine"
    unowned = "sans-responsable", "Sans responsable"
    mine = "a-moi", "Dont je suis responsable"
    unread = "a-publier", "À lire avant publication"
    written = "messages", "Message de l'auteur sans réponse"
    to_assess = "a-evaluer", "À évaluer"
    assessed = "evaluees", "Évaluées"


# What nobody has looked into yet; beside it, what somebody took a stand on.
_TO_ASSESS = (IdeaStatus.received, IdeaStatus.read)
_ASSESSED = tuple(state for state in IdeaStatus if state not in (*_TO_ASSESS, *OFF_PATH))


class Order(Word):
    """Tri: how a list is ordered; the first without words, relevance with words."""

    newest = "recentes", "Les plus récentes"
    supported = "soutenues", "Les plus soutenues"
    commented = "commentees", "Les plus commentées"
    waiting = "attente", "En attente de réponse"
    random = "hasard", "Au hasard"


@dataclass(frozen=True)
class Filters:
    """What narrows and orders the list, beside the scope: words, state, kind, a
    ready-made view.

    With words the most relevant come first, unless an `order` is given; `some`
    is content with so many of them. `seed` tells one order at random from another.
    `sort`, by one of COLUMNS, takes the place of the order.
    """

    words: str = ""
    status: str = ""
    kind: str = ""
    view: View | None = None
    order: Order | None = None
    seed: int = 0
    some: int = 0
    sort: Sort | None = None

    @property
    def is_empty(self) -> bool:
        return not (
            self.words or self.status or self.kind or self.view or self.order is Order.waiting
        )

    @property
    def number(self) -> int | None:
        """The number of an entry, where the words are nothing else."""
        words = self.words.strip().lstrip("nN°º#").strip()
        return int(words) if words.isascii() and words.isdigit() and len(words) < 19 else None

    @property
    def query(self) -> Query | None:
        """What the words ask for; None for a number, for no word, and where they say
        nothing that can be searched.
        """
        return None if self.number is not None else parsed(self.words, self.some)


@dataclass(frozen=True)
class IdeaPage:
    """One page of the list: its rows, the number found (up to COUNTED_UP_TO),
    whether there are more, and what was asked for by words.
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
    """Page `page` (from 1) of the entries the reader may see; beyond the last one,
    the last.

    Newest day first; under words the most relevant first, unless the filters say by
    day. `total` is how many there are, where that was counted (one more than
    COUNTED_UP_TO for more).
    """
    if total is None:
        total = ideas_counted(session, scope, filters, today)
    answering = matching(session, scope, filters, today)
    if answering is None:
        return IdeaPage(Readable(), 0, False)
    # Beyond what is counted nobody knows which page is the last.
    if total <= COUNTED_UP_TO:
        page = min(page, max(-(-total // PAGE), 1))
    query = with_synonyms(session, filters.query)
    first = (page - 1) * PAGE
    if query and filters.order is None and not filters.sort:
        found = best_first(session, _narrowed(scope, filters, today), query, first, PAGE)
    elif filters.order is Order.random and not filters.sort:
        found = from_number(session, answering, filters.seed, first, PAGE)
    else:
        found = session.exec(answering.offset(first).limit(PAGE)).all()
    more = total > COUNTED_UP_TO
    return IdeaPage(readable_ideas(found), min(total, COUNTED_UP_TO), more, query)


def ideas_counted(session: Session, scope: Scope, filters: Filters, today: date) -> int:
    """How many entries these filters find; one more than COUNTED_UP_TO where there are more."""
    answering = matching(session, scope, filters, today, wanted=COUNTED_UP_TO + 1)
    return 0 if answering is None else _counted(session, scope, filters, today, answering)


def _counted(
    session: Session, scope: Scope, filters: Filters, today: date, answering: Select
) -> int:
    """How many a list holds: what is published, which is counted in an index without
    a look at the entries, then the others, which are few.
    """
    if not sees_all_published(scope.reader) or filters.view or filters.words:
        return _number_of(session, answering)
    shown = _narrowed(scope, filters, today, Idea.published.is_(True))
    found = _number_of(session, shown)
    if found <= COUNTED_UP_TO:
        # Found in an index too: what is looked at one by one are these alone.
        others = _narrowed(scope, filters, today, Idea.published.is_(False))
        ids = others.with_only_columns(Idea.id).order_by(None).correlate(None)
        found += _number_of(session, answering.where(Idea.id.in_(ids)))
    return min(found, COUNTED_UP_TO + 1)


def _number_of(session: Session, statement: Select) -> int:
    # One more than is told: beyond it only that there are others.
    some = statement.with_only_columns(Idea.id).order_by(None).limit(COUNTED_UP_TO + 1)
    return session.exec(core_select(func.count()).select_from(some.subquery())).scalar_one()


def ideas_facets(session: Session, scope: Scope, filters: Filters, today: date) -> Facets | None:
    """How many entries under these words have each state, kind and ambition; None without words."""
    if filters.query is None:
        return None
    every = replace(filters, status="", kind="")
    answering = matching(session, scope, every, today, wanted=COUNTED_UP_TO + 1)
    return facets(session, answering, filters.status, filters.kind, COUNTED_UP_TO)


def matching_ids(session: Session, scope: Scope, filters: Filters, today: date) -> Select | None:
    """The ids of the list under these filters, as a statement; None where its words
    say nothing that can be searched.
    """
    answering = matching(session, scope, filters, today)
    return None if answering is None else answering.with_only_columns(Idea.id).order_by(None)


def matching(
    session: Session, scope: Scope, filters: Filters, today: date, wanted: int = PAGE
) -> Select | None:
    """The statement of the list, newest first; None where the words say nothing that
    can be searched. `wanted`: how many of it will be read.
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
    """The entries under these filters, whatever their words. `seen`: which of them,
    where it is not all that the reader may see.
    """
    if seen is None:
        seen = idea_conditions(scope.reader, scope.tree)
    statement = of_scope(select(Idea).where(seen, _filed_by(scope.on, filters)), scope)
    if filters.status:
        statement = statement.where(Idea.status == filters.status)
    if filters.kind:
        statement = statement.where(Idea.kind == filters.kind)
    for condition in _of_view(filters, scope, today):
        statement = statement.where(condition)
    return statement


def _filed_by(on: date, filters: Filters) -> ColumnElement[bool]:
    """An id begins with the day of filing: the list by day starts where that day ends."""
    is_by_day = filters.order in (None, Order.newest) and filters.view in (None, View.unread)
    if is_by_day and not (filters.sort or filters.words.strip()):
        return Idea.id < id_after(on)
    return Idea.filed_on <= on


def _of_view(filters: Filters, scope: Scope, today: date) -> list[ColumnElement[bool]]:
    """What a ready-made view, or the order of what waits, asks of an entry."""
    asked = {
        View.late: lambda: past_due(scope.on),
        View.last_day: lambda: due_on(scope.on),
        View.week: lambda: [
            *waits_for_answer(),
            Idea.due_on.between(today, today + timedelta(days=6 - today.weekday())),
        ],
        View.unowned: lambda: [*waits_for_answer(), no_index(Idea.owner_id.is_(None))],
        View.mine: lambda: [Idea.owner_id == scope.reader.person_id],
        View.unread: to_be_read,
        View.written: lambda: [author_wrote()],
        View.to_assess: lambda: [Idea.status.in_([str(status) for status in _TO_ASSESS])],
        View.assessed: lambda: [Idea.status.in_([str(status) for status in _ASSESSED])],
    }.get(filters.view, list)()
    return asked + (
        [*waits_for_answer(), Idea.due_on.is_not(None)] if filters.order is Order.waiting else []
    )


def _ordered(filters: Filters, scope: Scope) -> list[ColumnElement]:
    if column_of(COLUMNS, filters.sort):
        return [*order_by(COLUMNS, filters.sort, scope), Idea.id.desc()]
    return {
        Order.supported: [Idea.supports.desc(), Idea.id.desc()],
        Order.commented: [Idea.comments.desc(), Idea.id.desc()],
        Order.waiting: [Idea.due_on, Idea.id],
        Order.random: [Idea.number],
    }.get(filters.order, [Idea.id.desc()])


def readable_ideas(found: Iterable[Idea]) -> Readable[Idea]:
    """The entries of a list, without those whose kind or state no vocabulary knows."""
    return readable(found, _with_known_words, lambda idea: f"idea {idea.number}")


def _with_known_words(idea: Idea) -> Idea:
    IdeaKind(idea.kind)
    IdeaStatus(idea.status)
    return idea


def to_answer(session: Session, scope: Scope, limit: int) -> Readable[Idea]:
    """The published entries without a first answer on the scope's day, promised one
    by a day, the nearest promise first.
    """
    statement = select(Idea.id, Idea.due_on).where(
        no_index(Idea.published.is_(True)),
        Idea.filed_on <= scope.on,
        Idea.due_on.is_not(None),
    )
    if not sees_all_published(scope.reader):
        statement = statement.where(idea_conditions(scope.reader, scope.tree))
    walked = of_scope(statement, scope, is_walked=True)
    nearest = walked.order_by(Idea.due_on, Idea.id).limit(limit)
    # Two questions: each has an index of its own, both at once have none. Whose entry it is stands
    # in neither: that is asked of the few that are found.
    found = [
        idea
        for waits in (waits_for_answer(), [Idea.answered_on > scope.on])
        for idea in _readable_of(session, scope, nearest.where(*waits))
    ]
    found.sort(key=lambda idea: (idea.due_on, idea.id))
    return readable_ideas(found[:limit])


def _readable_of(session: Session, scope: Scope, ids: Select) -> Sequence[Idea]:
    """Of the entries that a statement names, those that the reader may see."""
    named = ids.subquery()
    statement = select(Idea).join(named, named.c.id == Idea.id)
    return session.exec(statement.where(idea_conditions(scope.reader, scope.tree))).all()


def implemented(session: Session, scope: Scope, limit: int = 3) -> Readable[tuple[Idea, str]]:
    """« Vous l'avez dit, c'est fait »: entries implemented in the last 12 months,
    with the answer given; looked for among the newest CANDIDATES of these facts, so
    that the walk stops whatever the planner thinks of the rest.
    """
    # Nearly all of them may be shown: the first few are looked at before all are read and sorted.
    few = min(4 * limit, CANDIDATES)
    rows = _implemented_of(session, scope, limit, few)
    if len(rows) < limit and few < CANDIDATES:
        rows = _implemented_of(session, scope, limit, CANDIDATES)
    return readable(
        rows,
        lambda found: (_with_known_words(found[0]), found[1] or ""),
        lambda found: f"idea {found[0].number}",
    )


def _implemented_of(
    session: Session, scope: Scope, limit: int, candidates: int
) -> Sequence[tuple[Idea, str]]:
    """Entry and answer of the newest facts, among so many of them."""
    newest = (
        select(IdeaEvent.idea_id, IdeaEvent.text, IdeaEvent.on, IdeaEvent.id)
        .where(
            # A constant, not a parameter: the partial index of these facts is taken for no other.
            IdeaEvent.to_status == literal_column(f"'{IdeaStatus.implemented}'"),
            IdeaEvent.from_status != IdeaStatus.implemented,
            IdeaEvent.on.between(window_start(scope.on), scope.on),
            IdeaEvent.text.is_not(None),
        )
        .order_by(IdeaEvent.on.desc(), IdeaEvent.id.desc())
        .limit(candidates)
    ).subquery()
    return session.exec(
        select(Idea, newest.c.text)
        .join(newest, newest.c.idea_id == Idea.id)
        .where(
            idea_conditions(scope.reader, scope.tree),
            # Of the newest facts nearly all are still so: they are not looked for by their state.
            no_index(Idea.status == IdeaStatus.implemented),
        )
        .order_by(newest.c.on.desc(), newest.c.id.desc())
        .limit(limit)
    ).all()


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
