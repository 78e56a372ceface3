"""A small town, and a teller of facts about it: filings, answers, corrections, in any order."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlmodel import Session

from models.directions import Direction, DirectionPlace, Headcount
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import ANSWERS, IdeaKind, IdeaStatus, next_statuses
from models.ideas import Idea
from models.ledger import Ledger, event_row
from models.people import Person
from models.roadmap import Ambition
from models.workdays import Workdays

FIRST, LAST = date(2021, 11, 1), date(2023, 6, 30)
CALENDAR = Workdays()
UNITS = [
    ("ADM", "racine", None),
    ("A", "departement", "ADM"),
    ("A-1", "direction", "A"),
    ("A-1-1", "service", "A-1"),
    ("A-1-2", "service", "A-1"),
    ("B", "departement", "ADM"),
    ("B-1", "direction", "B"),
    ("B-1-1", "service", "B-1"),
]
AGENTS = {"A-1-1": 60, "A-1-2": 40, "B-1-1": 100}
S = IdeaStatus


@dataclass
class Town:
    """A small administration: three services in two departments, two ambitions, forty persons."""

    unit: dict[str, int] = field(default_factory=dict)
    persons: list[int] = field(default_factory=list)


def build_town(session: Session) -> Town:
    town, day = Town(), date(2021, 1, 1)
    for position, (code, kind, parent) in enumerate(UNITS):
        unit = Direction(code=code, name=code, kind=kind, position=position)
        session.add(unit)
        session.flush()
        town.unit[code] = unit.id
        session.add(
            DirectionPlace(
                direction_id=unit.id,
                on=day,
                recorded_on=day,
                parent_id=parent and town.unit[parent],
            )
        )
    for code, agents in AGENTS.items():
        session.add(
            Headcount(
                service_id=town.unit[code],
                on=day,
                recorded_on=day,
                agents=agents,
                without_computer=0,
            )
        )
        session.add(
            Headcount(
                service_id=town.unit[code],
                on=date(2022, 7, 1),
                recorded_on=day,
                agents=agents + 10,
                without_computer=0,
            )
        )
    people = [Person(given_name=f"P{n}") for n in range(40)]
    session.add_all(
        [*people, Ambition(id=1, code="un", name="Un"), Ambition(id=2, code="deux", name="Deux")]
    )
    session.flush()
    town.persons = [person.id for person in people]
    return town


class Teller:
    """Invents lives and writes them through the Ledger, as acts would: some facts are undone the
    same day.
    """

    def __init__(self, session: Session, town: Town, seed: int):
        self.session, self.town, self.chance = session, town, random.Random(seed)
        self.ledger = Ledger(session)

    def tell(self, lives: int, first: date = FIRST, last: date = LAST) -> None:
        for n in range(lives):
            self._life(first, last)
            if n % 7 == 0:  # several acts, so that revisions are raised again and again
                self.ledger.write()
        self.ledger.write()

    def _life(self, first: date, last: date) -> None:
        chance, unit = self.chance, self.town.unit
        kind = chance.choice([*IdeaKind, IdeaKind.idea, IdeaKind.idea, IdeaKind.suggestion])
        filed = first + timedelta(days=chance.randrange((last - first).days + 1))
        dated = chance.random() < 0.85  # an import without dates leaves the figures of delay
        services = [unit[code] for code in AGENTS]
        author = chance.choice(self.town.persons) if chance.random() < 0.6 else None
        idea = Idea(
            id=random_id(filed),
            number=self.free_number(),
            kind=kind,
            title=f"Idée {chance.random()}",
            channel="formulaire",
            filed_on=filed,
            dated=dated,
            counts=chance.random() < 0.9,
            ambition_id=chance.choice([1, 2, None]),
            author_id=author,
            status=S.received,
            concerns_id=chance.choice([*services, unit["A-1"], unit["B"], None]),
            origin_id=chance.choice(services) if author or chance.random() < 0.3 else None,
            due_on=CALENDAR.add(filed, 30) if dated else None,
        )
        self.session.add(idea)
        self.session.flush()
        self.idea, self.seq, self.day, self.last = idea, 0, filed, last
        self._add(EventKind.filed, None, S.received, None, idea.due_on)
        for _ in range(chance.randrange(6)):
            self.day += timedelta(days=chance.choice([0, 1, 5, 20, 60, 200]))
            if self.day > last:
                return
            self._step()

    def free_number(self) -> int:
        return self.chance.randrange(10**12)

    def _step(self) -> None:
        """One act: an official answer, a holding answer, a change of direction, or the next
        state.
        """
        idea, draw = self.idea, self.chance.random()
        promised = idea.due_on if idea.answered_on is None else None
        if draw < 0.15 and idea.answered_on is None and S(idea.status).is_open:
            self._undoable(self._answered(EventKind.answered, idea.status))
        elif draw < 0.25 and promised and self.day <= promised:
            later = CALENDAR.add(promised, 20)
            event = self._add(EventKind.held, idea.status, idea.status, promised, later)
            idea.due_on = later
            if self.chance.random() < 0.3:
                self._undo(event)
                idea.due_on = promised
        elif (
            draw < 0.35 and idea.answered_on is None and (promised is None or self.day <= promised)
        ):
            self._move()
        else:
            following = next_statuses(IdeaKind(idea.kind), S(idea.status))
            if following:
                self._undoable(self._becomes(self.chance.choice(following)))

    def _becomes(self, status: S) -> tuple[dict, dict]:
        idea = self.idea
        if status in ANSWERS and idea.answered_on is None:
            return self._answered(EventKind.status, status)
        before = {"status": idea.status, "due_on": idea.due_on, "answered_on": idea.answered_on}
        due = idea.due_on
        if (
            status in (S.withdrawn, S.merged)
            and idea.answered_on is None
            and due
            and self.day <= due
        ):
            due = None  # nobody waits any more
        event = self._add(EventKind.status, idea.status, status, idea.due_on, due)
        idea.status, idea.due_on = status, due
        return event, before

    def _answered(self, what: EventKind, status: str) -> tuple[dict, dict]:
        idea = self.idea
        before = {"status": idea.status, "due_on": idea.due_on, "answered_on": idea.answered_on}
        delay = CALENDAR.between(idea.filed_on, self.day) if idea.dated else None
        event = self._add(
            what, idea.status, status, idea.due_on, idea.due_on, first_answer=True, delay=delay
        )
        idea.status, idea.answered_on = status, self.day
        return event, before

    def _undoable(self, done: tuple[dict, dict]) -> None:
        event, before = done
        if self.chance.random() < 0.2:
            self._undo(event)
            for name, value in before.items():
                setattr(self.idea, name, value)

    def _undo(self, event: dict) -> None:
        """The voiding fact carries the same day: the undone act counts nowhere."""
        self._add(EventKind.undone, None, None, None, None, voids=event["id"])

    def _move(self) -> None:
        """To another direction and ambition: out of the one, into the other, in the same state."""
        idea = self.idea
        self._add(EventKind.status, idea.status, None, idea.due_on, None)
        idea.concerns_id, idea.ambition_id = (
            self.town.unit[self.chance.choice(["A-1-2", "B-1-1"])],
            self.chance.choice([1, 2]),
        )
        self._add(EventKind.status, None, idea.status, None, idea.due_on)

    def _add(self, what, before, after, prev_due, due, **more) -> dict:
        self.seq += 1
        event = event_row(
            self.idea,
            id=random_id(self.day),
            on=self.day,
            recorded_on=self.day,
            seq=self.seq,
            what=what,
            from_status=before and str(before),
            to_status=after and str(after),
            prev_due_on=prev_due,
            due_on=due,
            **more,
        )
        self.ledger.add(event)
        return event
