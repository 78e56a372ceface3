"""Reading what stands around an entry: supports, comments, followers, photos,
reports, merges. Rights are inside each query.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.ideas.waiting import awaits_reply
from dashboard.scope import Scope
from models.comments import Comment, Follow, Gesture, Merge, Moderation, Photo, Support, Voice
from models.ideas import Idea
from models.people import Person


@dataclass(frozen=True)
class Remark:
    """One comment as the reader may see it: who speaks (a name, a function, or «
    L'auteur »), when, what; `hidden` for moderators.
    """

    id: int
    who: str
    on: date
    text: str
    voice: Voice
    mine: bool
    hidden: bool


@dataclass(frozen=True)
class Shot:
    """One photo of an entry without its bytes."""

    id: str
    place: int
    width: int
    height: int
    seen: bool
    paper: bool


@dataclass(frozen=True)
class MergeProposal:
    """A merge that is proposed, done or ended, seen from one of its two entries."""

    merge: Merge
    number: int
    title: str
    outgoing: bool
    asked: bool


@dataclass(frozen=True)
class Around:
    """What stands around an entry for this reader; `author_waits`: for those who
    answer, a message of its author has had no answer.
    """

    supporters: int
    supported: bool
    followed: bool
    remarks: list[Remark]
    notes: list[Remark]
    talk: list[Remark]
    author_waits: bool
    photos: list[Shot]
    proposals: list[MergeProposal]
    merged_here: list[Idea]
    merged_into: Idea | None


def lineage(session: Session, idea: Idea) -> list[int]:
    """The entry and all those merged into it, or into one of them."""
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
    me = scope.reader.person_id
    answers = may(scope.reader, "idea.answer", idea, scope.tree)
    moderates = may(scope.reader, "idea.moderate")
    author = me is not None and me == idea.author_id
    spoken = _remarks(session, scope, idea)
    public = [
        remark
        for remark in spoken
        if remark.voice is Voice.public and (moderates or remark.mine or not remark.hidden)
    ]
    notes = []
    if answers:
        notes = [remark for remark in spoken if remark.voice is Voice.note]
    letters = []
    if author or answers:
        letters = [remark for remark in spoken if remark.voice in (Voice.author, Voice.office)]
    # The entry that stands for this one, where the reader may see it.
    into = []
    if idea.merged_into:
        into = _visible(session, scope, Idea.id == idea.merged_into)
    return Around(
        idea.supports,
        _has(session, Support, idea, me),
        _has(session, Follow, idea, me),
        public,
        notes,
        letters,
        answers and unanswered(session, idea) is not None,
        _photos(
            session,
            idea,
            everything=author or answers or may(scope.reader, "idea.publish", idea, scope.tree),
        ),
        _proposals(session, scope, idea),
        _visible(session, scope, Idea.merged_into == idea.id),
        next(iter(into), None),
    )


def unanswered(session: Session, idea: Idea) -> int | None:
    """The id of its author's last message that waits for an answer."""
    return session.exec(
        select(Comment.id)
        .where(Comment.idea_id == idea.id, awaits_reply())
        .order_by(Comment.seq.desc())
    ).first()


def _has(
    session: Session, table: type[Support] | type[Follow], idea: Idea, person_id: int | None
) -> bool:
    return person_id is not None and session.get(table, (idea.id, person_id)) is not None


def _remarks(session: Session, scope: Scope, idea: Idea) -> list[Remark]:
    rows = session.execute(
        select(Comment, Person)
        .join(Person, Person.id == Comment.person_id, isouter=True)
        .where(Comment.idea_id == idea.id)
        .order_by(Comment.seq)
    ).all()
    return [
        Remark(
            comment.id,
            _speaker(idea, comment, person),
            comment.on,
            comment.text,
            Voice(comment.voice),
            person is not None and person.id == scope.reader.person_id,
            comment.hidden,
        )
        for comment, person in rows
    ]


def _speaker(idea: Idea, comment: Comment, person: Person | None) -> str:
    """The author of an entry is never named by her comments there: whoever may know
    her name reads it above.
    """
    if comment.voice == Voice.author or (person is not None and person.id == idea.author_id):
        return "L'auteur"
    return person.name if person else "Repris de la source"


def _photos(session: Session, idea: Idea, everything: bool) -> list[Shot]:
    seen = [] if everything else [Photo.seen.is_(True), Photo.paper.is_(False)]
    rows = session.execute(
        select(Photo.id, Photo.place, Photo.width, Photo.height, Photo.seen, Photo.paper)
        .where(Photo.idea_id == idea.id, *seen)
        .order_by(Photo.place)
    ).all()
    return [Shot(*row) for row in rows]


def photo_content(session: Session, scope: Scope, photo_id: str) -> bytes | None:
    """The bytes of one photo, where the reader may see its entry and, before it is
    shown to all, answers or wrote it.
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
    """Proposals that concern this entry: open ones for its author and the animateur,
    those done and undone for the animateur.
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
        # Both lines where one person wrote both entries: she answers once for each.
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


# ── Moderation ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ReportedContent:
    """One open report: the entry, the comment if it is about one, what was said of
    it, when, by how many.
    """

    number: int
    title: str
    comment_id: int | None
    text: str
    reasons: list[str]
    on: date


def open_reports(session: Session, scope: Scope, limit: int = 50) -> list[ReportedContent]:
    """What was reported and waits for a look, oldest first; nothing for a reader who
    does not moderate.
    """
    if not may(scope.reader, "idea.moderate"):
        return []
    rows = session.execute(
        select(Moderation, Idea, Comment)
        .join(Idea, Idea.id == Moderation.idea_id)
        .join(Comment, Comment.id == Moderation.comment_id, isouter=True)
        .where(Moderation.open.is_(True), Moderation.what == Gesture.reported)
        .order_by(Moderation.id)
        .limit(limit)
    ).all()
    found: dict[tuple, ReportedContent] = {}
    for report, idea, comment in rows:
        reported = found.setdefault(
            (idea.id, report.comment_id),
            ReportedContent(
                idea.number,
                idea.title,
                report.comment_id,
                comment.text if comment else idea.body,
                [],
                report.on,
            ),
        )
        reported.reasons.append(report.reason or "")
    return list(found.values())


@dataclass(frozen=True)
class Hidden:
    """Something hidden: the entry, the comment if it is one, the reason, the day."""

    number: int
    title: str
    comment_id: int | None
    text: str
    reason: str
    on: date


def hidden_content(session: Session, scope: Scope, limit: int = 50) -> list[Hidden]:
    """What is hidden now, the last first; nothing for a reader who does not moderate."""
    if not may(scope.reader, "idea.moderate"):
        return []
    last = (
        select(func.max(Moderation.id))
        .where(Moderation.what != Gesture.reported)
        .group_by(Moderation.idea_id, Moderation.comment_id)
    )
    rows = session.execute(
        select(Moderation, Idea, Comment)
        .join(Idea, Idea.id == Moderation.idea_id)
        .join(Comment, Comment.id == Moderation.comment_id, isouter=True)
        .where(Moderation.id.in_(last), Moderation.what == Gesture.hidden)
        .order_by(Moderation.id.desc())
        .limit(limit)
    ).all()
    return [
        Hidden(
            idea.number,
            idea.title,
            gesture.comment_id,
            comment.text if comment else idea.body,
            gesture.reason or "",
            gesture.on,
        )
        for gesture, idea, comment in rows
    ]
