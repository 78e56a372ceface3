"""Jobs (travaux): their kinds, and the registers imported as files. The right of each is checked
when it is requested, when it runs, and when its result is fetched.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import LargeBinary
from sqlmodel import Field

from models.facts import Stored
from models.scales import Word


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job: the right it needs, its name, whether it imports a file, and whether a
    second request finds the running job instead of starting another (`once`).
    """

    right: str
    name: str
    is_import: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class RegisterKind:
    """One kind of file that is imported; its command, job and choice on a screen are made from
    this: the right, the names of the job and of the choice, the command and its help, the noun of
    a row, whether the screen « Imports » offers it (else « État du système » does), and which of
    the `ImportOptions` are asked for beside the file. The class that reads it is in
    `dashboard.actions.imports`.
    """

    right: str
    name: str
    title: str
    command: str
    help: str
    noun: str
    is_on_imports: bool = False
    asks: tuple[str, ...] = ()


REGISTERS: dict[str, RegisterKind] = {
    "idees": RegisterKind(
        "idea.import",
        "Import d'idées",
        "Des idées",
        "ideas",
        "Importe des idées, avec leurs états, votes, commentaires et dates : export de C-Possible,"
        " de Decidim, Fider, Cap Collectif, Consul, ou tableau.",
        "idée",
        is_on_imports=True,
        asks=("source", "agents"),
    ),
    "enquetes": RegisterKind(
        "survey.import",
        "Import d'une enquête",
        "Les réponses d'une enquête",
        "survey",
        "Importe les réponses d'une enquête (export de LimeSurvey, ou une ligne par fiche), sans ce"
        " qui dit qui a répondu ; --serie et --le sont obligatoires.",
        "fiche",
        is_on_imports=True,
        asks=("series", "on", "title", "invited", "number", "citizens"),
    ),
    "releves": RegisterKind(
        "measure.record",
        "Import de relevés",
        "Des relevés",
        "measures",
        "Importe des relevés (valeurs mesurées ailleurs) ; les importer deux fois ne change rien.",
        "relevé",
        is_on_imports=True,
    ),
    "inscriptions": RegisterKind(
        "training.import",
        "Import d'inscriptions",
        "Des inscriptions et des présences",
        "registrations",
        "Importe des inscriptions à des formations, ou des présences : formation, session, état ;"
        " sans --nos-agents leurs participants restent hors de nos personnes, les importer deux"
        " fois ne change rien.",
        "inscription",
        is_on_imports=True,
        asks=("year", "own"),
    ),
    "commentaires": RegisterKind(
        "idea.import",
        "Import de commentaires",
        "Des commentaires d'idées",
        "comments",
        "Importe les commentaires d'idées déjà importées, sans leurs auteurs, d'un fichier à côté"
        " du leur (proposal_comments.csv de Decidim) ; les importer deux fois ne change rien.",
        "commentaire",
        is_on_imports=True,
    ),
    "directions": RegisterKind(
        "people.import",
        "Import des directions",
        "Les directions et les effectifs",
        "directions",
        "Importe l'organigramme et les effectifs, datés ; rien n'est supprimé, les importer deux"
        " fois ne change rien.",
        "direction",
    ),
    "personnel": RegisterKind(
        "people.import",
        "Import du personnel",
        "Le personnel",
        "people",
        "Importe le personnel : arrivées, mouvements et départs datés ; personne n'est supprimé,"
        " l'importer deux fois ne change rien.",
        "personne",
        asks=("take_erased",),
    ),
    "comptes": RegisterKind(
        "account.manage",
        "Import de comptes",
        "Les comptes et les mandats",
        "accounts",
        "Ouvre des comptes pour des personnes connues, avec leurs rôles et leurs mandats, et les"
        " invite ; les importer deux fois ne change rien.",
        "compte",
    ),
    "membres": RegisterKind(
        "community.manage",
        "Import de membres d'une communauté",
        "Des membres d'une communauté",
        "members",
        "Inscrit des membres d'une communauté, qui y ont consenti : chacun est prévenu, personne"
        " n'en sort ; les importer deux fois ne change rien.",
        "membre",
        is_on_imports=True,
        asks=("community",),
    ),
    "sites": RegisterKind(
        "people.import",
        "Import des sites",
        "Les sites",
        "sites",
        "Importe les sites (dépôts, crèches, bâtiments) ; aucun n'est supprimé, les importer deux"
        " fois ne change rien.",
        "site",
    ),
    "formations": RegisterKind(
        "training.import",
        "Import d'un catalogue de formations",
        "Un catalogue de formations",
        "trainings",
        "Importe un catalogue de formations : nouvelles, modifiées, absentes du catalogue ; aucune"
        " n'est supprimée, l'importer deux fois ne change rien.",
        "formation",
        is_on_imports=True,
    ),
    "sessions": RegisterKind(
        "training.import",
        "Import de sessions de formation",
        "Des sessions de formations",
        "sessions",
        "Importe des sessions de formations connues : formation, date, heures, places, lieu ;"
        " aucune n'est supprimée, les importer deux fois ne change rien.",
        "session",
        is_on_imports=True,
    ),
    "jalons": RegisterKind(
        "milestone.revise",
        "Import de jalons",
        "Des jalons",
        "milestones",
        "Importe les jalons de la feuille de route : nouveaux, renommés, déplacés, révisés, avec"
        " leur état ; aucun n'est supprimé, les importer deux fois ne change rien.",
        "jalon",
        is_on_imports=True,
    ),
    "projets": RegisterKind(
        "milestone.revise",
        "Import de projets",
        "Des projets du PST",
        "projects",
        "Importe les projets du PST : objectifs stratégiques, opérationnels et actions, avec leur"
        " plan et leur état, datés ; aucun n'est supprimé, les importer deux fois ne change rien.",
        "projet",
        is_on_imports=True,
    ),
    "pst": RegisterKind(
        "milestone.revise",
        "Import d'un PST",
        "Le PST de votre outil",
        "pst",
        "Importe ce que l'outil de la commune dit du PST, au jour du fichier : XML d'eComptes"
        " (201805V1), « État d'avancement » (ODS, XLSX). Un fichier fautif n'entre pas du tout ;"
        " l'importer deux fois ne change rien.",
        "élément",
        is_on_imports=True,
        asks=("on",),
    ),
    "ambitions": RegisterKind(
        "milestone.revise",
        "Import des ambitions",
        "Les ambitions",
        "ambitions",
        "Importe ce que disent les ambitions : nom, description, couleur, objectif, horizon ;"
        " aucune ne s'ajoute ni ne s'enlève, les importer deux fois ne change rien.",
        "ambition",
        is_on_imports=True,
    ),
    "chantiers": RegisterKind(
        "milestone.revise",
        "Import de chantiers",
        "Des chantiers",
        "workstreams",
        "Importe les chantiers des programmes ; aucun n'est supprimé, les importer deux fois ne"
        " change rien.",
        "chantier",
        is_on_imports=True,
    ),
    "cibles": RegisterKind(
        "target.decide",
        "Import de cibles",
        "Des cibles",
        "targets",
        "Importe des cibles (avec --as : un compte qui en décide) : ce qui diffère est décidé"
        " aujourd'hui ; aucune n'est retirée, les importer deux fois ne change rien.",
        "cible",
        is_on_imports=True,
    ),
    "fermetures": RegisterKind(
        "milestone.revise",
        "Import de jours de fermeture",
        "Des jours de fermeture",
        "closing-days",
        "Importe les jours de fermeture, jj/mm (chaque année) ou jj/mm/aaaa (une fois) ; « oui »"
        " sous « retiré » en enlève un, les importer deux fois ne change rien.",
        "fermeture",
        is_on_imports=True,
    ),
    "modeles": RegisterKind(
        "template.write",
        "Import de modèles de réponse",
        "Des modèles de réponse et des motifs",
        "templates",
        "Importe les modèles de réponse et les motifs (avec --as : un compte qui en écrit) ; aucun"
        " n'est supprimé, les importer deux fois ne change rien.",
        "modèle",
        is_on_imports=True,
    ),
    "themes": RegisterKind(
        "idea.sort",
        "Import de thèmes",
        "Des thèmes de dépôts",
        "themes",
        "Importe les thèmes donnés aux dépôts, avec leur définition (avec --as : un compte qui les"
        " tient) ; aucun n'est supprimé, les importer deux fois ne change rien.",
        "thème",
        is_on_imports=True,
    ),
    "synonymes": RegisterKind(
        "template.write",
        "Import de synonymes",
        "Des synonymes de la recherche",
        "synonyms",
        "Importe des groupes de synonymes (avec --as : un compte qui écrit des modèles) ; « oui »"
        " sous « retiré » en enlève un, les importer deux fois ne change rien.",
        "groupe",
        is_on_imports=True,
    ),
    "effectifs": RegisterKind(
        "people.import",
        "Import des effectifs",
        "Les effectifs",
        "headcounts",
        "Importe les effectifs des services, chacun depuis son jour ; rien n'est supprimé, les"
        " importer deux fois ne change rien.",
        "effectif",
    ),
}
JOBS: dict[str, JobKind] = {
    "dossier": JobKind("report.make", "Dossier pour le CODIR (PDF)"),
    "diapositives": JobKind("report.make", "Diapositives (PPTX)"),
    "college": JobKind("report.make", "Version Collège (PDF, 4 pages)"),
    "classeur": JobKind("report.make", "Classeur (XLSX)"),
    "equipe": JobKind("report.make", "Feuille d'équipe (PDF, une page)"),
    **{
        kind: JobKind(register.right, register.name, is_import=True, once=True)
        for kind, register in REGISTERS.items()
    },
    "sauvegarde": JobKind("backup.make", "Fichier de sauvegarde", once=True),
    "verification": JobKind("system.check", "Contrôle complet", once=True),
}


class JobState(Word):
    waiting = "en-attente", "En attente"
    running = "en-cours", "En cours"
    done = "fait", "Prêt"
    failed = "echoue", "Échoué"


class Job(Stored, table=True):
    """Travail: a long task (a report, an import, a backup) that a separate process does for one
    person; stored for a day.

    `id` is 128 random bits in hexadecimal; the result is given only to the person who requested it.
    Only the day is stored here; the times are in its `SignOfLife`. `upload` is its input file,
    `result` its output file.
    """

    id: str = Field(primary_key=True)
    kind: str
    asked_by: int | None = Field(default=None, foreign_key="person.id")
    asked_on: date = Field(index=True)
    state: str = JobState.waiting
    progress: int = 0
    said: str = ""
    params: str = "{}"
    file_name: str = ""
    upload: bytes | None = Field(default=None, sa_type=LargeBinary)
    result: bytes | None = Field(default=None, sa_type=LargeBinary)
