"""What the holder of a tracking code reads of her entry (suivi): the entry, its steps, messages and
proposed merges. Shared by the application and the public pages.
"""

from datetime import date

from dashboard import french
from dashboard.queries.ideas.receipts import AskedMerge, Followed
from dashboard.ui.components import draw
from dashboard.ui.tables import timeline, timeline_of
from models.idea_states import IdeaStatus


def followed_entry(followed: Followed) -> None:
    """The entry, the promised day, the state of its photos, and its steps."""
    idea = followed.idea
    draw(
        "following/entry.html",
        number=idea.number,
        title=idea.title,
        status=IdeaStatus(idea.status),
        is_published=idea.published,
        body=idea.body,
        promise=_promise(idea.due_on, idea.answered_on),
        photos=_photos(followed),
        outcome=followed.outcome,
    )
    timeline(followed.steps)


def followed_messages(followed: Followed) -> None:
    if followed.talk:
        timeline_of("Vos échanges", followed.talk)


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


def _photos(followed: Followed) -> str:
    """The state of the photos, in words."""
    if not followed.photos:
        return ""
    sent = french.counted(followed.photos, "photo")
    if not followed.photos_shown:
        return f"{sent} en cours de vérification."
    return f"{sent}, dont {followed.photos_shown} que tout le monde voit."


# ── With the code, in the application ─────────────────────────────────────────────────────────────
