"""What the form of an idea (dépôt) shares with the public forms: the labels of its fields, the
answers as the act takes them, and what is promised to its author.
"""

from collections.abc import Callable
from datetime import date

from dashboard import cached
from models.directions import Tree, Unit, UnitKind
from models.idea_states import DETAILS, IdeaKind
from models.settings import settings
from models.texts import first_line

BODY = "Votre idée, votre constat"
ANSWER, NO_ANSWER = "Votre réponse", "Écrivez votre réponse en quelques mots."
BODY_HINT = "Racontez avec vos mots : ce que vous voyez, ce que vous proposez."
AMBITION = "Quelle ambition ?"
CONCERNS = "Quelle direction est concernée ?"
KIND = "C'est…"
GOOD = "Ce que vous constatez"
NOT_KNOWN = "Je ne sais pas"
KINDS = {kind.value: kind.label for kind in IdeaKind}
_YES, _NO = "oui", "non"
GOODS = {_YES: "Ça va", _NO: "Ça ne va pas"}


def directions(tree: Tree) -> list[Unit]:
    """The directions an idea may concern, in the order of the chart."""
    return [unit for unit, _ in tree.walk() if unit.kind == UnitKind.direction]


def answered(value_of: Callable[[str], object]) -> dict[str, object]:
    """The answers as input of the act; `value_of`: name of a field → its value, or empty.

    Without a title, the first line is used. Only a finding has « good ».
    """
    body = str(value_of("body") or "")
    title = str(value_of("title") or "").strip() or first_line(body)
    kind = value_of("kind") or IdeaKind.idea.value
    good = {_YES: True, _NO: False}.get(value_of("good"))
    return {
        "title": title,
        "body": "" if body.strip() == title else body,
        "kind": kind,
        "ambition_id": value_of("ambition_id") or None,
        "concerns_id": value_of("concerns_id") or None,
        "good": good if kind == IdeaKind.finding else None,
        **{detail.column: value_of(detail.column) or None for detail in DETAILS},
    }


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
