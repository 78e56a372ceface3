"""Acts on the materials of a training (supports), by its trainers or the academy's managers."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import note
from dashboard.files.materials import file_name, kind_of
from dashboard.queries.academy.attendance import trainers_of
from dashboard.queries.academy.catalogue import count_materials
from models.academy import Training, TrainingMaterial
from models.clock import today
from models.errors import Refused, refuse
from models.texts import clean_title

HEAVIEST = 12 * 1024 * 1024
MOST = 20  # per training
TITLE_MAX = 200
HREF_MAX = 500
_NO_KIND = (
    "Ce fichier n'est ni un PDF, ni une image, ni un document de bureau sans macros :"
    " enregistrez-le d'abord en PDF."
)


@dataclass(frozen=True)
class TrainingWithTrainers:
    """A training with its trainers, for rights."""

    training: Training
    trainers: frozenset[int]


def training_with_trainers(session: Session, training_id: int | None) -> TrainingWithTrainers:
    """Raises Refused where there is none."""
    training = session.get(Training, training_id) if training_id else None
    if training is None:
        raise Refused("Cette formation n'existe pas.")
    return TrainingWithTrainers(training, trainers_of(session, training.id))


def add_material(
    session: Session, reader: Reader, training_id: int, typed: TrainingMaterial
) -> TrainingMaterial:
    """Ajouter un support. Raises Invalid per field, Refused where there are too many."""
    at = training_with_trainers(session, training_id)
    require(reader, "training.hold", at)
    if count_materials(session, training_id) >= MOST:
        raise Refused(f"Une formation a {MOST} supports au plus : enlevez-en un d'abord.")
    day = today(session)
    material = _checked(typed)
    material.id, material.training_id = secrets.token_hex(16), training_id
    material.on, material.by = day, reader.person_id
    session.add(material)
    session.flush()
    note(session, reader, day, "formation", at.training.code, "support", None, material.title)
    return material


def remove_material(session: Session, reader: Reader, ident: str) -> None:
    """Enlever un support: deletes its content for good."""
    material = session.get(TrainingMaterial, ident)
    if material is None:
        raise Refused("Ce support n'est plus là.")
    at = training_with_trainers(session, material.training_id)
    require(reader, "training.hold", at)
    day = today(session)
    note(session, reader, day, "formation", at.training.code, "support", material.title, None)
    session.delete(material)


def _checked(typed: TrainingMaterial) -> TrainingMaterial:
    """The typed material, cleaned. Raises Invalid per field."""
    title, href = clean_title(typed.title), typed.href.strip()
    is_named = 0 < len(title) <= TITLE_MAX
    either = "Donnez une adresse ou un fichier, l'un des deux."
    whole = "Donnez une adresse complète, qui commence par « https:// »."
    fault = href and not _is_open_address(href) and whole
    refuse(
        {
            "title": not is_named and f"Donnez un titre (1 à {TITLE_MAX} caractères).",
            "href": either if bool(href) == (typed.content is not None) else fault,
        }
    )
    file = _file(typed.name, typed.content) if typed.content is not None else {}
    return TrainingMaterial(title=title, href=href, **file)


def _is_open_address(href: str) -> bool:
    """Whether it is an https address without credentials."""
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
