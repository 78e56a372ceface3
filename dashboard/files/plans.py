"""Plans as files, in and out: one row a milestone (jalon) or an element of the PST (projet), with
its calendar and its state. What goes out comes back without a change.
"""

from datetime import date
from functools import cache

from dashboard.files.registers import RegisterLayout, RegisterRow, read_register
from dashboard.files.uploads import open_table
from dashboard.files.values import compact
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
PROJECTS = RegisterLayout(
    names={
        "number": ("code", "numéro", "n°"),
        "level": ("niveau", "type", "types", "level"),
        "parent": ("parent", "code du parent", "dépend de", "sous"),
        "title": ("nom", "titre", "titres", "projet", "intitulé"),
        "objective": ("objectif", "description"),
        "ambition": ("ambition", "thème", "code de l'ambition"),
        "state": ("état", "états", "statut"),
        "progress": ("avancement", "progression", "taux d'avancement", "% d'avancement"),
        "budget": ("budget", "montant", "budget en euros"),
        "start": ("début", "date de début"),
        "end": ("fin", "échéance", "date de fin"),
        "owner": ("porteur", "porteurs", "responsable", "gestionnaire"),
        "direction": ("direction", "direction du porteur", "service"),
        "example": ("amélioration en cours", "exemple"),
    },
    needed=("number",),
    reads={"progress": "percent", "budget": "number", "start": "date", "end": "date"},
    main="number",
)

# What tools write → the state of a milestone, of an element of the PST.
_M, _P = MilestoneState, ProjectState
_TWINS = (
    (_M.to_plan, _P.not_begun, "à faire", "non démarré", "non commencé", "NON_COMMENCE"),
    (_M.to_plan, _P.not_begun, "pas commencé", "planifié", "prévu", "to do"),
    (_M.under_way, _P.under_way, "en cours de réalisation", "EN_COURS", "commencé", "démarré"),
    (_M.under_way, _P.under_way, "permanent", "in progress"),
    (_M.done, _P.done, "terminée", "TERMINE", "fini", "réalisé", "réalisée", "clôturé", "achevé"),
    (_M.done, _P.done, "done"),
    (_M.paused, _P.waiting, "pause", "attente", "EN_ATTENTE", "on hold"),
    (_M.paused, _P.trouble, "suspendu", "suspendue", "bloqué", "blocage", "problème"),
    (_M.cancelled, _P.given_up, "annulée", "abandonnée", "ANNULE_ABANDONNE", "cancelled"),
    (_M.cancelled, _P.given_up, "annulé/abandonné"),
)
_STATES = {
    compact(word): (milestone, element)
    for milestone, element, *words in _TWINS
    for word in (*words, milestone.value, milestone.label, element.value, element.label)
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
    table = read_register(open_table(_PROPOSED, known=MILESTONES.known), MILESTONES)
    return [row for row in table.rows if isinstance(row, RegisterRow)]
