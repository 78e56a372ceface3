"""Déclaration d'accessibilité: what the last audit measured, in the shape that Belgian public
bodies use.
"""

from dashboard import french
from dashboard.screens.statement import Audit, last_audit
from dashboard.ui.components import draw, heading, page_header
from dashboard.ui.tables import table
from dashboard.visit.navigation import SCREENS
from models.settings import settings

_THEMES = {"light": "clair", "dark": "sombre"}


def render(audit: Audit) -> None:
    page_header(
        "Déclaration d'accessibilité",
        "Ce qui est accessible à tous, ce qui ne l'est pas encore, et à qui le dire.",
    )
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


render(last_audit())
