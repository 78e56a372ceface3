"""Reads the content of a decision sheet (fiche de décision): what leads to it, whose voices it has,
what would carry it out.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from sqlmodel import Session, select

from dashboard.access import idea_conditions, require
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.discussions.subjects import End
from dashboard.queries.discussions.threads import Objected, objected_ends, objections_about
from dashboard.queries.figures import small_cells
from dashboard.queries.groups import GroupAt, register as groups_register, texts
from dashboard.queries.ideas.threads import Node, Thread, thread
from dashboard.queries.people.readers import services_at
from dashboard.scope import Scope
from models.decisions import DecisionSheet
from models.directions import UnitKind
from models.discussions import Subject, SubjectSupport
from models.groups import DocumentKind
from models.idea_states import IdeaKind
from models.ideas import Idea


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
