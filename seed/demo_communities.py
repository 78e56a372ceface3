"""The communities of the demonstration: ambassadors per direction, the services they cover, and
the managers.
"""

import random
from datetime import date, timedelta

from models.communities import AmbassadorReach, Community, Membership, MembershipEvent
from seed.csvfiles import read
from seed.stage import DATA, START, Agent, Stage

ACTIVE_OF_86 = 64
# Jalon 2.3: the first forty are trained.
_FIRST_CLASS = date(2022, 6, 21)
_LATER = date(2023, 6, 15)
_EARLIER = 7
_MANAGERS = 41
_REACHES = (
    AmbassadorReach.one_service,
    AmbassadorReach.several,
    AmbassadorReach.one_service,
    AmbassadorReach.informal,
    AmbassadorReach.one_service,
)


def choose_ambassadors(stage: Stage) -> None:
    """Chooses the ambassadors of each direction, from its services in turn; 64 of 86 are active in
    the last 90 days.
    """
    chance = stage.chance("ambassadors")
    chosen: list[Agent] = []
    for row in read(DATA / "directions.csv", "code"):
        if row.text("ambassadeurs"):
            chosen += _of_direction(stage, chance, row.needed("code"), row.whole("ambassadeurs"))
    quiet_one = {
        agent.id for agent in chance.sample(chosen, len(chosen) - len(chosen) * ACTIVE_OF_86 // 86)
    }
    bruno = stage.cast["bruno"]
    if bruno.id in quiet_one:
        quiet_one.remove(bruno.id)
        quiet_one.add(
            next(agent.id for agent in chosen if agent is not bruno and agent.id not in quiet_one)
        )
    stage.ambassadors = {
        "all": chosen,
        "active": [agent for agent in chosen if agent.id not in quiet_one],
        "quiet": [agent for agent in chosen if agent.id in quiet_one],
    }


def _of_direction(stage: Stage, chance: random.Random, direction: str, n: int) -> list[Agent]:
    services = [
        service.code for service in stage.services.values() if service.direction == direction
    ]
    bruno = stage.cast["bruno"]
    taken = {agent.id for agent in (*stage.cast.values(), *stage.managers.values())}
    chosen: list[Agent] = [bruno] if bruno.service in services else []
    for i in range(len(chosen), n):
        service = services[i % len(services)]
        pool = [
            agent
            for agent in stage.agents
            if agent.places == [(START, service)] and agent.id not in taken and agent not in chosen
        ]
        chosen.append(chance.choice(pool))
    return chosen


def load_communities(stage: Stage) -> None:
    chance = stage.chance("communities")
    club = _MembershipWriter(stage)
    for i, agent in enumerate(_shuffled(chance, stage.ambassadors["all"])):
        joined_on = _FIRST_CLASS if i < 40 else stage.open_day(_later(chance))
        club.join(agent, Community.ambassadors, joined_on, _REACHES[i % len(_REACHES)])
    known = {
        agent.id
        for agent in (*stage.ambassadors["all"], *stage.cast.values(), *stage.managers.values())
    }
    pool = [
        agent
        for agent in stage.agents
        if agent.places[0][0] == START
        and len(agent.places) == 1
        and agent.id not in known
        and agent.service[:6] not in ("DF-TAX", "AD-SAL")
    ]
    for agent in chance.sample(pool, _EARLIER):
        left_on = stage.open_day(date(2022, 11, 2) + timedelta(days=chance.randint(0, 180)))
        club.join(agent, Community.ambassadors, _FIRST_CLASS, AmbassadorReach.one_service, left_on)
    _welcome_managers(stage, chance, club)
    club.write()


def _welcome_managers(stage: Stage, chance: random.Random, club: "_MembershipWriter") -> None:
    """The fourth community starts later than the others: from September 2022 on."""
    carine = stage.cast["carine"]
    others = [agent for agent in stage.managers.values() if agent is not carine]
    for i, agent in enumerate([carine, *chance.sample(others, _MANAGERS - 1)]):
        first = date(2022, 9, 26)
        joined_on = (
            first if i < 18 else stage.open_day(first + timedelta(days=chance.randint(20, 260)))
        )
        club.join(agent, Community.managers, joined_on, AmbassadorReach.one_service)


def _shuffled(chance: random.Random, agents: list[Agent]) -> list[Agent]:
    return chance.sample(agents, len(agents))


def _later(chance: random.Random) -> date:
    first = date(2022, 8, 16)
    return first + timedelta(days=chance.randint(0, (_LATER - first).days))


class _MembershipWriter:
    """Memberships and their facts, one service covered per fact."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.memberships: list[dict] = []
        self.events: list[dict] = []

    def join(
        self,
        agent: Agent,
        community: Community,
        day: date,
        reach: AmbassadorReach,
        left_on: date | None = None,
    ) -> None:
        membership = {
            "id": self.stage.next_id(Membership),
            "person_id": agent.id,
            "community": str(community),
            "reach": str(reach),
            "joined_on": day,
            "left_on": left_on,
        }
        self.memberships.append(membership)
        own = agent.service_on(day)
        for service in (own, *self._others(own, reach)):
            for on, joined in ((day, True), (left_on, False)):
                if on:
                    self.events.append(
                        {
                            "on": on,
                            "recorded_on": on,
                            "membership_id": membership["id"],
                            "person_id": agent.id,
                            "community": str(community),
                            "service_id": self.stage.units[service],
                            "joined": joined,
                            "own": service == own,
                        }
                    )

    def _others(self, own: str, reach: AmbassadorReach) -> list[str]:
        if reach is not AmbassadorReach.several:
            return []
        return [code for code in self.stage.services if code[:6] == own[:6] and code != own]

    def write(self) -> None:
        self.stage.insert(Membership, self.memberships)
        self.events.sort(key=lambda row: row["on"])
        for row in self.events:
            row["id"] = self.stage.next_id(MembershipEvent)
        self.stage.insert(MembershipEvent, self.events)
