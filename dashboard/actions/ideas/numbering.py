"""Numbers (numéros) of ideas: eight digits that a person can say on the telephone, in no order at
all.

A sequence would tell which of two anonymous entries came first; the short numbers stay for what
people file.
"""

import secrets
from collections.abc import Iterable

from sqlmodel import Session

from dashboard.queries.import_sources import numbers_taken

_FIRST = 10_000_000
_COUNT = 90_000_000


def free_numbers(session: Session, n: int, wanted: Iterable[int] = ()) -> list[int]:
    """`n` numbers that no idea bears and that are not among `wanted`, which the caller is about
    to give.
    """
    reserved = set(wanted)
    free = set()
    while len(free) < n:
        drawn = {_FIRST + secrets.randbelow(_COUNT) for _ in range(n - len(free))} - reserved
        free |= drawn - numbers_taken(session, drawn)
    return list(free)
