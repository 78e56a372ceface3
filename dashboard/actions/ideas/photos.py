"""Acts on photos: re-encoded on upload, stored without camera metadata, published after review;
what an entry's record counts of its discussion, and showing or hiding it.

Photos are decoded by a separate process (`photo_decoding.py`), one at a time for all visitors, so
that the serving process holds no more than the file itself.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import distinct, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.files.processes import Unanswered, answer_of
from dashboard.queries.ideas.card import lineage
from models.directions import Tree
from models.discussions import Contribution, ContributionKind, Subject, SubjectSupport
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea, Photo
from models.texts import Invalid, Refused

MOST = 3
HEAVIEST = 12 * 1024 * 1024
MEMORY_MB = 768  # limit of the decoding process
_MOST_PIXELS = 65_000_000
SECONDS = 60  # to decode one photo
PATIENCE = 60  # to wait for one's turn
FAILED = (
    "Cette photo n'a pas pu être préparée : réessayez, ou enregistrez-la d'abord en plus petit."
)
BUSY = "D'autres photos sont en préparation : réessayez dans un instant."
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Picture:
    """A picture as stored: JPEG bytes, width and height in pixels."""

    content: bytes
    width: int
    height: int


def picture(content: bytes) -> Picture:
    """The picture re-encoded: upright, 1600 pixels a side at most, without camera metadata.

    Raises Invalid (field « photos ») where it is too heavy, too large, no photo, or could not be
    decoded in time.
    """
    if len(content) > HEAVIEST:
        raise _wrong(f"Une photo peut peser {HEAVIEST // 1024 // 1024} Mo au plus.")
    if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE):
        raise _wrong(BUSY)
    try:
        limits = str(_MOST_PIXELS), str(MEMORY_MB)
        output = answer_of(
            "dashboard.actions.ideas.photo_decoding", *limits, stdin=content, seconds=SECONDS
        )
    except Unanswered as error:
        raise _wrong(FAILED) from error
    finally:
        _ONE_AT_A_TIME.release()
    line, _, jpeg = output.partition(b"\n")
    answer = json.loads(line)
    if "refused" in answer:
        raise _wrong(answer["refused"])
    return Picture(jpeg, answer["width"], answer["height"])


def pictures(contents: Sequence[bytes]) -> list[Picture]:
    """Several pictures, MOST at most. Raises Invalid naming the one that is wrong."""
    if len(contents) > MOST:
        raise _wrong(f"{MOST} photos au plus par idée.")
    decoded = []
    for place, content in enumerate(contents, 1):
        try:
            decoded.append(picture(content))
        except Invalid as error:
            raise _wrong(f"Photo {place} : {error.errors['photos']}") from error
    return decoded


def attach(session: Session, idea: Idea, pictures: Sequence[Picture], paper: bool = False) -> None:
    """Adds pictures to an entry that is being filed; they are not published yet."""
    session.add_all(
        Photo(
            id=secrets.token_hex(16),
            idea_id=idea.id,
            place=place,
            width=item.width,
            height=item.height,
            content=item.content,
            paper=paper,
        )
        for place, item in enumerate(pictures, 1)
    )


def show_photos(session: Session, reader: Reader, number: int, tree: Tree) -> int:
    """« Montrer les photos »: publishes them after review. Pictures of a paper form remain with
    those who answer.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.publish", idea, tree)
    waiting = select(Photo).filter_by(idea_id=idea.id, seen=False, paper=False)
    unseen = session.exec(waiting).all()
    if not unseen:
        raise Refused("Il n'y a pas de photo à montrer.")
    for photo in unseen:
        photo.seen = True
    session.flush()
    return len(unseen)


def remove_photo(session: Session, reader: Reader, number: int, photo_id: str, tree: Tree) -> None:
    """Deletes a picture for good, for example one that shows a face or a name."""
    idea = idea_to_change(session, number)
    require(reader, "idea.publish", idea, tree)
    photo = session.get(Photo, photo_id)
    if photo is None or photo.idea_id != idea.id:
        raise Refused("Cette photo n'est plus là.")
    session.delete(photo)


def _wrong(sentence: str) -> Invalid:
    return Invalid({"photos": sentence})


# ── What is counted on an entry's record, and whether it is shown ───────────────────────────────


def recount_supports(session: Session, idea: Idea) -> int:
    """Recounts the distinct supporters of an entry and of those merged into it, on its record and
    on those it is merged into; their authors are not counted.
    """
    idea.supports = _supporters(session, idea)
    visited, above = {idea.id}, idea
    # Stops at a cycle.
    while above.merged_into is not None and above.merged_into not in visited:
        visited.add(above.merged_into)
        above = session.get(Idea, above.merged_into, with_for_update=True)
        above.supports = _supporters(session, above)
    session.flush()
    return idea.supports


def _supporters(session: Session, idea: Idea) -> int:
    family = lineage(session, idea)
    # Without the NULLs of anonymous entries: with a NULL, NOT IN is never true.
    authors = select(Idea.author_id).where(Idea.id.in_(family), Idea.author_id.is_not(None))
    return session.scalar(
        select(func.count(distinct(SubjectSupport.person_id))).where(
            SubjectSupport.subject == Subject.idea,
            SubjectSupport.key.in_([str(idea_id) for idea_id in family]),
            SubjectSupport.person_id.not_in(authors),
        )
    )


def recount_comments(session: Session, idea: Idea) -> None:
    """Recounts the public, visible comments of an entry on its record."""
    idea.comments = session.scalar(
        select(func.count())
        .select_from(Contribution)
        .filter_by(
            subject=Subject.idea,
            key=str(idea.id),
            kind=ContributionKind.comment,
            hidden=False,
        )
    )


def hide_idea(session: Session, reader: Reader, idea: Idea, reason: str) -> None:
    """Hides an entry from all but its author and those who answer; the caller has checked the
    right.
    """
    if not idea.published:
        raise Refused("Cette idée n'est pas montrée.")
    idea.published = False
    write_fact(session, reader, idea, EventKind.hidden, reason=reason)


def show_idea(session: Session, reader: Reader, idea: Idea, to: IdeaStatus | None = None) -> None:
    """Publishes an entry, also one that was hidden; the caller has checked the right."""
    if idea.published:
        raise Refused("Cette idée est déjà publiée.")
    if idea.status == IdeaStatus.redirected:
        raise Refused("Une idée réorientée ne se publie pas.")
    idea.published = True
    write_fact(session, reader, idea, EventKind.published, to=to)
