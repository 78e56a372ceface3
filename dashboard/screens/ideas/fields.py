"""The fields of the idea form (champs du dépôt), shared by the application and the public forms:
their labels, and the answers as the act takes them.
"""

from collections.abc import Callable

from models.directions import Tree, Unit, UnitKind
from models.idea_states import DETAILS, IdeaKind
from models.texts import first_line

BODY = "Votre idée, votre constat"
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
