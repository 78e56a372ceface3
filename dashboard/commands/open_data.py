"""Open data (données ouvertes) on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard import french
from dashboard.actions.open_data import write_open_data
from dashboard.commands import answering
from models.database import reading
from models.errors import Refused
from models.settings import settings

app = typer.Typer()


@app.command("open-data")
@answering
def open_data(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Dossier qui les recevra ; sans lui, celui de CP_OPEN_DATA_FOLDER."),
    ] = None,
) -> None:
    """Écrit dans un dossier ce qui a été publié : CSV, JSON et catalogue DCAT-AP."""
    where = folder or Path(settings().cp_open_data_folder or "")
    if folder is None and not settings().cp_open_data_folder:
        raise Refused("Dites dans quel dossier, ou réglez CP_OPEN_DATA_FOLDER.")
    with reading() as session:
        changed = write_open_data(session, where)
    if not changed:
        print(f"Rien n'a changé dans {where}.")
    else:
        print(f"{french.counted(changed, 'fichier écrit', 'fichiers écrits')} dans {where}.")
