"""The communities and meetings of the demonstration: ambassadors and managers; what the bodies met
for and decided; sites, open meetings, who was there, coming dates, news.
"""

import random
from collections import Counter
from datetime import date, timedelta
from operator import itemgetter

from sqlalchemy import update
from sqlmodel import select

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
    PaperStep,
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
    day, state = row.day("jour"), row.word("état", MeetingState)
    about = {"by": by, "meeting_id": meeting, "day": day}
    announced_on = min(max(day - _ANNOUNCED, START), TODAY)
    stage.add(MeetingEvent, on=announced_on, what=MeetingState.planned, **about)
    if state is not MeetingState.planned:
        reason = row.text("motif") or None
        stage.add(MeetingEvent, on=day, what=state, reason=reason, **about)


def load_meetings(stage: Stage) -> None:
    """Meetings with their facts: announced a month before; held or cancelled on their day;
    attendance as a count; their papers, agendas and decisions.
    """
    meetings: dict[tuple[str, date], dict] = {}
    held: dict[tuple[str, date], int] = {}
    for row in read(DATA / "reunions.csv"):
        kind, state = row.word("genre", MeetingKind), row.word("état", MeetingState)
        day = row.day("jour")
        meeting = stage.add(Meeting, kind=kind, title=row.text("titre"), place=row.text("lieu"))
        meetings[row.text("genre"), day] = meeting
        add_meeting_facts(stage, row, meeting["id"])
        if state is MeetingState.held:
            stage.add(
                Attendance,
                on=day,
                meeting_id=meeting["id"],
                invited=row.whole("invités"),
                present=row.whole("présents"),
                excused=row.whole("excusés"),
            )
            held[kind, day] = meeting["id"]
    decisions = _load_decisions(stage, held)
    didier = stage.cast["didier"].id
    for row in read(DATA / "papiers-seances.csv"):
        meeting = meetings[row.text("genre"), row.day("jour")]
        if not row.text("étape"):
            meeting["minutes"] = row.text("texte")
            continue
        stage.add(
            MeetingPaper,
            on=row.day("le"),
            by=didier,
            meeting_id=meeting["id"],
            what=row.word("étape", PaperStep),
            text=row.text("texte"),
        )
    # The order of the file is that of the points of a meeting.
    ranks: Counter[int] = Counter()
    for row in read(DATA / "ordres-du-jour.csv"):
        meeting = meetings[row.text("genre"), row.day("jour")]["id"]
        ranks[meeting] += 1
        stage.add(
            AgendaPoint,
            on=row.day("le"),
            by=didier,
            decision_id=decisions[row.whole("numéro")],
            meeting_id=meeting,
            position=ranks[meeting],
            minutes=row.whole("minutes"),
        )


def _load_decisions(stage: Stage, held: dict[tuple[str, date], int]) -> dict[int, int]:
    """Number → id. One line of the file is one fact; a fact on the day of a meeting of the body
    belongs to that meeting.
    """
    decisions: dict[int, int] = {}
    for row in read(DATA / "decisions.csv"):
        number, on = row.whole("numéro"), row.day("le")
        instance, what = row.word("instance", Instance), row.word("étape", DecisionStep)
        if number not in decisions:
            decision = stage.add(
                Decision,
                number=number,
                title=row.needed("titre"),
                instance=instance,
                owner_direction_id=stage.units[row.needed("porteur")],
            )
            decisions[number] = decision["id"]
        is_planned = what is DecisionStep.review_planned
        is_reviewed = what is DecisionStep.reviewed
        day = row.maybe_day("échéance")
        issue = None
        if row.text("issue"):
            issue = row.word("issue", Verdict if is_reviewed else Outcome)
        stage.add(
            DecisionEvent,
            on=on,
            decision_id=decisions[number],
            what=what,
            meeting_id=held.get((instance, on)),
            cost=row.maybe_number("coût"),
            fte=row.maybe_number("ETP"),
            text=row.text("texte"),
            outcome=None if is_reviewed else issue,
            verdict=issue if is_reviewed else None,
            due_on=None if is_planned else day,
            review_on=day if is_planned else None,
        )
    for row in read(DATA / "fiches-decision.csv"):
        stage.add(
            DecisionSheet,
            decision_id=decisions[row.whole("numéro")],
            problem=row.text("problème"),
            options=row.text("options"),
            concerned=row.text("concernés"),
            objections=row.text("objections"),
            cost=row.maybe_number("coût"),
            fte=row.maybe_number("ETP"),
            on=row.day("le"),
            by=stage.cast["didier"].id,
        )
    return decisions


# ── The agenda ──────────────────────────────────────────────────────────────────────────────────

