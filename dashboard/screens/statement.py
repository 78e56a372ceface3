"""The accessibility statement, from the last audit (dashboard/accessibility.json, written by
`make audit`).
"""

import json
from collections.abc import Sequence
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
_THEMES = {"light": "clair", "dark": "sombre"}


def statement(audit: dict) -> None:
    """The whole statement, under its title."""
    _paragraphs(
        "C-Possible veut être utilisable par chacun, comme le demande le décret du Parlement wallon"
        " du 2 mai 2019 relatif à l'accessibilité des sites internet et des applications mobiles"
        " des organismes du secteur public, qui transpose la directive (UE) 2016/2102. Cette"
        " déclaration s'applique à C-Possible seul."
    )
    heading("État de conformité")
    why = [
        reason
        for reason, holds in (
            ("les points ci-dessous ne sont pas résolus", audit["constats"]),
            ("des essais au clavier échouent", audit["clavier"]["echoues"]),
            ("des vérifications qui demandent une personne restent à faire", audit["a_la_main"]),
        )
        if holds
    ]
    draw("accessibility/conformity.html", reasons=" ; ".join(why))
    _not_accessible(audit)
    _method(audit)
    heading("Signaler un obstacle")
    _paragraphs(
        "Un écran que vous ne pouvez pas utiliser, un document à recevoir sous une autre forme :"
        f" écrivez à {settings().cp_contact}, ou parlez-en à un ambassadeur de votre service. Dites"
        " l'écran, ce que vous vouliez faire et l'aide technique que vous utilisez."
    )
    heading("Si la réponse ne vient pas ou ne vous suffit pas")
    _paragraphs(
        "Vous pouvez introduire une réclamation auprès du Médiateur de la Wallonie et de la"
        " Fédération Wallonie-Bruxelles, rue Lucien Namèche 54, 5000 Namur (www.le-mediateur.be)."
        " Écrivez-nous d'abord : la réclamation suppose une démarche auprès de l'administration."
    )


def _paragraphs(*sentences: str) -> None:
    draw("ui/body.html", sentences=sentences)


def _not_accessible(audit: dict) -> None:
    heading("Contenu non accessible")
    if not audit["constats"]:
        return _paragraphs("La dernière évaluation automatique n'a rien trouvé.")
    ours = sum(is_ours(finding) for finding in audit["constats"])
    if ours:
        broken = french.counted(ours, "règle n’est pas respectée", "règles ne sont pas respectées")
        _paragraphs(
            f"{broken} du fait de C-Possible ; le reste vient de Streamlit, le logiciel libre qui"
            " dessine les champs."
        )
    else:
        _paragraphs(
            "Rien de ce qui a été trouvé ne vient de C-Possible : tout vient de Streamlit, le"
            " logiciel libre qui dessine les champs, et n'est pas modifiable d'ici."
        )
    rows = [
        (
            finding["regle"],
            finding["critere"],
            finding["raison"] or "À corriger par nous.",
            ", ".join(finding["ou"]),
            finding["reference"] or "–",
        )
        for finding in audit["constats"]
    ]
    table(
        ("Règle", "Critère WCAG", "Ce qui se passe", "Où", "Référence"),
        rows,
        "Ce qui n'est pas accessible, et pourquoi",
    )


def _method(audit: dict) -> None:
    heading("Comment cela a été évalué")
    themes = " et ".join(_THEMES[theme] for theme in audit["themes"])
    widths = " et ".join(f"{width} px" for width in audit["largeurs"])
    tries = audit["clavier"]
    passed = french.counted(tries["reussis"], "essai réussi", "essais réussis")
    screens = french.counted(len(audit["ecrans"]), "écran")
    states = french.counted(len(audit["etats"]), "état")
    roles = french.counted(len(audit["roles"]), "rôle")
    _paragraphs(
        f"Auto-évaluation du {french.day_long(date.fromisoformat(audit['date']))}, par des essais"
        " automatiques : ce n'est pas l'audit d'un auditeur certifié, et un essai automatique ne"
        " voit qu'une partie des obstacles.",
        f"Moteur : {audit['moteur']} {audit['version']}. {screens} et {states} (erreurs, volets,"
        f" listes ouvertes…), vus par {roles}, thèmes {themes}, largeurs {widths} :"
        f" {french.counted(audit['combinaisons'], 'combinaison')}.",
        f"Au clavier seul : {passed} sur {tries['reussis'] + tries['echoues']}.",
    )
    late = not_looked_at(audit, [screen.url for screen in SCREENS])
    if late:
        titles = [screen.title for screen in SCREENS if screen.url in late]
        _paragraphs(f"Écrans ajoutés depuis, pas encore évalués : {', '.join(titles)}.")
    if audit["a_la_main"]:
        heading("Ce qui reste à vérifier à la main", level=3)
        draw("ui/list.html", items=audit["a_la_main"])
