"""When entries of the demonstration were filed, and the facts that nobody writes down."""

import random
from datetime import date

from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from seed.demo_entries import DemoEntry, EntryStep
from seed.stage import TODAY, Stage

# The first open meeting that collected entries.
PROGRAMME = date(2021, 11, 3)
# Entries filed in each month from 11/2021 on: 216 of 480 during the sixteen meetings, a dip in
# summer, a second wave.
MONTHS = (30, 28, 27, 26, 29, 24, 26, 26, 6, 6, 48, 42, 34, 23, 14, 15, 18, 19, 20, 19)


def month_starts() -> list[date]:
    return [date(2021 + (10 + i) // 12, (10 + i) % 12 + 1, 1) for i in range(len(MONTHS))]


def read_before(
    stage: Stage, chance: random.Random, entry: DemoEntry
) -> list[tuple[EventKind, EntryStep]]:
    """The facts nobody writes down: the entry is read within a few days, then studied where it
    takes longer.
    """
    if entry.status is IdeaStatus.received:
        return []
    until = entry.steps[0].on if entry.steps else TODAY
    room = stage.days.between(entry.filed_on, until)
    days = min(chance.randint(1, 4), room)
    hidden = entry.anonymous and entry.status is not IdeaStatus.redirected
    read = (
        EventKind.published if hidden else EventKind.status,
        EntryStep(stage.days.add(entry.filed_on, days), IdeaStatus.read),
    )
    step = entry.steps[0] if entry.steps else None
    if step and step.status is IdeaStatus.studied:
        return [read]
    needs = entry.status is IdeaStatus.studied or (step is not None and step.status is None)
    if needs or (
        step
        and step.status not in (IdeaStatus.merged, IdeaStatus.withdrawn, IdeaStatus.redirected)
        and room > 10
        and chance.random() < 0.6
    ):
        later = min(days + max(1, (room - days) // 3), days + 12, room)
        return [
            read,
            (
                EventKind.status,
                EntryStep(stage.days.add(entry.filed_on, later), IdeaStatus.studied),
            ),
        ]
    return [read]
