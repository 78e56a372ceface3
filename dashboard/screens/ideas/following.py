"""What the holder of a tracking code reads of her entry (suivi): the entry, its steps, messages and
proposed merges. Shared by the application and the public pages.
"""

from datetime import date

from dashboard import french
from dashboard.queries.ideas.receipts import AskedMerge, Followed
from dashboard.ui.components import draw
from dashboard.ui.tables import timeline, timeline_of
from models.idea_states import IdeaStatus


def followed_entry(found: Followed) -> None:
    """The entry, the promised day, the state of its photos, and its steps."""
    idea = found.idea
    draw(
        "following/entry.html",
        number=idea.number,
        title=idea.title,
        status=IdeaStatus(idea.status),
        is_published=idea.published,
        body=idea.body,
        promise=_promise(idea.due_on, idea.answered_on),
        photos=_photos(found),
    )
    timeline(found.steps)


def followed_messages(found: Followed) -> None:
    if found.talk:
        timeline_of("Vos échanges", found.talk)


def merge_in_words(proposal: AskedMerge) -> str:
    merge, other, _ = proposal
    return (
        f"Il est proposé de réunir votre idée et l'idée n° {other.number}, « {other.title} »."
        f" {merge.reason} Sans refus, cela se fera après le {french.day_long(merge.due_on)}."
    )


def _promise(due_on: date | None, answered_on: date | None) -> str:
    if answered_on:
        return f"Réponse donnée le {french.day_long(answered_on)}."
    return f"Réponse attendue pour le {french.day_long(due_on)}." if due_on else ""


def _photos(found: Followed) -> str:
    """The state of the photos, in words."""
    if not found.photos:
        return ""
    sent = french.counted(found.photos, "photo")
    if not found.photos_shown:
        return f"{sent} : quelqu'un les regarde avant de les montrer."
    return f"{sent}, dont {found.photos_shown} que tout le monde voit."
