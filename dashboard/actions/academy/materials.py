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
from models.errors import Invalid, Refused
from models.texts import clean_title

HEAVIEST = 12 * 1024 * 1024
MOST = 20  # of one training
TITLE_MAX = 200
HREF_MAX = 500


@dataclass(frozen=True)
class HeldTraining:
    """A training as a right asks for it: by the persons who give it."""

    training: Training
    trainers: frozenset[int]


@dataclass(frozen=True)
class MaterialInput:
    """What the form asks: a title, and either an address or a file with its name."""

    title: str
    href: str = ""
    content: bytes | None = None
    name: str = ""


def held_training(session: Session, training_id: int | None) -> HeldTraining:
    """Raises Refused where there is none."""
    training = session.get(Training, training_id) if training_id else None
    if training is None:
        raise Refused("Cette formation n'existe pas.")
    return HeldTraining(training, trainers_of(session, training.id))


def add_material(
    session: Session, reader: Reader, training_id: int, given: MaterialInput
) -> TrainingMaterial:
    """Ajouter un support. Raises Invalid per field, Refused where there are too many."""
    held = held_training(session, training_id)
    require(reader, "training.hold", held)
    if count_materials(session, training_id) >= MOST:
        raise Refused(f"Une formation a {MOST} supports au plus : enlevez-en un d'abord.")
    values = _checked(given)
    day = today(session)
    found = TrainingMaterial(
        id=secrets.token_hex(16),
        training_id=training_id,
        on=day,
        by=reader.person_id,
        **values,
    )
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


def _checked(given: MaterialInput) -> dict[str, object]:
    title, href = clean_title(given.title), given.href.strip()
    errors = {}
    if not 0 < len(title) <= TITLE_MAX:
        errors["title"] = f"Donnez un titre (1 à {TITLE_MAX} caractères)."
    if bool(href) == (given.content is not None):
        errors["href"] = "Donnez une adresse ou un fichier, l'un des deux."
    elif href and not _is_open_address(href):
        errors["href"] = "Donnez une adresse complète, qui commence par « https:// »."
    if errors:
        raise Invalid(errors)
    return {"title": title, "href": href} | (_file(given) if given.content is not None else {})


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


def _file(given: MaterialInput) -> dict[str, object]:
    content = given.content or b""
    if not 0 < len(content) <= HEAVIEST:
        most = HEAVIEST // 1024 // 1024
        raise Invalid({"file": f"Un fichier pèse {most} Mo au plus, et n'est pas vide."})
    kind = kind_of(content)
    if kind is None:
        raise Invalid(
            {
                "file": (
                    "Ce fichier n'est ni un PDF, ni une image, ni un document de bureau sans"
                    " macros : enregistrez-le d'abord en PDF."
                )
            }
        )
    return {
        "name": file_name(given.name, kind),
        "mime": kind.mime,
        "size": len(content),
        "content": content,
    }
