"""Reads the facts of meetings (étapes): their day and their state."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, select

from models.facts import facts_of, last_facts
from models.meetings import Meeting, MeetingEvent, MeetingKind, MeetingState


def last_event(session: Session, meeting_id: int) -> MeetingEvent | None:
    """The last fact of a meeting: its day and its state."""
    return next(reversed(facts_of(session, MeetingEvent, meeting_id)), None)


def last_events(session: Session, meeting_ids: Iterable[int]) -> dict[int, MeetingEvent]:
    """Meeting → its last fact."""
    wanted = MeetingEvent.meeting_id.in_(sorted(set(meeting_ids)))
    return last_facts(session, MeetingEvent, date.max, wanted)


def planned_between(
    session: Session, first: date, last: date, *kinds: MeetingKind
) -> list[tuple[Meeting, MeetingEvent]]:
    """The meetings planned for these days by their last fact, soonest first; limited to `kinds` if
    any are passed.
    """
    candidates = select(MeetingEvent.meeting_id).where(MeetingEvent.day.between(first, last))
    if kinds:
        candidates = candidates.join(Meeting, Meeting.id == MeetingEvent.meeting_id).where(
            Meeting.kind.in_([str(kind) for kind in kinds])
        )
    planned = {
        meeting: event
        for meeting, event in last_events(session, session.exec(candidates).all()).items()
        if first <= event.day <= last and event.what == MeetingState.planned
    }
    found = session.exec(select(Meeting).where(Meeting.id.in_(sorted(planned)))).all()
    return sorted(
        ((meeting, planned[meeting.id]) for meeting in found),
        key=lambda pair: (pair[1].day, pair[0].id),
    )
