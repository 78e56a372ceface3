"""Fields of an idea's record that follow its discussion: visibility, and the counts of supports and
comments that lists sort by.
"""

from collections.abc import Iterator

from sqlalchemy import distinct, func
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.ideas.facts import write_fact
from dashboard.queries.ideas.around import lineage
from models.discussions import Contribution, ContributionKind, Subject, SubjectSupport
from models.errors import Refused
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea


def recount_supports(session: Session, idea: Idea) -> int:
    """Recounts the distinct supporters of an entry and of those merged into it, on its record and
    on those it is merged into; their authors are not counted.
    """
    idea.supports = _supporters(session, idea)
    for above in _merged_into(session, idea):
        above.supports = _supporters(session, above)
    session.flush()
    return idea.supports


def _merged_into(session: Session, idea: Idea) -> Iterator[Idea]:
    """The entries that this one is merged into, successively, each locked; stops at a cycle."""
    visited = {idea.id}
    while idea.merged_into is not None and idea.merged_into not in visited:
        visited.add(idea.merged_into)
        idea = session.get(Idea, idea.merged_into, with_for_update=True)
        yield idea


def _supporters(session: Session, idea: Idea) -> int:
    family = lineage(session, idea)
    # Without the NULLs of anonymous entries: with a NULL, NOT IN is never true.
    authors = select(Idea.author_id).where(Idea.id.in_(family), Idea.author_id.is_not(None))
    return session.exec(
        select(func.count(distinct(SubjectSupport.person_id))).where(
            SubjectSupport.subject == Subject.idea,
            SubjectSupport.key.in_([str(idea_id) for idea_id in family]),
            SubjectSupport.person_id.not_in(authors),
        )
    ).one()


def recount_comments(session: Session, idea: Idea) -> None:
    """Recounts the public, visible comments of an entry on its record."""
    idea.comments = session.exec(
        select(func.count())
        .select_from(Contribution)
        .where(
            Contribution.subject == Subject.idea,
            Contribution.key == str(idea.id),
            Contribution.kind == ContributionKind.comment,
            Contribution.hidden.is_(False),
        )
    ).one()


def hide_idea(session: Session, reader: Reader, idea: Idea, reason: str) -> None:
    """Hides an entry from all but its author and those who answer; the caller has checked the
    right.
    """
    if not idea.published:
        raise Refused("Cette idée n'est pas montrée.")
    idea.published = False
    write_fact(session, reader, idea, EventKind.hidden, reason=reason)


def restore_idea(session: Session, reader: Reader, idea: Idea) -> None:
    """Publishes it again; the caller has checked the right."""
    if idea.published:
        raise Refused("Cette idée n'est pas masquée.")
    if idea.status == IdeaStatus.redirected:
        raise Refused("Une idée réorientée ne se publie pas.")
    idea.published = True
    write_fact(session, reader, idea, EventKind.published)
