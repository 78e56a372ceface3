"""The communities of the demonstration: ambassadors per direction, the services they cover, and
the managers.
"""

import random
from collections import Counter
from datetime import date, timedelta

from models.communities import AmbassadorReach, Community, Membership, MembershipEvent
from models.decisions import (
    Decision,
    DecisionEvent,
    DecisionSheet,
    DecisionStep,
    Instance,
    Outcome,
    Verdict,
)
from models.meetings import (
    AgendaPoint,
    Attendance,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingPaper,
    MeetingState,
    PaperStep,
)
from seed.stage import DATA, START, TODAY, Agent, CsvRow, Stage, read

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


_ANNOUNCED = timedelta(days=30)
_ISSUES = {DecisionStep.reviewed: Verdict}


def load_meetings(stage: Stage) -> None:
    """Meetings with their facts: announced a month before; held or cancelled on their day;
    attendance as a count.
    """
    meetings = []
    events = []
    present = []
    held_meetings = {}
    written = {(row.text("genre"), row.day("jour")): row.text("texte") for row in _papers(False)}
    by_day = {}
    for row in read(DATA / "reunions.csv"):
        kind = row.word("genre", MeetingKind)
        state = row.word("état", MeetingState)
        day = row.day("jour")
        meeting = stage.next_id(Meeting)
        meetings.append(
            {
                "id": meeting,
                "kind": str(kind),
                "title": row.text("titre"),
                "place": row.text("lieu"),
                "minutes": written.get((row.text("genre"), day), ""),
            }
        )
        by_day[row.text("genre"), day] = meeting
        events.append(
            fact_row(stage, MeetingEvent, announced_on(day))
            | {
                "meeting_id": meeting,
                "what": str(MeetingState.planned),
                "day": day,
                "reason": None,
            }
        )
        if state is not MeetingState.planned:
            events.append(
                fact_row(stage, MeetingEvent, day)
                | {
                    "meeting_id": meeting,
                    "what": str(state),
                    "day": day,
                    "reason": row.text("motif") or None,
                }
            )
        if state is MeetingState.held:
            present.append(
                fact_row(stage, Attendance, day)
                | {
                    "meeting_id": meeting,
                    "invited": row.whole("invités"),
                    "present": row.whole("présents"),
                    "excused": row.whole("excusés"),
                }
            )
            held_meetings[str(kind), day] = meeting
    stage.insert(Meeting, meetings)
    stage.insert(MeetingEvent, events)
    stage.insert(Attendance, present)
    decisions = _load_decisions(stage, held_meetings)
    stage.insert(AgendaPoint, _agendas(stage, by_day, decisions))
    stage.insert(MeetingPaper, _paper_steps(stage, by_day))


def _paper_steps(stage: Stage, meetings: dict[tuple[str, date], int]) -> list[dict]:
    return [
        fact_row(stage, MeetingPaper, row.day("le"))
        | {
            "by": stage.cast["didier"].id,
            "meeting_id": meetings[row.text("genre"), row.day("jour")],
            "what": str(row.word("étape", PaperStep)),
            "text": row.text("texte"),
        }
        for row in _papers(True)
    ]


def _papers(are_steps: bool) -> list[CsvRow]:
    """The steps of the papers of meetings, or the texts of the PV."""
    rows = read(DATA / "papiers-seances.csv")
    return [row for row in rows if bool(row.text("étape")) is are_steps]


def _agendas(
    stage: Stage, meetings: dict[tuple[str, date], int], decisions: dict[int, dict]
) -> list[dict]:
    """The order of the file is that of the points of a meeting."""
    ranks: Counter[int] = Counter()
    found = []
    for row in read(DATA / "ordres-du-jour.csv"):
        meeting = meetings[row.text("genre"), row.day("jour")]
        ranks[meeting] += 1
        found.append(
            fact_row(stage, AgendaPoint, row.day("le"))
            | {
                "by": stage.cast["didier"].id,
                "decision_id": decisions[row.whole("numéro")]["id"],
                "meeting_id": meeting,
                "position": ranks[meeting],
                "minutes": row.whole("minutes"),
            }
        )
    return found


def announced_on(day: date) -> date:
    """A month before; unknown until then."""
    return min(max(day - _ANNOUNCED, START), TODAY)


def _load_decisions(stage: Stage, held: dict[tuple[str, date], int]) -> dict[int, dict]:
    """One line of the file is one fact; a fact on the day of a meeting of the body belongs to that
    meeting.
    """
    decisions: dict[int, dict] = {}
    events = []
    for row in read(DATA / "decisions.csv"):
        number = row.whole("numéro")
        on = row.day("le")
        instance = row.word("instance", Instance)
        if number not in decisions:
            decisions[number] = {
                "id": stage.next_id(Decision),
                "number": number,
                "title": row.needed("titre"),
                "instance": str(instance),
                "owner_direction_id": stage.units[row.needed("porteur")],
            }
        what = row.word("étape", DecisionStep)
        is_review = what is DecisionStep.review_planned
        issue = str(row.word("issue", _ISSUES.get(what, Outcome))) if row.text("issue") else None
        events.append(
            fact_row(stage, DecisionEvent, on)
            | {
                "decision_id": decisions[number]["id"],
                "what": str(what),
                "meeting_id": held.get((str(instance), on)),
                "outcome": None if what in _ISSUES else issue,
                "verdict": issue if what in _ISSUES else None,
                "due_on": None if is_review else row.maybe_day("échéance"),
                "review_on": row.maybe_day("échéance") if is_review else None,
                "cost": row.maybe_number("coût"),
                "fte": row.maybe_number("ETP"),
                "text": row.text("texte"),
            }
        )
    stage.insert(Decision, decisions.values())
    stage.insert(DecisionEvent, events)
    stage.insert(DecisionSheet, _sheets(stage, decisions))
    return decisions


def _sheets(stage: Stage, decisions: dict[int, dict]) -> list[dict]:
    return [
        {
            "decision_id": decisions[row.whole("numéro")]["id"],
            "problem": row.text("problème"),
            "options": row.text("options"),
            "concerned": row.text("concernés"),
            "objections": row.text("objections"),
            "cost": row.maybe_number("coût"),
            "fte": row.maybe_number("ETP"),
            "on": row.day("le"),
            "by": stage.cast["didier"].id,
        }
        for row in read(DATA / "fiches-decision.csv")
    ]


def fact_row(stage: Stage, table: type, on: date) -> dict:
    return {"id": stage.next_id(table), "on": on, "recorded_on": on}
