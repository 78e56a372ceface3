"""The projects of the PST as a file, in and out. What goes out comes back without a change."""

from typing import TypeVar

from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterLayout
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


def _word(text: str, found: W | None, words: type[W], what: str) -> W:
    if found is None:
        known = ", ".join(word.label for word in words)
        raise ValueError(f"« {shown(text)} » n'est pas {what} : {known}.")
    return found
