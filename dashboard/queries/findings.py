"""« Ce que vous nous avez dit »: findings (constats) that go well and that do not, what most
voices ask for, and by which way it came.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, false, func, true
from sqlmodel import Session, select

from dashboard.access import may
from dashboard.queries.ideas.records import IdeaRow, rows_of
from dashboard.queries.ideas.search import in_order
from dashboard.scope import Scope
from models.clock import window_start
from models.ideas import Channel, Idea, IdeaKind

MONTHS = 24


@dataclass(frozen=True)
class AmbitionFindings:
    """What was said under one ambition (None: not precised): findings that go well, that do not,
    not told; voices raised for them.
    """

    ambition_id: int | None
    good: int
    bad: int
    untold: int
    voices: int


@dataclass(frozen=True)
class Findings:
    """All that the screen shows: findings by ambition, sources, the findings most voices were
    raised for, the priorities.
    """

    by_ambition: list["AmbitionFindings"]
    sources: list["Source"]
    good: list[IdeaRow]
    bad: list[IdeaRow]
    first: list[IdeaRow]


@dataclass(frozen=True)
class Source:
    """How many entries came one way, and how many of them are findings."""

    channel: Channel
    entries: int
    findings: int


def all_findings(session: Session, scope: Scope) -> Findings:
    """The whole screen."""
    return Findings(
        findings_by_ambition(session, scope),
        sources(session, scope),
        findings(session, scope, True),
        findings(session, scope, False),
        priorities(session, scope),
    )


def findings_by_ambition(session: Session, scope: Scope) -> list[AmbitionFindings]:
    """The published findings of the last MONTHS months, by ambition."""
    ranked = [
        func.sum(case((condition, 1), else_=0))
        for condition in (Idea.good.is_(True), Idea.good.is_(False), Idea.good.is_(None))
    ]
    statement = _published(
        select(Idea.ambition_id, *ranked, func.sum(func.coalesce(Idea.voices, 1))), scope
    ).where(Idea.kind == IdeaKind.finding)
    rows = session.execute(statement.group_by(Idea.ambition_id)).all()
    return sorted(
        (AmbitionFindings(*row) for row in rows),
        key=lambda item: (item.ambition_id is None, item.ambition_id or 0),
    )


def findings(session: Session, scope: Scope, good: bool, limit: int = 5) -> list[IdeaRow]:
    """The findings that most voices were raised for, of those that go well or that do not."""
    return _first(session, scope, [Idea.kind == IdeaKind.finding, Idea.good.is_(good)], limit)


def priorities(session: Session, scope: Scope, limit: int = 10) -> list[IdeaRow]:
    """Whatever most voices and supporters ask for: hands raised in the room, then supports."""
    return _first(session, scope, [Idea.kind != IdeaKind.finding], limit)


def sources(session: Session, scope: Scope) -> list[Source]:
    """Entries by the way they came, the most frequent first."""
    found = func.sum(case((Idea.kind == IdeaKind.finding, 1), else_=0))
    rows = session.execute(
        _published(select(Idea.channel, func.count(), found), scope)
        .group_by(Idea.channel)
        .order_by(func.count().desc())
    ).all()
    return [Source(Channel(channel), n, of_them) for channel, n, of_them in rows]


def _first(
    session: Session, scope: Scope, conditions: list[ColumnElement[bool]], limit: int
) -> list[IdeaRow]:
    """Those with most voices and supporters. They are weighed within the index of what was said;
    only the first are read whole.
    """
    weight = func.coalesce(Idea.voices, 0) + Idea.supports
    ids = session.exec(
        _published(select(Idea.id), scope)
        .where(*conditions)
        .order_by(weight.desc(), Idea.id.desc())
        .limit(limit)
    ).all()
    return rows_of(in_order(session, ids), scope, scope.on)


def _published(statement: Select, scope: Scope) -> Select:
    """Published entries of the scope and of the last MONTHS months: open to whoever may read
    ideas, to nobody else.
    """
    may_read = true() if may(scope.reader, "idea.read") else false()
    statement = statement.where(
        may_read,
        Idea.published.is_(True),
        Idea.filed_on.between(window_start(scope.on, MONTHS), scope.on),
    )
    if not scope.is_whole:
        statement = statement.where(Idea.concerns_id.in_(sorted(scope.counted)))
    return statement.where(Idea.ambition_id == scope.ambition.id) if scope.ambition else statement
