"""Acts on photos: re-encoded when they come, kept without what the camera wrote in them, shown to all once somebody has looked."""

import io
import secrets
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.idea_facts import idea_to_change
from models.clock import today
from models.directions import Tree
from models.errors import Invalid, Refused
from models.exchanges import Photo
from models.ideas import Idea
from models.ledger import bump

MOST, LONGEST_SIDE, HEAVIEST, MOST_PIXELS = 3, 1600, 12 * 1024 * 1024, 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 82
_TOO_LARGE = "Cette photo est trop grande : réduisez-la d'abord."


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: JPEG bytes, width and height in pixels."""

    content: bytes
    width: int
    height: int


def picture(content: bytes) -> Picture:
    """The picture re-encoded: upright, LONGEST_SIDE at most, nothing of the camera's notes. Raises Invalid (field « photos »)."""
    if len(content) > HEAVIEST:
        raise _wrong(f"Une photo peut peser {HEAVIEST // 1024 // 1024} Mo au plus.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise _wrong(_TOO_LARGE)
                opened.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # said before its size can be asked
        raise _wrong(_TOO_LARGE) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise _wrong("Ce fichier n'est pas une photo lisible (JPEG, PNG, WebP ou GIF).") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.new("RGB", upright.size, "white")  # a new image: no note of the old one comes along
    plain.paste(upright, mask=upright.getchannel("A"))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Picture(out.getvalue(), *plain.size)


def pictures(contents: Sequence[bytes]) -> list[Picture]:
    """Several, MOST at most. Raises Invalid naming the one that is wrong."""
    if len(contents) > MOST:
        raise _wrong(f"{MOST} photos au plus par idée.")
    found = []
    for place, content in enumerate(contents, 1):
        try:
            found.append(picture(content))
        except Invalid as error:
            raise _wrong(f"Photo {place} : {error.errors['photos']}") from error
    return found


def attach(session: Session, idea: Idea, found: Sequence[Picture], paper: bool = False) -> None:
    """Puts pictures to an entry that is being filed, not shown to others yet."""
    there = session.exec(select(func.count()).select_from(Photo).where(Photo.idea_id == idea.id)).one()
    session.add_all(Photo(id=secrets.token_hex(16), idea_id=idea.id, place=there + place, width=one.width, height=one.height,
                          content=one.content, paper=paper) for place, one in enumerate(found, 1))
    session.flush()


def show_photos(session: Session, reader: Reader, number: int, tree: Tree) -> int:
    """« Montrer les photos »: somebody has looked at them. Pictures of a paper sheet stay with those who answer."""
    idea = idea_to_change(session, number)
    require(reader, "idea.publish", idea, tree)
    waiting = session.exec(select(Photo).where(Photo.idea_id == idea.id, Photo.seen.is_(False), Photo.paper.is_(False))).all()
    if not waiting:
        raise Refused("Il n'y a pas de photo à montrer.")
    for photo in waiting:
        photo.seen = True
        session.add(photo)
    session.flush()
    bump(session, "ideas", since=today(session))
    return len(waiting)


def remove_photo(session: Session, reader: Reader, number: int, photo_id: str, tree: Tree) -> None:
    """The picture goes for good: a face, a name, a place that says who."""
    idea = idea_to_change(session, number)
    require(reader, "idea.publish", idea, tree)
    photo = session.get(Photo, photo_id)
    if photo is None or photo.idea_id != idea.id:
        raise Refused("Cette photo n'est plus là.")
    session.delete(photo)
    session.flush()
    bump(session, "ideas", since=today(session))


def _wrong(sentence: str) -> Invalid:
    return Invalid({"photos": sentence})
