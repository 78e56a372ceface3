"""The agenda of the demonstration: sites, open meetings and those of the communities, attendance
counts, coming dates, news.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import update
from sqlmodel import select

from models.groups import ProgressGroup
from models.idea_states import OFF_PATH, Channel
from models.ideas import Idea
from models.meetings import (
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
from seed.demo_communities import announced_on, fact_row
from seed.stage import DATA, START, TODAY, Agent, CsvRow, Stage, Story, read

_HANDS = {"main informés": OpeningQuestion.informed, "main questionnaire": OpeningQuestion.answered}
_PRESENT_SHARE = 0.7  # managers present at one of their workshops
# An entry from a meeting is filed within two weeks.
_FILING_SPAN = timedelta(days=14)
_ON_WALL = 6


@dataclass
class _Agenda:
    """The rows made from the file; `workshops` are those held: (day, meeting, direction)."""

    stage: Stage
    chance: random.Random
    sites: dict[str, int]
    groups: dict[str, int]
    meetings: list[dict] = field(default_factory=list)
    events: list[dict] = field(default_factory=list)
    present: list[dict] = field(default_factory=list)
    hands: list[dict] = field(default_factory=list)
    seats: list[dict] = field(default_factory=list)
    steps: list[dict] = field(default_factory=list)
    workshops: list[tuple[date, int, int | None]] = field(default_factory=list)

    def read(self, row: CsvRow) -> None:
        kind = row.word("genre", MeetingKind)
        state = row.word("état", MeetingState)
        day = row.day("jour")
        meeting = self._meeting(row, kind)
        self._event(meeting, MeetingState.planned, announced_on(day), day)
        if state is not MeetingState.planned:
            self._event(meeting, state, day, day, row.text("motif") or None)
        if state is MeetingState.held:
            self._held(row, kind, meeting, day)
        if row.text("inscrits"):
            self._register(meeting, row.whole("inscrits"), row.whole("places"))

    def _meeting(self, row: CsvRow, kind: MeetingKind) -> dict:
        unit = row.text("direction")
        site = row.text("site")
        meeting = {
            "id": self.stage.next_id(Meeting),
            "kind": str(kind),
            "title": row.text("titre"),
            "place": row.text("lieu"),
            "starts": row.text("début"),
            "ends": row.text("fin"),
            "direction_id": self.stage.units[unit] if unit else None,
            "site_id": self.sites[site] if site else None,
            "group_id": self.groups.get(row.text("groupe")),
            "capacity": row.whole("places") if row.text("places") else None,
            "enrols": row.is_yes("inscription"),
            "minutes": "",
        }
        self.meetings.append(meeting)
        return meeting

    def _event(
        self, meeting: dict, what: MeetingState, on: date, day: date, reason: str | None = None
    ) -> None:
        by = None
        if meeting["kind"] in (MeetingKind.workshop, MeetingKind.field):
            by = self.stage.cast["didier"].id
        self.events.append(
            fact_row(self.stage, MeetingEvent, on)
            | {
                "by": by,
                "meeting_id": meeting["id"],
                "what": str(what),
                "day": day,
                "reason": reason,
            }
        )

    def _held(self, row: CsvRow, kind: MeetingKind, meeting: dict, day: date) -> None:
        if kind is MeetingKind.managers:
            self._managers(meeting["id"], day)
        else:
            self._present(
                meeting["id"], day, invited=row.whole("invités"), present=row.whole("présents")
            )
        for column, question in _HANDS.items():
            if row.text(column):
                self.hands.append(
                    fact_row(self.stage, HandCount, day)
                    | {
                        "meeting_id": meeting["id"],
                        "question": str(question),
                        "hands": row.whole(column),
                    }
                )
        if kind in (MeetingKind.workshop, MeetingKind.field):
            self.workshops.append((day, meeting["id"], meeting["direction_id"]))

    def _managers(self, meeting: int, day: date) -> None:
        """By name: all managers are invited, seven in ten are present, one in ten is excused."""
        heads = sorted(
            {
                agent.id: agent for agent in self.stage.managers.values() if agent.service_on(day)
            }.values(),
            key=lambda a: a.id,
        )
        present = {
            agent.id for agent in self.chance.sample(heads, round(_PRESENT_SHARE * len(heads)))
        }
        for agent in heads:
            excused = agent.id not in present and self.chance.random() < 0.4
            self._present(meeting, day, agent, 1, int(agent.id in present), int(excused))

    def _present(
        self,
        meeting: int,
        day: date,
        agent: Agent | None = None,
        invited: int = 0,
        present: int = 0,
        excused: int = 0,
    ) -> None:
        self.present.append(
            fact_row(self.stage, Attendance, day)
            | {
                "meeting_id": meeting,
                "person_id": agent.id if agent else None,
                "service_id": self.stage.units[agent.service_on(day)] if agent else None,
                "invited": invited,
                "present": present,
                "excused": excused,
            }
        )

    def _register(self, meeting: dict, n: int, capacity: int) -> None:
        """Ordinary agents, none of the cast: the first ones have a seat, the others are on the
        waiting list.
        """
        taken = {agent.id for agent in self.stage.cast.values()}
        if meeting["kind"] == MeetingKind.managers:
            pool = list(self.stage.managers.values())
        elif meeting["kind"] == MeetingKind.ambassadors:
            pool = self.stage.ambassadors["all"]
        else:
            pool = self.stage.present(TODAY)
        pool = [agent for agent in pool if agent.id not in taken and agent.places[0][0] == START]
        for i, agent in enumerate(self.chance.sample(pool, min(n, len(pool)))):
            state = SeatState.booked if i < capacity else SeatState.waiting
            seat = {"id": self.stage.next_id(Seat), "person_id": agent.id, "status": str(state)}
            self.seats.append(seat | {"meeting_id": meeting["id"]})
            self.steps.append(
                fact_row(self.stage, SeatEvent, TODAY)
                | {"seat_id": seat["id"], "person_id": agent.id, "status": str(state), "hours": 0.0}
            )


def load_agenda(stage: Stage) -> list[tuple[date, int, int | None]]:
    """Loads sites and meetings with their facts; returns the workshops held: (day, meeting,
    direction).
    """
    sites = [
        {
            "id": stage.next_id(Site),
            "name": row.needed("nom"),
            "kind": row.text("genre"),
            "direction_id": stage.units[row.needed("direction")],
            "agents": row.whole("agents"),
            "computers": row.whole("ordinateurs"),
        }
        for row in read(DATA / "sites.csv", "nom")
    ]
    stage.insert(Site, sites)
    groups = dict(stage.session.exec(select(ProgressGroup.code, ProgressGroup.id)).all())
    agenda = _Agenda(
        stage, stage.chance("agenda"), {site["name"]: site["id"] for site in sites}, groups
    )
    for row in read(DATA / "agenda.csv"):
        agenda.read(row)
    for table, rows in (
        (Meeting, agenda.meetings),
        (MeetingEvent, agenda.events),
        (Attendance, agenda.present),
        (HandCount, agenda.hands),
        (Seat, agenda.seats),
        (SeatEvent, agenda.steps),
    ):
        stage.insert(table, rows)
    return agenda.workshops


def assign_to_workshops(
    stage: Stage, stories: list[Story], workshops: list[tuple[date, int, int | None]]
) -> None:
    """Assigns entries filed « en atelier » to a workshop of about that day, of their direction if
    there is one.
    """
    lines: dict[int, list[dict]] = {}
    for story in stories:
        idea = story.idea
        meeting = _workshop_of(idea, workshops) if idea["channel"] == Channel.workshop else None
        if meeting:
            lines.setdefault(meeting, []).append(idea)
    stage.session.execute(
        update(Idea),
        [
            {"id": idea["id"], "meeting_id": meeting}
            for meeting, ideas in lines.items()
            for idea in ideas
        ],
    )
    stage.insert(
        WallLine,
        [
            {"idea_id": idea["id"], "meeting_id": meeting, "seq": seq}
            for meeting, ideas in sorted(lines.items())
            for seq, idea in enumerate(_for_the_wall(ideas), 1)
        ],
    )


def _workshop_of(idea: dict, workshops: list[tuple[date, int, int | None]]) -> int | None:
    before = [
        workshop
        for workshop in workshops
        if timedelta(0) <= idea["filed_on"] - workshop[0] <= _FILING_SPAN
    ]
    nearest = min(
        before,
        key=lambda item: (
            item[2] != idea["concerns_id"],
            item[2] is not None,
            idea["filed_on"] - item[0],
            item[1],
        ),
        default=None,
    )
    return nearest[1] if nearest else None


def _for_the_wall(ideas: list[dict]) -> list[dict]:
    on_wall = [idea for idea in ideas if idea["published"] and idea["status"] not in OFF_PATH]
    return sorted(on_wall, key=lambda idea: (-(idea["voices"] or 0), idea["number"]))[:_ON_WALL][
        ::-1
    ]


def load_posts(stage: Stage) -> None:
    """One line of the file is one post; a public one was public from its day."""
    author = stage.cast["didier"].id
    stage.insert(
        Post,
        [
            {
                "id": stage.next_id(Post),
                "on": row.day("jour"),
                "title": row.needed("titre"),
                "body": row.text("texte"),
                "by": author,
                "public_on": row.day("jour") if row.needed("publique") == "oui" else None,
            }
            for row in read(DATA / "actualites.csv")
        ],
    )
