"""The progress groups of the demonstration: their volunteers, steps, deliverables, documents and
outcomes.
"""

from collections import Counter
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
from models.decisions import Decision
from models.discussions import Link
from models.groups import (
    Deliverable,
    DeliverableEvent,
    DocumentVersion,
    GroupEvent,
    GroupMember,
    GroupRole,
    ProgressGroup,
)
from models.seats import SeatEvent, SeatState
from seed.stage import DATA, TODAY, Agent, CsvRow, Stage, read

_LEADERS = 10  # facilitators, each of two groups
_FURTHER = 3
_BRUNOS_PLACE = 4  # Bruno leads G05


def load_groups(stage: Stage) -> None:
    """The groups with their facts; the ideas assigned to them are loaded with the ideas."""
    steps = read(DATA / "groupes-etapes.csv")
    began: dict[str, date] = {}
    for row in steps:
        began.setdefault(row.need("group"), row.need("on", date))
    # The stored state is that of the last fact.
    state = {row.need("group"): row.need("state") for row in steps}
    ids = {}
    for row in read(DATA / "groupes.csv", "code"):
        code = row.need("code")
        ids[code] = stage.add_line(ProgressGroup, row, state=state[code])["id"]
    for row in steps:
        stage.add_line(GroupEvent, row, by=stage.office, group_id=ids[row.need("group")])
    leaders = _add_members(stage, ids, began)
    deliverables: dict[tuple[str, str], int] = {}
    for row in read(DATA / "groupes-livrables.csv"):
        key = group, _ = row.need("group"), row.need("title")
        if key not in deliverables:
            deliverables[key] = stage.add_line(Deliverable, row, group_id=ids[group])["id"]
        by = leaders[group].id
        stage.add_line(DeliverableEvent, row, by=by, deliverable_id=deliverables[key])
    versions: Counter[tuple[str, str]] = Counter()
    for row in read(DATA / "groupes-documents.csv"):
        key = group, _ = row.need("group"), row.need("kind")
        versions[key] += 1
        about = {"group_id": ids[group], "version": versions[key], "by": leaders[group].id}
        stage.add_line(DocumentVersion, row, **about)
    _add_outcomes(stage)


def _add_members(stage: Stage, ids: dict[str, int], began: dict[str, date]) -> dict[str, Agent]:
    """Two facilitators and the members of each group, by direction; returns the first facilitator
    of each, who writes its facts.
    """
    chance = stage.chance("groupes")
    first = min(began.values())
    pool = [
        agent
        for agent in stage.ambassadors["all"]
        if agent.service_on(first) and agent is not stage.cast["bruno"]
    ]
    leaders = chance.sample(pool, _LEADERS - 1)
    leaders.insert(_BRUNOS_PLACE, stage.cast["bruno"])
    assigned = {agent.id for agent in (*leaders, *stage.cast.values(), *stage.managers.values())}
    leaders_of = {}
    for place, row in enumerate(read(DATA / "groupes.csv", "code")):
        code = row.need("code")
        leaders_of[code] = leaders[place % _LEADERS]
        members = [(leaders_of[code], GroupRole.facilitator)]
        members.append((leaders[(place + _FURTHER) % _LEADERS], GroupRole.facilitator))
        for share in row.words("members"):
            direction, n = share.split()
            services = set(stage.services_of(direction))
            present = [
                agent
                for agent in stage.present(began[code], services)
                if agent.service_on(TODAY) in services and agent.id not in assigned
            ]
            for agent in chance.sample(present, int(n)):
                assigned.add(agent.id)
                members.append((agent, GroupRole.member))
        for agent, role in members:
            service = stage.units[agent.service_on(began[code])]
            stage.add(
                GroupMember,
                group_id=ids[code],
                person_id=agent.id,
                service_id=service,
                role=role,
                joined_on=began[code],
            )
    return leaders_of


def _add_outcomes(stage: Stage) -> None:
    """The decision that a proposition led to, and the records that implement it."""
    chance = stage.chance("suites des groupes")
    decisions = stage.ids_by(Decision.number)
    for row in read(DATA / "groupes-suites.csv"):
        link = row.values(Link)
        for end in ("from", "to"):
            if link[f"{end}_kind"] == "decision":
                link[f"{end}_key"] = str(decisions[int(link[f"{end}_key"])])
        link["id"] = stage.random_id(chance, link["on"])
        stage.add(Link, by=stage.office, **link)


