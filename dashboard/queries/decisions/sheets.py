"""Reads what a decision leads to: the content of its sheet (fiche de décision), its changes to
other records, those that wait for an answer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, idea_conditions, require
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.discussions.subjects import End
from dashboard.queries.discussions.threads import Objected, objected_ends, objections_about
from dashboard.queries.figures import small_cells
from dashboard.queries.groups import GROUP, GroupAt, register as groups_register, texts
from dashboard.queries.ideas.threads import Node, Thread, thread
from dashboard.queries.people.readers import services_at
from dashboard.scope import Scope
from models.decisions import (
    Decision,
    DecisionEffect,
    DecisionEvent,
    DecisionSheet,
    DecisionStep,
    Instance,
    Outcome,
)
from models.directions import Tree, UnitKind
from models.discussions import Link, Subject, SubjectSupport
from models.facts import live
from models.groups import DocumentKind, GroupState, ProgressGroup
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea
from models.roadmap import IS_ELEMENT, IS_MILESTONE, Plan


@dataclass(frozen=True)
class SheetOf:
    """The content of one decision sheet; the texts of `typed` replace those from the data."""

    decision: DecisionAt
    typed: DecisionSheet | None
    groups: tuple[GroupAt, ...]
    # The newest version of each document of the group that proposes.
    written: dict[DocumentKind, str]
    evidence: tuple[Idea, ...]
    objections: tuple[Idea, ...]
    # The objections to the point itself and to the records of its thread.
    spoken: tuple[Objected, ...]
    followed: tuple[Node, ...]
    # Directions with the number of persons who filed or support (small cells left out), their total
    # (None: too few), and whether some directions are left out.
    spread: tuple[list[tuple[str, int]], int | None, bool]

    @property
    def problem(self) -> str:
        """The typed text, else the group's problem, else the text of the first entry."""
        if self.typed and self.typed.problem:
            return self.typed.problem
        if self.groups:
            return self.groups[0].problem
        if self.evidence:
            return self.evidence[0].body or self.evidence[0].title
        return self.decision.steps[0].text

    @property
    def proposition(self) -> str:
        return self.written.get(DocumentKind.proposition, "")

    @property
    def options(self) -> str:
        """The typed text, else the leads of the group."""
        if self.typed and self.typed.options:
            return self.typed.options
        return self.written.get(DocumentKind.leads, "")

    @property
    def concerned(self) -> str:
        return self.typed.concerned if self.typed else ""

    @property
    def objected(self) -> str:
        return self.typed.objections if self.typed else ""

    @property
    def cost(self) -> float | None:
        """The estimated cost, or the decided one (€)."""
        return self.typed.cost if self.typed and self.typed.cost is not None else self.decision.cost

    @property
    def fte(self) -> float | None:
        return self.typed.fte if self.typed and self.typed.fte is not None else self.decision.fte


def sheet_of(session: Session, scope: Scope, decision: DecisionAt) -> SheetOf:
    """The sheet of one point, with the entries that the reader may see. Raises Refused without the
    right to the register.
    """
    require(scope.reader, "report.make")
    found = thread(session, scope, ("decision", str(decision.id)))
    keys = [int(node.key) for node in found.nodes if node.kind == "idee"]
    entries = _evidence(session, scope, keys)
    groups = tuple(
        g for g in groups_register(session).at(scope.on) if decision.id in g.decision_ids
    )
    written: dict[DocumentKind, str] = {}
    for group, kind in product(groups, DocumentKind):
        versions = texts(session, group.id, kind, scope.on)
        if versions:
            written.setdefault(kind, versions[0][0].text)
    objections = tuple(e for e in entries if e.kind == IdeaKind.objection)
    return SheetOf(
        decision,
        session.get(DecisionSheet, decision.id),
        groups,
        written,
        tuple(e for e in entries if e not in objections),
        objections,
        objections_about(session, scope, _ends(decision.id, found)),
        tuple(node for node in found.nodes if node.distance > 0),
        _spread(session, scope, keys),
    )


def _ends(decision_id: int, found: Thread) -> list[End]:
    """The point and the records of its thread; other decisions have their own sheets."""
    around = [(node.kind, node.key) for node in found.nodes if node.kind != Subject.decision]
    return [(str(Subject.decision), str(decision_id)), *around]


def open_objections(
    session: Session, scope: Scope, decision_ids: Iterable[int]
) -> dict[int, tuple[Objected, ...]]:
    """Decision → its open objections and those of its thread; decisions without any are left
    out.
    """
    objected_to = objected_ends(session, scope)
    found = {}
    for ident in decision_ids if objected_to else ():
        ends = _ends(ident, thread(session, scope, ("decision", str(ident))))
        objections = objections_about(session, scope, [end for end in ends if end in objected_to])
        if waiting := tuple(objected for objected in objections if objected.is_open):
            found[ident] = waiting
    return found


