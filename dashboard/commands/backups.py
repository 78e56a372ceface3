"""Backup and restoration (sauvegarde): a backup while others work, and its restoration."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.operations.restoring import (
    copy_newest,
    holds_data,
    make_backup,
    make_in_folder,
    note_backup,
    restore,
)
from dashboard.commands import Yes, answering, confirmed, recorded, shown_progress
from dashboard.commands.checking import report, verify
from dashboard.files.backup import open_backup, opened
from dashboard.files.backup_folder import file_name
from dashboard.queries.operations.health import BACKUP
from models import clock
from models.database import engine, migrate, writing
from models.settings import settings

app = typer.Typer()


@app.command("backup")
@answering
def backup_command(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Fichier .zip à écrire, ou dossier qui le recevra ; sans elle, le dossier des"
            " sauvegardes du serveur (CP_BACKUP_FOLDER), sa copie et son rangement."
        ),
    ] = None,
) -> None:
    """Sauvegarde la base pendant que d'autres travaillent ; lisible par son seul propriétaire,
    sans connexions ni jetons.
    """
    now = clock.now()
    path, written = _made(out, now)
    print(
        f"Sauvegarde faite et relue : {path} ({french.counted(sum(written.values()), 'ligne')}, "
        f"{french.counted(len(written), 'table')})."
    )
    if out is None:
        copy_newest(engine(), now)


@recorded(BACKUP)
def _made(out: Path | None, now: datetime) -> tuple[Path, dict[str, int]]:
    with shown_progress() as progress:
        if out is None:
            return make_in_folder(engine(), OPERATOR, now, progress)
        path = out / file_name(now) if out.is_dir() else out
        written = make_backup(engine(), OPERATOR, path, now, progress)
    with writing() as session:
        note_backup(session, OPERATOR, now, path)
    return path, written


@app.command("restore")
@answering
def restore_command(
    file: Annotated[Path, typer.Argument(help="Fichier fait par « backup ».")],
    replace: Annotated[
        bool, typer.Option("--remplacer", help="Abandonne ce que la base contient.")
    ] = False,
    yes: Yes = False,
    identity: Annotated[
        Path | None,
        typer.Option(help="Fichier de la clé privée (age) d'une sauvegarde chiffrée."),
    ] = None,
) -> None:
    """Restaure une sauvegarde dans une base vide (SQLite ou PostgreSQL), puis vérifie la base."""
    with (
        opened(file, identity, settings().cp_data_dir) as plain,
        shown_progress() as progress,
        open_backup(plain, progress) as backup,
    ):
        migrate()  # only for a valid backup
        with engine().connect() as connection:
            is_replaced = holds_data(connection) and replace
        if is_replaced:
            confirmed(
                "Tout ce que cette base contient sera remplacé par la sauvegarde du "
                f"{french.moment(clock.local(backup.made_at))}.",
                "remplacer",
                yes,
            )
        with shown_progress() as progress:
            written = restore(engine(), backup, replace=replace, progress=progress)
    print(f"Sauvegarde restaurée : {french.counted(written, 'ligne')}.")
    report(verify())
