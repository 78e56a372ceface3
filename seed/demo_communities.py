"""The communities and meetings of the demonstration: ambassadors and managers; what the bodies met
for and decided; sites, open meetings, who was there, coming dates, news.
"""

import random
from collections import Counter
from datetime import date, timedelta
from operator import itemgetter

from sqlalchemy import update

from models.communities import AmbassadorReach, Community, Membership, MembershipEvent
from models.decisions import (
    Decision,
    DecisionEvent,
    DecisionSheet,
)
from models.groups import ProgressGroup
from models.idea_states import OFF_PATH, Channel
from models.ideas import Idea
from models.meetings import (
    WORKSHOPS,
    AgendaPoint,
    Attendance,
    HandCount,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingPaper,
    MeetingState,
    OpeningQuestion,
    Site,
    WallLine,
)
from models.notices import Post
from models.seats import Seat, SeatEvent, SeatState
from seed.stage import DATA, START, TODAY, Agent, CsvRow, Stage, Story, read

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
        if number := row.get("ambassadors", int):
            chosen += _of_direction(stage, chance, row.need("code"), number)
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
    services = stage.services_of(direction)
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
    """The members of both communities, and ambassadors who left; one fact for each service covered,
    in the order of their days.
    """
    chance = stage.chance("communities")
    facts: list[dict] = []
    ambassadors = stage.ambassadors["all"]
    first = date(2022, 8, 16)
    for i, agent in enumerate(chance.sample(ambassadors, len(ambassadors))):
        if i < 40:
            joined_on = _FIRST_CLASS
        else:
            later = timedelta(days=chance.randint(0, (_LATER - first).days))
            joined_on = stage.open_day(first + later)
        reach = _REACHES[i % len(_REACHES)]
        facts += _join(stage, agent, Community.ambassadors, joined_on, reach)
    known = {agent.id for agent in (*ambassadors, *stage.cast.values(), *stage.managers.values())}
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
        facts += _join(stage, agent, Community.ambassadors, _FIRST_CLASS, left_on=left_on)
    # The fourth community starts later than the others.
    first = date(2022, 9, 26)
    carine = stage.cast["carine"]
    others = [agent for agent in stage.managers.values() if agent is not carine]
    for i, agent in enumerate([carine, *chance.sample(others, _MANAGERS - 1)]):
        later = 0 if i < 18 else chance.randint(20, 260)
        joined_on = first if i < 18 else stage.open_day(first + timedelta(days=later))
        facts += _join(stage, agent, Community.managers, joined_on)
    for fact in sorted(facts, key=itemgetter("on")):
        stage.add(MembershipEvent, **fact)


def _join(
    stage: Stage,
    agent: Agent,
    community: Community,
    joined_on: date,
    reach: AmbassadorReach = AmbassadorReach.one_service,
    left_on: date | None = None,
) -> list[dict]:
    """Adds a membership; returns its facts."""
    about = {"person_id": agent.id, "community": community}
    membership = stage.add(Membership, reach=reach, joined_on=joined_on, left_on=left_on, **about)
    about["membership_id"] = membership["id"]
    own = agent.service_on(joined_on)
    services = [own]
    if reach is AmbassadorReach.several:
        services += [code for code in stage.services if code[:6] == own[:6] and code != own]
    return [
        {
            "on": on,
            "service_id": stage.units[service],
            "joined": on == joined_on,
            "own": service == own,
            **about,
        }
        for service in services
        for on in (joined_on, left_on)
        if on
    ]


# ── Meetings and decisions ──────────────────────────────────────────────────────────────────────

_ANNOUNCED = timedelta(days=30)


def add_meeting_facts(stage: Stage, row: CsvRow, meeting: int, by: int | None = None) -> None:
    """Announced a month before, unknown until then; held or cancelled on its day."""
    day, state = row.need("day", date), row.need("state")
    about = {"by": by, "meeting_id": meeting, "day": day}
    announced_on = min(max(day - _ANNOUNCED, START), TODAY)
    stage.add(MeetingEvent, on=announced_on, what=MeetingState.planned, **about)
    if state != MeetingState.planned:
        stage.add_line(MeetingEvent, row, on=day, what=state, **about)


