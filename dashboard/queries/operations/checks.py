"""Checks (vérifications): duplicated data compared, current values against the facts, and
invariants.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session

from dashboard.queries.operations.database_checks import (
    Finding,
    days,
    links,
    origins,
    pages,
    steps,
    stored_days,
    tables,
    voids,
    words,
)
from dashboard.queries.operations.idea_checks import (
    answers,
    comments,
    current_values,
    filings,
    lives,
    merges,
    places,
    promises,
    publication,
    search_words,
    supports,
)
from dashboard.queries.operations.record_checks import (
    discussions,
    ends,
    groups,
    interests,
    memberships,
    registrations,
    totals,
)

# The quick ones first. Steps, tables and days are checked before them.
CHECKS: tuple[Callable[[Session], Finding], ...] = (
    links,
    voids,
    words,
    origins,
    ends,
    totals,
    memberships,
    registrations,
    groups,
    interests,
    merges,
    supports,
    comments,
    discussions,
    lives,
    current_values,
    promises,
    answers,
    filings,
    places,
    publication,
    search_words,
)
HOW_MANY = 5 + len(CHECKS)  # the findings of `everything`


def everything(session: Session, today: date) -> Iterator[Finding]:
    """The result of every check of the database, one by one."""
    whole = pages(session)
    yield whole
    if not whole.holds:
        return  # nothing else can be asked of it
    # First, because the others may fail on tables that lack a column.
    yield steps(session)
    yield tables(session)
    yield stored_days(session)
    for check in (partial(days, today=today), *CHECKS):
        yield _run(session, check)


def _run(session: Session, check: Callable[[Session], Finding]) -> Finding:
    """The result of a check; an unreadable value, or a table that differs from the models, is a
    failure and does not stop the other checks.
    """
    try:
        return check(session)
    except ValueError as error:
        return Finding("lecture", False, f"un enregistrement ne se lit pas : {error}")
    except (ProgrammingError, OperationalError):
        session.rollback()  # PostgreSQL answers nothing more in this transaction
        return Finding(
            "lecture", False, "la base refuse la question : une table ou une colonne manque"
        )
