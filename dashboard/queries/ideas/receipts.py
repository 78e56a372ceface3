"""The content of a receipt: the entry, its steps, the messages, the proposed merges. The holder of
the code is the author.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, or_, select

from dashboard.queries.campaigns import outcome_of
from dashboard.queries.ideas.card import steps_of
from dashboard.queries.readable import Readable
from models.discussions import MESSAGES, Contribution, ContributionKind, Subject
from models.idea_events import IdeaEvent
from models.ideas import Idea, Merge, Photo
from models.people import Person

# A proposed merge, the other entry, and the author's answer.
AskedMerge = tuple[Merge, Idea, bool | None]


@dataclass(frozen=True)
class Followed:
    """An entry as its author sees it with the receipt."""

    idea: Idea
    steps: Readable[IdeaEvent]
    talk: list[tuple[str, date, str]]  # by whom, when, what
    merges: list[AskedMerge]
    photos: int = 0
    photos_shown: int = 0  # of them, those that everybody sees
    outcome: str = ""  # what its campaign says follows


def followed(session: Session, idea: Idea) -> Followed:
    """Everything that the author of this entry may read; the caller has found it by its code."""
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
    talk = [(_writer(comment, person), comment.on, comment.text) for comment, person in rows]
    seen = session.exec(
        select(Photo.seen).where(Photo.idea_id == idea.id, Photo.paper.is_(False))
    ).all()
    return Followed(
        idea,
        steps_of(session, idea),
        talk,
        _asked(session, idea),
        len(seen),
        sum(seen),
        outcome_of(session, idea),
    )


def _writer(message: Contribution, person: Person | None) -> str:
    """The writer shown to an author without an account: the function of a colleague, not her
    name.
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
        found.append((merge, other, merge.one_says if outgoing else merge.other_says))
    return found
