"""Acts on photos: re-encoded on upload, stored without camera metadata, published after review.

They are decoded by a separate process (`photo_decoding.py`), one at a time for all visitors, so
that the serving process holds no more than the file itself.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.ideas.facts import idea_to_change
from dashboard.files.processes import Unanswered, answer_of
from models.directions import Tree
from models.errors import Invalid, Refused
from models.ideas import Idea, Photo

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
_DECODER = "dashboard.actions.ideas.photo_decoding"
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
    line, _, jpeg = _decoded(content).partition(b"\n")
    answer = json.loads(line)
    if "refused" in answer:
        raise _wrong(answer["refused"])
    return Picture(jpeg, answer["width"], answer["height"])


def _decoded(content: bytes) -> bytes:
    """The output of the decoding process, which handles one photo at a time."""
    limits = _MOST_PIXELS, MEMORY_MB
    if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE):
        raise _wrong(BUSY)
    try:
        return answer_of(_DECODER, *map(str, limits), stdin=content, seconds=SECONDS)
    except Unanswered as error:
        raise _wrong(FAILED) from error
    finally:
        _ONE_AT_A_TIME.release()


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
    if not pictures:
        return
    count = session.exec(
        select(func.count()).select_from(Photo).where(Photo.idea_id == idea.id)
    ).one()
    session.add_all(
        Photo(
            id=secrets.token_hex(16),
            idea_id=idea.id,
            place=count + place,
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
    unseen = session.exec(
        select(Photo).where(Photo.idea_id == idea.id, Photo.seen.is_(False), Photo.paper.is_(False))
    ).all()
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
