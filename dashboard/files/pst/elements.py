"""Elements of a PST: volet, objectives, actions and their children, whatever the file."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from dashboard.files.detection import encoding_of
from dashboard.files.matching.fields import fields_of
from dashboard.files.matching.layout import known_for
from dashboard.files.pst import markup
from dashboard.files.pst.markup import Document, Node
from dashboard.files.registers import RegisterRow, read_register
from dashboard.files.tables import Problem
from dashboard.files.uploads import open_table
from dashboard.files.values import compact, shown
from dashboard.files.words import words_of
from models.programmes import PstHealth, PstLevel, PstState
from models.texts import Refused

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
            markup.day_of(node.value("DateDebut")),
            markup.day_of(node.value("DateFin")),
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


LAYOUT = "État d'avancement"
HEADERS = (
    "Types",
    "Titres",
    "États",
    "Mandataires",
    "Gestionnaires",
    "Porteurs",
    "Échéance",
    "Progression",
    "Constat",
    "Indice de santé",
    "Détails de l'indice de santé",
)
SHEET = fields_of("pst")
ACRONYMS = {
    PstLevel.part: "V",
    PstLevel.strategic: "OS",
    PstLevel.operational: "OO",
    PstLevel.action: "A",
    PstLevel.below_action: "SA",
    PstLevel.task: "T",
}
_WORDS = words_of("pst-words")
_LEVELS = {
    compact(word): PstLevel[name] for name, words in _WORDS["levels"].items() for word in words
} | {compact(acronym): level for level, acronym in ACRONYMS.items()}
_STATES = {
    compact(word): PstState[name]
    for name, words in _WORDS["states"].items()
    for word in (*words, PstState[name].value, PstState[name].label)
}
_HEALTH = {compact(health.value): health for health in PstHealth} | {"": None}
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)\.?(?=\s|$)")


def read_sheet(content: bytes, name: str) -> PstFile:
    """The elements of a workbook. Raises Refused if it is not one, or lacks a column."""
    table = read_register(open_table(content, name, known_for(SHEET)), SHEET)
    reading = _Reading(table.headers)
    for row in table.rows:
        if isinstance(row, Problem):
            reading.problems.append(row)
        elif any(value not in (None, "") for value in row.values.values()):
            reading.take(row)
    elements = tuple(reading.elements)
    return PstFile(LAYOUT, elements, (*reading.problems, *repeated(elements)))


class _Reading:
    """One pass over the rows: their order gives the hierarchy."""

    def __init__(self, headers: Mapping[str, str]):
        self.headers = headers
        self.elements: list[PstElement] = []
        self.problems: list[Problem] = []
        self._above: list[PstElement] = []
        self._taken: dict[str, int] = {}

    def take(self, row: RegisterRow) -> None:
        problems_before = len(self.problems)
        for field, reason in row.faults:
            self._fault(row, field, reason)
        element = self._element(row)
        if len(self.problems) == problems_before:
            self._place(row, element)

    def _fault(self, row: RegisterRow, field: str, reason: str) -> None:
        self.problems.append(Problem(row.line, self.headers.get(field, ""), reason))

    def _word(self, row: RegisterRow, field: str, words: dict, expected: str) -> object:
        text = row.text(field)
        if compact(text) not in words:
            self._fault(row, field, f"« {shown(text)} » n'est pas {expected}.")
        return words.get(compact(text))

    def _element(self, row: RegisterRow) -> PstElement:
        level = self._word(row, "type", _LEVELS, "un type connu : OS, OO, A, SA, T")
        states = ", ".join(state.label for state in PstState)
        state = self._word(row, "state", _STATES, f"un état connu : {states}")
        health = self._word(row, "health", _HEALTH, "un indice connu : bon, risque, blocage, pause")
        progress = row.get("progress") or 0.0
        if not 0 <= progress <= 100:
            self._fault(row, "progress", f"{progress:g} n'est pas un nombre de 0 à 100.")
        title = " ".join(row.text("title").split())
        if not title:
            self._fault(row, "title", "Il manque un titre.")
        return PstElement(
            "", level, title, state, progress, None, row.get("end"), health, "", row.line
        )

    def _place(self, row: RegisterRow, element: PstElement) -> None:
        levels = list(PstLevel)
        depth = levels.index(element.level)
        self._above = [each for each in self._above if levels.index(each.level) < depth]
        parent = self._above[-1] if self._above else None
        key = self._key(row, element, parent)
        placed = replace(element, key=key, parent=parent.key if parent else "")
        self._above.append(placed)
        self.elements.append(placed)

    def _key(self, row: RegisterRow, element: PstElement, parent: PstElement | None) -> str:
        """The first of its names that is unique at its level."""
        number = _NUMBER.match(element.title)
        names = [number[1]] if number else []
        names += [element.title, f"{parent.title if parent else ''} › {element.title}"]
        keys = [key_of(element.level, name) for name in names]
        key = next((key for key in keys if key not in self._taken), None)
        if key is None:
            line = self._taken[keys[-1]]
            self._fault(row, "title", f"Ce titre est déjà celui de la ligne {line}.")
            return keys[-1]
        self._taken[key] = row.line
        return key


# ── A file, XML or a table ───────────────────────────────────────────────────────────────────────

_XML_LAYOUT = f"XML d'eComptes, version {markup.VERSION}"
_SHEETS = frozenset((".ods", ".xlsx", ".xls"))


def read_pst(content: bytes, name: str) -> PstFile:
    """The elements of a file, and its errors by line. Raises Refused if it is neither, or
    unreadable.
    """
    if not content.strip():
        raise Refused(f"« {name} » est vide.")
    if Path(name).suffix.lower() in _SHEETS:
        return read_sheet(content, name)
    if _is_markup(content, name):
        document = markup.parse(content, name)
        if faults := markup.faults(document.root):
            return PstFile(_XML_LAYOUT, (), tuple(faults), document)
        elements = elements_of(document.root)
        return PstFile(_XML_LAYOUT, elements, tuple(repeated(elements)), document)
    raise Refused(
        f"« {name} » n'est pas un PST que nous sachions lire : le XML d'eComptes"
        f" ({markup.VERSION}) ou l'« État d'avancement » (ODS, XLSX)."
    )


def _is_markup(content: bytes, name: str) -> bool:
    start = content[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return start.startswith(b"<") or Path(name).suffix.lower() == ".xml"


def texts_of(content: bytes, name: str) -> Iterator[str]:
    """All texts of a file, including unused ones such as the person in charge. Raises Refused if
    unreadable.
    """
    if Path(name).suffix.lower() in _SHEETS:
        for row in open_table(content, name, known_for(SHEET)).rows:
            yield from row.cells
    elif _is_markup(content, name):
        for node in markup.parse(content, name).root.walk():
            yield node.text
    else:
        yield content.decode(encoding_of(io.BytesIO(content), name), errors="replace")


XML = "application/xml"


def checked(document: markup.Document) -> bytes:
    """The serialised tree, validated and read back. Raises Refused with its first error."""
    content = markup.written(document)
    back = markup.parse(content, "PST")
    faults = markup.faults(back.root) or list(repeated(elements_of(back.root)))
    if faults:
        first = faults[0]
        raise Refused(
            f"Ce PST ne peut pas partir : ligne {first.line}, « {first.column} » : {first.reason}"
        )
    if back.root.means() != document.root.means():
        raise Refused("Ce PST ne peut pas partir : relu, il ne dit pas la même chose.")
    return content
