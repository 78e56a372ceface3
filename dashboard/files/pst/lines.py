"""Lines with vertical bars: number | name | SDGs | state | progress | due date | initials of who is
in charge | services | notes | feuille de route. The number (« 05.1.01 ») tells the level, and what
stands below what.
"""

import io
import re
from collections.abc import Sequence

from dashboard.files.detection import encoding_of
from dashboard.files.pst.elements import PstElement, PstFile, key_of
from dashboard.files.pst.sheet import state_of
from dashboard.files.quoting import shown
from dashboard.files.registers import date_of, percent_of
from dashboard.files.tables import Problem
from models.pst import PstLevel, PstState

LAYOUT = "Lignes à barres verticales"
_NUMBERED = re.compile(r"(?:OS|OO)?\s*(\d+(?:\.\d+){0,2})\.?(?:\s*[:–-])?\s*(.*)", re.DOTALL)
_LEVELS = (PstLevel.strategic, PstLevel.operational, PstLevel.action)
_STATE, _PROGRESS, _END = 3, 4, 5
_WHOLE = 100


def read_lines(content: bytes, name: str) -> PstFile:
    """The elements of a text. Raises Refused where its encoding is not known."""
    text = content.decode(encoding_of(io.BytesIO(content), name), errors="replace")
    elements: list[PstElement] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")]
        if not any(cells) or (number == 1 and _NUMBERED.fullmatch(cells[0]) is None):
            continue
        found = _element(number, cells)
        if isinstance(found, PstElement):
            elements.append(found)
        else:
            problems += found
    return PstFile(LAYOUT, tuple(elements), tuple(problems))


def _element(line: int, cells: Sequence[str]) -> PstElement | list[Problem]:
    numbered = _NUMBERED.fullmatch(cells[0])
    if numbered is None:
        reason = f"« {shown(cells[0])} » n'est pas un numéro comme « 05.1.01 »."
        return [Problem(line, "numéro", reason)]
    number, beside = numbered.groups()
    title = beside or (cells[1] if len(cells) > 1 else "")
    steps = number.split(".")
    level = _LEVELS[len(steps) - 1]
    state, progress, end, problems = _values(line, cells, level)
    if not title:
        problems.append(Problem(line, "nom", "Il manque un nom."))
    if problems:
        return problems
    above = ".".join(steps[:-1])
    parent = key_of(_LEVELS[len(steps) - 2], above) if above else ""
    full = f"{number} {title}"
    return PstElement(
        key_of(level, number), level, full, state, progress, None, end, None, parent, line
    )


def _values(line: int, cells: Sequence[str], level: PstLevel) -> tuple:
    """(state, progress, due date, what is wrong); a heading of an objective says none of them."""
    given = [*cells, *[""] * (_END + 1 - len(cells))]
    problems = []
    state = state_of(given[_STATE]) if given[_STATE] else PstState.not_begun
    if state is None or (level is PstLevel.action and not given[_STATE]):
        reason = f"« {shown(given[_STATE])} » n'est pas un état connu."
        problems.append(Problem(line, "état", reason))
    progress, end = 0.0, None
    try:
        progress = percent_of(given[_PROGRESS]) or 0.0
    except ValueError as error:
        problems.append(Problem(line, "avancement", str(error)))
    try:
        end = date_of(given[_END])
    except ValueError as error:
        problems.append(Problem(line, "échéance", str(error)))
    if not 0 <= progress <= _WHOLE:
        reason = f"{progress:g} n'est pas un nombre de 0 à 100."
        problems.append(Problem(line, "avancement", reason))
    return state, progress, end, problems
