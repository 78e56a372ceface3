"""Checks of the counts around ideas: merges, supports, comments, hand votes."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.french import counted
from dashboard.queries.import_sources import IDEA, mark, mark_of
from dashboard.queries.operations.finding import Finding, finding
from dashboard.queries.operations.idea_checks import number
from models.discussions import (
    Contribution,
    ContributionKind,
    Subject,
    SubjectSupport,
    about_idea,
    idea_of,
)
from models.idea_states import IdeaStatus
from models.ideas import Idea, Merge
from models.import_sources import SourceKey
from models.journal import Change


def _joined(session: Session) -> dict[int, int]:
    """Entry → the one it is merged into."""
    rows = session.execute(
        select(Idea.id, Idea.merged_into).where(Idea.merged_into.is_not(None))
    ).all()
    return dict(rows)


def _survivors(idea: int, joined: Mapping[int, int]) -> list[int]:
    """An entry and those it was merged into, one after the other; a cycle is followed once."""
    found = [idea]
    while (into := joined.get(found[-1])) is not None and into not in found:
        found.append(into)
    return found


def merges(session: Session) -> Finding:
    """A merged entry has another entry as its target and the status « merged », without cycles; a
    merge that was done and not undone matches its entry.
    """
    joined = _joined(session)
    circles = {entry for entry in joined if joined.get(_survivors(entry, joined)[-1]) is not None}
    lost = (
        select(Merge.id)
        .where(
            Merge.idea_id == Idea.id,
            Merge.done_on.is_not(None),
            Merge.ended_on.is_(None),
            Merge.into_id.is_distinct_from(Idea.merged_into),
        )
        .exists()
    )
    odd = Idea.merged_into.is_not(None) & (Idea.status != IdeaStatus.merged)
    rows = session.execute(
        select(Idea.number).where(lost | odd | Idea.id.in_(circles)).order_by(Idea.number)
    ).scalars()
    return finding(
        "fusions",
        [number(found) for found in rows],
        counted(len(joined), "idée fusionnée", "idées fusionnées"),
        "idée n'est pas fusionnée comme elle le dit",
        "idées ne sont pas fusionnées comme elles le disent",
    )


def supports(session: Session) -> Finding:
    """The number of supports on each record is that of the distinct supporters of the entry and of
    those merged into it, without their authors.
    """
    joined = _joined(session)
    alone = (
        select(Idea.id, func.count(SubjectSupport.person_id).label("n"))
        .join(
            SubjectSupport,
            about_idea(SubjectSupport) & SubjectSupport.person_id.is_distinct_from(Idea.author_id),
            isouter=True,
        )
        .group_by(Idea.id)
        .subquery()
    )
    rows = session.execute(
        select(Idea.id, Idea.number, Idea.supports, alone.c.n)
        .join(alone, alone.c.id == Idea.id)
        .order_by(Idea.number)
    ).all()
    together = _supported_together(session, joined)
    wrong = [
        f"{number(found)} ({counted(stored, 'soutien')} au lieu de {together.get(id_, n)})"
        for id_, found, stored, n in rows
        if stored != together.get(id_, n)
    ]
    return finding(
        "soutiens",
        wrong,
        "un par personne",
        "idée n'a pas le nombre de ses soutiens",
        "idées n'ont pas le nombre de leurs soutiens",
    )


def _supported_together(session: Session, joined: Mapping[int, int]) -> dict[int, int]:
    """Entry that others were merged into → the number of persons who support any of them."""
    above = {target: _survivors(target, joined) for target in {*joined, *joined.values()}}
    if not above:
        return {}
    supporters = select(idea_of(SubjectSupport), SubjectSupport.person_id).where(
        SubjectSupport.subject == Subject.idea,
        SubjectSupport.key.in_([str(target) for target in above]),
    )
    authors: dict[int, set[int]] = defaultdict(set)
    persons: dict[int, set[int]] = defaultdict(set)
    for table, found in (
        (select(Idea.id, Idea.author_id).where(Idea.id.in_(above)), authors),
        (supporters, persons),
    ):
        for idea, person in session.execute(table):
            for target in above[idea]:
                found[target].add(person)
    return {target: len(persons[target] - authors[target]) for target in above}


def comments(session: Session) -> Finding:
    """The number of comments on each record is that of its public comments."""
    public = (
        select(idea_of(Contribution).label("idea_id"), func.count().label("n"))
        .where(
            Contribution.subject == Subject.idea,
            Contribution.kind == ContributionKind.comment,
            Contribution.hidden.is_(False),
        )
        .group_by(Contribution.subject, Contribution.key)
        .subquery()
    )
    rows = session.execute(
        select(Idea.number)
        .join(public, public.c.idea_id == Idea.id, isouter=True)
        .where(func.coalesce(public.c.n, 0) != Idea.comments)
        .order_by(Idea.number)
    ).scalars()
    return finding(
        "commentaires",
        [number(found) for found in rows],
        "ceux que chacun lit",
        "idée n'a pas le nombre de ses commentaires",
        "idées n'ont pas le nombre de leurs commentaires",
    )


def voices(session: Session) -> Finding:
    """The voices on each record are those of the last journal line, else of the imported file."""
    written = _voices_written(session)
    rows = session.execute(
        select(Idea.id, Idea.number, Idea.voices, SourceKey.digest)
        .join(
            SourceKey,
            (SourceKey.record_id == Idea.id) & (SourceKey.subject == IDEA),
            isouter=True,
        )
        .order_by(Idea.number)
    )
    wrong = []
    for id_, found, voices, digest in rows:
        last = max(written.get(str(found), _NEVER), written.get(str(id_), _NEVER))
        stored = last[1] if last > _NEVER else mark_of(digest, "voices")
        if stored is not None and stored not in (str(voices), mark(voices)):
            wrong.append(number(found))
    return finding(
        "voix",
        wrong,
        "celles du journal et des fichiers",
        "idée n'a pas les voix qui ont été comptées",
        "idées n'ont pas les voix qui ont été comptées",
    )


_NEVER = (0, "")


def _voices_written(session: Session) -> dict[str, tuple[int, str]]:
    """Number of an entry, or its id if a file changed it → the last journal line on its voices."""
    by_hand = (Change.subject == "ideas") & (Change.field == "voix")
    by_file = (Change.subject == IDEA) & (Change.field == "voices")
    rows = session.execute(
        select(Change.record, Change.id, Change.after).where(by_hand | by_file).order_by(Change.id)
    )
    return {record: (id_, str(after)) for record, id_, after in rows}
