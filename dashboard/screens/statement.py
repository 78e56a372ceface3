"""What the last audit measured (dashboard/accessibility.json, written by `make audit`), for the
accessibility statement.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from dashboard import french
from dashboard.ui.components import draw, heading
from dashboard.ui.tables import table
from dashboard.visit.screens import SCREENS
from models.settings import settings

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


# ── What the page says ────────────────────────────────────────────────────────────────────────────

LEAD = "Ce qui est accessible à tous, ce qui ne l'est pas encore, et à qui le dire."
_THEMES = {"light": "clair", "dark": "sombre"}


def statement(audit: Audit) -> None:
    """The whole declaration, under its title."""
    _says(
        "C-Possible veut être utilisable par chacun, comme le demande le décret du Parlement wallon"
        " du 2 mai 2019 relatif à l'accessibilité des sites internet et des applications mobiles"
        " des organismes du secteur public, qui transpose la directive (UE) 2016/2102. Cette"
        " déclaration s'applique à C-Possible seul."
    )
    _conformity(audit)
    _not_accessible(audit)
    _method(audit)
    _contact()
    _complaint()


def _says(*sentences: str) -> None:
    draw("ui/body.html", sentences=sentences)


def _conformity(audit: Audit) -> None:
    """Never more than « partiellement » as long as something was not judged by a person."""
    heading("État de conformité")
    why = [
        reason
        for reason, holds in (
            ("les points ci-dessous ne sont pas résolus", audit.findings),
            ("des essais au clavier échouent", audit.keyboard_failed),
            ("des vérifications qui demandent une personne restent à faire", audit.by_hand),
        )
        if holds
    ]
    draw("accessibility/conformity.html", reasons=" ; ".join(why))


def _not_accessible(audit: Audit) -> None:
    heading("Contenu non accessible")
    if not audit.findings:
        return _says("La dernière évaluation automatique n'a rien trouvé.")
    ours = sum(finding.is_ours for finding in audit.findings)
    if ours:
        broken = french.counted(ours, "règle n’est pas respectée", "règles ne sont pas respectées")
        _says(
            f"{broken} du fait de C-Possible ; le reste vient de Streamlit, le logiciel libre qui"
            " dessine les champs."
        )
    else:
        _says(
            "Rien de ce qui a été trouvé ne vient de C-Possible : tout vient de Streamlit, le"
            " logiciel libre qui dessine les champs, et n'est pas modifiable d'ici."
        )
    rows = [
        (
            finding.rule,
            finding.criterion,
            finding.reason or "À corriger par nous.",
            ", ".join(finding.where),
            finding.reference or "–",
        )
        for finding in audit.findings
    ]
    table(
        ("Règle", "Critère WCAG", "Ce qui se passe", "Où", "Référence"),
        rows,
        "Ce qui n'est pas accessible, et pourquoi",
    )


def _method(audit: Audit) -> None:
    heading("Comment cela a été évalué")
    themes = " et ".join(_THEMES[theme] for theme in audit.themes)
    widths = " et ".join(f"{width} px" for width in audit.widths)
    tries = audit.keyboard_passed + audit.keyboard_failed
    _says(
        f"Auto-évaluation du {french.day_long(audit.day)}, par des essais automatiques : ce n'est"
        " pas l'audit d'un auditeur certifié, et un essai automatique ne voit qu'une partie des"
        " obstacles.",
        f"Moteur : {audit.engine}. {french.counted(len(audit.screens), 'écran')} et"
        f" {french.counted(len(audit.states), 'état')} (erreurs, volets, listes ouvertes…), vus par"
        f" {french.counted(len(audit.roles), 'rôle')}, thèmes {themes}, largeurs {widths} :"
        f" {french.counted(audit.looks, 'combinaison')}.",
        "Au clavier seul :"
        f" {french.counted(audit.keyboard_passed, 'essai réussi', 'essais réussis')} sur {tries}.",
    )
    late = audit.not_looked_at([screen.url for screen in SCREENS])
    if late:
        titles = [screen.title for screen in SCREENS if screen.url in late]
        _says(f"Écrans ajoutés depuis, pas encore évalués : {', '.join(titles)}.")
    if audit.by_hand:
        heading("Ce qui reste à vérifier à la main", level=3)
        draw("ui/list.html", items=audit.by_hand)


def _contact() -> None:
    heading("Signaler un obstacle")
    _says(
        "Un écran que vous ne pouvez pas utiliser, un document à recevoir sous une autre forme :"
        f" écrivez à {settings().cp_contact}, ou parlez-en à un ambassadeur de votre service. Dites"
        " l'écran, ce que vous vouliez faire et l'aide technique que vous utilisez."
    )


def _complaint() -> None:
    heading("Si la réponse ne vient pas ou ne vous suffit pas")
    _says(
        "Vous pouvez introduire une réclamation auprès du Médiateur de la Wallonie et de la"
        " Fédération Wallonie-Bruxelles, rue Lucien Namèche 54, 5000 Namur (www.le-mediateur.be)."
        " Écrivez-nous d'abord : la réclamation suppose une démarche auprès de l'administration."
    )
