"""The PST (programme stratégique transversal) as received from the town's tool, file by file, and
the matching of its elements with our records.
"""

from typing import ClassVar

from sqlalchemy import LargeBinary
from sqlmodel import Field

from models.facts import Fact
from models.words import Word


class PstLevel(Word):
    """Niveau d'un élément du PST, the broadest first."""

    part = "volet", "Volet"
    strategic = "os", "Objectif stratégique"
    operational = "oo", "Objectif opérationnel"
    action = "action", "Action"
    below_action = "sous-action", "Sous-action"
    task = "tache", "Tâche"


class PstState(Word):
    """Statut d'un élément, by the codes of eComptes."""

    given_up = "ANNULE_ABANDONNE", "Annulé ou abandonné"
    not_begun = "NON_COMMENCE", "Non commencé"
    under_way = "EN_COURS", "En cours"
    waiting = "EN_ATTENTE", "En attente"
    trouble = "PROBLEME", "Suspendu par un problème"
    done = "TERMINE", "Terminé"


class PstHealth(Word):
    """Indice de santé d'un élément, as « État d'avancement » says it."""

    good = "bon", "Bon"
    risk = "risque", "Risque"
    blocked = "blocage", "Blocage"
    paused = "pause", "Pause"


class PstStatement(Fact, table=True):
    """Fichier du PST: the file of day `on`, stored unchanged. `digest` recognises a file received
    twice.
    """

    called: ClassVar[tuple[str, str]] = ("fichier du PST", "fichiers du PST")
    __tablename__ = "pst_statement"
    id: int | None = Field(default=None, primary_key=True)
    name: str
    digest: str = Field(index=True)
    content: bytes = Field(sa_type=LargeBinary)


class PstTie(Fact, table=True):
    """Lien du PST: from `on`, this element matches that milestone, workstream or project of ours
    (`jalon:1.7`, `chantier:2`, `projet:SNB`); an empty subject: none. A file of another layout has
    other keys: there the title is used.
    """

    called: ClassVar[tuple[str, str]] = ("lien du PST", "liens du PST")
    __tablename__ = "pst_tie"
    id: int | None = Field(default=None, primary_key=True)
    element: str = Field(index=True)
    title: str
    subject: str
