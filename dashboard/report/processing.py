"""The record of processing activities (registre des activités de traitement, RGPD art. 30): what is
done with personal data, why, how long; one entry per activity. For the screen, and as PDF.
"""

from dashboard import french
from dashboard.scope import Scope
from models import jobs
from models.settings import settings

HEADINGS = (
    "Traitement",
    "Finalité",
    "Base juridique",
    "Personnes",
    "Données",
    "Destinataires",
    "Conservation",
    "Protection",
)
_MISSION = "Mission d'intérêt public de l'administration (RGPD, art. 6.1.e)"
_TEAM = "L'équipe du programme"


# One activity, in the order of `HEADINGS`.
Processing = tuple[str, ...]


def register() -> list[Processing]:
    """The activities, with the retention periods of this installation."""
    return [_IDEAS, *_of_persons(), *_ACTIVITIES, *_REACH, *_of_notices()]


_IDEAS = (
    "Idées et réponses",
    "Recueillir les idées et les constats des agents, y répondre dans le délai annoncé",
    _MISSION,
    "Agents, et toute personne qui dépose",
    "Texte déposé, auteur s'il signe, jour du dépôt, service d'origine au-dessus de 20 agents ;"
    " d'un dépôt sans nom : ni auteur, ni adresse, ni heure",
    f"{_TEAM}, le responsable de la direction concernée ; les autres lisent l'idée, sans son"
    " auteur",
    "Mémoire du programme ; le nom part à l'effacement de la personne ; un brouillon :"
    f" {jobs.DRAFT_DAYS} jours",
    "Droits par rôle vérifiés à chaque clic, code de suivi gardé sous forme d'empreinte",
)


def _of_persons() -> list[Processing]:
    months = settings().cp_left_months
    retention = f"{months} mois après le départ, ou à la demande" if months else "à la demande"
    return [
        (
            "Comptes et connexions",
            "Savoir qui agit, et ne laisser agir que qui en a le droit",
            _MISSION,
            "Titulaires d'un compte",
            "Identifiant, empreinte du mot de passe ou identité de la connexion de la commune,"
            " second facteur, rôles, mandats, connexions ouvertes, jour de la dernière visite et de"
            " celle d'avant, appareils reconnus (un témoin d'un an, gardé par l'appareil seul)",
            "L'administrateur",
            "Le temps du compte ; une connexion : 12 heures, ou 30 jours à la demande ; les essais"
            " manqués : un jour, sous une empreinte",
            "bcrypt, jetons gardés sous forme d'empreinte, secrets chiffrés",
        ),
        (
            "Personnel et organigramme",
            "Rattacher les idées, les formations et les chiffres aux services",
            _MISSION,
            "Agents",
            "Nom, fonction, matricule, service et ses dates, adresse de courriel professionnelle",
            f"{_TEAM}, l'administrateur",
            f"Le temps de l'affectation ; la fiche est vidée {retention}, une empreinte chiffrée du"
            " matricule évite son retour",
            "Aucun téléphone ni adresse privés ; petits effectifs jamais montrés",
        ),
    ]


_ACTIVITIES = [
    (
        "Académie",
        "Organiser les formations, en mesurer l'accès",
        _MISSION,
        "Agents inscrits",
        "Inscriptions, présences, accord du responsable ; évaluations sans nom",
        "Les formateurs, le responsable pour ses agents, l'équipe du programme",
        "Mémoire du programme ; le nom part à l'effacement",
        "Listes de noms réservées, leur lecture est inscrite au journal",
    ),
    (
        "Réunions, ateliers et communautés",
        "Préparer et tenir les rencontres, faire vivre les communautés",
        _MISSION,
        "Agents qui s'inscrivent ou sont présents",
        "Inscription, présence, adhésion (publique avec l'accord de la personne)",
        "Les organisateurs ; les adhésions publiées : tous les agents",
        "Mémoire du programme ; le nom part à l'effacement",
        "Rien n'est noté sur les personnes en codéveloppement",
    ),
]


# Contact data left by people, and answers given without a name.
_REACH = [
    (
        "Marques d'intérêt",
        "Recontacter une personne qui veut participer",
        "Consentement (RGPD, art. 6.1.a)",
        "Toute personne qui laisse ses coordonnées",
        "Nom, moyen de la joindre, activité",
        _TEAM,
        "Le moyen de la joindre et son nom sont effacés dès que la suite est donnée, ou après"
        f" {jobs.CONTACT_MONTHS} mois sans suite",
        "Jamais exportés avec les idées",
    ),
    (
        "Places sans compte",
        "Réserver une place à une rencontre ou une formation ouverte à tous",
        "Consentement (RGPD, art. 6.1.a)",
        "Toute personne qui s'inscrit sans compte",
        "Rien d'obligatoire : prénom, service, adresse de courriel pour prévenir de cette date",
        "Qui organise la date ; l'adresse : personne, elle ne sert qu'à l'envoi",
        f"{jobs.GUEST_DAYS} jours après la date, ou dès l'annulation ; la présence reste,"
        " comptée sans nom",
        "Code gardé sous forme d'empreinte, effacé avec le reste ; aucune adresse de réseau",
    ),
    (
        "Enquêtes",
        "Mesurer le bien-être et la satisfaction",
        _MISSION,
        "Agents ou citoyens qui répondent",
        "Réponses sans nom, sans adresse, sans heure, dans un autre ordre que le fichier",
        f"{_TEAM} pour les textes libres ; tous pour les résultats",
        "Mémoire du programme",
        "Rien sous dix réponses, petits effectifs protégés",
    ),
]


def _of_notices() -> list[Processing]:
    ours = settings()
    months = ours.cp_journal_months
    journal = f"{months} mois" if months else "Sans terme"
    return [
        (
            "Avis et courriels",
            "Dire à chacun ce qui le concerne",
            _MISSION,
            "Titulaires d'un compte",
            "Adresse, ce qui a été dit, jour de l'envoi",
            "La personne ; le serveur de courriel de l'administration",
            f"Les mots sont vidés après {jobs.MAIL_DAYS} jours",
            "Rythme choisi par la personne, ou aucun courriel",
        ),
        (
            "Journal",
            "Savoir qui a lu ou emporté des noms, ou changé un droit",
            "Obligation de rendre compte (RGPD, art. 5.2)",
            "Titulaires d'un compte",
            "Jour, personne, ce qui a été lu, emporté ou changé",
            "L'administrateur",
            journal,
            "Ne se modifie pas à l'écran",
        ),
    ]


def document(scope: Scope) -> bytes:
    """The record as PDF, for the data protection officer or the supervisory authority."""
    # Typst takes long to load, and the screen does not need it.
    from dashboard.report.pdf import paper

    return paper(
        "registre.typ",
        scope,
        {
            "officer": settings().cp_dpo,
            "activities": [_printed(entry) for entry in register()],
        },
    )


def _printed(entry: Processing) -> dict:
    name, *values = (french.typo(text) for text in entry)
    return {"name": name, "facts": list(zip(HEADINGS[1:], values, strict=True))}
