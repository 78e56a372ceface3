"""The communities of the demonstration: ambassadors per direction, the services they cover, and
the managers.
"""

import random
from collections import Counter
from datetime import date, timedelta
from operator import itemgetter

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
from seed.stage import DATA, START, TODAY, Agent, Stage, read

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


_ANNOUNCED = timedelta(days=30)


def announced_on(day: date) -> date:
    """A month before; unknown until then."""
    return min(max(day - _ANNOUNCED, START), TODAY)


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
        about = {"meeting_id": meeting["id"], "day": day}
        stage.add(MeetingEvent, on=announced_on(day), what=MeetingState.planned, **about)
        if state is not MeetingState.planned:
            reason = row.text("motif") or None
            stage.add(MeetingEvent, on=day, what=state, reason=reason, **about)
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
