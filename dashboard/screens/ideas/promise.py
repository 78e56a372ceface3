"""The promise to authors (la promesse): the day of the answer, the next steps, and contacts for
cases where the form is the wrong place.
"""

from datetime import date

from dashboard import cached
from models.settings import settings

UNKNOWN_CONTACT = "à demander au service des ressources humaines"


def promised_day() -> date:
    """The day by which an entry filed today is answered."""
    return cached.promised_day(cached.today())


def what_follows() -> list[tuple[str, str]]:
    """The steps of an entry, as (step, what happens)."""
    return [
        (
            "Elle est lue",
            "Par l'équipe du programme ; un dépôt sans nom n'est montré qu'ensuite.",
        ),
        (
            "Vous recevez une réponse",
            f"De la direction concernée, dans les {settings().cp_answer_days} jours ouvrables, avec"
            " sa raison.",
        ),
        (
            "Vous suivez chaque étape",
            "À l'étude, en groupe, au CODIR : tout se lit sur sa fiche, les refus aussi.",
        ),
    ]


def contacts() -> list[tuple[str, str]]:
    """Contacts for harassment, a danger or a person's name, as (who, how to reach them)."""
    return [
        ("Personne de confiance", settings().cp_trusted_person or UNKNOWN_CONTACT),
        ("SIPPT", settings().cp_prevention or UNKNOWN_CONTACT),
        ("Urgence", "112"),
    ]