def load_meetings(stage: Stage) -> None:
    """Meetings with their facts: announced a month before; held or cancelled on their day;
    attendance as a count; their papers, agendas and decisions; the news.
    """
    meetings: dict[tuple[str, date], dict] = {}
    held: dict[tuple[str, date], int] = {}
    for row in read(DATA / "reunions.csv"):
        meeting = stage.add_line(Meeting, row)
        key = _, day = row.need("kind"), row.need("day", date)
        meetings[key] = meeting
        add_meeting_facts(stage, row, meeting["id"])
        if row.need("state") == MeetingState.held:
            stage.add_line(Attendance, row, on=day, meeting_id=meeting["id"])
            held[key] = meeting["id"]
    decisions = _load_decisions(stage, held)
    for row in read(DATA / "fiches-decision.csv"):
        number = row.need("number", int)
        stage.add_line(DecisionSheet, row, decision_id=decisions[number], by=stage.office)
    for row in read(DATA / "papiers-seances.csv"):
        meeting = meetings[row.need("kind"), row.need("day", date)]
        if row.get("what"):
            stage.add_line(MeetingPaper, row, by=stage.office, meeting_id=meeting["id"])
        else:
            meeting["minutes"] = row.get("text")
    # The order of the file is that of the points of a meeting.
    ranks: Counter[int] = Counter()
    for row in read(DATA / "ordres-du-jour.csv"):
        meeting_id = meetings[row.need("kind"), row.need("day", date)]["id"]
        ranks[meeting_id] += 1
        stage.add_line(
            AgendaPoint,
            row,
            by=stage.office,
            decision_id=decisions[row.need("number", int)],
            meeting_id=meeting_id,
            position=ranks[meeting_id],
        )
    # A public post was public from its day.
    for row in read(DATA / "actualites.csv"):
        public_on = row.need("on", date) if row.get("public", bool) else None
        stage.add_line(Post, row, by=stage.office, public_on=public_on)


def _load_decisions(stage: Stage, held: dict[tuple[str, date], int]) -> dict[int, int]:
    """Number → id. One line of the file is one fact; a fact on the day of a meeting of the body
    belongs to that meeting.
    """
    decisions: dict[int, int] = {}
    for row in read(DATA / "decisions.csv"):
        number = row.need("number", int)
        if number not in decisions:
            owner = stage.units[row.need("owner")]
            decisions[number] = stage.add_line(Decision, row, owner_direction_id=owner)["id"]
        meeting = held.get((row.need("instance"), row.need("on", date)))
        stage.add_line(DecisionEvent, row, decision_id=decisions[number], meeting_id=meeting)
    return decisions


# ── The agenda ──────────────────────────────────────────────────────────────────────────────────

_HANDS = {"informed": OpeningQuestion.informed, "answered": OpeningQuestion.answered}
_PRESENT_SHARE = 0.7  # managers present at one of their workshops
# An entry from a meeting is filed within two weeks.
_FILING_SPAN = timedelta(days=14)
_ON_WALL = 6


def load_agenda(stage: Stage) -> None:
    """Sites, and the meetings of agenda.csv with their facts."""
    chance = stage.chance("agenda")
    sites = {}
    for row in read(DATA / "sites.csv", "name"):
        site = stage.add_line(Site, row, direction_id=stage.units[row.need("direction")])
        sites[site["name"]] = site["id"]
    groups = stage.ids_by(ProgressGroup.code)
    for row in read(DATA / "agenda.csv"):
        meeting = stage.add_line(
            Meeting,
            row,
            direction_id=stage.units.get(row.get("direction")),
            site_id=sites.get(row.get("site")),
            group_id=groups.get(row.get("group")),
        )
        _add_facts(stage, chance, row, meeting)
        if registered := row.get("registered", int):
            _register(stage, chance, meeting, registered)


