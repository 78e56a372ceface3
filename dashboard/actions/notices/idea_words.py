"""French wording of an entry in notices: gender agreement, contracted articles; its title is left
out of mails until it is published.
"""

from datetime import date

from dashboard import french
from models.idea_states import IdeaKind
from models.ideas import Idea

_MASCULINE = (IdeaKind.finding, IdeaKind.comment)


def agree(idea: Idea, words: str) -> str:
    return words.format(e="" if idea.kind in _MASCULINE else "e")


def _noun(idea: Idea) -> str:
    noun = (
        "amélioration" if idea.kind == IdeaKind.improvement else IdeaKind(idea.kind).label.lower()
    )
    return f"{noun} n° {idea.number}"


def yours(idea: Idea, inside: bool = False) -> str:
    return f"{'votre' if inside else 'Votre'} {_noun(idea)}"


def the(idea: Idea, inside: bool = False) -> str:
    noun = _noun(idea)
    if noun[0] in "aeioué":
        article = "l'"
    elif idea.kind in _MASCULINE:
        article = "le "
    else:
        article = "la "
    return f"{article}{noun}" if inside else f"{article.capitalize()}{noun}"


def of_the(idea: Idea) -> str:
    return _contracted(idea, "du", "de")


def to_the(idea: Idea) -> str:
    return _contracted(idea, "au", "à")


def _contracted(idea: Idea, masculine: str, otherwise: str) -> str:
    message = the(idea, inside=True)
    if message.startswith("le "):
        return message.replace("le ", f"{masculine} ", 1)
    return f"{otherwise} {message}"


def is_hidden_from_mail(idea: Idea) -> bool:
    """Whether a mail to staff shows only the number: an unread entry may name somebody."""
    return not idea.published


def named(idea: Idea) -> str:
    if is_hidden_from_mail(idea):
        return "Pas encore publiée : ouvrez-la pour la lire."
    return f"« {idea.title} »."


def due_sentence(idea: Idea) -> str:
    return f"Réponse attendue pour le {french.day_long(idea.due_on)}." if idea.due_on else ""


def address_of(idea: Idea) -> str:
    return f"/idees?idee={idea.number}"


def about_duty(idea: Idea, message: str, day: date) -> tuple[str, str]:
    """The title and text of a task about an entry: « L'idée n° 12 attend une réponse », with its
    deadline.
    """
    if idea.due_on is None or idea.due_on >= day:
        due = due_sentence(idea)
    else:
        due = f"La réponse était attendue pour le {french.day_long(idea.due_on)}."
    return f"{the(idea)} {message}", " ".join(filter(None, (named(idea), due)))
