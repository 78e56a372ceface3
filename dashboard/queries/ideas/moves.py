"""Changes of entries between two days, from raw facts: for a few weeks, not the whole history."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dashboard.queries.ideas.windows import BY_DAY, counted_along
from dashboard.scope import Scope
from models.facts import live
from models.idea_events import EventKind, IdeaEvent


@dataclass(frozen=True)
class Moves:
    """Entries filed, first answers given and states reached after `start` and until `end`."""

    start: date
    end: date
    filed: int
    answered: int
    reached: Counter

    def followed_by(self, later: "Moves") -> "Moves":
        """Both periods as one: an undone fact and the one that voids it have the same day."""
        return Moves(
            self.start,
            later.end,
            self.filed + later.filed,
            self.answered + later.answered,
            self.reached + later.reached,
        )


def moves(session: Session, scope: Scope, start: date, end: date) -> Moves:
    """The moves of the scope's entries (by direction concerned and ambition),
    `start` excluded, `end` included.
    """
    conditions = [live(IdeaEvent, end), IdeaEvent.on > start, *scope.of(IdeaEvent.concerns_id)]
    if scope.ambition:
        conditions.append(IdeaEvent.ambition_id == scope.ambition.id)
    rows = session.execute(
        counted_along(
            BY_DAY,
            (IdeaEvent.what, IdeaEvent.from_status, IdeaEvent.to_status, IdeaEvent.first_answer),
            conditions,
        )
    ).all()
    reached: Counter = Counter()
    for what, before, after, _, n in rows:
        if what != EventKind.filed and after and after != before:
            reached[after] += n
    return Moves(
        start,
        end,
        sum(n for what, *_, n in rows if what == EventKind.filed),
        sum(n for *_, first, n in rows if first),
        reached,
    )
