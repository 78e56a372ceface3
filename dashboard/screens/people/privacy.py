"""« Vos données »: what is stored about a person, why, how long, and whom to ask. Shared by the
application and the public page.
"""

from dashboard import french
from dashboard.report.processing import HEADINGS, register
from dashboard.ui.blocks import fold
from dashboard.ui.components import draw
from dashboard.ui.tables import terms
from models import retention
from models.settings import settings

REGISTER = "Registre des traitements"
LEAD = "Ce qui est gardé, pourquoi, combien de temps, et à qui vous adresser."


def your_data() -> None:
    """The whole text, under its title."""
    draw(
        "privacy/your_data.html",
        how_long=_how_long(),
        dpo=settings().cp_dpo,
        contact=settings().cp_contact,
    )


def _how_long() -> str:
    return (
        "Les idées et leurs réponses restent : c'est la mémoire du programme. Une connexion expirée"
        f" est effacée. Les mots d'un courriel parti sont vidés après {retention.MAIL_DAYS} jours ;"
        " qu'il est parti, et quand, reste. Un brouillon que vous n'avez pas repris est effacé"
        f" après {retention.DRAFT_DAYS} jours. Ce que vous laissez pour être recontacté l'est dès"
        f" que la suite est donnée, au plus tard après {retention.CONTACT_MONTHS} mois. Ce que"
        " laisse une inscription sans compte (prénom, service, adresse) s'efface"
        f" {retention.GUEST_DAYS} jours après la date, et son code aussi. Le journal garde"
        f" qui a lu ou emporté des noms{_journal_months()}. {_emptied()} : vos idées restent, votre"
        " nom part. De votre matricule et de votre adresse ne reste alors qu'une empreinte"
        " chiffrée, qui ne dit pas qui vous êtes : elle évite qu'un fichier du personnel vous fasse"
        " revenir."
    )


def _journal_months() -> str:
    """How long the journal is stored, in words; empty if unlimited."""
    months = settings().cp_journal_months
    return f" pendant {months} mois" if months else ""


def _emptied() -> str:
    """When a personal record is emptied, in words."""
    months = settings().cp_left_months
    if not months:
        return "À votre demande, votre fiche est vidée"
    return f"À votre demande, ou {months} mois après votre départ, votre fiche est vidée"


def register_lead() -> str:
    return (
        "Ce que C-Possible fait de données sur des personnes (RGPD, article 30). Responsable :"
        " l'administration communale. Délégué à la protection des données :"
        f" {settings().cp_dpo}."
    )


def processing_register() -> None:
    """The activities of the processing register, each under its title."""
    for name, *values in register():
        rows = zip(HEADINGS[1:], map(french.typo, values), strict=True)
        with fold(name):
            terms(list(rows))
