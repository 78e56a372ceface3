"""The thread of an idea (fil de l'idée): links followed in both directions, within the reader's
rights.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.queries.discussions.subjects import record_id
from dashboard.scope import Scope
from models.academy import Training
from models.decisions import Decision, DecisionEvent, DecisionStep, Outcome
from models.discussions import Link
from models.facts import facts_of
from models.groups import GroupEvent, GroupState, ProgressGroup
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea
from models.roadmap import IS_ELEMENT, IS_MILESTONE, MilestoneState, Plan, PlanReport

FURTHEST = 6
MOST = 40
KINDS = {
    "idee": "Idée",
    "groupe": "Groupe de progrès",
    "decision": "Décision",
    "projet": "Projet du PST",
    "jalon": "Jalon",
    "formation": "Formation",
    "chiffre": "Chiffre",
}
_KEYS = {
    "groupe": ProgressGroup.code,
    "jalon": Plan.number,
    "projet": Plan.number,
    "formation": Training.code,
}
End = tuple[str, str]


@dataclass(frozen=True)
class Node:
    """One record of a thread: its kind, key, title, state, page with parameters, and distance from
    the start (below 0: before it).
    """

    kind: str
    key: str
    title: str
    state: str
    page: str
    params: dict[str, str]
    distance: int


@dataclass(frozen=True)
class Thread:
    """The nodes of a thread in order of distance, and its links."""

    nodes: list[Node]
    links: list[Link]


def end_named(session: Session, kind: str, key: str, figures: Collection[str] = ()) -> str | None:
    """The key of a record in links, from its number or code; None if there is none. `figures`: the
    codes of the catalogue.
    """
    key = key.strip().lstrip("nN°º# ")
    if kind in ("idee", "decision"):
        table = Idea if kind == "idee" else Decision
        # `isdigit` accepts ² and ٣ too; and our numbers have less than ten digits.
        if not (key.isascii() and key.isdigit() and len(key) < 10):
            return None
        found = session.exec(select(table.id).where(table.number == int(key))).first()
        return str(found) if found is not None else None
    column = _KEYS.get(kind)
    if column is None:
        return key if kind == "chiffre" and key in figures else None
    of_kind = {"jalon": [IS_MILESTONE], "projet": [IS_ELEMENT]}.get(kind, [])
    return session.exec(
        select(column).where(column == (key if kind == "jalon" else key.upper()), *of_kind)
    ).first()


def ends_offered(session: Session, scope: Scope, kind: str) -> dict[str, str]:
    """The records of this kind that an entry may be linked to: number or code → title, newest first
    for decisions. Empty for entries, which are too many, and for figures, which are declared in
    code.
    """
    keys = Decision.id if kind == "decision" else _KEYS.get(kind)
    if keys is None:
        return {}
    found = _readers()[kind](
        session, scope, [str(key) for key in session.exec(select(keys).order_by(keys)).all()]
    )
    offered = {next(iter(params.values()), key): title for key, title, _, _, params in found}
    return dict(reversed(offered.items())) if kind == "decision" else offered


def origins(session: Session, scope: Scope, decision_ids: Sequence[int]) -> dict[int, list[Node]]:
    """Decision → the entries and groups directly linked to it that the reader may see."""
    links = session.exec(
        select(Link)
        .where(
            Link.to_kind == "decision",
            Link.to_key.in_([str(ident) for ident in decision_ids]),
            Link.from_kind.in_(("idee", "groupe")),
            Link.ended_on.is_(None),
        )
        .order_by(Link.id)
    ).all()
    nodes = _nodes(session, scope, {(link.from_kind, link.from_key): -1 for link in links})
    found = {}
    for link in links:
        if (link.from_kind, link.from_key) in nodes:
            found.setdefault(int(link.to_key), []).append(nodes[link.from_kind, link.from_key])
    return found


def thread(session: Session, scope: Scope, start: End) -> Thread:
    """The thread of an entry, a group or a decision that the reader may see: the records linked
    before and after it, up to FURTHEST links away.

    A record that the reader may not see is left out, with the records behind it.
    """
    nodes = _nodes(session, scope, {start: 0})
    walked = {}
    if not nodes:
        return Thread([], [])
    for forward in (True, False):
        # Level by level, so that each record gets its shortest distance.
        edge = {start}
        distance = 0
        while edge and abs(distance) < FURTHEST and len(nodes) < MOST:
            distance += 1 if forward else -1
            links = _links(session, edge, forward)
            beyond = {
                end: distance for link in links if (end := _other(link, forward)) not in nodes
            }
            nodes |= _nodes(session, scope, beyond)
            for link in links:
                if _other(link, False) in nodes and _other(link, True) in nodes:
                    walked[link.id] = link
            edge = {end for end in beyond if end in nodes}
    return Thread(
        sorted(
            nodes.values(), key=lambda node: (node.distance, list(KINDS).index(node.kind), node.key)
        ),
        list(walked.values()),
    )


def signed_ideas_behind(session: Session, end: End) -> list[Idea]:
    """The entries of authors with an account from which links lead to this record, in up to
    FURTHEST steps.
    """
    found, edge = set(), {end}
    for _ in range(FURTHEST):
        found |= edge
        if edge:
            edge = {_other(link, False) for link in _links(session, edge, False, None)} - found
    ids = [record_id(key) for kind, key in found if kind == "idee"]
    signed = select(Idea).where(Idea.id.in_(ids), Idea.author_id.is_not(None))
    return list(session.exec(signed.order_by(Idea.id)).all())


def _other(link: Link, forward: bool) -> End:
    return (link.to_kind, link.to_key) if forward else (link.from_kind, link.from_key)


def _links(session: Session, ends: set[End], forward: bool, most: int | None = MOST) -> list[Link]:
    kind, key = (Link.from_kind, Link.from_key) if forward else (Link.to_kind, Link.to_key)
    at_ends = or_(*(and_(kind == a_kind, key == a_key) for a_kind, a_key in sorted(ends)))
    return list(
        session.exec(
            select(Link).where(at_ends, Link.ended_on.is_(None)).order_by(Link.id).limit(most)
        ).all()
    )


def _nodes(session: Session, scope: Scope, ends: dict[End, int]) -> dict[End, Node]:
    """The records at these ends that the reader may see; entries and decisions have rules of their
    own, the others are open to every account.
    """
    found: dict[End, Node] = {}
    for kind, read in _readers().items():
        keys = [key for a_kind, key in ends if a_kind == kind]
        if keys and (kind == "idee" or may(scope.reader, "page.everyone")):
            found |= {
                (kind, key): Node(kind, key, title, state, page, params, ends[kind, key])
                for key, title, state, page, params in read(session, scope, keys)
            }
    return found


def _readers() -> dict[str, Callable]:
    return {
        "idee": _ideas,
        "groupe": _groups,
        "decision": _decisions,
        "jalon": _milestones,
        "projet": _projects,
        "formation": _trainings,
        "chiffre": _figures,
    }


def _ideas(session: Session, scope: Scope, keys: list[str]):
    rows = session.exec(
        select(Idea).where(
            Idea.id.in_([int(key) for key in keys]), idea_conditions(scope.reader, scope.tree)
        )
    ).all()
    for idea in rows:
        yield (
            str(idea.id),
            f"{IdeaKind(idea.kind).label} n° {idea.number} : {idea.title}",
            IdeaStatus(idea.status).label,
            "idees",
            {"idee": str(idea.number)},
        )


def _groups(session: Session, scope: Scope, keys: list[str]):
    for group in session.exec(select(ProgressGroup).where(ProgressGroup.code.in_(keys))).all():
        steps = facts_of(session, GroupEvent, group.id, scope.on)
        yield (
            group.code,
            f"Groupe {group.code} : {group.title}",
            GroupState(steps[-1].state).label if steps else "",
            "groupes",
            {"groupe": group.code},
        )


def _decisions(session: Session, scope: Scope, keys: list[str]):
    """Decided points are open to all; pending ones only to readers of the register."""
    rows = session.exec(select(Decision).where(Decision.id.in_([int(key) for key in keys]))).all()
    for decision in rows:
        facts = facts_of(session, DecisionEvent, decision.id, scope.on)
        outcome = next((Outcome(fact.outcome) for fact in reversed(facts) if fact.outcome), None)
        done = any(fact.what == DecisionStep.done for fact in facts)
        if outcome or may(scope.reader, "page.cockpit"):
            if done:
                state = "Exécutée"
            elif outcome:
                state = outcome.label
            else:
                state = "En attente de décision"
            yield (
                str(decision.id),
                f"Décision n° {decision.number} : {decision.title}",
                state,
                "decisions",
                {"decision": str(decision.number)},
            )


def _milestones(session: Session, scope: Scope, keys: list[str]):
    for milestone in session.exec(select(Plan).where(IS_MILESTONE, Plan.number.in_(keys))).all():
        reports = facts_of(session, PlanReport, milestone.id, scope.on)
        yield (
            milestone.number,
            f"Jalon {milestone.number} : {milestone.title}",
            MilestoneState(reports[-1].state).label if reports else "Sans rapport",
            "feuille-de-route",
            {"jalon": milestone.number},
        )


def _projects(session: Session, scope: Scope, keys: list[str]):
    for project in session.exec(select(Plan).where(IS_ELEMENT, Plan.number.in_(keys))).all():
        yield project.number, f"Projet {project.title}", project.example, "ambitions", {}


def _trainings(session: Session, scope: Scope, keys: list[str]):
    for training in session.exec(select(Training).where(Training.code.in_(keys))).all():
        yield (
            training.code,
            f"Formation {training.code} : {training.title}",
            "",
            "academie",
            {"formation": training.code},
        )


def _figures(session: Session, scope: Scope, keys: list[str]):
    for key in keys:
        yield key, key, "", "pourquoi", {"chiffre": key}
