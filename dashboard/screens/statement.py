"""The accessibility statement, from the last audit (dashboard/accessibility.json, written by
`make audit`).
"""

import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from dashboard.ui.components import draw
from dashboard.ui.tables import table
from dashboard.visit.screens import SCREENS
from models.settings import settings

RESULTS = Path(__file__).resolve().parent.parent / "accessibility.json"
OURS = "nous"


@cache
def last_audit(file: Path = RESULTS) -> dict:
    """The audit file, by its keys; it is part of the code."""
    return json.loads(file.read_text(encoding="utf-8"))


def is_ours(finding: dict) -> bool:
    """Whether this application breaks the failed rule."""
    return finding["cause"] == OURS


def not_looked_at(audit: dict, screens: Sequence[str]) -> list[str]:
    """The addresses that the audit did not visit."""
    return [url for url in screens if (url or "accueil") not in audit["ecrans"]]


# ── What the page says ────────────────────────────────────────────────────────────────────────────

LEAD = "Ce qui est accessible à tous, ce qui ne l'est pas encore, et à qui le dire."


def statement(audit: dict) -> None:
    """The whole statement, under its title."""
    findings = audit["constats"]
    why = [
        reason
        for reason, holds in (
            ("les points ci-dessous ne sont pas résolus", findings),
            ("des essais au clavier échouent", audit["clavier"]["echoues"]),
            ("des vérifications qui demandent une personne restent à faire", audit["a_la_main"]),
        )
        if holds
    ]
    ours = sum(is_ours(finding) for finding in findings)
    draw("accessibility/conformity.html", reasons=" ; ".join(why), findings=findings, ours=ours)
    rows = [
        (
            finding["regle"],
            finding["critere"],
            finding["raison"] or "À corriger par nous.",
            ", ".join(finding["ou"]),
            finding["reference"] or "–",
        )
        for finding in findings
    ]
    if rows:
        table(
            ("Règle", "Critère WCAG", "Ce qui se passe", "Où", "Référence"),
            rows,
            "Ce qui n'est pas accessible, et pourquoi",
        )
    late = not_looked_at(audit, [screen.url for screen in SCREENS])
    draw(
        "accessibility/method.html",
        audit=audit,
        day=date.fromisoformat(audit["date"]),
        themes=[{"light": "clair", "dark": "sombre"}[theme] for theme in audit["themes"]],
        late=[screen.title for screen in SCREENS if screen.url in late],
        contact=settings().cp_contact,
    )
