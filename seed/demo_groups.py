"""The progress groups of the demonstration: their volunteers, steps, deliverables, documents and
outcomes.
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
from models.decisions import Decision
from models.discussions import Link, LinkRole
from models.groups import (
    Deliverable,
    DeliverableEvent,
    DeliverableStep,
    DocumentKind,
    DocumentVersion,
    GroupEvent,
    GroupMember,
    GroupRole,
    GroupState,
    ProgressGroup,
)
from models.seats import SeatEvent, SeatState
from seed.stage import DATA, TODAY, Agent, CsvRow, Stage, read

_LEADERS = 10  # facilitators, each of two groups
_FURTHER = 3
_BRUNOS_PLACE = 4  # Bruno leads G05

_ROLES = {"decision": LinkRole.decided, "chiffre": LinkRole.measured}


def load_groups(stage: Stage) -> None:
    """The groups with their facts; the ideas assigned to them are loaded with the ideas."""
    steps = read(DATA / "groupes-etapes.csv")
    began: dict[str, date] = {}
    for row in steps:
        began.setdefault(row.needed("groupe"), row.day("le"))
    ids = _groups(stage, steps)
    leaders = _volunteers(stage, ids, began)
    _write_steps(stage, ids, steps)
    _write_deliverables(stage, ids, leaders)
    _write_documents(stage, ids, leaders)
    _write_outcomes(stage)


def _groups(stage: Stage, steps: list[CsvRow]) -> dict[str, int]:
    """Code → id. The stored state is that of the last fact."""
    state = {row.needed("groupe"): row.word("étape", GroupState) for row in steps}
    rows = [
        {
            "id": stage.next_id(ProgressGroup),
            "code": row.needed("code"),
            "title": row.needed("titre"),
            "problem": row.needed("problématique"),
            "ambition_id": row.whole("ambition"),
            "sponsor": row.needed("commanditaire"),
            "wanted": row.whole("cherchés"),
            "state": str(state[row.needed("code")]),
        }
        for row in read(DATA / "groupes.csv", "code")
    ]
    stage.insert(ProgressGroup, rows)
    return {row["code"]: row["id"] for row in rows}


def _volunteers(stage: Stage, ids: dict[str, int], began: dict[str, date]) -> dict[str, Agent]:
    """Two facilitators and the members of each group, by direction; the facts are by the first
    facilitator.
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
    rows = []
    leaders_of = {}
    for place, row in enumerate(read(DATA / "groupes.csv", "code")):
        code = row.needed("code")
        leaders_of[code] = leaders[place % _LEADERS]
        for agent in (leaders_of[code], leaders[(place + _FURTHER) % _LEADERS]):
            rows.append(_seat(stage, ids[code], agent, GroupRole.facilitator, began[code]))
        for share in row.words("membres"):
            direction, n = share.split()
            for agent in chance.sample(_present(stage, direction, began[code], assigned), int(n)):
                assigned.add(agent.id)
                rows.append(_seat(stage, ids[code], agent, GroupRole.member, began[code]))
    stage.insert(GroupMember, rows)
    return leaders_of


def _present(stage: Stage, direction: str, since: date, assigned: set[int]) -> list[Agent]:
    services = {
        service.code for service in stage.services.values() if service.direction == direction
    }
    return [
        agent
        for agent in stage.present(since, services)
        if agent.service_on(TODAY) in services and agent.id not in assigned
    ]


def _seat(stage: Stage, group: int, agent: Agent, role: GroupRole, on: date) -> dict:
    return {
        "id": stage.next_id(GroupMember),
        "group_id": group,
        "person_id": agent.id,
        "service_id": stage.units[agent.service_on(on)],
        "role": str(role),
        "joined_on": on,
        "left_on": None,
    }


def _write_steps(stage: Stage, ids: dict[str, int], steps: list[CsvRow]) -> None:
    didier = stage.cast["didier"].id
    stage.insert(
        GroupEvent,
        [
            _fact(stage, GroupEvent, row.day("le"), didier)
            | {
                "group_id": ids[row.needed("groupe")],
                "state": str(row.word("étape", GroupState)),
                "text": row.text("texte"),
            }
            for row in steps
        ],
    )


def _write_deliverables(stage: Stage, ids: dict[str, int], leaders: dict[str, Agent]) -> None:
    deliverables: dict[tuple[str, str], dict] = {}
    facts = []
    for row in read(DATA / "groupes-livrables.csv"):
        key = group, title = row.needed("groupe"), row.needed("livrable")
        if key not in deliverables:
            deliverables[key] = {
                "id": stage.next_id(Deliverable),
                "group_id": ids[group],
                "title": title,
            }
        facts.append(
            _fact(stage, DeliverableEvent, row.day("le"), leaders[group].id)
            | {
                "deliverable_id": deliverables[key]["id"],
                "what": str(row.word("fait", DeliverableStep)),
                "due_on": row.maybe_day("échéance"),
                "reason": row.text("motif") or None,
            }
        )
    stage.insert(Deliverable, deliverables.values())
    stage.insert(DeliverableEvent, facts)


def _write_documents(stage: Stage, ids: dict[str, int], leaders: dict[str, Agent]) -> None:
    """The versions of a document, in the order of the file."""
    written: dict[tuple[str, str], int] = {}
    rows = []
    for row in read(DATA / "groupes-documents.csv"):
        kind = row.word("document", DocumentKind)
        key = row.needed("groupe"), str(kind)
        written[key] = written.get(key, 0) + 1
        rows.append(
            {
                "id": stage.next_id(DocumentVersion),
                "group_id": ids[key[0]],
                "kind": str(kind),
                "version": written[key],
                "text": row.needed("texte"),
                "on": row.day("le"),
                "by": leaders[key[0]].id,
            }
        )
    stage.insert(DocumentVersion, rows)


def _write_outcomes(stage: Stage) -> None:
    """The decision that a proposition led to, and the records that implement it."""
    chance = stage.chance("suites des groupes")
    didier = stage.cast["didier"].id
    decisions = dict(stage.session.exec(select(Decision.number, Decision.id)).all())
    rows = []
    for row in read(DATA / "groupes-suites.csv"):
        ends = [
            (row.needed(kind), row.needed(key))
            for kind, key in (("de", "lequel"), ("vers", "quoi"))
        ]
        origin, target = (
            (kind, str(decisions[int(key)]) if kind == "decision" else key) for kind, key in ends
        )
        role = _ROLES.get(target[0], LinkRole.carried)
        rows.append(
            {
                "id": stage.random_id(chance, row.day("le")),
                "from_kind": origin[0],
                "from_key": origin[1],
                "to_kind": target[0],
                "to_key": target[1],
                "role": str(role),
                "on": row.day("le"),
                "by": didier,
                "ended_on": None,
            }
        )
    stage.insert(Link, rows)


def _fact(stage: Stage, table: type, on: date, by: int) -> dict:
    return {"id": stage.next_id(table), "on": on, "recorded_on": on, "by": by}


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
