"""A finding (constat d'une vérification): what was looked at, whether it holds,
which records do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.french import counted

_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it holds, and what was found, in French."""

    name: str
    holds: bool
    message: str


def finding(name: str, wrong: Sequence[str], good: str, one: str, many: str) -> Finding:
    """Holds where no record is wrong; the first ones are named, so that somebody can look."""
    if not wrong:
        return Finding(name, True, good)
    return Finding(name, False, f"{counted(len(wrong), one, many)} : {_named(wrong)}")


def _named(records: Sequence[str]) -> str:
    more = len(records) - _NAMED
    rest = f" ; et {counted(more, 'autre')}" if more > 0 else ""
    return " ; ".join(records[:_NAMED]) + rest
