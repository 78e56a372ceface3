"""What a cell holds, as a sentence quotes it: a few of its characters; of a list or an object its
nature alone, since it may name people.
"""

import json
from collections.abc import Iterable

from dashboard.french import counted

_FEW = 40


def structure_of(text: str) -> list | dict | None:
    """The list or the object that a cell holds as JSON, or None."""
    plain = text.strip()
    if not plain.startswith(("[", "{")) or not plain.endswith(("]", "}")):
        return None
    try:
        found = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list | dict) else None


def holds_objects(text: str) -> bool:
    """Whether a cell is an object, or a list that has some: nothing that a person wrote."""
    found = structure_of(text)
    if isinstance(found, list):
        return any(isinstance(item, dict | list) for item in found)
    return found is not None


def shown(text: str, most: int = _FEW) -> str:
    """The beginning of a cell, or what it is."""
    found = structure_of(text)
    if isinstance(found, list):
        return f"une liste de {counted(len(found), 'élément')}"
    return text[:most] if found is None else "un objet JSON"


def quoted(names: Iterable[str]) -> str:
    """« one », « two »."""
    return ", ".join(f"« {name} »" for name in names)
