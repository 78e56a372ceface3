"""The result of a check (constat d'une vérification), and the records that fail it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.french import counted

_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """The result of one check: its name, whether it holds, and the details in French."""

    name: str
    holds: bool
    message: str


def finding(name: str, wrong: Sequence[str], good: str, one: str, many: str) -> Finding:
    """The result of a check that holds if no record is wrong; the first wrong ones are named."""
    if not wrong:
        return Finding(name, True, good)
    return Finding(name, False, f"{counted(len(wrong), one, many)} : {_named(wrong)}")


def _named(records: Sequence[str]) -> str:
    more = len(records) - _NAMED
    rest = f" ; et {counted(more, 'autre')}" if more > 0 else ""
    return " ; ".join(records[:_NAMED]) + rest
