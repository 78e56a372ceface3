"""Going back (revenir en arrière): what came since a backup, which its restore would lose, is
counted and exported into a folder for its owner alone.

The backup is restored on trial beside the database, so that both are at one step: what a step has
made itself is not taken for what people did.
"""

import base64
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note_export
from dashboard.actions.keeping.rehearsing import scratch
from dashboard.actions.keeping.restoring import restore
from dashboard.files import csvout
from dashboard.files.backup import Backup
from dashboard.files.backup_copies import IN_BETWEEN
from dashboard.french import counted
from dashboard.queries.keeping.backup import snapshot
from dashboard.queries.keeping.since import TableSince, Values, links_of, names_of, since
from models.errors import Refused
from models.progress import Tell

# Table → what its rows are called. A test keeps the list whole.
CALLED: dict[str, tuple[str, str]] = {
    "account": ("compte", "comptes"),
    "activity": ("activité participative", "activités participatives"),
    "ambition": ("ambition", "ambitions"),
    "answer_template": ("modèle de réponse", "modèles de réponse"),
    "approval": ("accord de responsable", "accords de responsables"),
    "asked_question": ("question posée", "questions posées"),
    "assignment": ("affectation", "affectations"),
    "attendance": ("présence", "présences"),
    "calendar_key": ("clé d'agenda", "clés d'agenda"),
    "change": ("ligne du journal", "lignes du journal"),
    "closing_day": ("jour de fermeture", "jours de fermeture"),
    "comment": ("commentaire ou message", "commentaires ou messages"),
    "contribution": ("commentaire ou objection", "commentaires ou objections"),
    "contribution_event": ("suite d'une objection", "suites d'objections"),
    "decision": ("décision", "décisions"),
    "decision_effect": ("effet de décision", "effets de décisions"),
    "decision_event": ("étape de décision", "étapes de décisions"),
    "decision_sheet": ("fiche de décision", "fiches de décision"),
    "deliverable": ("livrable", "livrables"),
    "deliverable_event": ("étape de livrable", "étapes de livrables"),
    "direction": ("unité de l'organigramme", "unités de l'organigramme"),
    "direction_place": ("place dans l'organigramme", "places dans l'organigramme"),
    "document_version": ("version de document", "versions de documents"),
    "draft": ("brouillon", "brouillons"),
    "erased_key": ("personne effacée", "personnes effacées"),
    "evaluation": ("évaluation de formation", "évaluations de formations"),
    "follow": ("suivi d'entrée", "suivis d'entrées"),
    "group_event": ("étape de groupe", "étapes de groupes"),
    "group_member": ("membre de groupe", "membres de groupes"),
    "guest": ("invité sans compte", "invités sans compte"),
    "guest_notice": ("avis à un invité", "avis à des invités"),
    "hand_count": ("main levée", "mains levées"),
    "headcount": ("effectif", "effectifs"),
    "idea": ("idée ou constat", "idées et constats"),
    "idea_event": ("réponse ou étape d'une entrée", "réponses et étapes d'entrées"),
    "interest": ("marque d'intérêt", "marques d'intérêt"),
    "interest_event": ("étape d'une marque d'intérêt", "étapes de marques d'intérêt"),
    "invitation": ("invitation à un compte", "invitations à un compte"),
    "invited_count": ("nombre d'invités", "nombres d'invités"),
    "link": ("lien", "liens"),
    "mandate": ("mandat", "mandats"),
    "measure": ("mesure", "mesures"),
    "meeting": ("réunion", "réunions"),
    "meeting_event": ("étape de réunion", "étapes de réunions"),
    "meeting_seat": ("place à une réunion", "places à des réunions"),
    "membership": ("adhésion", "adhésions"),
    "membership_event": ("étape d'adhésion", "étapes d'adhésions"),
    "merge": ("fusion proposée", "fusions proposées"),
    "milestone": ("jalon", "jalons"),
    "milestone_wait": ("attente d'un jalon", "attentes de jalons"),
    "milestone_report": ("rapport de jalon", "rapports de jalons"),
    "moderation": ("geste de modération", "gestes de modération"),
    "offer": ("offre de place", "offres de places"),
    "outbox": ("avis à une personne", "avis à des personnes"),
    "override": ("statut imposé", "statuts imposés"),
    "person": ("fiche de personne", "fiches de personnes"),
    "photo": ("photo", "photos"),
    "post": ("actualité", "actualités"),
    "poster": ("affiche", "affiches"),
    "practice": ("bonne pratique", "bonnes pratiques"),
    "preference": ("préférence", "préférences"),
    "programme": ("programme", "programmes"),
    "progress_group": ("groupe de progrès", "groupes de progrès"),
    "project": ("projet", "projets"),
    "project_plan": ("plan de projet", "plans de projets"),
    "project_report": ("rapport de projet", "rapports de projets"),
    "pst_statement": ("fichier du PST", "fichiers du PST"),
    "pst_tie": ("lien du PST", "liens du PST"),
    "publication": ("publication", "publications"),
    "question": ("question d'enquête", "questions d'enquêtes"),
    "questionnaire": ("questionnaire", "questionnaires"),
    "questionnaire_ambition": ("ambition de questionnaire", "ambitions de questionnaires"),
    "questionnaire_invitation": ("invitation à répondre", "invitations à répondre"),
    "reader_token": ("jeton de lecture", "jetons de lecture"),
    "rebaseline": ("révision du calendrier", "révisions du calendrier"),
    "receipt": ("reçu de dépôt", "reçus de dépôts"),
    "recovery_code": ("code de secours", "codes de secours"),
    "registration": ("inscription", "inscriptions"),
    "registration_event": ("étape d'inscription", "étapes d'inscriptions"),
    "site": ("site", "sites"),
    "skill": ("savoir-faire", "savoir-faire"),
    "source_key": ("clé d'origine", "clés d'origine"),
    "subject_support": (
        "soutien d'un jalon, d'une proposition, d'une décision ou d'une formation",
        "soutiens de jalons, de propositions, de décisions ou de formations",
    ),
    "support": ("soutien", "soutiens"),
    "survey": ("enquête", "enquêtes"),
    "survey_answer": ("réponse à une question", "réponses à des questions"),
    "target": ("cible", "cibles"),
    "trainer": ("formateur interne", "formateurs internes"),
    "training": ("formation", "formations"),
    "training_material": ("support de formation", "supports de formation"),
    "training_session": ("séance de formation", "séances de formation"),
    "waiting_sheets": ("lot de réponses en attente", "lots de réponses en attente"),
    "wall_line": ("ligne du mur", "lignes du mur"),
    "workstream": ("chantier", "chantiers"),
}
SUMMARY = "resume.json"
_NEW, _OTHER = "nouveau", "modifié"


