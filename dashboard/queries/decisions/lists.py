"""Lists of decisions that one works through (listes de travail): counted, ordered
and cut to a page inside the query, however many years of decisions there are.

What counts of a decision at a day is said by `DecisionAt`; the columns here say the
same to the database, and the rows of a page are read as `DecisionAt`.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, true
from sqlmodel import Session, select

from dashboard.queries.columns import Column, Sort, by_text, by_unit, by_word, order_by
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.readable import Readable
from dashboard.scope import Scope
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome
from models.facts import live
from models.words import Word

_S = DecisionStep
_TO_DO = [str(outcome) for outcome in Outcome if outcome.is_to_do]


class DecisionList(Word):
    """What is to be done next with the decisions of a list."""

    to_decide = "a-decider", "À décider"
    to_execute = "a-executer", "À exécuter"
    late = "en-retard", "En retard"
    untold = "a-communiquer", "À communiquer"
    every = "toutes", "Toutes"


@dataclass(frozen=True, slots=True)
class _Register:
    """The decisions of a scope as the database has them at its day, a row each (`c`)."""

    scope: Scope
    rows: Subquery

    @property
    def c(self):
        return self.rows.c

    @property
    def is_late(self) -> ColumnElement[bool]:
        return self.is_to_execute & (self.c.due_on < self.scope.on)

    @property
    def is_to_execute(self) -> ColumnElement[bool]:
        return self.c.due_on.is_not(None) & self.c.done_on.is_(None)

    def holds(self, of: DecisionList) -> ColumnElement[bool]:
        return {
            DecisionList.to_decide: self.c.decided_on.is_(None),
            DecisionList.to_execute: self.is_to_execute,
            DecisionList.late: self.is_late,
            DecisionList.untold: and_(self.c.decided_on.is_not(None), self.c.told_on.is_(None)),
            DecisionList.every: true(),
        }[of]


def _by_state(found: _Register) -> ColumnElement[int]:
    """Waiting, late, on its way, done, without anything to do."""
    return case(
        (found.c.decided_on.is_(None), 0),
        (found.is_late, 1),
        (found.is_to_execute, 2),
        (found.c.done_on.is_not(None), 3),
        else_=4,
    )


COLUMNS: tuple[Column[_Register], ...] = (
    Column("titre", "Titre", lambda found: by_text(found.c.title)),
    Column("numero", "Numéro", lambda found: found.c.number),
    Column("instance", "Instance", lambda found: by_word(found.c.instance, Instance)),
    Column("etat", "Où en est-elle", _by_state),
    Column("porteur", "Porteur", lambda found: by_unit(found.scope, found.c.owner_id)),
    Column("issue", "Issue", lambda found: by_word(found.c.outcome, Outcome)),
    Column("echeance", "Échéance", lambda found: found.c.due_on),
)


@dataclass(frozen=True)
class DecisionPage:
    """One page of a list, how many decisions the whole list has, and each other one."""

    rows: Readable[DecisionAt]
    page: int
    counts: dict[DecisionList, int]


def decisions_page(
    session: Session, scope: Scope, of: DecisionList, page: int, size: int, sort: Sort | None = None
) -> DecisionPage:
    """Page `page` (from 1, the last one beyond it) of a list, `size` of them: by the
    day of what is next, or in the order of one of COLUMNS.
    """
    found = _Register(scope, _of_scope(scope))
    counts = _counts(session, found)
    page = min(page, max(-(-counts[of] // size), 1))
    ids = session.exec(
        select(found.c.id)
        .where(found.holds(of))
        .order_by(*(order_by(COLUMNS, sort, found) or _by_day(found, of)), found.c.number)
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    places = {ident: place for place, ident in enumerate(ids)}
    rows = register(session, ids).at(scope.on)
    rows.sort(key=lambda decision: places[decision.id])
    return DecisionPage(rows, page, counts)


def _counts(session: Session, found: _Register) -> dict[DecisionList, int]:
    columns = [func.count(case((found.holds(of), 1))) for of in DecisionList]
    counts = session.exec(select(*columns).select_from(found.rows)).one()
    return dict(zip(DecisionList, counts, strict=True))


def _by_day(found: _Register, of: DecisionList) -> list[ColumnElement]:
    """By the day it waits since, is due, or was decided; of all of them the latest first."""
    day = case(
        (found.c.decided_on.is_(None), found.c.submitted_on),
        (found.is_to_execute, found.c.due_on),
        else_=found.c.decided_on,
    )
    if of is DecisionList.every:
        return [day.desc(), found.c.number.desc()]
    return [day]


def _of_scope(scope: Scope) -> Subquery:
    rows = _at(scope.on).subquery()
    if scope.is_whole:
        return rows
    return select(rows).where(rows.c.owner_id.in_(sorted(scope.counted))).subquery()


def _at(on: date) -> Select:
    """Each decision that is known at `on`, with what its facts say then."""
    decided_on = _last(on, DecisionEvent.on, _S.decided)
    outcome = _last(on, DecisionEvent.outcome, _S.decided)
    due_on = _last(on, DecisionEvent.due_on, _S.decided, _S.due_moved)
    entrusted_to = _last(on, DecisionEvent.owner_direction_id, _S.entrusted)
    submitted_on = (
        select(func.min(DecisionEvent.on)).where(*_steps(on)).correlate(Decision).scalar_subquery()
    )
    known = select(
        Decision.id,
        Decision.number,
        Decision.title,
        Decision.instance,
        Decision.owner_direction_id.label("first_owner_id"),
        submitted_on.label("submitted_on"),
        decided_on.label("decided_on"),
        outcome.label("outcome"),
        entrusted_to.label("entrusted_to"),
        due_on.label("last_due_on"),
        _last(on, DecisionEvent.on, _S.done).label("done_on"),
        _last(on, DecisionEvent.on, _S.told).label("told_on"),
    ).subquery()
    c = known.c
    return select(
        *(c.id, c.number, c.title, c.instance, c.submitted_on, c.decided_on, c.outcome),
        case((c.outcome.in_(_TO_DO), c.last_due_on)).label("due_on"),
        *(c.done_on, c.told_on),
        func.coalesce(c.entrusted_to, c.first_owner_id).label("owner_id"),
    ).where(c.submitted_on.is_not(None))


def _steps(on: date) -> tuple[ColumnElement[bool], ...]:
    return (
        DecisionEvent.decision_id == Decision.id,
        DecisionEvent.what != str(_S.undone),
        live(DecisionEvent, on),
    )


def _last(on: date, column: ColumnElement, *steps: DecisionStep) -> ColumnElement:
    """What the last of these steps says."""
    return (
        select(column)
        .where(*_steps(on), or_(*(DecisionEvent.what == str(step) for step in steps)))
        .order_by(DecisionEvent.on.desc(), DecisionEvent.id.desc())
        .limit(1)
        .correlate(Decision)
        .scalar_subquery()
    )
