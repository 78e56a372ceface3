"""What the last audit measured (dashboard/accessibility.json, written by `make audit`), for the
accessibility statement.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / "accessibility.json"
OURS = "nous"


@dataclass(frozen=True)
class UnmetRule:
    """One rule that is not met: how many elements, where, because of whom, and the reference of
    whoever must mend it.
    """

    rule: str
    criterion: str
    cause: str
    elements: int
    where: tuple[str, ...]
    reason: str
    reference: str

    @property
    def is_ours(self) -> bool:
        return self.cause == OURS


@dataclass(frozen=True)
class Audit:
    """One audit: its day and engine, what was looked at, what was found, what is still to be
    done by hand.
    """

    day: date
    engine: str
    screens: tuple[str, ...]
    states: tuple[str, ...]
    roles: tuple[str, ...]
    themes: tuple[str, ...]
    widths: tuple[int, ...]
    looks: int
    keyboard_passed: int
    keyboard_failed: int
    findings: tuple[UnmetRule, ...]
    by_hand: tuple[str, ...]

    def not_looked_at(self, screens: Sequence[str]) -> list[str]:
        """Of these addresses, those that came after the audit."""
        return [url for url in screens if (url or "accueil") not in self.screens]


@cache
def last_audit(file: Path = RESULTS) -> Audit:
    """The audit as it was written; the file travels with the code."""
    statement = json.loads(file.read_text(encoding="utf-8"))
    findings = tuple(
        UnmetRule(
            line["regle"],
            line["critere"],
            line["cause"],
            line["elements"],
            tuple(line["ou"]),
            line["raison"],
            line["reference"],
        )
        for line in statement["constats"]
    )
    return Audit(
        date.fromisoformat(statement["date"]),
        f"{statement['moteur']} {statement['version']}",
        tuple(statement["ecrans"]),
        tuple(statement["etats"]),
        tuple(statement["roles"]),
        tuple(statement["themes"]),
        tuple(statement["largeurs"]),
        statement["combinaisons"],
        statement["clavier"]["reussis"],
        statement["clavier"]["echoues"],
        findings,
        tuple(statement["a_la_main"]),
    )
