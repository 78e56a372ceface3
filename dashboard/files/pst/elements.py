"""Elements of a PST: volet, objectives, actions and their children, whatever the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboard.files.pst.markup import Document, Node
from dashboard.files.pst.schema import day_of
from dashboard.files.quoting import shown
from dashboard.files.tables import Problem
from models.pst import PstHealth, PstLevel, PstState

# Tag of an element → its level, and the tag that holds its children.
LEVELS = {
    "Volet": (PstLevel.part, "ObjectifStrategiques"),
    "ObjectifStrategique": (PstLevel.strategic, "ObjectifsOperationnels"),
    "ObjectifOperationnel": (PstLevel.operational, "Actions"),
    "Action": (PstLevel.action, ""),
}


@dataclass(frozen=True, slots=True)
class PstElement:
    """One element; `key`: its level and own identifier, `parent`: the key of its parent."""

    key: str
    level: PstLevel
    title: str
    state: PstState
    progress: float = 0.0
    start: date | None = None
    end: date | None = None
    health: PstHealth | None = None
    parent: str = ""
    line: int = 0

    @property
    def is_counted(self) -> bool:
        return self.state is not PstState.given_up

    @property
    def share(self) -> float:
        """Progress in 0..1; a finished element counts as 1 whatever its rate."""
        return 1.0 if self.state is PstState.done else self.progress / 100


@dataclass(frozen=True)
class PstFile:
    """A file as read; `document` for XML. Errors have a line."""

    layout: str
    elements: tuple[PstElement, ...]
    problems: tuple[Problem, ...] = ()
    document: Document | None = None
    name: str = ""
    content: bytes = b""


def key_of(level: PstLevel, identifier: str) -> str:
    return f"{level}:{identifier.strip()}"


def nodes_of(root: Node) -> Iterator[tuple[str, str, Node]]:
    """(key, parent's key, element), from the top, for a valid file."""
    for part in root.child("PST").child("Volets").children:
        yield from _below(part, "")


def _below(node: Node, parent: str) -> Iterator[tuple[str, str, Node]]:
    level, holder = LEVELS[node.tag]
    key = key_of(level, node.attributes["ElementId"])
    yield key, parent, node
    container = node.child(holder) if holder else None
    for child in container.children if container else ():
        yield from _below(child, key)


def elements_of(root: Node) -> tuple[PstElement, ...]:
    """The elements of a valid file."""
    return tuple(
        PstElement(
            key,
            LEVELS[node.tag][0],
            " ".join(node.value("Libelle").split()),
            PstState(node.value("Statut")),
            float(Decimal(node.value("TauxAvancement"))),
            day_of(node.value("DateDebut")),
            day_of(node.value("DateFin")),
            None,
            parent,
            node.line,
        )
        for key, parent, node in nodes_of(root)
    )


def repeated(elements: tuple[PstElement, ...]) -> Iterator[Problem]:
    """Elements of one level with the same identifier, which links could not distinguish."""
    lines: dict[str, int] = {}
    for element in elements:
        first = lines.setdefault(element.key, element.line)
        if first != element.line:
            identifier = element.key.partition(":")[2]
            reason = f"« {shown(identifier)} » est déjà l'identifiant de la ligne {first}."
            yield Problem(element.line, "ElementId", reason)
