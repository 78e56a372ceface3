"""Checks (vérifications): what is kept twice compared, current values against the
facts, and what must hold by itself.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session

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
from dashboard.queries.operations.finding import Finding
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
HOW_MANY = 5 + len(CHECKS)  # the findings of `everything`


def everything(session: Session, today: date) -> Iterator[Finding]:
    """Every check of the database, as it is made."""
    whole = pages(session)
    yield whole
    if not whole.holds:
        return  # nothing else can be asked of it
    # Said before the others: they may not even be asked of tables that lack a column.
    yield steps(session)
    yield tables(session)
    yield stored_days(session)
    for check in (partial(days, today=today), *CHECKS):
        yield _looked_at(session, check)


def _looked_at(session: Session, check: Callable[[Session], Finding]) -> Finding:
    """What a check finds; one that stops at a value that cannot be read, or at a table that is not
    as the models say, does not hold either, and keeps no other from being made.
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
