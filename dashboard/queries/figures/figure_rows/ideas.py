"""Rows of the ideas: filed, answered, promised, open or decided. One condition separates the
entries that a reader may see from those that are only counted.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, false, func, literal, or_, select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.figures.figure_rows import (
    COUNTED_UP_TO,
    PAGE,
    UNSEEN_UP_TO,
    CellLink,
    Rows,
)
from dashboard.queries.ideas import counts
from dashboard.queries.ideas.records import number_of
from dashboard.queries.ideas.windows import IS_FILING, counts_at, raw_facts
from dashboard.scope import Scope
from models.clock import window_start
from models.database import is_sqlite
from models.facts import first_id, id_after
from models.idea_events import IdeaEvent
from models.idea_states import DECIDED, OPEN, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.roadmap import no_index


def _idea(idea: Idea) -> tuple[CellLink, str]:
    return CellLink(str(idea.number), "idees", "idee", str(idea.number)), idea.title


def _readable(
    session: Session,
    scope: Scope,
    statement: Select,
    page: int,
    counted: int | None = None,
    filed_since: date = date.min,
) -> tuple[list, int, int]:
    """One page of a statement joined with Idea that the reader may see, the total of these entries,
    and the number of the others. `counted`: the total of both,
    if the figure has counted it; `filed_since`: the first day of filing in the statement.
    """
    condition = idea_conditions(scope.reader, scope.tree)
    allowed = statement.where(condition)
    others = statement.where(func.coalesce(condition, false()).is_(False))
    found = list(session.exec(allowed.offset((page - 1) * PAGE).limit(PAGE)).all())
    unseen = _unseen(session, others, filed_since, scope.on)
    hidden = unseen
    if unseen == UNSEEN_UP_TO:
        # All unpublished entries: an upper bound for every figure.
        every = core_select(func.count()).select_from(Idea).where(Idea.published.is_(False))
        hidden = session.exec(every).scalar_one()
    seen = None if counted is None else counted - hidden
    if seen is None or (hidden > unseen and seen < COUNTED_UP_TO):
        return found, number_of(session, allowed.order_by(None)), unseen
    return found, min(seen, COUNTED_UP_TO), unseen


# Most entries filed in so many days are neither answered nor due: unread ones are among them.
_RECENT = timedelta(days=62)


def _unseen(session: Session, others: Select, since: date, until: date) -> int:
    """The number of entries filed in these days that a reader may not see, up to UNSEEN_UP_TO.
    Every reader of ideas sees the published ones, and most see all others: few rows are read.
    """
    # Newest first: figures cover a year, and most older entries were published since.
    newest = others.where(Idea.published.is_(False), Idea.id >= first_id(since))
    newest = newest.order_by(None).order_by(Idea.id.desc())
    if not is_sqlite(session):
        # PostgreSQL joins rather than scans, and underestimates a short span.
        return number_of(session, newest, UNSEEN_UP_TO)
    recent = first_id(until - _RECENT)
    found = number_of(session, newest.where(Idea.id < recent), UNSEEN_UP_TO)
    if found == UNSEEN_UP_TO:
        return found
    # An entry filed after the day has no fact up to it.
    after = newest.where(Idea.id >= recent, Idea.id < id_after(until))
    return found + number_of(session, after, UNSEEN_UP_TO - found)


def _with_idea(*columns) -> Select:
    return select(Idea, *columns).join(IdeaEvent, IdeaEvent.idea_id == Idea.id)


def filed(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Entries filed in the window; for one direction only if the reader may list its persons, and
    without anonymous ones.
    """
    headings = ("N°", "Titre", "Genre", "Déposée le")
    if code == "idees.auteurs":
        return Rows(
            headings, note="Les auteurs ne sont jamais listés : seul leur nombre est montré."
        )
    nameless = code == "idees.non-attribuables"
    if not scope.is_whole and (
        nameless or not (scope.listed is None or scope.counted <= scope.listed)
    ):
        return Rows(
            headings,
            note=(
                "Par direction, ces dépôts diraient d'où viennent leurs auteurs : seul leur nombre"
                " est montré."
            ),
        )
    where = [IS_FILING, IdeaEvent.counts, IdeaEvent.on.between(window_start(scope.on), scope.on)]
    where.append(IdeaEvent.origin_id.is_(None) if nameless else IdeaEvent.decided)
    if not scope.is_whole:
        where.append(Idea.anonymous.is_(False))
    statement = raw_facts(
        session,
        _with_idea().where(*where),
        # Entries without an origin belong to no direction, only to the whole.
        scope.whole() if nameless else scope,
        scope.on,
        "origin_id",
    )

    counted = None
    if scope.is_whole and not nameless and not scope.as_known_then:
        counted = counts.filed(session, scope, scope.on)
    ordered = statement.order_by(IdeaEvent.on.desc(), Idea.id.desc())
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    nameless_too = "" if scope.is_whole else "Les dépôts sans nom ne sont pas listés par direction."
    return Rows(
        headings,
        [(*_idea(idea), IdeaKind(idea.kind).label, idea.filed_on) for idea in found],
        total,
        nameless_too,
        unseen=unseen,
    )


