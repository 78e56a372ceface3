"""Acts on column correspondences: storing and removing them by name; the present ones; and the
names files use for units.
"""

import json
import re
from collections.abc import Collection
from itertools import chain, count

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.files.matching.correspondences import Correspondence
from dashboard.files.values import compact
from models.clock import today
from models.directions import Tree, Unit
from models.errors import Invalid, Refused
from models.import_sources import StoredCorrespondence
from models.jobs import JOBS
from models.search import fold
from models.texts import clean_title

NAME_MAX = 80


def stored_correspondences(session: Session, kind: str) -> list[Correspondence]:
    """Those of one kind, sorted by name."""
    contents = session.exec(
        select(StoredCorrespondence.content)
        .where(StoredCorrespondence.kind == kind)
        .order_by(StoredCorrespondence.name)
    ).all()
    return [Correspondence(**json.loads(content)) for content in contents]


def store_correspondence(session: Session, reader: Reader, kind: str, typed: Correspondence) -> str:
    """Garder une correspondance for files with the same columns; one of the same name is replaced.
    Raises Invalid.
    """
    require(reader, JOBS[kind].right)
    name = clean_title(typed.name)
    if not 0 < len(name) <= NAME_MAX:
        raise Invalid({"name": f"Donnez un nom à la correspondance (1 à {NAME_MAX} caractères)."})
    if not any(typed.columns.values()):
        raise Invalid({"name": "Cette correspondance ne nomme aucune colonne."})
    row = _row(session, kind, name) or StoredCorrespondence(kind=kind, name=name, content="")
    row.content = json.dumps(typed.as_json() | {"name": name}, ensure_ascii=False)
    session.add(row)
    headers = ", ".join(header for named in typed.columns.values() for header in named)
    note(session, reader, today(session), "correspondance", name, kind, None, headers)
    return name


def remove_correspondence(session: Session, reader: Reader, kind: str, name: str) -> None:
    """Supprimer une correspondance. Raises Refused where there is none."""
    require(reader, JOBS[kind].right)
    row = _row(session, kind, name)
    if row is None:
        raise Refused("Cette correspondance n'existe plus.")
    note(session, reader, today(session), "correspondance", name, kind, "gardée", None)
    session.delete(row)


def _row(session: Session, kind: str, name: str) -> StoredCorrespondence | None:
    of_name = (StoredCorrespondence.kind == kind, StoredCorrespondence.name == name)
    return session.exec(select(StoredCorrespondence).where(*of_name)).first()


def units_by_word(tree: Tree) -> dict[str, Unit]:
    """Compacted word → unit: its code, its name, or its path (« Département / Direction / Service
    »).
    """
    units = {}
    for unit in tree.units:
        path = [unit.name]
        above = tree.by_id.get(unit.parent)
        while above is not None and above is not tree.root:
            path.insert(0, above.name)
            above = tree.by_id.get(above.parent)
        for word in ("/".join(path), "".join(path), unit.label, unit.name, unit.code):
            units[compact(word)] = unit
    return units


def free_code(title: str, taken: Collection[str], most: int) -> str:
    """An unused code derived from a title: « PREMIERS-SECOURS »."""
    plain = "-".join(re.findall(r"[A-Z0-9]+", fold(title).upper()))[: most - 3].strip("-") or "X"
    codes = chain((plain,), (f"{plain}-{n}" for n in count(2)))
    return next(code for code in codes if code not in taken)
