"""A cell quoted in a message: a few characters; of a list or an object only its type, since it
may name people.
"""

import json
from collections.abc import Iterable

from dashboard.french import counted

_FEW = 40


def structure_of(text: str) -> list | dict | None:
    """The list or object in a JSON cell, or None."""
    plain = text.strip()
    if not plain.startswith(("[", "{")) or not plain.endswith(("]", "}")):
        return None
    try:
        found = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list | dict) else None


def holds_objects(text: str) -> bool:
    """Whether a cell is a JSON object, or a list with objects: not a person's text."""
    found = structure_of(text)
    if isinstance(found, list):
        return any(isinstance(item, dict | list) for item in found)
    return found is not None


def shown(text: str, most: int = _FEW) -> str:
    """The beginning of a cell, or its type."""
    found = structure_of(text)
    if isinstance(found, list):
        return f"une liste de {counted(len(found), 'élément')}"
    return text[:most] if found is None else "un objet JSON"


def quoted(names: Iterable[str]) -> str:
    """« one », « two »."""
    return ", ".join(f"« {name} »" for name in names)