def answers(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """First answers given in the window, the slowest first."""
    statement = raw_facts(
        session,
        _with_idea(IdeaEvent.on, IdeaEvent.delay).where(
            IdeaEvent.first_answer,
            IdeaEvent.delay.is_not(None),
            # Scanned from the slowest answer on, without the index by day.
            no_index(IdeaEvent.on.between(window_start(scope.on), scope.on)),
        ),
        scope,
        scope.on,
    )

    counted = None
    if not scope.as_known_then:
        counted = sum(n for _, n in counts.delays(session, scope, scope.on))
    ordered = statement.order_by(IdeaEvent.delay.desc(), IdeaEvent.idea_id.desc())
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    return Rows(
        ("N°", "Titre", "Déposée le", "Première réponse", "Délai (jours ouvrables)"),
        [(*_idea(idea), idea.filed_on, on, delay) for idea, on, delay in found],
        total,
        numbers=frozenset({4}),
        unseen=unseen,
    )


# The order of an index: the rows of one day are not sorted.
_BY_PROMISE = (
    IdeaEvent.due_on,
    IdeaEvent.concerns_id,
    IdeaEvent.ambition_id,
    IdeaEvent.prev_due_on,
    IdeaEvent.on,
    IdeaEvent.id,
)


def promises(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Answers due in the window with the day they were given, the latest due date first."""
    on = scope.on
    # Every fact of an entry repeats its due date: only a fact that changes it makes a promise.
    moved = func.coalesce(IdeaEvent.prev_due_on, date.min) != func.coalesce(
        IdeaEvent.due_on, date.min
    )
    statement = raw_facts(
        session,
        _with_idea(IdeaEvent.due_on).where(
            moved,
            IdeaEvent.on <= IdeaEvent.due_on,
            IdeaEvent.due_on.between(window_start(on), on),
            ~_lifted(session, scope),
        ),
        scope,
        on,
    )
    counted = None if scope.as_known_then else counts.promises(session, scope, on)[1]
    ordered = statement.order_by(*(column.desc() for column in _BY_PROMISE))
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    answered = _first_answers(session, scope, [idea.id for idea, _ in found])
    rows = [
        (
            *_idea(idea),
            idea.filed_on,
            due,
            answered.get(idea.id),
            "oui" if answered.get(idea.id, date.max) <= due else "non",
        )
        for idea, due in found
    ]
    return Rows(
        ("N°", "Titre", "Déposée le", "Réponse due le", "Première réponse", "Dans le délai"),
        rows,
        total,
        unseen=unseen,
    )


def _lifted(session: Session, scope: Scope) -> ColumnElement[bool]:
    """Whether a later fact moved or removed the due date before it was missed; afterwards it stays
    missed. Written as « the first one », not `exists`: PostgreSQL would join the whole history with
    itself.
    """
    lifting = aliased(IdeaEvent)
    first = (
        core_select(lifting.id)
        .where(
            lifting.idea_id == IdeaEvent.idea_id,
            lifting.seq > IdeaEvent.seq,
            lifting.prev_due_on == IdeaEvent.due_on,
            or_(lifting.due_on.is_(None), lifting.due_on != lifting.prev_due_on),
            lifting.on <= lifting.prev_due_on,
            counts_at(session, scope, scope.on, lifting),
        )
        .correlate(IdeaEvent)
        .limit(1)
        .scalar_subquery()
    )
    return first.is_not(None)


def _first_answers(session: Session, scope: Scope, ideas: list[int]) -> dict[int, date]:
    statement = raw_facts(
        session,
        select(IdeaEvent.idea_id, IdeaEvent.on).where(
            IdeaEvent.first_answer, IdeaEvent.idea_id.in_(ideas)
        ),
        # For the whole administration: an entry may have been answered before it moved to this
        # direction.
        scope.whole(),
        scope.on,
    )
    return dict(session.exec(statement).all())


def open_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries that were open at the day, the oldest first."""
    on = scope.on
    begins = counts.first_month_open(session, scope, on)
    statement = _in_state(session, scope, OPEN).where(IdeaEvent.idea_id >= first_id(begins))

    counted = None
    if not scope.as_known_then:
        states = counts.stock(session, scope, on)
        counted = sum(n for status, n in states.items() if status in OPEN)
    ordered = statement.order_by(IdeaEvent.idea_id)
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    return Rows(
        ("N°", "Titre", "État à cette date", "Déposée le", "Réponse due le"),
        [
            (*_idea(idea), IdeaStatus(state).label, idea.filed_on, idea.due_on)
            for idea, state in found
        ],
        total,
        unseen=unseen,
    )


def decided_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries filed in the window and decided by the day, newest first."""
    on = scope.on
    statement = _in_state(session, scope, DECIDED).where(
        # The id begins with the day of filing, so it gives the newest first.
        IdeaEvent.idea_id >= first_id(window_start(on)),
        IdeaEvent.idea_id < id_after(on),
        no_index(IdeaEvent.filed_on.between(window_start(on), on)),
    )

    counted = None
    if not scope.as_known_then:
        outcomes = counts.by_outcome(counts.cohort(session, scope, on))
        counted = outcomes.total() - outcomes["ouverte"]
    ordered = statement.order_by(IdeaEvent.idea_id.desc())
    found, total, unseen = _readable(
        session, scope, ordered, page, counted, filed_since=window_start(on)
    )
    return Rows(
        ("N°", "Titre", "Issue", "Déposée le"),
        [(*_idea(idea), IdeaStatus(state).label, idea.filed_on) for idea, state in found],
        total,
        unseen=unseen,
    )


def _in_state(session: Session, scope: Scope, states: Sequence[IdeaStatus]) -> Select:
    """Idées and suggestions whose last fact at the day puts them in one of these states, with that
    state.
    """
    later = aliased(IdeaEvent)
    another = (
        core_select(literal(1))
        .where(
            later.idea_id == IdeaEvent.idea_id,
            later.seq > IdeaEvent.seq,
            # A transfer has one of the two states; a fact with neither does not change the state.
            or_(later.to_status.is_not(None), later.from_status.is_not(None)),
            counts_at(session, scope, scope.on, later),
        )
        .correlate(IdeaEvent)
        .limit(1)
        .scalar_subquery()
    )
    return raw_facts(
        session,
        _with_idea(IdeaEvent.to_status).where(
            IdeaEvent.decided,
            no_index(IdeaEvent.to_status.in_([str(s) for s in states])),
            # Not « is null »: PostgreSQL expects one row in two hundred, and would sort them all
            # instead of following the order to the end of a page.
            func.coalesce(another, 0) != 1,
        ),
        scope,
        scope.on,
    )