def _evidence(session: Session, scope: Scope, keys: list[int]) -> Sequence[Idea]:
    """The entries of the thread that the reader may see."""
    seen = idea_conditions(scope.reader, scope.tree)
    statement = select(Idea).where(Idea.id.in_(keys), seen).order_by(Idea.filed_on, Idea.id)
    return session.exec(statement).all()


def _spread(
    session: Session, scope: Scope, keys: list[int]
) -> tuple[list[tuple[str, int]], int | None, bool]:
    """The distinct persons who signed or support these entries, by direction; a count below five,
    or one that would reveal such a count, is left out.
    """
    supporting = select(SubjectSupport.person_id).where(
        SubjectSupport.subject == Subject.idea, SubjectSupport.key.in_([str(key) for key in keys])
    )
    signing = select(Idea.author_id).where(Idea.id.in_(keys), Idea.author_id.is_not(None))
    persons = {*session.exec(supporting), *session.exec(signing)}
    services = services_at(session, scope.on, persons) if persons else {}
    counts: Counter[int] = Counter()
    for service in services.values():
        unit = scope.tree.by_id.get(service)
        # Counted in every unit above, since small cells depend on the difference between a unit and
        # its parts.
        while unit:
            counts[unit.id] += 1
            unit = scope.tree.by_id.get(unit.parent) if unit.parent else None
    hidden = small_cells.protect(counts, scope.tree)
    directions = [
        unit for unit, _ in scope.tree.walk() if unit.kind == UnitKind.direction and counts[unit.id]
    ]
    shown = [unit for unit in directions if unit.id not in hidden]
    root = scope.tree.root
    whole = counts[root.id] if root and root.id not in hidden else None
    rows = [(unit.name, counts[unit.id]) for unit in shown]
    return rows, whole, len(shown) < len(directions)


DECISION = "decision"
IDEA = "idee"
MILESTONE = "jalon"
PROJECT = "projet"
FIGURE = "chiffre"


@dataclass(frozen=True)
class DecisionMove:
    """One record whose state a step of a decision changes; or, without states, one whose revision
    it proposes. `name` contains its title only if the reader may see it.
    """

    end: End
    name: str
    before: str = ""
    after: str = ""
    to: IdeaStatus | GroupState | None = None

    @property
    def in_words(self) -> str:
        if self.to is None:
            return f"{self.name} : une révision est proposée"
        return f"{self.name} : {self.before} → {self.after}"


@dataclass(frozen=True)
class ProposedRevision:
    """A proposed revision that was neither accepted nor refused yet."""

    effect_id: int
    end: End
    name: str
    number: int
    instance: Instance
    decided_on: date
    due_on: date | None
    cost: float | None
    text: str


def moves(
    session: Session,
    reader: Reader,
    tree: Tree,
    decision_id: int,
    what: DecisionStep,
    outcome: Outcome | None,
) -> list[DecisionMove]:
    """The effects of this step, ideas first. The right to record decisions covers them all; the
    titles of entries that the reader may not see are left out.
    """
    links = _links(session, decision_id)
    codes = [link.from_key for link in links if link.from_kind == GROUP]
    if what == DecisionStep.done:
        ideas = _ideas(session, links, codes)
        return _idea_moves(session, reader, tree, ideas, IdeaStatus.implemented)
    if what != DecisionStep.decided or outcome is None:
        return []
    # A group that goes on keeps the ideas it works from.
    goes_on = outcome.rules.group is not GroupState.closed
    ideas = _ideas(session, links, () if goes_on else codes)
    return [
        *_idea_moves(session, reader, tree, ideas, outcome.rules.idea),
        *_group_moves(session, codes, outcome.rules.group),
        *(_proposals(session, links) if outcome.is_to_do else ()),
    ]


def _links(session: Session, decision_id: int) -> list[Link]:
    key = str(decision_id)
    leads_to = (Link.to_kind == DECISION) & (Link.to_key == key)
    comes_from = (Link.from_kind == DECISION) & (Link.from_key == key)
    return list(
        session.exec(
            select(Link).where(leads_to | comes_from, Link.ended_on.is_(None)).order_by(Link.id)
        ).all()
    )


def _ideas(session: Session, links: Iterable[Link], codes: Iterable[str]) -> list[Idea]:
    """The entries linked to a point, directly or through these groups."""
    direct = [int(link.from_key) for link in links if link.from_kind == IDEA]
    taken_in = session.exec(
        select(Link.from_key).where(
            Link.from_kind == IDEA,
            Link.to_kind == GROUP,
            Link.to_key.in_(list(codes)),
            Link.ended_on.is_(None),
        )
    ).all()
    ids = {*direct, *(int(key) for key in taken_in)}
    return list(session.exec(select(Idea).where(Idea.id.in_(ids)).order_by(Idea.number)).all())


