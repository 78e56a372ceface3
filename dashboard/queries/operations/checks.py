"""Checks (vérifications): what is kept twice compared, roll-ups and current values
against the facts, and what must hold by itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from sqlalchemy import func
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from dashboard.queries.operations.database_checks import (
    days,
    links,
    origins,
    pages,
    revisions,
    steps,
    stored_days,
    tables,
    voids,
    words,
)
from dashboard.queries.operations.discussion_checks import discussions
from dashboard.queries.operations.exchange_checks import comments, merges, supports, voices
from dashboard.queries.operations.finding import Finding, finding
from dashboard.queries.operations.idea_checks import (
    answers,
    current_values,
    filings,
    lives,
    places,
    promises,
    publication,
    search_words,
)
from dashboard.queries.operations.life_checks import decision_steps, entry_steps, group_steps
from dashboard.queries.operations.person_checks import (
    accounts,
    groups,
    interests,
    memberships,
    persons,
    registrations,
    rights,
)
from dashboard.queries.operations.record_checks import chart, contents, ends, orders, totals
from dashboard.queries.operations.roadmap_checks import (
    measures,
    projects,
    reports,
    reports_kept,
    schedules,
    targets,
    texts,
)
from models.idea_events import IdeaEvent
from models.ledger import contributions
from models.progress import Tell, without_progress
from models.rollups import (
    IdeaAuthor,
    IdeaCohort,
    IdeaDelay,
    IdeaDue,
    IdeaFiled,
    IdeaFlow,
    IdeaSaid,
    IdeaWaiting,
)
from models.standing import counted as counted_records

ROLLUPS: tuple[type[SQLModel], ...] = (
    IdeaFlow,
    IdeaDelay,
    IdeaDue,
    IdeaCohort,
    IdeaFiled,
    IdeaAuthor,
)
STANDING: tuple[type[SQLModel], ...] = (IdeaSaid, IdeaWaiting)
_CHUNK = 5000
# What a roll-up is counted from; the texts of a million facts are better left where they are.
_COUNTED = (
    "on",
    "what",
    "from_status",
    "to_status",
    "filed_on",
    "decided",
    "counts",
    "ambition_id",
    "concerns_id",
    "origin_id",
    "author_id",
    "prev_due_on",
    "due_on",
    "first_answer",
    "delay",
)
# The quick ones first. Steps, tables and the days are looked at before them.
CHECKS: tuple[Callable[[Session], Finding], ...] = (
    links,
    voids,
    words,
    revisions,
    origins,
    chart,
    ends,
    orders,
    totals,
    contents,
    targets,
    schedules,
    reports,
    reports_kept,
    projects,
    measures,
    texts,
    persons,
    accounts,
    rights,
    memberships,
    registrations,
    groups,
    group_steps,
    decision_steps,
    interests,
    merges,
    supports,
    comments,
    discussions,
    voices,
    lives,
    entry_steps,
    current_values,
    promises,
    answers,
    filings,
    places,
    publication,
    search_words,
)
HOW_MANY = 5 + len(CHECKS) + len(ROLLUPS) + len(STANDING)  # the findings of `everything`


def everything(session: Session, today: date, tell: Tell = without_progress) -> Iterator[Finding]:
    """Every check of the database as it is made; the last ones tell how many facts
    are recounted.
    """
    whole = pages(session)
    yield whole
    if not whole.holds:
        return  # nothing else can be asked of it
    # Said before the others: they may not even be asked of tables that lack a column.
    yield steps(session)
    yield tables(session)
    yield stored_days(session)
    for check in (partial(days, today=today), *CHECKS):
        yield from _looked_at(session, lambda check=check: [check(session)])
    yield from _looked_at(session, lambda: roll_ups(session, tell))


def _looked_at(session: Session, check: Callable[[], list[Finding]]) -> list[Finding]:
    """What a check finds; one that stops at a value that cannot be read, or at a
    table that is not as the models say, does not hold either, and keeps no other
    from being made.
    """
    try:
        return check()
    except ValueError as error:
        return [Finding("lecture", False, f"un enregistrement ne se lit pas : {error}")]
    except (ProgrammingError, OperationalError):
        session.rollback()  # PostgreSQL answers nothing more in this transaction
        return [
            Finding(
                "lecture", False, "la base refuse la question : une table ou une colonne manque"
            )
        ]


def roll_ups(session: Session, tell: Tell = without_progress) -> list[Finding]:
    """Each roll-up recounted from every fact that is not voided, or from every record."""
    recounted = _recount(session, tell)
    found = [_compare(session, table, recounted[table]) for table in ROLLUPS]
    standing = counted_records(session)
    return found + [_compare(session, table, standing[table]) for table in STANDING]


def _recount(session: Session, tell: Tell) -> dict[type[SQLModel], dict[tuple, list[int]]]:
    voided = select(IdeaEvent.voids).where(IdeaEvent.voids.is_not(None))
    facts = (
        select(*(IdeaEvent.__table__.c[name] for name in _COUNTED))
        .where(IdeaEvent.id.not_in(voided))
        .execution_options(yield_per=_CHUNK)
    )
    sums: dict[type[SQLModel], dict[tuple, list[int]]] = defaultdict(dict)
    known = session.execute(select(func.count()).select_from(IdeaEvent)).scalar_one()
    for n, fact in enumerate(session.execute(facts).mappings()):
        if n % _CHUNK == 0:
            tell(n / known, f"Recomptage : {counted(n, 'fait')}")
        for table, key, increments in contributions(dict(fact)):
            row = sums[table].setdefault(key, [0] * len(increments))
            for i, increment in enumerate(increments):
                row[i] += increment
    return sums


def _compare(session: Session, table: type[SQLModel], recounted: dict[tuple, list[int]]) -> Finding:
    keys = [column for column in table.__table__.columns if column.primary_key]
    counts = [column for column in table.__table__.columns if not column.primary_key]
    stored = {
        tuple(row[: len(keys)]): list(row[len(keys) :])
        for row in session.execute(select(*keys, *counts)).all()
    }
    # A row of zeros and no row at all say the same.
    nothing = [0] * len(counts)
    differing = [
        key for key in stored | recounted if stored.get(key, nothing) != recounted.get(key, nothing)
    ]
    names = [column.name for column in keys]
    return finding(
        f"cumul {table.__tablename__}",
        [_row(names, key) for key in sorted(differing)],
        f"{len(stored)} lignes",
        "ligne diffère des faits",
        "lignes diffèrent des faits",
    )


def _row(names: list[str], key: tuple) -> str:
    """A row of a roll-up by its key: « concerns_id 12, ambition_id -1, month 2023-05-01 »."""
    return ", ".join(
        f"{name} {value}" for name, value in zip(names, key, strict=True) if value != ""
    )
