"""The projects of the PST as a file, in and out. What goes out comes back without a change."""

from typing import TypeVar

from dashboard.files.ideas.values import compact
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterLayout
from models.roadmap import ProjectLevel, ProjectState
from models.words import Word

W = TypeVar("W", bound=Word)

PROJECTS = RegisterLayout(
    names={
        "code": ("code", "numéro", "n°"),
        "level": ("niveau", "type", "types", "level"),
        "parent": ("parent", "code du parent", "dépend de", "sous"),
        "name": ("nom", "titre", "titres", "projet", "intitulé"),
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
    needed=("code",),
    reads={"progress": "number", "budget": "number", "start": "date", "end": "date"},
    main="code",
)

_LEVELS = {
    compact(word): level
    for level, words in {
        ProjectLevel.strategic: ("o.s.", "stratégique"),
        ProjectLevel.operational: ("o.o.", "opérationnel"),
        ProjectLevel.action: ("actions",),
    }.items()
    for word in (*words, level.value, level.label)
}
_S = ProjectState
_STATES = {
    compact(word): state
    for state, words in {
        _S.not_begun: ("à faire", "non démarré", "non commencé", "NON_COMMENCE", "pas commencé"),
        _S.under_way: ("en cours de réalisation", "EN_COURS", "commencé", "permanent"),
        _S.waiting: ("EN_ATTENTE", "en pause", "pause", "attente"),
        _S.trouble: ("problème", "suspendu", "bloqué", "blocage"),
        _S.done: ("terminée", "TERMINE", "réalisé", "clôturé", "fini"),
        _S.given_up: ("abandonnée", "annulé", "ANNULE_ABANDONNE", "annulé/abandonné"),
    }.items()
    for word in (*words, state.value, state.label)
}


def level_of(text: str) -> ProjectLevel:
    """« OS », « Objectif opérationnel ». Raises ValueError, in French, for anything else."""
    return _word(text, _LEVELS.get(compact(text)), ProjectLevel, "un niveau")


def state_of(text: str) -> ProjectState:
    """« En cours », « Terminé ». Raises ValueError, in French, for anything else."""
    return _word(text, _STATES.get(compact(text)), ProjectState, "un état de projet")


def _word(text: str, found: W | None, words: type[W], what: str) -> W:
    if found is None:
        known = ", ".join(word.label for word in words)
        raise ValueError(f"« {shown(text)} » n'est pas {what} : {known}.")
    return found
