"""The command line (ligne de commande): `python -m dashboard …`, also installed as `c-possible`.

Exit codes: 0 done, 1 refused with one sentence on stderr, 2 wrong usage, 3 something to do. Every
command migrates first, but `upgrade`, which does it itself; a database is made by `run`, `seed`,
`init` and `restore` alone.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from dashboard.commands import answering
from dashboard.commands.finding import Commands
from dashboard.files import private
from dashboard.french import counted
from dashboard.web import logs
from models.database import migrate
from models.location import database_exists
from models.settings import CONFIG, settings
from models.texts import Refused

# All others, run by a timer or by hand on a wrong address, would report a success about nothing.
_MAKE_A_DATABASE = frozenset((None, "run", "seed", "init", "restore"))

app = typer.Typer(
    cls=Commands,
    help="C-Possible — tableau de bord de la transformation.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback(invoke_without_command=True)
@answering
def default(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="Fichier des réglages, au lieu de /etc/c-possible.env.")
    ] = None,
) -> None:
    """Sans commande : « run »."""
    if config is not None:
        _read_settings_from(config)
    if context.invoked_subcommand == "init" or _asks_for_help():
        return  # it has no settings yet, and no database
    if mended := private.close_to_others():
        print(
            f"{counted(mended, 'fichier ou dossier', 'fichiers ou dossiers')} de"
            f" {settings().cp_data_dir} : d'autres pouvaient les lire, ils ne le peuvent plus.",
            file=sys.stderr,
        )
    if context.invoked_subcommand in ("upgrade", "restore"):
        return  # they look at what is there before anything is opened for writing
    if context.invoked_subcommand not in _MAKE_A_DATABASE and not database_exists():
        raise Refused(
            f"Aucune base à cette adresse, ou une base vide : {make_url(settings().url)!r}."
            " Vérifiez CP_DATA_DIR ou DATABASE_URL ; « c-possible init » ou « run » en crée une."
        )
    if context.invoked_subcommand != "run":
        migrate()
    if context.invoked_subcommand is None:
        from dashboard.commands import serving  # as any other command

        serving.serve(settings().cp_port, settings().cp_address, demo=False, public=False)


def _asks_for_help() -> bool:
    """The callback comes before the words of the command are read."""
    return "--help" in sys.argv[1:]


def _read_settings_from(config: Path) -> None:
    """This command, and the processes that it starts."""
    os.environ[CONFIG] = str(config.resolve())
    settings.cache_clear()


def main() -> None:
    """The console script. Whatever it writes is for the user who runs it alone."""
    os.umask(0o077)
    logs.begin()
    app()


if __name__ == "__main__":
    main()
