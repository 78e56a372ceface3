"""The steps of the database, and how its tables differ from those of the models, in French."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.sql.schema import SchemaItem
from sqlmodel import SQLModel

from models.texts import Refused

SEARCH = "idea_words"
# Table → the French noun for one of its rows.
NOUNS = {
    "account": "compte",
    "activity": "activité participative",
    "agenda_point": "point à l'ordre du jour",
    "ambition": "ambition",
    "answer_template": "modèle de réponse",
    "assignment": "affectation",
    "attendance": "présence",
    "calendar_key": "clé d'agenda",
    "campaign": "campagne",
    "change": "ligne du journal",
    "closing_day": "jour de fermeture",
    "cluster": "lot",
    "coding": "codage",
    "contribution": "commentaire, message ou objection",
    "contribution_event": "geste de modération ou suite d'une objection",
    "correspondence": "correspondance",
    "decision": "décision",
    "decision_effect": "effet de décision",
    "decision_event": "étape de décision",
    "decision_sheet": "fiche de décision",
    "deliverable": "livrable",
    "deliverable_event": "étape de livrable",
    "direction": "unité de l'organigramme",
    "direction_place": "place dans l'organigramme",
    "document_version": "version de document",
    "draft": "brouillon",
    "erased_key": "personne effacée",
    "evaluation": "évaluation de formation",
    "figure_event": "fait d'un chiffre",
    "group_event": "étape de groupe",
    "group_member": "membre de groupe",
    "hand_count": "main levée",
    "headcount": "effectif",
    "idea": "idée ou constat",
    "idea_event": "réponse ou étape d'une entrée",
    "interest": "marque d'intérêt, savoir-faire ou bonne pratique",
    "interest_event": "étape d'une marque d'intérêt",
    "invitation": "invitation à un compte",
    "invited_count": "nombre d'invités",
    "link": "lien",
    "mandate": "mandat",
    "measure": "mesure",
    "meeting": "réunion",
    "meeting_event": "étape de réunion",
    "meeting_paper": "étape des papiers",
    "membership": "adhésion",
    "membership_event": "étape d'adhésion",
    "merge": "fusion proposée",
    "outbox": "avis à une personne",
    "override": "statut imposé",
    "person": "fiche de personne",
    "photo": "photo",
    "plan": "jalon ou projet",
    "plan_report": "rapport de jalon ou de projet",
    "plan_schedule": "révision du calendrier",
    "plan_wait": "attente d'un jalon",
    "post": "actualité",
    "poster": "affiche",
    "preference": "préférence",
    "programme": "programme",
    "progress_group": "groupe de progrès",
    "pst_statement": "fichier du PST",
    "pst_tie": "lien du PST",
    "publication": "publication",
    "question": "question d'enquête",
    "reader_token": "jeton de lecture",
    "receipt": "reçu de dépôt",
    "recovery_code": "code de secours",
    "seat": "place",
    "seat_event": "étape de place",
    "site": "site",
    "source_key": "clé d'origine",
    "subject_follow": "suivi",
    "subject_support": "soutien",
    "survey": "enquête",
    "survey_answer": "réponse à une question",
    "survey_invitation": "invitation à répondre",
    "synonym": "groupe de synonymes",
    "target": "cible",
    "theme": "thème",
    "trainer": "formateur interne",
    "training": "formation",
    "training_material": "support de formation",
    "training_session": "séance de formation",
    "training_unit": "unité tenue à une formation",
    "waiting_sheets": "lot de réponses en attente",
    "wall_line": "ligne du mur",
    "workstream": "chantier",
}
_MISSING, _SURPLUS = "manque", "est de trop"
_THINGS = {
    "table": "la table",
    "column": "la colonne",
    "index": "l'index",
    "constraint": "la contrainte",
    "fk": "le lien",
}
_CHANGES = {
    "modify_type": "n'est pas du type attendu",
    "modify_nullable": "n'accepte pas le vide comme attendu",
}


def is_compared(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Search tables differ by engine and are not models."""
    return not (kind == "table" and name and name.startswith(SEARCH))


@contextmanager
def reflecting() -> Iterator[None]:
    """Suppresses the warning about expression indexes, which SQLite cannot reflect."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expression-based index")
        yield


def differences(connection: Connection) -> list[str]:
    """One sentence for each missing, extra or different object; the number of a step alone proves
    nothing.
    """
    # Alembic is imported only where steps are applied or compared, not by every server.
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": is_compared}
    )
    with reflecting():
        changes = compare_metadata(context, SQLModel.metadata)
    sentences = list(
        dict.fromkeys(sentence for change in changes for sentence in _sentences(change))
    )
    # An object with our name but other columns is reported once, not as one extra and one missing.
    other = {item.removesuffix(f" {_MISSING}") for item in sentences} & {
        item.removesuffix(f" {_SURPLUS}") for item in sentences
    }
    return [
        item
        for item in sentences
        if item.removesuffix(f" {_MISSING}").removesuffix(f" {_SURPLUS}") not in other
    ] + [f"{name} n'est pas comme attendu" for name in sorted(other)]


def _sentences(change: Sequence) -> Iterator[str]:
    if not isinstance(change[0], str):  # differences of one column come as a list
        for item in change:
            kind, _schema, table, column = item[:4]
            yield f"la colonne {table}.{column} {_CHANGES.get(kind, 'diffère')}"
        return
    verb, _, thing = change[0].partition("_")
    what = change[-1]
    name = f"{change[2]}.{what.name}" if thing == "column" else _name(what)
    yield f"{_THINGS.get(thing, thing)} {name} {_MISSING if verb == 'add' else _SURPLUS}"


def _name(item: SchemaItem) -> str:
    """The name of a table or an index; an unnamed link or constraint is identified by its
    columns.
    """
    name = getattr(item, "name", None)
    if name:
        return str(name)
    columns = ", ".join(column.name for column in getattr(item, "columns", ()))
    return f"{item.table.name} ({columns})" if hasattr(item, "table") else columns


MIGRATIONS = Path(__file__).with_name("migrations")


def alembic_config() -> object:
    # Alembic takes 8 MiB: imported only where steps are applied.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revision(connection: Connection) -> str | None:
    """The step (étape) of the tables; None if there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known_steps() -> list[str]:
    """The steps known to this code, the newest first."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    # A file is named after its step; each step follows the previous one.
    return sorted((file.stem.partition("_")[0] for file in files), reverse=True)


def pending_steps(connection: Connection) -> list[str]:
    """The steps still to be applied, the next one first; none if this code does not know the
    current step.
    """
    steps, current = known_steps(), revision(connection)
    if current is None:
        return steps[::-1]
    return steps[: steps.index(current)][::-1] if current in steps else []


def require_whole_links(connection: Connection) -> None:
    """SQLite, with foreign keys off: raises Refused for a broken link."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise Refused(f"La migration laisserait {len(broken)} liens cassés : rien n'a été changé.")
