"""The progress groups of the demonstration: their volunteers, steps, deliverables, documents and
outcomes.
"""

from datetime import date

from sqlmodel import select

from models.decisions import Decision
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
from models.links import Link, LinkRole
from seed.csvfiles import CsvRow, read
from seed.stage import DATA, TODAY, Agent, Stage

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
