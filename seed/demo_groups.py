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
    # The stored state is that of the last fact.
    state = {row.needed("groupe"): row.word("étape", GroupState) for row in steps}
    ids = {}
    for row in read(DATA / "groupes.csv", "code"):
        code = row.needed("code")
        group = stage.add(
            ProgressGroup,
            code=code,
            title=row.needed("titre"),
            problem=row.needed("problématique"),
            ambition_id=row.whole("ambition"),
            sponsor=row.needed("commanditaire"),
            wanted=row.whole("cherchés"),
            state=state[code],
        )
        ids[code] = group["id"]
    for row in steps:
        stage.add(
            GroupEvent,
            on=row.day("le"),
            by=stage.cast["didier"].id,
            group_id=ids[row.needed("groupe")],
            state=row.word("étape", GroupState),
            text=row.text("texte"),
        )
    leaders = _add_members(stage, ids, began)
    _add_deliverables(stage, ids, leaders)
    _add_documents(stage, ids, leaders)
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
        code = row.needed("code")
        leaders_of[code] = leaders[place % _LEADERS]
        members = [(leaders_of[code], GroupRole.facilitator)]
        members.append((leaders[(place + _FURTHER) % _LEADERS], GroupRole.facilitator))
        for share in row.words("membres"):
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


def _add_deliverables(stage: Stage, ids: dict[str, int], leaders: dict[str, Agent]) -> None:
    deliverables: dict[tuple[str, str], int] = {}
    for row in read(DATA / "groupes-livrables.csv"):
        key = group, title = row.needed("groupe"), row.needed("livrable")
        if key not in deliverables:
            deliverables[key] = stage.add(Deliverable, group_id=ids[group], title=title)["id"]
        stage.add(
            DeliverableEvent,
            on=row.day("le"),
            by=leaders[group].id,
            deliverable_id=deliverables[key],
            what=row.word("fait", DeliverableStep),
            due_on=row.maybe_day("échéance"),
            reason=row.text("motif") or None,
        )


def _add_documents(stage: Stage, ids: dict[str, int], leaders: dict[str, Agent]) -> None:
    """The versions of a document, in the order of the file."""
    versions: Counter[tuple[str, str]] = Counter()
    for row in read(DATA / "groupes-documents.csv"):
        group, kind = row.needed("groupe"), row.word("document", DocumentKind)
        versions[group, kind] += 1
        stage.add(
            DocumentVersion,
            group_id=ids[group],
            kind=kind,
            version=versions[group, kind],
            text=row.needed("texte"),
            on=row.day("le"),
            by=leaders[group].id,
        )


def _add_outcomes(stage: Stage) -> None:
    """The decision that a proposition led to, and the records that implement it."""
    chance = stage.chance("suites des groupes")
    decisions = dict(stage.session.exec(select(Decision.number, Decision.id)).all())
    for row in read(DATA / "groupes-suites.csv"):
        from_kind, from_key = row.needed("de"), row.needed("lequel")
        to_kind, to_key = row.needed("vers"), row.needed("quoi")
        if from_kind == "decision":
            from_key = str(decisions[int(from_key)])
        if to_kind == "decision":
            to_key = str(decisions[int(to_key)])
        stage.add(
            Link,
            id=stage.random_id(chance, row.day("le")),
            from_kind=from_kind,
            from_key=from_key,
            to_kind=to_kind,
            to_key=to_key,
            role=_ROLES.get(to_kind, LinkRole.carried),
            on=row.day("le"),
            by=stage.cast["didier"].id,
        )


def load_interests(stage: Stage) -> None:
    """One line of the file is one interest with its facts: of an agent of the direction, of a
    person who joined, or of a name.
    """
    drawn = _Drawn(stage)
    didier = stage.cast["didier"].id
    for row in read(DATA / "marques-interet.csv"):
        person, moved = drawn.person_of(row)
        on = row.day("posée le") + moved
        steps = [(on, InterestState.new, "")]
        if row.text("contactée le"):
            note = "" if row.text("issue") else row.text("note")
            steps.append((row.day("contactée le") + moved, InterestState.contacted, note))
        if row.text("issue"):
            outcome = InterestState(row.text("issue"))
            steps.append((row.day("le") + moved, outcome, row.text("note")))
        interest = stage.add(
            Interest,
            person_id=person.id if person else None,
            name=row.text("nom"),
            contact=row.text("contact"),
            activity=row.needed("activité"),
            role=row.text("rôle"),
            reach=row.text("portée"),
            direction_id=stage.units[person.service_on(on) if person else row.needed("direction")],
            text=row.text("texte"),
            on=on,
            owner_id=didier if row.text("contactée le") else None,
            state=steps[-1][1],
            group_id=drawn.groups.get(row.text("groupe")),
            training_id=drawn.trainings.get(row.text("formation")),
        )
        for day, state, text in steps:
            stage.add(
                InterestEvent,
                interest_id=interest["id"],
                state=state,
                text=text,
                on=day,
                by=interest["person_id"] if state is InterestState.new else didier,
            )


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
        services = self.stage.services_of(row.needed("direction"))
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


def load_practices(stage: Stage) -> None:
    """Each note is by a manager of the direction."""
    for row in read(DATA / "bonnes-pratiques.csv"):
        stage.add(
            Interest,
            title=row.needed("titre"),
            text=row.needed("texte"),
            on=row.day("le"),
            kind=InterestKind.practice,
            state=None,
            person_id=stage.managers[row.needed("direction")].id,
        )
