"""Installing (installation): `init` makes what one installation needs, and tells what is next."""

import os
from pathlib import Path
from typing import Annotated

import typer

from dashboard.commands import answering
from dashboard.commands.serving import first_data
from models.database import migrate, writing
from models.errors import Refused
from models.people import is_address
from models.settings import CONFIG, WELL_KNOWN, settings
from models.signing import signing_key

app = typer.Typer()
_READ_BY_ITS_GROUP = 0o640
_FILE = """# The settings of one installation of C-Possible, read by the service and every command.
# A comment has a line of its own. Every setting: docs/settings.md.
CP_DATA_DIR={data}
{database}CP_PUBLIC_URL={url}
CP_HTTPS={https}
CP_CONTACT={contact}
CP_DPO={dpo}
"""


@app.command()
@answering
def init(
    data: Annotated[Path, typer.Option(help="Dossier des données : base SQLite, clé, travaux.")],
    url: Annotated[str, typer.Option(help="Adresse que l'on ouvre, avec http:// ou https://.")],
    contact: Annotated[str, typer.Option(help="Courriel du programme.")],
    dpo: Annotated[str, typer.Option(help="Courriel du délégué à la protection des données.")],
    database: Annotated[
        str, typer.Option(help="Adresse PostgreSQL ; sans elle, SQLite dans le dossier.")
    ] = "",
    file: Annotated[Path, typer.Option("--file", help="Fichier des réglages à écrire.")] = Path(
        WELL_KNOWN
    ),
) -> None:
    """Fait d'un coup une installation : dossier, réglages, base, clé et données de référence."""
    _check(url, {"--contact": contact, "--dpo": dpo})
    _write(
        file,
        _FILE.format(
            data=data.resolve(),
            database=f"DATABASE_URL={database}\n" if database else "",
            url=url.rstrip("/"),
            https=str(url.startswith("https://")).lower(),
            contact=contact,
            dpo=dpo,
        ),
    )
    try:
        _fill(file)
    except BaseException:
        # Begun again it finds nothing half done; what the database holds already stays.
        file.unlink(missing_ok=True)
        raise
    print(
        f"L'installation est prête : réglages dans {file}, données dans {data.resolve()}.\n"
        "La suite :\n"
        "  c-possible account add IDENTIFIANT --prenom … --nom … --role admin\n"
        "  c-possible run      (ou le service : voir deploy/systemd)\n"
        "Gardez ailleurs, avec vos sauvegardes, la clé secret.key du dossier des données."
    )


def _check(url: str, mails: dict[str, str]) -> None:
    """Raises Refused in one sentence, before anything is written."""
    if not url.startswith(("http://", "https://")):
        raise Refused(f"L'adresse commence par http:// ou https:// : « {url} » ne convient pas.")
    for option, mail in mails.items():
        if not is_address(mail):
            raise Refused(f"{option} : « {mail} » n'est pas une adresse de courriel.")


def _write(file: Path, text: str) -> None:
    """Never over what is there: those are the settings of another installation, or of this one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise Refused(
            f"{file} existe déjà : modifiez-le, ou choisissez un autre fichier avec --file."
        ) from error
    file.chmod(_READ_BY_ITS_GROUP)


def _fill(file: Path) -> None:
    """Database, reference data and key, under the settings that were just written."""
    os.environ[CONFIG] = str(file.resolve())
    settings.cache_clear()
    migrate()
    with writing() as session:
        first_data(session, demo=False)
    signing_key()
