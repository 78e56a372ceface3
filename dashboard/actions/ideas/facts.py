"""Writing the events of an idea: one mechanism for every state, answer, promised day and move."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.queries.import_sources import IDEA
from models.clock import today, workdays
from models.facts import not_undone, random_id
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import GONE, IdeaStatus
from models.ideas import Idea, SourceKey
from models.ledger import Ledger, event_row
from models.texts import Refused


def idea_to_change(session: Session, number: int) -> Idea:
    """The entry of this number, locked until the transaction ends. Raises Refused where there is
    none.
    """
    idea = session.scalar(select(Idea).filter_by(number=number).with_for_update())
    if idea is None:
        raise Refused("Cette idée n'existe pas.")
    return idea


def life_of(session: Session, idea: Idea) -> list[IdeaEvent]:
    """The valid events of an entry, in order."""
    return lives_of(session, [idea.id])[idea.id]


def lives_of(session: Session, idea_ids: Collection[int]) -> dict[int, list[IdeaEvent]]:
    """The valid events of several entries, in order."""
    events = session.exec(
        select(IdeaEvent).where(IdeaEvent.idea_id.in_(idea_ids)).order_by(IdeaEvent.seq)
    ).all()
    lives = {idea_id: [] for idea_id in idea_ids}
    for event in not_undone(events):
        if event.what != EventKind.undone:
            lives[event.idea_id].append(event)
    return lives


def next_seq(session: Session, idea: Idea) -> int:
    """The sequence number of the next event of an entry."""
    last = session.scalar(
        select(IdeaEvent.seq).filter_by(idea_id=idea.id).order_by(IdeaEvent.seq.desc())
    )
    return (last or 0) + 1


def write_fact(
    session: Session,
    reader: Reader,
    idea: Idea,
    what: EventKind,
    *,
    to: IdeaStatus | None = None,
    due_on: date | None = None,
    answers: bool = False,
    **message: object,
) -> int:
    """Writes one event of today and updates the record with it: the state `to`, the promised day
    `due_on` (None: unchanged). Returns the event's id.

    `answers`: the event answers the author; the first such event stores the answer delay. A closed
    state removes a promised day that is not missed yet.
    """
    day = today(session)
    before = IdeaStatus(idea.status)
    promise = idea.due_on
    after = to or before
    first = answers and idea.answered_on is None
    due = due_on or promise
    # A missed promise remains: moving the entry on does not make up for it.
    if after in GONE and idea.answered_on is None and promise and day <= promise:
        due = None
    delay = workdays(session).between(idea.filed_on, day) if first and promise else None
    if first:
        idea.answered_on = day
    idea.status = after
    idea.due_on = due
    idea.version += 1
    session.add(idea)
    fact_id = random_id(day)
    ledger = Ledger(session)
    ledger.add(
        event_row(
            idea,
            id=fact_id,
            on=day,
            recorded_on=day,
            seq=next_seq(session, idea),
            what=what,
            by=reader.person_id,
            from_status=before,
            to_status=after,
            prev_due_on=promise,
            due_on=due,
            first_answer=first,
            delay=delay,
            **message,
        )
    )
    ledger.write()
    return fact_id


def move_facts(
    idea: Idea,
    values: dict[str, object],
    seq: int,
    on: date,
    recorded_on: date,
    by: int | None,
    what: EventKind = EventKind.status,
    **message: object,
) -> list[dict]:
    """Events that move an idea from one direction or ambition to another, in its present state.

    Changes `idea`. Without them its next state would be subtracted from a direction that never
    counted it. A promise that is already answered remains with its direction.
    """
    moved = any(name in values for name in ("ambition_id", "concerns_id"))
    promise = idea.due_on if idea.answered_on is None else None
    common = {"on": on, "recorded_on": recorded_on, "by": by, "what": what}
    out = None
    if moved:
        out = event_row(
            idea, id=random_id(on), seq=seq, from_status=idea.status, prev_due_on=promise, **common
        )
    for name, value in values.items():
        setattr(idea, name, value)
    idea.version += 1
    if out is None:
        return []
    return [
        out,
        event_row(
            idea,
            id=random_id(on),
            seq=seq + 1,
            to_status=idea.status,
            due_on=promise,
            **common,
            **message,
        ),
    ]


def undo(session: Session, reader: Reader, idea: Idea, facts: Sequence[IdeaEvent]) -> None:
    """Voids events of an entry and restores the record from the remaining ones."""
    day = today(session)
    ledger = Ledger(session)
    for seq, fact in enumerate(facts, next_seq(session, idea)):
        ledger.add(
            event_row(
                idea,
                id=random_id(fact.on),
                on=fact.on,
                recorded_on=day,
                seq=seq,
                what=EventKind.undone,
                by=reader.person_id,
                voids=fact.id,
            )
        )
    ledger.write()
    remaining = [event for event in life_of(session, idea) if event.to_status]
    last = remaining[-1]
    answer = next((event for event in remaining if event.first_answer), None)
    idea.status = last.to_status
    # An answered promise remains, even after a transfer.
    idea.due_on = (answer or last).due_on
    idea.concerns_id = last.concerns_id
    idea.answered_on = answer.on if answer else None
    published = (fact.what == EventKind.published for fact in facts)
    redirected = (fact.to_status == IdeaStatus.redirected for fact in facts)
    if any(published) or any(redirected):
        idea.published = _is_shown(session, idea, remaining)
    if idea.status != IdeaStatus.postponed:
        idea.postponed_until = None
    idea.version += 1
    session.add(idea)


def _is_shown(session: Session, idea: Idea, life: Sequence[IdeaEvent]) -> bool:
    """Whether an entry is published, by its events; without any, a named entry is, unless it was
    imported, since the file may have hidden it.
    """
    shown_or_hidden = [
        fact.what for fact in life if fact.what in (EventKind.published, EventKind.hidden)
    ]
    if shown_or_hidden:
        return shown_or_hidden[-1] == EventKind.published
    came_from_a_file = session.scalar(
        select(SourceKey.id).filter_by(subject=IDEA, record_id=idea.id)
    )
    return not idea.anonymous and came_from_a_file is None
