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
        value = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list | dict) else None


def holds_objects(text: str) -> bool:
    """Whether a cell is a JSON object, or a list with objects: not a person's text."""
    value = structure_of(text)
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in value)
    return value is not None


def shown(text: str, most: int = _FEW) -> str:
    """The beginning of a cell, or its type."""
    value = structure_of(text)
    if isinstance(value, list):
        return f"une liste de {counted(len(value), 'élément')}"
    return text[:most] if value is None else "un objet JSON"


def quoted(names: Iterable[str]) -> str:
    """« one », « two »."""
    return ", ".join(f"« {name} »" for name in names)
