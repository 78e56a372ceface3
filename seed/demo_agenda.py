"""The agenda of the demonstration: sites, open meetings and those of the communities, attendance
counts, coming dates, news.
"""

import random
from datetime import date, timedelta

from sqlalchemy import update
from sqlmodel import select

from models.groups import ProgressGroup
from models.idea_states import OFF_PATH, Channel
from models.ideas import Idea
from models.meetings import (
    WORKSHOPS,
    Attendance,
    HandCount,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingState,
    OpeningQuestion,
    Site,
    WallLine,
)
from models.notices import Post
from models.seats import Seat, SeatEvent, SeatState
from seed.demo_communities import announced_on
from seed.stage import DATA, START, TODAY, CsvRow, Stage, Story, read

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
    """Announced a month before; then held, with who was there, or cancelled."""
    state, day = row.word("état", MeetingState), row.day("jour")
    fact = {
        "by": stage.cast["didier"].id if meeting["kind"] in WORKSHOPS else None,
        "meeting_id": meeting["id"],
        "day": day,
    }
    stage.add(MeetingEvent, on=announced_on(day), what=MeetingState.planned, **fact)
    if state is not MeetingState.planned:
        reason = row.text("motif") or None
        stage.add(MeetingEvent, on=day, what=state, reason=reason, **fact)
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
    if meeting["kind"] in WORKSHOPS:
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
