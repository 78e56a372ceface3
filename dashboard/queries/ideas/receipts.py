"""What the holder of a receipt reads: the entry, its steps, the talk, the merges
proposed. Whoever has the code is the author.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, or_, select

from dashboard.queries.ideas.card import HistoryStep, steps_of
from models.comments import Merge, Photo
from models.discussions import MESSAGES, Contribution, ContributionKind, Subject
from models.ideas import Idea
from models.people import Person


@dataclass(frozen=True)
class Message:
    """One message between the author and those who answer: whether it is the
    author's, by which function, when, what.
    """

    by_author: bool
    who: str
    on: date
    text: str


@dataclass(frozen=True)
class AskedMerge:
    """A merge that is proposed: its id, the other entry, why, until when, and what
    the author has said of it.
    """

    merge_id: int
    number: int
    title: str
    reason: str
    due_on: date
    agrees: bool | None


@dataclass(frozen=True)
class Followed:
    """An entry as its author reads it with the receipt."""

    idea: Idea
    steps: list[HistoryStep]
    talk: list[Message]
    merges: list[AskedMerge]
    photos: int = 0
    photos_shown: int = 0  # of them, those that everybody sees


def followed(session: Session, idea: Idea) -> Followed:
    """All that the author of this entry may read; the caller has found it by its code."""
    rows = session.execute(
        select(Contribution, Person)
        .join(Person, Person.id == Contribution.person_id, isouter=True)
        .where(
            Contribution.subject == Subject.idea,
            Contribution.key == str(idea.id),
            Contribution.kind.in_([str(kind) for kind in MESSAGES]),
        )
        .order_by(Contribution.seq)
    ).all()
    talk = [
        Message(c.kind == ContributionKind.author, _writer(c, person), c.on, c.text)
        for c, person in rows
    ]
    seen = session.exec(
        select(Photo.seen).where(Photo.idea_id == idea.id, Photo.paper.is_(False))
    ).all()
    return Followed(
        idea, steps_of(session, idea), talk, _asked(session, idea), len(seen), sum(seen)
    )


def _writer(message: Contribution, person: Person | None) -> str:
    """Who wrote, for an author without an account: of those who answer the function,
    never the name.
    """
    if message.kind == ContributionKind.author:
        return "Vous"
    return (person.function or "L'équipe du programme") if person else ""


def _asked(session: Session, idea: Idea) -> list[AskedMerge]:
    merges = session.exec(
        select(Merge)
        .where(
            or_(Merge.idea_id == idea.id, Merge.into_id == idea.id),
            Merge.done_on.is_(None),
            Merge.ended_on.is_(None),
        )
        .order_by(Merge.id)
    ).all()
    found = []
    for merge in merges:
        outgoing = merge.idea_id == idea.id
        other = session.get(Idea, merge.into_id if outgoing else merge.idea_id)
        found.append(
            AskedMerge(
                merge.id,
                other.number,
                other.title,
                merge.reason,
                merge.due_on,
                merge.one_says if outgoing else merge.other_says,
            )
        )
    return found
