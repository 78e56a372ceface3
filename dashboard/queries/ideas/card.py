"""The page of one idea: its record, its history, and its author if the reader may know."""

from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.facts import not_undone
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.people import Person


@dataclass(frozen=True)
class IdeaCard:
    """One entry in full, as the reader may see it; `author` is empty if she may not know it."""

    idea: Idea
    author: str
    steps: Readable[IdeaEvent]
    may_publish: bool
    may_answer: bool = False
    owner: str = ""


def idea_by_number(session: Session, scope: Scope, number: int) -> Idea | None:
    """The entry of this number, if the reader may see it."""
    return session.exec(
        select(Idea).where(Idea.number == number, idea_conditions(scope.reader, scope.tree))
    ).first()


def idea_card(session: Session, scope: Scope, number: int) -> IdeaCard | None:
    """The card of an entry; None both if there is none and if the reader may not see it."""
    idea = idea_by_number(session, scope, number)
    if idea is None or not _is_readable(idea):
        return None
    steps = steps_of(session, idea)
    publish = (
        not idea.published
        and idea.status != IdeaStatus.redirected
        and may(scope.reader, "idea.publish", idea, scope.tree)
    )
    owner = session.get(Person, idea.owner_id) if idea.owner_id else None
    return IdeaCard(
        idea,
        _author(session, scope, idea),
        steps,
        publish,
        may(scope.reader, "idea.answer", idea, scope.tree),
        owner.name if owner else "",
    )


def _is_readable(idea: Idea) -> bool:
    """Whether its page can be shown: all its codes are known."""
    return bool(
        readable(
            [idea],
            lambda entry: (IdeaKind(entry.kind), IdeaStatus(entry.status), Channel(entry.channel)),
            lambda entry: f"idea {entry.number}",
        )
    )


def steps_of(session: Session, idea: Idea) -> Readable[IdeaEvent]:
    """The timeline of an entry that the reader may see: its facts that were not voided, oldest
    first.
    """
    events = session.exec(
        select(IdeaEvent).where(IdeaEvent.idea_id == idea.id).order_by(IdeaEvent.seq)
    ).all()
    return readable(
        [event for event in not_undone(events) if event.to_status],
        _with_known_words,
        lambda event: f"idea_event {event.id}",
    )


def _with_known_words(event: IdeaEvent) -> IdeaEvent:
    EventKind(event.what)
    if event.to_status != event.from_status:
        IdeaStatus(event.to_status)
    return event


def _author(session: Session, scope: Scope, idea: Idea) -> str:
    """The author's name if the reader may know it: her own entries, those she relayed, those she is
    responsible for.
    """
    if idea.author_id is None:
        return ""
    mine = scope.reader.person_id == idea.author_id
    allowed = mine or may(scope.reader, "idea.read_author", idea, scope.tree)
    person = session.get(Person, idea.author_id) if allowed else None
    return person.name if person else ""
