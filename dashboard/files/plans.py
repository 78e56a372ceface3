"""Plans as files, import and export: one row per milestone (jalon) or element of the PST
(projet), with its calendar and state. A round trip changes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import zip_longest

from dashboard.files.matching.fields import fields_of
from dashboard.files.matching.layout import known_for
from dashboard.files.registers import RegisterRow, read_register
from dashboard.files.uploads import open_table
from dashboard.files.values import compact
from dashboard.files.words import words_of
from models.roadmap import PST_LEVELS, MilestoneState, PlanLevel, ProjectState
from models.settings import ROOT

# The programme's first day assumed by the proposed milestones.
PROPOSED_FROM = date(2021, 1, 1)
_HIERARCHY = re.compile(r"\d+(?:\.\d+)*")
_PROPOSED = ROOT / "seed" / "jalons.csv"

MILESTONES = fields_of("jalons")
# Words of tools → the state of a milestone, or of an element of the PST.
_STATES = {
    compact(word): (milestone, element)
    for states in words_of("plan-states")["states"]
    for milestone, element in [
        (MilestoneState(states["milestone"]), ProjectState(states["element"]))
    ]
    for word in (*states["words"], milestone, milestone.label, element, element.label)
}
_LEVELS = {
    compact(word): level
    for level, words in {
        PlanLevel.strategic: ("o.s.", "stratégique"),
        PlanLevel.operational: ("o.o.", "opérationnel"),
        PlanLevel.action: ("actions",),
    }.items()
    for word in (*words, level.value, level.label)
}


def state_of(level: str, text: str) -> MilestoneState | ProjectState | None:
    """« En cours », « Réalisé »; None for anything else."""
    milestone, element = _STATES.get(compact(text), (None, None))
    return milestone if level == PlanLevel.milestone else element


def level_of(text: str) -> PlanLevel | None:
    """« OS », « Objectif opérationnel » of the PST, « 1 » of an outline; None for anything else."""
    is_outline = text.isdecimal() and int(text) > 0
    return (
        PST_LEVELS[min(int(text), len(PST_LEVELS)) - 1]
        if is_outline
        else _LEVELS.get(compact(text))
    )


def outlined(rows: Sequence[RegisterRow]) -> list[RegisterRow]:
    """The rows of a plan with their outline, from a level, a number « 1.2.3 » or an indent:
    `depth`, the `above` rows from the top, and whether each `is_group`.
    """
    is_level = not any("." in row.text("outline") for row in rows)
    depths = [_depth(row, is_level) for row in rows]
    above: list[tuple[int, RegisterRow]] = []
    found = []
    for row, depth, following in zip_longest(rows, depths, depths[1:], fillvalue=0):
        above = [parent for parent in above if parent[0] < depth]
        outline = {"depth": len(above), "above": [parent for _, parent in above]}
        found.append(replace(row, values={**row.values, **outline, "is_group": following > depth}))
        above.append((depth, found[-1]))
    return found


def _depth(row: RegisterRow, is_level: bool) -> int:
    """The depth of a row; `is_level`: the outline is a level, « 2 », else a number, « 1.2 »."""
    outline = row.text("outline")
    for text in (outline, row.text("number")):
        if "." in text and _HIERARCHY.fullmatch(text):
            return text.count(".")
    return int(outline) if is_level and outline.isdecimal() else row.get("indent", 0)


@cache
def proposed() -> list[RegisterRow]:
    """The template milestones (jalons proposés), to be adopted by each programme."""
    table = read_register(open_table(_PROPOSED, known=known_for(MILESTONES)), MILESTONES)
    return [row for row in table.rows if isinstance(row, RegisterRow)]