_HANDS = {"main informés": OpeningQuestion.informed, "main questionnaire": OpeningQuestion.answered}
_PRESENT_SHARE = 0.7  # managers present at one of their workshops
# An entry from a meeting is filed within two weeks.
_FILING_SPAN = timedelta(days=14)
_ON_WALL = 6


def load_agenda(stage: Stage) -> None:
    """Sites, and the meetings of agenda.csv with their facts."""
    chance = stage.chance("agenda")
    sites = {}
    for row in read(DATA / "sites.csv", "nom"):
        site = stage.add(
            Site,
            name=row.needed("nom"),
            kind=row.text("genre"),
            direction_id=stage.units[row.needed("direction")],
            agents=row.whole("agents"),
            computers=row.whole("ordinateurs"),
        )
        sites[site["name"]] = site["id"]
    groups = dict(stage.session.exec(select(ProgressGroup.code, ProgressGroup.id)).all())
    for row in read(DATA / "agenda.csv"):
        unit, site = row.text("direction"), row.text("site")
        meeting = stage.add(
            Meeting,
            kind=row.word("genre", MeetingKind),
            title=row.text("titre"),
            place=row.text("lieu"),
            starts=row.text("début"),
            ends=row.text("fin"),
            direction_id=stage.units[unit] if unit else None,
            site_id=sites[site] if site else None,
            group_id=groups.get(row.text("groupe")),
            capacity=row.whole("places") if row.text("places") else None,
            enrols=row.is_yes("inscription"),
        )
        _add_facts(stage, chance, row, meeting)
        if row.text("inscrits"):
            _register(stage, chance, meeting, row.whole("inscrits"))


def _add_facts(stage: Stage, chance: random.Random, row: CsvRow, meeting: dict) -> None:
    """Its steps; who was there and the hands that were raised, if it was held."""
    state, day = row.word("état", MeetingState), row.day("jour")
    is_workshop = meeting["kind"] in WORKSHOPS
    didier = stage.cast["didier"].id
    add_meeting_facts(stage, row, meeting["id"], by=didier if is_workshop else None)
    if state is not MeetingState.held:
        return
    if meeting["kind"] is MeetingKind.managers:
        _add_managers(stage, chance, meeting["id"], day)
    else:
        invited, present = row.whole("invités"), row.whole("présents")
        stage.add(Attendance, on=day, meeting_id=meeting["id"], invited=invited, present=present)
    for column, question in _HANDS.items():
        if row.text(column):
            hands = row.whole(column)
            stage.add(HandCount, on=day, meeting_id=meeting["id"], question=question, hands=hands)
    if is_workshop:
        stage.workshops.append((day, meeting["id"], meeting["direction_id"]))


def _add_managers(stage: Stage, chance: random.Random, meeting: int, day: date) -> None:
    """By name: all managers are invited, seven in ten are present, one in ten is excused."""
    managers = {agent.id: agent for agent in stage.managers.values() if agent.service_on(day)}
    ids = sorted(managers)
    present = set(chance.sample(ids, round(_PRESENT_SHARE * len(ids))))
    for person in ids:
        stage.add(
            Attendance,
            on=day,
            meeting_id=meeting,
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
    if meeting["kind"] is MeetingKind.managers:
        pool = list(stage.managers.values())
    elif meeting["kind"] is MeetingKind.ambassadors:
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
        meeting = _workshop_of(stage, idea) if idea["channel"] == Channel.workshop else None
        if meeting:
            ideas_of.setdefault(meeting, []).append(idea)
    for meeting, ideas in sorted(ideas_of.items()):
        ids = [idea["id"] for idea in ideas]
        stage.session.execute(update(Idea).where(Idea.id.in_(ids)).values(meeting_id=meeting))
        on_wall = [idea for idea in ideas if idea["published"] and idea["status"] not in OFF_PATH]
        on_wall.sort(key=lambda idea: (-(idea["voices"] or 0), idea["number"]))
        for seq, idea in enumerate(reversed(on_wall[:_ON_WALL]), 1):
            stage.add(WallLine, idea_id=idea["id"], meeting_id=meeting, seq=seq)


def _workshop_of(stage: Stage, idea: dict) -> int | None:
    before = [
        (direction != idea["concerns_id"], direction is not None, idea["filed_on"] - day, meeting)
        for day, meeting, direction in stage.workshops
        if timedelta(0) <= idea["filed_on"] - day <= _FILING_SPAN
    ]
    return min(before)[-1] if before else None


def load_posts(stage: Stage) -> None:
    """One line of the file is one post; a public one was public from its day."""
    for row in read(DATA / "actualites.csv"):
        day = row.day("jour")
        stage.add(
            Post,
            on=day,
            title=row.needed("titre"),
            body=row.text("texte"),
            by=stage.cast["didier"].id,
            public_on=day if row.needed("publique") == "oui" else None,
        )
