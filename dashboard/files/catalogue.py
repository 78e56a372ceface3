"""A catalogue of trainings (catalogue de formations) out of a file: one row a training."""

from dashboard.files.ideas.values import compact
from dashboard.files.registers import RegisterLayout
from models.academy import TrainingAudience

CATALOGUE = RegisterLayout(
    names={
        "code": ("code", "code de la formation", "référence", "identifiant", "id", "course code"),
        "title": ("intitulé", "titre", "formation", "nom", "nom de la formation", "title"),
        "hours": ("durée", "heures", "nombre d'heures", "durée (heures)", "durée en heures"),
        "capacity": ("places", "nombre de places", "capacité", "participants max", "capacity"),
        "audience": ("public", "public cible", "audience"),
        "ambition": ("ambition", "thème", "thématique", "domaine", "catégorie"),
        "trainer": ("formateur", "organisme", "opérateur", "prestataire", "trainer", "provider"),
        "objectives": ("objectifs", "objectif", "description", "contenu", "programme"),
        "mandatory": ("obligatoire", "mandatory"),
        "career": ("formation de carrière", "carrière", "RGB"),
        "needs_approval": ("accord du responsable", "accord", "needs approval"),
        "open_to_all": ("ouverte sans compte", "ouverte à tous", "open to all"),
        "validity": ("validité (mois)", "validité", "recyclage (mois)", "recyclage", "validity"),
    },
    needed=("code", "title"),
    reads={
        "hours": "hours",
        "capacity": "whole",
        "mandatory": "flag",
        "career": "flag",
        "needs_approval": "flag",
        "open_to_all": "flag",
        "validity": "whole",
    },
    main="code",
)
_AUDIENCES = {
    compact(word): kind for kind in TrainingAudience for word in (kind.value, kind.label)
} | {
    "tous": TrainingAudience.both,
    "terrain": TrainingAudience.field_work,
    "bureau": TrainingAudience.office,
    "managers": TrainingAudience.managers,
    "responsables": TrainingAudience.managers,
}


def audience_of(text: str) -> TrainingAudience | None:
    """« Terrain », « Bureau », « Tous »; None for anything else."""
    return _AUDIENCES.get(compact(text))
