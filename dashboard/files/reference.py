"""The references of an administration as files, in and out: ambitions, workstreams, closing days,
templates of answers, targets, headcounts. What goes out comes back without a change.
"""

from datetime import date
from typing import TypeVar

from dashboard.files.ideas.values import compact, day_of
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterLayout
from models.idea_states import IdeaStatus
from models.roadmap import AmbitionColour
from models.words import Word

W = TypeVar("W", bound=Word)

AMBITIONS = RegisterLayout(
    names={
        "code": ("code", "code de l'ambition"),
        "name": ("nom", "ambition", "intitulé", "libellé"),
        "description": ("description", "en quelques mots"),
        "colour": ("couleur", "colour"),
        "goal": ("objectif", "objectif 2030", "goal"),
        "horizon": ("horizon", "année", "pour l'année"),
    },
    needed=("code",),
    reads={"horizon": "whole"},
    main="code",
)
WORKSTREAMS = RegisterLayout(
    names={
        "number": ("numéro", "n°", "numero", "number"),
        "code": ("code",),
        "name": ("nom", "chantier", "intitulé", "name"),
        "short_name": ("nom court", "abrégé", "short name"),
        "programme": ("programme", "période"),
    },
    needed=("number",),
    reads={"number": "whole"},
    main="number",
)
CLOSING_DAYS = RegisterLayout(
    names={
        "day": ("jour", "date", "jour de fermeture"),
        "label": ("libellé", "nom", "motif"),
        "removed": ("retiré", "retirer", "supprimé", "supprimer"),
    },
    needed=("day",),
    reads={"removed": "flag"},
    main="day",
)
TEMPLATES = RegisterLayout(
    names={
        "name": ("nom", "modèle", "intitulé"),
        "status": ("état", "statut"),
        "text": ("texte", "réponse"),
        "motive": ("motif", "est un motif"),
    },
    needed=("name",),
    reads={"motive": "flag"},
    main="name",
)
TARGETS = RegisterLayout(
    names={
        "figure": ("chiffre", "figure", "code du chiffre", "indicateur"),
        "for_date": ("pour le", "pour_le", "échéance"),
        "value": ("valeur", "cible", "valeur à atteindre"),
        "upper": ("valeur haute", "valeur_haute", "borne haute"),
        "baseline": ("départ", "depart", "valeur de départ"),
        "baseline_on": ("départ le", "depart_le", "date de départ"),
        "reason": ("raison", "motif"),
    },
    needed=("figure", "for_date"),
    reads={
        "for_date": "date",
        "value": "number",
        "upper": "number",
        "baseline": "number",
        "baseline_on": "date",
    },
    main="figure",
)
HEADCOUNTS = RegisterLayout(
    names={
        "code": ("service", "code", "code du service"),
        "agents": ("effectif", "agents", "nombre d'agents"),
        "without": ("sans poste", "sans poste informatique", "sans ordinateur"),
        "on": ("au", "date", "depuis", "à partir du"),
    },
    needed=("code", "agents"),
    reads={"agents": "whole", "without": "whole", "on": "date"},
    main="agents",
)


def colour_of(text: str) -> AmbitionColour:
    """« Bleu ». Raises ValueError, in French, for anything else."""
    return _word(text, _spelt(AmbitionColour, text), AmbitionColour, "une de nos couleurs")


def status_of(text: str) -> IdeaStatus:
    """« Non retenue », as its label or its code. Raises ValueError, in French."""
    return _word(text, _spelt(IdeaStatus, text), IdeaStatus, "un état d'une idée")


def _spelt(words: type[W], text: str) -> W | None:
    said = compact(text)
    return next((word for word in words if said in (compact(word), compact(word.label))), None)


def _word(text: str, found: W | None, words: type[W], what: str) -> W:
    if found is None:
        known = ", ".join(word.label for word in words)
        raise ValueError(f"« {shown(text)} » n'est pas {what} : {known}.")
    return found


def closing_day_of(text: str) -> str:
    """« 27/09 », each year, or « 27/09/2026 », once, as they are kept. Raises ValueError, in
    French.
    """
    parts = text.strip().split("/")
    try:
        if len(parts) == 2:
            # 2020 has a 29 February.
            return f"{date(2020, int(parts[1]), int(parts[0])):%d/%m}"
        day = day_of(text)
    except ValueError:
        day = None
    if day is None:
        raise ValueError(
            f"« {shown(text)} » n'est pas un jour : jj/mm (chaque année) ou jj/mm/aaaa (une fois)."
        )
    return f"{day:%d/%m/%Y}"
