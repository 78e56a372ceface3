"""What the source's row said when it was last imported, one short digest per field: a later import
takes over what has changed in the source, and leaves what was changed here.
"""

from functools import lru_cache

from dashboard.files.ideas.hiding import HIDING
from dashboard.files.ideas.rows import IdeaRead
from dashboard.queries import import_sources as sources
from models.idea_states import DETAILS

# What a later file must have a column for, to change it; one of several is enough.
HELD_BY = {
    "title": {"title"},
    "body": {"body"},
    "ambition_id": {"theme"},
    "concerns_id": {"direction"},
    "status": {"status"},
    "fixed": {"kind", "filed_on"},
    "voices": {"voices", "vote"},
    "comments": {"comments", "comment"},
    "details": {detail.column for detail in DETAILS},
    "published": {HIDING, "status"},
}
# What our own export may change.
OWN_FIELDS = (
    "title",
    "body",
    "ambition_id",
    "concerns_id",
    "status",
    "voices",
    "details",
)
# What stood there before these were read: an idea without any has not changed.
_NONE_YET = {
    "voices": sources.mark(None),
    "comments": sources.mark([]),
    "details": sources.mark([]),
    "published": sources.mark(True),
}


def digest_of(row: IdeaRead, places: tuple[int | None, int | None]) -> str:
    """One short digest per field: only what changed in the source is taken over, what was
    changed here stays.
    """
    state = f"{row.status}|{row.status_on if row.status_dated else ''}"
    comments = [(comment.text, comment.on) for comment in row.comments]
    details = sorted((name, value) for name, value in row.details.items() if value)
    return ".".join(
        (
            sources.mark(row.title),
            sources.mark(row.body),
            _marks(
                str(places[0]),
                str(places[1]),
                state,
                f"{row.kind}|{row.filed_on}",
                str(row.voices),
                str(comments),
                str(details),
                str(row.published),
            ),
        )
    )


# The short fields of a file say the same things a thousand times.
@lru_cache(1000)
def _marks(*texts: str) -> str:
    return ".".join(map(sources.mark, texts))


def joined(old: str, new: str, held: set[str]) -> str:
    """The digest of a row, as it was in the fields that the file has no column for."""
    before = dict(zip(sources.FIELDS, old.split("."), strict=False))
    after = dict(zip(sources.FIELDS, new.split("."), strict=True))
    return ".".join(
        after[name] if name in held or not old else before.get(name, _NONE_YET.get(name, ""))
        for name in sources.FIELDS
    )


def changed_fields(old: str, new: str) -> set[str]:
    # Shorter where it was made before a field was read: see _NONE_YET.
    before = dict(zip(sources.FIELDS, old.split("."), strict=False))
    return {
        name
        for name, after in zip(sources.FIELDS, new.split("."), strict=True)
        if before.get(name, _NONE_YET.get(name)) != after
    }
