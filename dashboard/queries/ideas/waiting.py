"""Entries that wait for somebody: an answer to give, a comment to read, a reply to write."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.scope import Scope
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
    idea_of,
)
from models.facts import id_after
from models.idea_events import IdeaEvent
from models.idea_states import OPEN, IdeaStatus
from models.ideas import Idea
from models.planning import no_index


def waits_for_answer() -> list[ColumnElement[bool]]:
    """Open and without an answer; with a promised day before today: late, the same
    rule as Idea.is_late.

    The state is asked row by row, not by its index: those that wait are walked by
    their promised day.
    """
    return [Idea.answered_on.is_(None), no_index(Idea.status.in_([str(s) for s in OPEN]))]


def past_due(on: date) -> list[ColumnElement[bool]]:
    """Published, and past its promised day at the day looked at without an answer:
    what is counted as late, and what a list of late ones holds. What is not
    published yet waits to be read first.
    """
    return [no_index(Idea.published.is_(True)), *waits_for_answer(), Idea.due_on < on]


def to_be_read() -> list[ColumnElement[bool]]:
    """Open, not answered, not shown: what waits for « Lue, publier »."""
    return [*waits_for_answer(), *unread()]


def due_on(day: date) -> list[ColumnElement[bool]]:
    """Published, without an answer, and promised for this very day: late from the next day on."""
    return [*past_due(day + timedelta(days=1)), Idea.due_on == day]


def count_late(session: Session, scope: Scope, on: date | None = None) -> int:
    """How many published entries of the scope are past their promised day without an
    answer: on the day looked at, or `on` another one.

    Published ones only: two readers of one scope read one number.
    """
    if not may(scope.reader, "idea.read"):
        return 0
    day = on or scope.on
    late = select(func.count()).select_from(Idea).where(*past_due(day))
    # A file may promise for a day before the filing: nobody waited yet then.
    late = late.where(no_index(Idea.filed_on <= day))
    return session.exec(of_scope(late, scope, is_walked=True)).one()


def of_scope(statement: Select, scope: Scope, is_walked: bool = False) -> Select:
    """Limits entries to the directions concerned and the ambition of the scope.
    `is_walked`: the statement follows an order that ends it soon, and asks each row
    for its direction.
    """
    if not scope.is_whole:
        of_units = Idea.concerns_id.in_(sorted(scope.counted))
        statement = statement.where(no_index(of_units) if is_walked else of_units)
    return statement.where(Idea.ambition_id == scope.ambition.id) if scope.ambition else statement


def to_read(session: Session, scope: Scope) -> int:
    """Entries of the scope that wait for « Lue, publier », among those the reader may see."""
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
    """Not shown yet; what a moderator has hidden was read."""
    hidden = select(idea_of(ContributionEvent)).where(
        ContributionEvent.what == ContributionStep.hidden,
        ContributionEvent.subject == Subject.idea,
        ContributionEvent.contribution_id.is_(None),
    )
    return [Idea.published.is_(False), Idea.id.not_in(hidden)]


def awaits_reply() -> ColumnElement[bool]:
    """Of a contribution: the author of the idea wrote it to those who answer, who have neither
    written back nor said « lu, rien à répondre ».
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
    """Its author waits for a word, and nothing was done on a later day."""
    done = (
        core_select(IdeaEvent.id)
        .where(IdeaEvent.idea_id == idea_of(Contribution), IdeaEvent.on > Contribution.on)
        .exists()
    )
    return Idea.id.in_(core_select(idea_of(Contribution)).where(awaits_reply(), ~done)) & (
        Idea.status != IdeaStatus.withdrawn
    )