@dataclass(frozen=True)
class Came:
    """Ce qui est venu depuis: of one table how many rows are new, other and gone, and whether they
    were exported or, being secret or somebody's own, only counted.
    """

    table: str
    new: int
    other: int
    gone: int
    is_exported: bool

    @property
    def told(self) -> str:
        """« 12 idées et constats ; 3 modifiés »."""
        parts = [
            counted(self.new, *CALLED[self.table]) if self.new else CALLED[self.table][1],
            f"{self.other} changés" if self.other > 1 else "1 changé" if self.other else "",
            f"{self.gone} qui reviendraient" if self.gone else "",
        ]
        hidden = "" if self.is_exported or not (self.new or self.other) else " (comptés seulement)"
        return " ; ".join(part for part in parts if part) + hidden


def came_since(
    on: Engine, reader: Reader, backup: Backup, folder: Path | None, tell: Tell
) -> list[Came]:
    """Compte, and into `folder` exporte, what the restore of this backup would lose. Raises
    Refused.
    """
    require(reader, "backup.make")
    if folder is not None:
        _make(folder)
    with scratch(f"{IN_BETWEEN}retour-") as copy:
        restore(copy, backup, tell=tell)
        with snapshot(on) as now, copy.connect() as then:
            found = [_exported(now, one, folder) for one in since(now, then)]
    if folder is not None:
        _write_json(folder / SUMMARY, _summary(found, backup))
    return found


def note_came(session: Session, reader: Reader, came: Iterable[Came]) -> None:
    """The journal knows that all of it was taken away."""
    rows = sum(one.new + one.other for one in came if one.is_exported)
    note_export(session, reader, "entrées depuis une sauvegarde", counted(rows, "ligne"))


def _make(folder: Path) -> None:
    """An empty folder of its owner's alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refused(f"« {folder} » n'est pas vide : choisissez un autre dossier.")
        os.chmod(folder, 0o700)
    except OSError as error:
        raise Refused(f"« {folder} » ne peut pas être écrit : {error.strerror}.") from error


def _exported(now: Connection, found: TableSince, folder: Path | None) -> Came:
    if folder is not None and found.is_shown:
        _write(now, found, folder)
    return Came(found.name, len(found.new), len(found.other), found.gone, found.is_shown)


def _summary(found: list[Came], backup: Backup) -> dict:
    """By days alone: an anonymous entry is not dated more finely by when a backup was made."""
    return {
        "format": "c-possible-depuis-une-sauvegarde",
        "sauvegarde_du": backup.made_at.date().isoformat(),
        "tables": {
            one.table: {
                "nom": CALLED[one.table][1],
                "nouveaux": one.new,
                "modifies": one.other,
                "reviendraient": one.gone,
                "exportes": one.is_exported,
            }
            for one in found
        },
    }


# ── The files ─────────────────────────────────────────────────────────────────────────────────────


def _write(now: Connection, found: TableSince, folder: Path) -> None:
    rows = [(_NEW, row) for row in found.new] + [(_OTHER, row) for row in found.other]
    _write_json(
        folder / f"{found.name}.json", [{"depuis": state, **_told(row)} for state, row in rows]
    )
    headers, lines = _table(now, found.name, rows)
    csvout.write(headers, lines, folder / f"{found.name}.csv")
    if found.name == "photo":
        for _, row in rows:
            _write_bytes(folder / f"photo-{row['id']}.jpg", bytes(row["content"]))


def _table(
    now: Connection, name: str, rows: Sequence[tuple[str, Values]]
) -> tuple[list[str], list[list[object]]]:
    """As people read it: what points at another record also bears its name."""
    columns = [column for column in rows[0][1] if not isinstance(rows[0][1][column], bytes)]
    links = {c: names_of(now, target) for c, target in links_of(name).items() if c in columns}
    links = {column: names for column, names in links.items() if names}
    headers = ["depuis", *columns, *(f"{column} : nom" for column in links)]
    lines = [
        [state, *(row[c] for c in columns), *(links[c].get(row[c], "") for c in links)]
        for state, row in rows
    ]
    return headers, lines


def _told(row: Values) -> Values:
    return {name: _json(value) for name, value in row.items()}


def _json(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _write_json(path: Path, content: object) -> None:
    _write_bytes(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _write_bytes(path: Path, content: bytes) -> None:
    csvout.whole(path, lambda out: out.write(content))
