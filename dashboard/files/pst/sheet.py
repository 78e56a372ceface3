"""The report « État d'avancement » (ODS, XLSX), import and export: one row per element. It has
no identifiers: the number at the start of a title, else the title, identifies the element.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dashboard.files.matching.fields import fields_of
from dashboard.files.matching.layout import known_for
from dashboard.files.pst.elements import PstElement, PstFile, key_of
from dashboard.files.quoting import shown
from dashboard.files.registers import ReadTable, RegisterRow, read_register
from dashboard.files.tables import Problem
from dashboard.files.uploads import open_table
from dashboard.files.values import compact
from models.pst import PstHealth, PstLevel, PstState

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
_L, _S = PstLevel, PstState
_LEVELS = {
    compact(word): level
    for level, words in {
        _L.part: ("volet",),
        _L.action: ("ac", "act", "action"),
        _L.below_action: ("sact", "sous-action"),
        _L.task: ("ta", "tâche"),
    }.items()
    for word in words
} | {compact(acronym): level for level, acronym in ACRONYMS.items()}
_STATES = {
    compact(word): state
    for state, words in {
        _S.not_begun: ("non commencée", "à démarrer", "a démarrer", "non démarré", "à venir"),
        _S.under_way: ("en cours de réalisation", "permanent", "démarré"),
        _S.waiting: ("attente", "en pause"),
        _S.trouble: ("suspendu", "suspendue", "problème", "bloqué"),
        _S.done: ("terminée", "réalisé", "réalisée", "achevé", "clôturé"),
        _S.given_up: ("annulé", "annulée", "abandonné", "abandonnée", "annulé / abandonné"),
    }.items()
    for word in (*words, state.value, state.label)
}
_HEALTH = {compact(health.value): health for health in PstHealth} | {"": None}
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)\.?(?=\s|$)")
_WHOLE = 100


def read_sheet(content: bytes, name: str) -> PstFile:
    """The elements of a workbook. Raises Refused if it is not one, or lacks a column."""
    table = read_register(open_table(content, name, known_for(SHEET)), SHEET)
    reading = _Reading(table)
    for row in table.rows:
        reading.take(row)
    return PstFile(LAYOUT, tuple(reading.elements), tuple(reading.problems))


class _Reading:
    """One pass over the rows: their order gives the hierarchy."""

    def __init__(self, table: ReadTable):
        self.headers = table.headers
        self.elements: list[PstElement] = []
        self.problems: list[Problem] = []
        self._above: dict[PstLevel, PstElement] = {}
        self._taken: dict[str, int] = {}

    def take(self, row: RegisterRow | Problem) -> None:
        if isinstance(row, Problem):
            return self.problems.append(row)
        if not any(value not in (None, "") for value in row.values.values()):
            return
        problems_before = len(self.problems)
        for field, reason in row.faults:
            self._fault(row, field, reason)
        element = self._element(row)
        if len(self.problems) == problems_before:
            self._place(row, element)

    def _fault(self, row: RegisterRow, field: str, reason: str) -> None:
        self.problems.append(Problem(row.line, self.headers.get(field, ""), reason))

    def _word(self, row: RegisterRow, field: str, words: dict, expected: str) -> object:
        text = str(row.get(field, ""))
        if compact(text) not in words:
            self._fault(row, field, f"« {shown(text)} » n'est pas {expected}.")
        return words.get(compact(text))

    def _element(self, row: RegisterRow) -> PstElement:
        level = self._word(row, "type", _LEVELS, "un type connu : OS, OO, A, SA, T")
        states = ", ".join(state.label for state in PstState)
        state = self._word(row, "state", _STATES, f"un état connu : {states}")
        health = self._word(row, "health", _HEALTH, "un indice connu : bon, risque, blocage, pause")
        progress = row.get("progress") or 0.0
        if not 0 <= progress <= _WHOLE:
            self._fault(row, "progress", f"{progress:g} n'est pas un nombre de 0 à 100.")
        title = " ".join(str(row.get("title", "")).split())
        if not title:
            self._fault(row, "title", "Il manque un titre.")
        return PstElement(
            "", level, title, state, progress, None, row.get("end"), health, "", row.line
        )

    def _place(self, row: RegisterRow, element: PstElement) -> None:
        levels = list(PstLevel)
        place = levels.index(element.level)
        above = [self._above[level] for level in levels[:place] if level in self._above]
        parent = above[-1] if above else None
        key = self._key(row, element, parent)
        placed = replace(element, key=key, parent=parent.key if parent else "")
        for level in levels[place:]:
            self._above.pop(level, None)
        self._above[element.level] = placed
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


@dataclass(frozen=True, slots=True)
class SheetRow:
    """An element, with the fields only the workbook has."""

    element: PstElement
    holder: str = ""
    finding: str = ""
    health_detail: str = ""


def sheet_rows(elements: Iterable[SheetRow]) -> Iterator[tuple]:
    """The cells of a workbook, in the order of HEADERS."""
    for row in elements:
        element = row.element
        yield (
            ACRONYMS[element.level],
            element.title,
            element.state.label,
            "",
            "",
            row.holder,
            element.end,
            round(element.progress, 1),
            row.finding,
            element.health.value if element.health else "",
            row.health_detail,
        )
