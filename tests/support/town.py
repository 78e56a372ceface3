"""A small town."""

from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from models.directions import Direction, DirectionPlace, Headcount
from models.idea_states import IdeaStatus
from models.people import Person
from models.roadmap import Ambition

LAST = date(2023, 6, 30)
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
    session.add_all(
        Headcount(
            service_id=town.unit[code],
            on=on,
            recorded_on=day,
            agents=agents + more,
            without_computer=0,
        )
        for code, agents in AGENTS.items()
        for on, more in ((day, 0), (date(2022, 7, 1), 10))
    )
    people = [Person(given_name=f"P{n}") for n in range(40)]
    session.add_all(
        [*people, Ambition(id=1, code="un", name="Un"), Ambition(id=2, code="deux", name="Deux")]
    )
    session.flush()
    town.persons = [person.id for person in people]
    return town
