"""Plans as files, in and out: one row a milestone (jalon) or an element of the PST (projet), with
its calendar and its state. What goes out comes back without a change.
"""

from datetime import date
from functools import cache

from dashboard.files.matching.fields import fields_of
from dashboard.files.matching.layout import known_for
from dashboard.files.registers import RegisterRow, read_register
from dashboard.files.uploads import open_table
from dashboard.files.values import compact
from dashboard.files.words import words_of
from models.roadmap import MilestoneState, PlanLevel, ProjectState
from models.settings import ROOT

# The first day of the programme for which the proposed milestones were written.
PROPOSED_FROM = date(2021, 1, 1)
_PROPOSED = ROOT / "seed" / "jalons.csv"

HEADERS = (
    "numéro",
    "chantier",
    "titre",
    "poids",
    "critique",
    "échelle",
    "début",
    "échéance",
    "porteur",
    "direction",
    "raison",
)
MILESTONES = fields_of("jalons")
# What tools write → the state of a milestone, of an element of the PST.
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
    """« OS », « Objectif opérationnel » of the PST; None for anything else."""
    return _LEVELS.get(compact(text))


@cache
def proposed() -> list[RegisterRow]:
    """The milestones that come along as a proposal (jalons proposés): nobody has them before she
    takes them.
    """
    table = read_register(open_table(_PROPOSED, known=known_for(MILESTONES)), MILESTONES)
    return [row for row in table.rows if isinstance(row, RegisterRow)]
