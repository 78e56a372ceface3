"""Rows of the ideas: what was filed, answered, promised, is open or decided. One
condition tells which of them a reader may see and how many more there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, false, func, literal, or_
from sqlalchemy import select as core_select
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
from dashboard.queries.ideas.windows import IS_FILING, counts_at, raw_facts
from dashboard.scope import Scope
from models.clock import window_start
from models.database import is_sqlite
from models.facts import first_id, id_after
from models.idea_events import IdeaEvent
from models.idea_states import DECIDED, OPEN, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.planning import no_index


def _idea(idea: Idea) -> tuple[CellLink, str]:
    return CellLink(str(idea.number), "idees", "idee", str(idea.number)), idea.title


@dataclass(frozen=True)
class _Read:
    """One page of what the reader may see, how many that is, and how many more there are."""

    page: list
    total: int
    unseen: int


def _readable(
    session: Session,
    scope: Scope,
    statement: Select,
    page: int,
    counted: int | None = None,
    filed_since: date = date.min,
) -> _Read:
    """One page of a statement joined with Idea; the same condition tells what is
    listed and what is not. `counted`: how many there are in all, where the figure
    has counted them; `filed_since`: the first day of filing that it asks for.
    """
    condition = idea_conditions(scope.reader, scope.tree)
    allowed = statement.where(condition)
    others = statement.where(func.coalesce(condition, false()).is_(False))
    found = list(session.exec(allowed.offset((page - 1) * PAGE).limit(PAGE)).all())
    unseen = _unseen(session, others, filed_since, scope.on)
    hidden = unseen if unseen < UNSEEN_UP_TO else _unpublished(session)
    seen = None if counted is None else counted - hidden
    if seen is None or (hidden > unseen and seen < COUNTED_UP_TO):
        return _Read(found, _number_of(session, allowed.order_by(None)), unseen)
    return _Read(found, min(seen, COUNTED_UP_TO), unseen)


# Days in which most of what is filed is neither answered nor due: what waits to be read is of them.
_RECENT = timedelta(days=62)


def _unseen(session: Session, others: Select, since: date, until: date) -> int:
    """How many rows of entries filed in these days a reader may not see, up to
    UNSEEN_UP_TO. Every reader of ideas sees the published ones, and most see all
    others: few are gone through.
    """
    # The newest first: figures are of a year, and what was not shown then was mostly shown since.
    newest = others.where(Idea.published.is_(False), Idea.id >= first_id(since))
    newest = newest.order_by(None).order_by(Idea.id.desc())
    if not is_sqlite(session):
        # It joins rather than walks, and of a short span it expects fewer than there are.
        return _number_of(session, newest, UNSEEN_UP_TO)
    recent = first_id(until - _RECENT)
    found = _number_of(session, newest.where(Idea.id < recent), UNSEEN_UP_TO)
    if found == UNSEEN_UP_TO:
        return found
    # What was filed after the day has no fact of it yet.
    after = newest.where(Idea.id >= recent, Idea.id < id_after(until))
    return found + _number_of(session, after, UNSEEN_UP_TO - found)


def _unpublished(session: Session) -> int:
    """How many entries are hidden from somebody: no figure counts more of them."""
    asked = core_select(func.count()).select_from(Idea).where(Idea.published.is_(False))
    return session.exec(asked).scalar_one()


def _counted(scope: Scope, count: Callable[[], int]) -> int | None:
    """How many the figure counts, by its months; None where what was known then is asked."""
    return None if scope.known else count()


def _number_of(session: Session, statement: Select, up_to: int = COUNTED_UP_TO) -> int:
    """Counted up to a limit: nobody turns to the last page, and all answers would
    have to be walked.
    """
    return session.exec(
        core_select(func.count()).select_from(
            statement.with_only_columns(Idea.id).limit(up_to).subquery()
        )
    ).scalar_one()


def _with_idea(*columns) -> Select:
    return select(Idea, *columns).join(IdeaEvent, IdeaEvent.idea_id == Idea.id)


def filed(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Entries filed in the window; of one direction only for who may list its
    persons, and never anonymous ones.
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
        # Without an origin they are in no direction: only the whole has them.
        scope.whole() if nameless else scope,
        scope.on,
        "origin_id",
    )

    def filed_then() -> int:
        return counts.filed(session, scope, [scope.on])[0][True]

    counted = _counted(scope, filed_then) if scope.is_whole and not nameless else None
    ordered = statement.order_by(IdeaEvent.on.desc(), Idea.id.desc())
    found = _readable(session, scope, ordered, page, counted)
    nameless_too = "" if scope.is_whole else "Les dépôts sans nom ne sont pas listés par direction."
    return Rows(
        headings,
        [(*_idea(idea), IdeaKind(idea.kind).label, idea.filed_on) for idea in found.page],
        found.total,
        nameless_too,
        unseen=found.unseen,
    )


def answers(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """First answers given in the window, the slowest first."""
    statement = raw_facts(
        session,
        _with_idea(IdeaEvent.on, IdeaEvent.delay).where(
            IdeaEvent.first_answer,
            IdeaEvent.delay.is_not(None),
            # Walked from the slowest on, whenever it was given.
            no_index(IdeaEvent.on.between(window_start(scope.on), scope.on)),
        ),
        scope,
        scope.on,
    )

    def answered_then() -> int:
        return sum(n for _, n in counts.delays(session, scope, [scope.on])[0])

    ordered = statement.order_by(IdeaEvent.delay.desc(), IdeaEvent.idea_id.desc())
    found = _readable(session, scope, ordered, page, _counted(scope, answered_then))
    return Rows(
        ("N°", "Titre", "Déposée le", "Première réponse", "Délai (jours ouvrables)"),
        [(*_idea(idea), idea.filed_on, on, delay) for idea, on, delay in found.page],
        found.total,
        numbers=frozenset({4}),
        unseen=found.unseen,
    )


# As an index holds them: those of one day are not sorted.
_BY_PROMISE = (
    IdeaEvent.due_on,
    IdeaEvent.concerns_id,
    IdeaEvent.ambition_id,
    IdeaEvent.prev_due_on,
    IdeaEvent.on,
    IdeaEvent.id,
)


def promises(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Answers due in the window with the day they were given, the latest promise first."""
    on = scope.on
    # A fact of an entry repeats its promise: only the one that changes it makes a promise.
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
    counted = _counted(scope, lambda: counts.promises(session, scope, [on])[0][1])
    ordered = statement.order_by(*(column.desc() for column in _BY_PROMISE))
    found = _readable(session, scope, ordered, page, counted)
    answered = _first_answers(session, scope, [idea.id for idea, _ in found.page])
    rows = [
        (
            *_idea(idea),
            idea.filed_on,
            due,
            answered.get(idea.id),
            "oui" if answered.get(idea.id, date.max) <= due else "non",
        )
        for idea, due in found.page
    ]
    return Rows(
        ("N°", "Titre", "Déposée le", "Réponse due le", "Première réponse", "Dans le délai"),
        rows,
        found.total,
        unseen=found.unseen,
    )