def _idea_moves(
    session: Session, reader: Reader, tree: Tree, ideas: Iterable[Idea], to: IdeaStatus
) -> list[DecisionMove]:
    moved = [idea for idea in ideas if idea.can_become(to)]
    ids = [idea.id for idea in moved]
    readable = set(
        session.exec(select(Idea.id).where(Idea.id.in_(ids), idea_conditions(reader, tree))).all()
    )
    return [
        DecisionMove(
            (IDEA, str(idea.id)),
            _named(f"Idée n° {idea.number}", idea.title if idea.id in readable else ""),
            IdeaStatus(idea.status).label,
            to.label,
            to,
        )
        for idea in moved
    ]


def _group_moves(session: Session, codes: list[str], to: GroupState | None) -> list[DecisionMove]:
    if to is None:
        return []
    groups = session.exec(
        select(ProgressGroup)
        .where(ProgressGroup.code.in_(codes), ProgressGroup.state == str(GroupState.submitted))
        .order_by(ProgressGroup.code)
    ).all()
    return [
        DecisionMove(
            (GROUP, group.code),
            _named(f"Groupe {group.code}", group.title),
            GroupState(group.state).label,
            to.label,
            to,
        )
        for group in groups
    ]


def _proposals(session: Session, links: Iterable[Link]) -> list[DecisionMove]:
    ends = [(link.to_kind, link.to_key) for link in links if link.to_kind in (MILESTONE, PROJECT)]
    return [DecisionMove(end, _name_of(session, end)) for end in ends]


def _name_of(session: Session, end: End) -> str:
    kind, key = end
    is_milestone = kind == MILESTONE
    of_kind = IS_MILESTONE if is_milestone else IS_ELEMENT
    title = session.exec(select(Plan.title).where(of_kind, Plan.number == key)).first()
    return _named(f"{'Jalon' if is_milestone else 'Projet'} {key}", title or "")


def _named(what: str, title: str) -> str:
    return f"{what} « {title} »" if title else what


# --- what is pending ------------------------------------------------------------------------------


def proposed_revisions(session: Session, reader: Reader) -> list[ProposedRevision]:
    """The pending proposals of revision (révisions proposées) of decisions in force, oldest first.
    Raises Refused without the right to revise milestones.
    """
    require(reader, "milestone.revise")
    rows = session.execute(
        select(DecisionEffect, DecisionEvent, Decision)
        .join(DecisionEvent, DecisionEvent.id == DecisionEffect.event_id)
        .join(Decision, Decision.id == DecisionEvent.decision_id)
        .where(
            DecisionEffect.kind.in_((MILESTONE, PROJECT)),
            DecisionEffect.settled_on.is_(None),
            live(DecisionEvent, date.max),
        )
        .order_by(DecisionEvent.on, DecisionEffect.id)
    ).all()
    return [
        ProposedRevision(
            effect.id,
            (effect.kind, effect.key),
            _name_of(session, (effect.kind, effect.key)),
            decision.number,
            Instance(decision.instance),
            event.on,
            event.due_on,
            event.cost,
            event.text,
        )
        for effect, event, decision in rows
    ]


def to_execute(session: Session, scope: Scope, on: date) -> list[DecisionAt]:
    """The decisions to execute (à exécuter) of the directions that the reader is responsible for,
    the nearest due date first.
    """
    units = scope.reader.own_units(scope.tree)
    found = [
        decision
        for decision in register(session).at(on)
        if decision.owner_direction_id in units and decision.is_to_execute
    ]
    return sorted(found, key=lambda decision: (decision.due_on, decision.number))


def official_words(session: Session, idea: Idea) -> list[tuple[str, str]]:
    """The decisions in force that changed this entry: their name, and their answer to its
    author.
    """
    rows = session.execute(
        select(DecisionEvent, Decision)
        .join(DecisionEffect, DecisionEffect.event_id == DecisionEvent.id)
        .join(Decision, Decision.id == DecisionEvent.decision_id)
        .where(
            DecisionEffect.kind == IDEA,
            DecisionEffect.key == str(idea.id),
            DecisionEvent.what == str(DecisionStep.decided),
            live(DecisionEvent, date.max),
        )
        .order_by(DecisionEvent.on.desc(), DecisionEvent.id.desc())
    ).all()
    return [
        (f"Décision n° {decision.number}", reason_in_words(decision, event))
        for event, decision in rows
    ]


def reason_in_words(decision: Decision, event: DecisionEvent) -> str:
    """The text that the author of an entry reads about a step: body, day, outcome and reason."""
    body = Instance(decision.instance).label
    when = french.day_long(event.on)
    if event.what == DecisionStep.done:
        sentence = f"Décision n° {decision.number} ({body}) : exécutée le {when}."
    else:
        outcome = Outcome(event.outcome).label
        sentence = f"Décision n° {decision.number} ({body}, le {when}) : {outcome.lower()}."
    due = f"À exécuter pour le {french.day_long(event.due_on)}." if event.due_on else ""
    return " ".join(filter(None, (sentence, event.text, due)))
