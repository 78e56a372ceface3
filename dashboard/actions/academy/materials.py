"""Acts on the materials of a training (supports): who gives it, or holds the academy, adds one or
takes it away.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.files.materials import file_name, kind_of
from dashboard.queries.academy.attendance import trainers_of
from dashboard.queries.academy.materials import count_materials
from models.academy import Training, TrainingMaterial
from models.clock import today
from models.errors import Refused, refuse
from models.texts import clean_title

HEAVIEST = 12 * 1024 * 1024
MOST = 20  # of one training
TITLE_MAX = 200
HREF_MAX = 500
_NO_KIND = (
    "Ce fichier n'est ni un PDF, ni une image, ni un document de bureau sans macros :"
    " enregistrez-le d'abord en PDF."
)


@dataclass(frozen=True)
class HeldTraining:
    """A training as a right asks for it: by the persons who give it."""

    training: Training
    trainers: frozenset[int]


def held_training(session: Session, training_id: int | None) -> HeldTraining:
    """Raises Refused where there is none."""
    training = session.get(Training, training_id) if training_id else None
    if training is None:
        raise Refused("Cette formation n'existe pas.")
    return HeldTraining(training, trainers_of(session, training.id))


def add_material(
    session: Session, reader: Reader, training_id: int, given: TrainingMaterial
) -> TrainingMaterial:
    """Ajouter un support. Raises Invalid per field, Refused where there are too many."""
    held = held_training(session, training_id)
    require(reader, "training.hold", held)
    if count_materials(session, training_id) >= MOST:
        raise Refused(f"Une formation a {MOST} supports au plus : enlevez-en un d'abord.")
    day = today(session)
    found = _checked(given)
    found.id, found.training_id = secrets.token_hex(16), training_id
    found.on, found.by = day, reader.person_id
    session.add(found)
    session.flush()
    note(session, reader, day, "formation", held.training.code, "support", None, found.title)
    return found


def remove_material(session: Session, reader: Reader, ident: str) -> None:
    """Enlever un support: its content goes for good."""
    found = session.get(TrainingMaterial, ident)
    if found is None:
        raise Refused("Ce support n'est plus là.")
    held = held_training(session, found.training_id)
    require(reader, "training.hold", held)
    day = today(session)
    note(session, reader, day, "formation", held.training.code, "support", found.title, None)
    session.delete(found)


def _checked(given: TrainingMaterial) -> TrainingMaterial:
    """What was given, cleaned. Raises Invalid per field."""
    title, href = clean_title(given.title), given.href.strip()
    is_named = 0 < len(title) <= TITLE_MAX
    one = "Donnez une adresse ou un fichier, l'un des deux."
    whole = "Donnez une adresse complète, qui commence par « https:// »."
    fault = href and not _is_open_address(href) and whole
    refuse(
        {
            "title": not is_named and f"Donnez un titre (1 à {TITLE_MAX} caractères).",
            "href": one if bool(href) == (given.content is not None) else fault,
        }
    )
    file = _file(given.name, given.content) if given.content is not None else {}
    return TrainingMaterial(title=title, href=href, **file)


def _is_open_address(href: str) -> bool:
    """An https address of a host, without a name or a password in it."""
    if len(href) > HREF_MAX or any(sign.isspace() or not sign.isprintable() for sign in href):
        return False
    try:
        parts = urlsplit(href)
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and "." in host and "@" not in parts.netloc and is_port


def _file(name: str, content: bytes) -> dict[str, object]:
    most = HEAVIEST // 1024 // 1024
    is_right = 0 < len(content) <= HEAVIEST
    refuse({"file": not is_right and f"Un fichier pèse {most} Mo au plus, et n'est pas vide."})
    kind = kind_of(content)
    refuse({"file": kind is None and _NO_KIND})
    return {
        "name": file_name(name, kind),
        "mime": kind.mime,
        "size": len(content),
        "content": content,
    }
