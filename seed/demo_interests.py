"""The marks of interest of the demonstration and the notes of its managers. Persons are drawn at
random, their texts are written.
"""

from datetime import date, timedelta

from sqlmodel import select

from models.academy import Training
from models.communities import (
    Community,
    Interest,
    InterestEvent,
    InterestKind,
    InterestState,
    Membership,
)
from models.groups import GroupMember, ProgressGroup
from models.seats import SeatEvent, SeatState
from seed.csvfiles import CsvRow, read
from seed.stage import DATA, TODAY, Agent, Stage


def load_interests(stage: Stage) -> None:
    """One line of the file is one interest with its facts: of an agent of the direction, of a
    person who joined, or of a name.
    """
    drawn = _Drawn(stage)
    interests = []
    events = []
    for row in read(DATA / "marques-interet.csv"):
        person, moved = drawn.person_of(row)
        interests.append(
            _interest(stage, row, row.day("posée le") + moved, person)
            | {
                "group_id": drawn.groups.get(row.text("groupe")),
                "training_id": drawn.trainings.get(row.text("formation")),
            }
        )
        events += _facts(stage, interests[-1], row, moved)
    stage.insert(Interest, interests)
    stage.insert(InterestEvent, events)
    _load_practices(stage)


class _Drawn:
    """Chooses the person of each interest: an agent without a role, or one who did join, on the day
    she joined.
    """

    def __init__(self, stage: Stage):
        self.stage = stage
        self.chance = stage.chance("interests")
        self.by_id = {agent.id: agent for agent in stage.agents}
        self.groups = dict(stage.session.exec(select(ProgressGroup.code, ProgressGroup.id)).all())
        self.trainings = dict(stage.session.exec(select(Training.code, Training.id)).all())
        self.taken = {
            agent.id
            for agent in (*stage.cast.values(), *stage.managers.values(), *stage.ambassadors["all"])
        }
        self.met: set[int] = set()
        self.cast = {agent.id for agent in stage.cast.values()}

    def person_of(self, row: CsvRow) -> tuple[Agent | None, timedelta]:
        """The person (None if only a name was given), and by how much the days of the line move to
        end on her day.
        """
        if row.text("nom"):
            return None, timedelta()
        if row.text("issue") == InterestState.joined:
            person, day = self.chance.choice(self._joined(row))
            self.met.add(person.id)
            return person, day - row.day("le")
        if row.needed("activité") == Community.managers:
            return self.stage.managers[row.needed("direction")], timedelta()
        services = [
            code
            for code, service in self.stage.services.items()
            if service.direction == row.needed("direction")
        ]
        person = self.chance.choice(
            [
                a
                for a in self.stage.present(TODAY, services)
                if a.id not in self.taken and a.service_on(row.day("posée le"))
            ]
        )
        self.taken.add(person.id)
        return person, timedelta()

    def _joined(self, row: CsvRow) -> list[tuple[Agent, date]]:
        activity = row.needed("activité")
        if activity == "groupes":
            query = select(GroupMember.person_id, GroupMember.joined_on).where(
                GroupMember.group_id == self.groups[row.needed("groupe")]
            )
        elif activity == "academie":
            query = select(SeatEvent.person_id, SeatEvent.on).where(
                SeatEvent.training_id == self.trainings[row.needed("formation")],
                SeatEvent.status == SeatState.booked,
            )
        else:
            query = select(Membership.person_id, Membership.joined_on).where(
                Membership.community == activity, Membership.left_on.is_(None)
            )
        joined_agents = [
            (self.by_id[person], day)
            for person, day in self.stage.session.exec(query).all()
            if person in self.by_id and person not in self.met and person not in self.cast
        ]
        near = [
            (agent, day)
            for agent, day in joined_agents
            if (agent.service_on(day) or "")[:6] == row.needed("direction")
        ]
        return sorted(near or joined_agents, key=lambda joined: (joined[1], joined[0].id))


def _interest(stage: Stage, row: CsvRow, on: date, person: Agent | None) -> dict:
    unit = stage.units[person.service_on(on)] if person else stage.units[row.needed("direction")]
    state = InterestState.contacted if row.text("contactée le") else InterestState.new
    return {
        "id": stage.next_id(Interest),
        "person_id": person.id if person else None,
        "name": row.text("nom"),
        "contact": row.text("contact"),
        "activity": row.needed("activité"),
        "role": row.text("rôle"),
        "reach": row.text("portée"),
        "direction_id": unit,
        "text": row.text("texte"),
        "on": on,
        "owner_id": stage.cast["didier"].id if row.text("contactée le") else None,
        "state": row.text("issue") or str(state),
    }


def _facts(stage: Stage, interest: dict, row: CsvRow, moved: timedelta) -> list[dict]:
    steps = [(interest["on"], InterestState.new, "")]
    if row.text("contactée le"):
        steps.append(
            (
                row.day("contactée le") + moved,
                InterestState.contacted,
                "" if row.text("issue") else row.text("note"),
            )
        )
    if row.text("issue"):
        steps.append((row.day("le") + moved, InterestState(row.text("issue")), row.text("note")))
    return [
        {
            "id": stage.next_id(InterestEvent),
            "interest_id": interest["id"],
            "state": str(state),
            "text": text,
            "on": day,
            "recorded_on": day,
            "by": interest["person_id"] if state == InterestState.new else stage.cast["didier"].id,
        }
        for day, state, text in steps
    ]


def _load_practices(stage: Stage) -> None:
    """Each note is by a manager of the direction."""
    stage.insert(
        Interest,
        [
            {
                "id": stage.next_id(Interest),
                "title": row.needed("titre"),
                "text": row.needed("texte"),
                "on": row.day("le"),
                "kind": str(InterestKind.practice),
                "state": None,
                "person_id": stage.managers[row.needed("direction")].id,
            }
            for row in read(DATA / "bonnes-pratiques.csv")
        ],
    )
