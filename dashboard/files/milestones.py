"""The milestones of the roadmap (jalons) as a file, in and out: one row a milestone, with the
calendar that is in force. What goes out comes back without a change.
"""

from datetime import date
from functools import cache

from dashboard.files.ideas.values import compact
from dashboard.files.registers import RegisterLayout, RegisterRow, read_register
from dashboard.files.uploads import open_table
from models.roadmap import MilestoneState
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
MILESTONES = RegisterLayout(
    names={
        "number": ("numéro", "n°", "numero", "number", "code"),
        "workstream": ("chantier", "workstream", "axe"),
        "title": ("titre", "title", "jalon", "action", "intitulé"),
        "weight": ("poids", "weight", "pondération"),
        "critical": ("critique", "critical"),
        "ladder": ("échelle", "ladder", "par paliers"),
        "start": ("début", "start", "date de début"),
        "end": ("échéance", "fin", "end", "date de fin", "date prévue"),
        "owner": ("porteur", "responsable", "owner", "pilote"),
        "direction": ("direction", "direction du porteur", "service"),
        "reason": ("raison", "motif", "raison de la révision"),
        "state": ("état", "statut", "état d'avancement", "state", "status"),
        "progress": ("avancement", "progression", "% d'avancement", "% réalisé", "progress"),
        "forecast_end": ("fin prévue", "nouvelle échéance", "prévision"),
        "actual_end": ("fin réelle", "terminé le", "réalisé le", "date de réalisation"),
        "on": ("date du rapport", "rapport du", "situation au", "reported on"),
        "comment": ("commentaire", "constat", "comment"),
    },
    needed=("number",),
    reads={
        "weight": "number",
        "critical": "flag",
        "ladder": "flag",
        "start": "date",
        "end": "date",
        "progress": "percent",
        "forecast_end": "date",
        "actual_end": "date",
        "on": "date",
    },
    main="number",
)


_S = MilestoneState
_STATES = {
    compact(word): state
    for state, words in {
        _S.to_plan: ("à faire", "non démarré", "pas commencé", "planifié", "prévu", "to do"),
        _S.under_way: ("en cours de réalisation", "commencé", "démarré", "in progress"),
        _S.done: ("terminée", "fini", "réalisé", "réalisée", "clôturé", "achevé", "done"),
        _S.paused: ("pause", "suspendu", "suspendue", "bloqué", "on hold"),
        _S.cancelled: ("annulée", "abandonné", "abandonnée", "cancelled"),
    }.items()
    for word in (*words, state.value, state.label)
}


def state_of(text: str) -> MilestoneState | None:
    """« En cours », « Réalisé »; None for anything else."""
    return _STATES.get(compact(text))


@cache
def proposed() -> list[RegisterRow]:
    """The milestones that come along as a proposal (jalons proposés): nobody has them before she
    takes them.
    """
    table = read_register(open_table(_PROPOSED, known=MILESTONES.known), MILESTONES)
    return [row for row in table.rows if isinstance(row, RegisterRow)]