def _add_facts(stage: Stage, chance: random.Random, row: CsvRow, meeting: dict) -> None:
    """Its steps; who was there and the hands that were raised, if it was held."""
    is_workshop = meeting["kind"] in WORKSHOPS
    add_meeting_facts(stage, row, meeting["id"], by=stage.office if is_workshop else None)
    if row.need("state") != MeetingState.held:
        return
    held = {"on": row.need("day", date), "meeting_id": meeting["id"]}
    if meeting["kind"] == MeetingKind.managers:
        _add_managers(stage, chance, held)
    else:
        stage.add_line(Attendance, row, **held)
    for column, question in _HANDS.items():
        if hands := row.get(column, int):
            stage.add(HandCount, question=question, hands=hands, **held)
    if is_workshop:
        stage.workshops.append((*held.values(), meeting["direction_id"]))


def _add_managers(stage: Stage, chance: random.Random, held: dict) -> None:
    """By name: all managers are invited, seven in ten are present, one in ten is excused."""
    day = held["on"]
    managers = {agent.id: agent for agent in stage.managers.values() if agent.service_on(day)}
    ids = sorted(managers)
    present = set(chance.sample(ids, round(_PRESENT_SHARE * len(ids))))
    for person in ids:
        stage.add(
            Attendance,
            **held,
            person_id=person,
            service_id=stage.units[managers[person].service_on(day)],
            invited=1,
            present=int(person in present),
            excused=int(person not in present and chance.random() < 0.4),
        )


def _register(stage: Stage, chance: random.Random, meeting: dict, n: int) -> None:
    """Ordinary agents, none of the cast: the first ones have a seat, the others are on the waiting
    list.
    """
    taken = {agent.id for agent in stage.cast.values()}
    if meeting["kind"] == MeetingKind.managers:
        pool = list(stage.managers.values())
    elif meeting["kind"] == MeetingKind.ambassadors:
        pool = stage.ambassadors["all"]
    else:
        pool = stage.present(TODAY)
    pool = [agent for agent in pool if agent.id not in taken and agent.places[0][0] == START]
    for i, agent in enumerate(chance.sample(pool, min(n, len(pool)))):
        state = SeatState.booked if i < meeting["capacity"] else SeatState.waiting
        seat = stage.add(Seat, person_id=agent.id, status=state, meeting_id=meeting["id"])
        stage.add(SeatEvent, on=TODAY, seat_id=seat["id"], person_id=agent.id, status=state)


def assign_to_workshops(stage: Stage, stories: list[Story]) -> None:
    """Assigns entries filed « en atelier » to a workshop of about that day, of their direction if
    there is one; the wall of each shows some of them.
    """
    ideas_of: dict[int, list[dict]] = {}
    for story in stories:
        idea = story.idea
        before = [
            (unit != idea["concerns_id"], unit is not None, idea["filed_on"] - day, meeting)
            for day, meeting, unit in stage.workshops
            if timedelta(0) <= idea["filed_on"] - day <= _FILING_SPAN
        ]
        if before and idea["channel"] == Channel.workshop:
            ideas_of.setdefault(min(before)[-1], []).append(idea)
    for meeting, ideas in sorted(ideas_of.items()):
        ids = [idea["id"] for idea in ideas]
        stage.session.execute(update(Idea).where(Idea.id.in_(ids)).values(meeting_id=meeting))
        on_wall = [idea for idea in ideas if idea["published"] and idea["status"] not in OFF_PATH]
        on_wall.sort(key=lambda idea: (-(idea["voices"] or 0), idea["number"]))
        for seq, idea in enumerate(reversed(on_wall[:_ON_WALL]), 1):
            stage.add(WallLine, idea_id=idea["id"], meeting_id=meeting, seq=seq)