def load_interests(stage: Stage) -> None:
    """One line of the file is one interest with its facts: of an agent of the direction, of a
    person who joined, or of a name. Then the notes of managers.
    """
    drawn = _Drawn(stage)
    for row in read(DATA / "marques-interet.csv"):
        person, moved = drawn.person_of(row)
        on = row.need("on", date) + moved
        note, outcome = row.get("note"), row.get("outcome")
        steps = [(on, InterestState.new, "")]
        if contacted_on := row.get("contacted_on", date):
            note_then = "" if outcome else note
            steps.append((contacted_on + moved, InterestState.contacted, note_then))
        if outcome:
            steps.append((row.need("outcome_on", date) + moved, InterestState(outcome), note))
        interest = stage.add_line(
            Interest,
            row,
            person_id=person.id if person else None,
            direction_id=stage.units[person.service_on(on) if person else row.need("direction")],
            on=on,
            owner_id=stage.office if contacted_on else None,
            state=steps[-1][1],
            group_id=drawn.groups.get(row.get("group")),
            training_id=drawn.trainings.get(row.get("training")),
        )
        for day, state, text in steps:
            stage.add(
                InterestEvent,
                interest_id=interest["id"],
                state=state,
                text=text,
                on=day,
                by=interest["person_id"] if state is InterestState.new else stage.office,
            )
    for row in read(DATA / "bonnes-pratiques.csv"):
        person = stage.managers[row.need("direction")].id
        stage.add_line(Interest, row, kind=InterestKind.practice, state=None, person_id=person)


class _Drawn:
    """Chooses the person of each interest: an agent without a role, or one who did join, on the day
    she joined.
    """

    def __init__(self, stage: Stage):
        self.stage = stage
        self.chance = stage.chance("interests")
        self.by_id = {agent.id: agent for agent in stage.agents}
        self.groups = stage.ids_by(ProgressGroup.code)
        self.trainings = stage.ids_by(Training.code)
        self.met = {agent.id for agent in stage.cast.values()}
        others = (*stage.managers.values(), *stage.ambassadors["all"])
        self.taken = self.met | {agent.id for agent in others}

    def person_of(self, row: CsvRow) -> tuple[Agent | None, timedelta]:
        """The person (None if only a name was given), and by how much the days of the line move to
        end on her day.
        """
        if row.get("name"):
            return None, timedelta()
        if row.get("outcome") == InterestState.joined:
            person, day = self.chance.choice(self._joined(row))
            self.met.add(person.id)
            return person, day - row.need("outcome_on", date)
        if row.need("activity") == Community.managers:
            return self.stage.managers[row.need("direction")], timedelta()
        services = self.stage.services_of(row.need("direction"))
        present = [
            agent
            for agent in self.stage.present(TODAY, services)
            if agent.id not in self.taken and agent.service_on(row.need("on", date))
        ]
        person = self.chance.choice(present)
        self.taken.add(person.id)
        return person, timedelta()

    def _joined(self, row: CsvRow) -> list[tuple[Agent, date]]:
        activity = row.need("activity")
        if activity == "groupes":
            query = select(GroupMember.person_id, GroupMember.joined_on).where(
                GroupMember.group_id == self.groups[row.need("group")]
            )
        elif activity == "academie":
            query = select(SeatEvent.person_id, SeatEvent.on).where(
                SeatEvent.training_id == self.trainings[row.need("training")],
                SeatEvent.status == SeatState.booked,
            )
        else:
            query = select(Membership.person_id, Membership.joined_on).where(
                Membership.community == activity, Membership.left_on.is_(None)
            )
        joined_agents = [
            (self.by_id[person], day)
            for person, day in self.stage.session.exec(query).all()
            if person in self.by_id and person not in self.met
        ]
        near = [
            (agent, day)
            for agent, day in joined_agents
            if (agent.service_on(day) or "")[:6] == row.need("direction")
        ]
        return sorted(near or joined_agents, key=lambda joined: (joined[1], joined[0].id))