def _lifted(session: Session, scope: Scope) -> ColumnElement[bool]:
    """Whether a later fact moved or took away the promise before it was missed;
    after its day it stays missed. Asked as the first of them, not whether there is
    any: PostgreSQL would join the whole history with itself.
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
        # Of the whole: an entry may have been answered where it stood before it moved here.
        scope.whole(),
        scope.on,
    )
    return dict(session.exec(statement).all())


def open_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries that were to be decided at the day, the oldest first."""
    on = scope.on
    begins = counts.first_month_open(session, scope, on)
    statement = _in_state(session, scope, OPEN).where(IdeaEvent.idea_id >= first_id(begins))

    def open_then() -> int:
        return sum(
            n for status, n in counts.stock(session, scope, [on])[0].items() if status in OPEN
        )

    ordered = statement.order_by(IdeaEvent.idea_id)
    found = _readable(session, scope, ordered, page, _counted(scope, open_then))
    return Rows(
        ("N°", "Titre", "État à cette date", "Déposée le", "Réponse due le"),
        [
            (*_idea(idea), IdeaStatus(state).label, idea.filed_on, idea.due_on)
            for idea, state in found.page
        ],
        found.total,
        unseen=found.unseen,
    )


def decided_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries filed in the window that had been decided at the day, the newest first."""
    on = scope.on
    statement = _in_state(session, scope, DECIDED).where(
        # The id begins with the day of filing: it is walked from the newest on.
        IdeaEvent.idea_id >= first_id(window_start(on)),
        IdeaEvent.idea_id < id_after(on),
        no_index(IdeaEvent.filed_on.between(window_start(on), on)),
    )

    def decided_then() -> int:
        outcomes = counts.outcomes(session, scope, [on])[0]
        return sum(n for outcome, n in outcomes.items() if outcome != "ouverte")

    ordered = statement.order_by(IdeaEvent.idea_id.desc())
    counted = _counted(scope, decided_then)
    found = _readable(session, scope, ordered, page, counted, filed_since=window_start(on))
    return Rows(
        ("N°", "Titre", "Issue", "Déposée le"),
        [(*_idea(idea), IdeaStatus(state).label, idea.filed_on) for idea, state in found.page],
        found.total,
        unseen=found.unseen,
    )


def _in_state(session: Session, scope: Scope, states: Sequence[IdeaStatus]) -> Select:
    """Idées and suggestions whose last fact at the day leaves them in one of the
    states; beside each, that state.
    """
    later = aliased(IdeaEvent)
    another = (
        core_select(literal(1))
        .where(
            later.idea_id == IdeaEvent.idea_id,
            later.seq > IdeaEvent.seq,
            # Half a move has one state; a fact with neither says nothing of where an entry stands.
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
            # Not « is null »: of that PostgreSQL expects one row in two hundred, and sorts them all
            # rather than follow the order to the end of a page.
            func.coalesce(another, 0) != 1,
        ),
        scope,
        scope.on,
    )
