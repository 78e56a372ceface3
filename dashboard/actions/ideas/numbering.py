"""Numbers (numéros) of imported ideas: eight random digits.

A sequence would reveal which of two anonymous entries was first; shorter numbers are for entries
filed by hand.
"""

import secrets
from collections.abc import Iterable

from sqlmodel import Session

from dashboard.queries.import_sources import numbers_taken

_FIRST = 10_000_000
_COUNT = 90_000_000


def free_numbers(session: Session, n: int, wanted: Iterable[int] = ()) -> list[int]:
    """`n` unused numbers that are not among `wanted`, which the caller is about to use."""
    reserved = set(wanted)
    free = set()
    while len(free) < n:
        drawn = {_FIRST + secrets.randbelow(_COUNT) for _ in range(n - len(free))} - reserved
        free |= drawn - numbers_taken(session, drawn)
    return list(free)
