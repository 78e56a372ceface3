"""The lives of ideas replayed by hand from their raw facts, in plain Python, one at a time; it shares
no code with the queries.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from models.idea_events import EventKind, IdeaEvent
from models.idea_states import DECIDED, OPEN, RETAINED


@dataclass
class Standing:
    """One idea as its live facts up to a day leave it, replayed in order."""

    filed: IdeaEvent | None = None
    status: str | None = None
    concerns: int | None = None
    ambition: int | None = None


def live_facts(events: list[IdeaEvent], on: date) -> list[IdeaEvent]:
    seen = [e for e in events if e.on <= on]
    undone = {e.voids for e in seen if e.voids}
    return sorted((e for e in seen if e.id not in undone and not e.voids), key=lambda e: e.seq)


def standings(lives: dict[int, list[IdeaEvent]], on: date) -> list[Standing]:
    found = []
    for events in lives.values():
        one = Standing()
        for e in live_facts(events, on):
            if e.what == EventKind.filed:
                one.filed = e
            one.status = e.to_status
            one.concerns, one.ambition = e.concerns_id, e.ambition_id
        if one.filed:
            found.append(one)
    return found


def outcome_of(status: str | None) -> str:
    if status in OPEN:
        return "ouverte"
    return status if status in RETAINED else "autre" if status in DECIDED else ""


def lives_in(session: Session) -> dict[int, list[IdeaEvent]]:
    lives = defaultdict(list)
    for event in session.exec(select(IdeaEvent)).all():
        lives[event.idea_id].append(event)
    return lives


@dataclass
class Place:
    """Where a count is made: units concerned or of origin (None: all), ambition (None: all)."""

    units: frozenset[int] | None = None
    ambition: int | None = None

    def holds(self, unit: int | None, ambition: int | None) -> bool:
        return (self.units is None or unit in self.units) and (
            self.ambition is None or ambition == self.ambition
        )
