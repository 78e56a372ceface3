"""Reads the context of an entry: its discussion, photos, merges. Rights are checked inside each
query.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.queries.discussions.subjects import idea_subject
from dashboard.queries.discussions.threads import Discussion, discussion_at
from dashboard.queries.ideas.clusters import also_said
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.ideas.waiting import awaits_reply
from dashboard.scope import Scope
from models.discussions import Contribution, Subject
from models.ideas import Idea, Merge, Photo


@dataclass(frozen=True)
class MergeProposal:
    """A proposed, done or ended merge, seen from one of its two entries."""

    merge: Merge
    number: int
    title: str
    outgoing: bool
    asked: bool


@dataclass(frozen=True)
class Around:
    """The context of an entry for this reader; `author_waits`: for those who answer, a message of
    its author is unanswered.
    """

    discussion: Discussion
    author_waits: bool
    photos: Sequence[Photo]
    proposals: list[MergeProposal]
    merged_here: list[Idea]
    merged_into: Idea | None
    also_said: list[Idea]


def lineage(session: Session, idea: Idea) -> list[int]:
    """The entry and all those merged into it, directly or not."""
    found = [idea.id]
    last = [idea.id]
    while last:
        last = [
            id_
            for id_ in session.exec(select(Idea.id).where(Idea.merged_into.in_(last))).all()
            if id_ not in found
        ]
        found += last
    return found


def around(session: Session, scope: Scope, idea: Idea, today: date) -> Around:
    """Everything around an entry that the reader may see already."""
    found = discussion_at(session, scope, idea_subject(idea), today)
    author = scope.reader.person_id is not None and scope.reader.person_id == idea.author_id
    sees_all = author or found.answers or may(scope.reader, "idea.publish", idea, scope.tree)
    # The entry that replaces this one, if the reader may see it.
    into = []
    if idea.merged_into:
        into = _visible(session, scope, Idea.id == idea.merged_into)
    return Around(
        found,
        found.answers and unanswered(session, idea) is not None,
        _photos(session, idea, sees_all),
        _proposals(session, scope, idea),
        _visible(session, scope, Idea.merged_into == idea.id),
        next(iter(into), None),
        also_said(session, scope, idea),
    )


def unanswered(session: Session, idea: Idea) -> int | None:
    """The id of its author's last unanswered message."""
    return session.exec(
        select(Contribution.id)
        .where(
            Contribution.subject == Subject.idea,
            Contribution.key == str(idea.id),
            awaits_reply(),
        )
        .order_by(Contribution.seq.desc())
    ).first()


def _photos(session: Session, idea: Idea, everything: bool) -> Sequence[Photo]:
    seen = [] if everything else [Photo.seen.is_(True), Photo.paper.is_(False)]
    return session.execute(
        select(Photo.id, Photo.place, Photo.width, Photo.height, Photo.seen, Photo.paper)
        .where(Photo.idea_id == idea.id, *seen)
        .order_by(Photo.place)
    ).all()


def photo_content(session: Session, scope: Scope, photo_id: str) -> bytes | None:
    """The bytes of one photo, if the reader may see its entry and, before the photo is shown to
    all, answers or wrote it.
    """
    row = session.execute(
        select(Photo, Idea)
        .join(Idea, Idea.id == Photo.idea_id)
        .where(Photo.id == photo_id, idea_conditions(scope.reader, scope.tree))
    ).first()
    if row is None:
        return None
    photo, idea = row
    mine = scope.reader.person_id is not None and scope.reader.person_id == idea.author_id
    insider = mine or any(
        may(scope.reader, right, idea, scope.tree) for right in ("idea.answer", "idea.publish")
    )
    return photo.content if insider or (photo.seen and not photo.paper) else None


def _proposals(session: Session, scope: Scope, idea: Idea) -> list[MergeProposal]:
    """The merge proposals of this entry: open ones for its author and the animateur, ended ones for
    the animateur.
    """
    me = scope.reader.person_id
    rows = session.exec(
        select(Merge)
        .where(or_(Merge.idea_id == idea.id, Merge.into_id == idea.id))
        .order_by(Merge.id)
    ).all()
    found = []
    for merge in rows:
        outgoing = merge.idea_id == idea.id
        other = session.get(Idea, merge.into_id if outgoing else merge.idea_id)
        open_ = merge.done_on is None and merge.ended_on is None
        mine = me is not None and me in (idea.author_id, other.author_id)
        of_idea = merge.one_says
        of_other = merge.other_says
        if not outgoing:
            of_idea, of_other = of_other, of_idea
        # Both, if one person wrote both entries: she answers once for each.
        says = []
        if me == idea.author_id:
            says.append(of_idea)
        if me == other.author_id:
            says.append(of_other)
        if may(scope.reader, "idea.merge") or (mine and open_):
            found.append(
                MergeProposal(
                    merge,
                    other.number,
                    other.title,
                    outgoing,
                    asked=mine and open_ and None in says,
                )
            )
    return found


def _visible(session: Session, scope: Scope, condition: object) -> list[Idea]:
    rows = session.exec(
        select(Idea).where(condition, idea_conditions(scope.reader, scope.tree)).order_by(Idea.id)
    ).all()
    return readable_ideas(rows)
