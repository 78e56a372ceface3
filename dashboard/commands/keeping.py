"""Keeping (tenue): a backup taken while everybody works, and its restoration."""

import sys
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from dashboard import french
from dashboard.actions.restoring import holds_data, restore
from dashboard.commands import answering, confirmed
from dashboard.commands.checking import report, verify
from dashboard.exchange.backup import open_backup, write_backup
from dashboard.queries.backup import about, all_rows, snapshot
from models import clock
from models.database import engine

app = typer.Typer()
_OFTEN = 2.0  # seconds between two lines of progress


class _Progress:
    """Says on stderr how far one is, once it lasts."""

    def __init__(self):
        self._next = monotonic() + _OFTEN

    def __call__(self, table: str, rows: int) -> None:
        if monotonic() >= self._next:
            print(f"… {table} : {french.counted(rows, 'ligne')}", file=sys.stderr, flush=True)
            self._next = monotonic() + _OFTEN


@app.command("backup")
@answering
def backup_command(out: Annotated[Path, typer.Option(help="Fichier .zip à écrire, ou dossier qui le recevra.")]) -> None:
    """Sauvegarde la base pendant que d'autres travaillent ; lisible par son seul propriétaire, sans connexions ni jetons."""
    now = clock.now()
    path = out / f"c-possible-{now:%Y-%m-%d-%H%M%S}.zip" if out.is_dir() else out
    progress = _Progress()
    with snapshot(engine()) as connection:
        written = write_backup(path, about(connection, now), all_rows(connection), progress)
    with open_backup(path, progress):
        pass  # read again from the disk: a backup that cannot be read is told on the day it is made
    print(f"Sauvegarde faite et relue : {path} ({french.counted(sum(written.values()), 'ligne')}, "
          f"{french.counted(len(written), 'table')}).")


@app.command("restore")
@answering
def restore_command(file: Annotated[Path, typer.Argument(help="Fichier fait par « backup ».")],
                    replace: Annotated[bool, typer.Option("--remplacer", help="Abandonne ce que la base contient.")] = False,
                    yes: Annotated[bool, typer.Option("--oui", help="Ne demande pas de confirmation.")] = False) -> None:
    """Restaure une sauvegarde dans une base vide (SQLite ou PostgreSQL), puis vérifie la base."""
    progress = _Progress()
    with open_backup(file, progress) as backup:
        with engine().connect() as connection:
            given_up = holds_data(connection) and replace
        if given_up:
            confirmed("Tout ce que cette base contient sera remplacé par la sauvegarde du "
                      f"{backup.made_at:%d/%m/%Y à %H:%M} (UTC).", "remplacer", yes)
        written = restore(engine(), backup, replace=replace, tell=progress)
    print(f"Sauvegarde restaurée : {french.counted(written, 'ligne')}.")
    report(verify())
