"""Reads accounts (comptes) from a file: person, login name, roles, mandates, and whether to
invite.
"""

import re
from dataclasses import dataclass
from datetime import date

from dashboard.files.matching.fields import fields_of
from dashboard.files.values import date_of

ACCOUNTS = fields_of("comptes")
_DAY = r"[\d/.-]+"
_MANDATE = re.compile(
    r"(?P<code>\S+)"
    rf"(\s+(du|depuis( le)?)?\s*(?P<since>{_DAY}))?"
    rf"(\s+(au|jusqu'au)?\s*(?P<until>{_DAY}))?"
)


@dataclass(frozen=True)
class MandateRead:
    """One mandate in a file: the code of the unit, first and last day."""

    code: str
    since: date | None
    until: date | None


def roles_of(text: str) -> list[str]:
    """The roles of a cell: « codir, admin », « CODIR | administrateur »."""
    return [word.strip() for word in re.split(r"[,;|/\n]", text) if word.strip()]


def mandates_of(text: str, since: date | None, until: date | None) -> list[MandateRead]:
    """The mandates of a cell: « VC-JSP du 01/01/2023 au 31/12/2023 | RI ». Those without days
    take the days of the row's columns. Raises ValueError, in French.
    """
    return [
        _mandate(part.strip(), since, until) for part in re.split(r"[,;|\n]", text) if part.strip()
    ]


def _mandate(part: str, since: date | None, until: date | None) -> MandateRead:
    match = _MANDATE.fullmatch(part)
    if match is None:
        raise ValueError(
            f"« {part[:60]} » n'est pas un mandat : écrivez le code de l'unité, puis « du … au … »."
        )
    own_since, own_until = (date_of(match[name] or "") for name in ("since", "until"))
    has_own = own_since or own_until
    return MandateRead(
        match["code"].upper(), own_since if has_own else since, own_until if has_own else until
    )
