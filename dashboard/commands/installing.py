"""Installs (installation): `init` makes what one installation needs, and prints the next steps."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from dashboard.actions.roadmap.records import EARLIEST, LATEST
from dashboard.commands import answering
from dashboard.commands.serving import first_data
from dashboard.files.values import Place, units_of, write_units
from models.clock import is_demonstration
from models.database import fetch, migrate, writing
from models.location import database_exists
from models.people import is_address
from models.settings import CONFIG, WELL_KNOWN, Settings, settings
from models.signing import signing_key
from models.texts import Refused

app = typer.Typer()
_BACKUPS = Path("/var/backups")
_FILE = """# The settings of one installation of C-Possible, read by the service and every command.
# A comment has a line of its own. Every setting: docs/settings.md.
CP_DATA_DIR={data}
{database}{port}CP_PUBLIC_URL={url}
CP_HTTPS={https}
CP_CONTACT={contact}
CP_DPO={dpo}
CP_PROGRAMME_START={first_day}
CP_PROGRAMME_END={last_day}
"""
# « 2025-2030 », or one year.
_YEARS = re.compile(r"(\d{4})(?:\s*[-–]\s*(\d{4}))?")


@app.command()
@answering
def init(
    data: Annotated[Path, typer.Option(help="Dossier des données : base SQLite, clé, travaux.")],
    url: Annotated[str, typer.Option(help="Adresse que l'on ouvre, avec http:// ou https://.")],
    contact: Annotated[str, typer.Option(help="Courriel du programme.")],
    dpo: Annotated[str, typer.Option(help="Courriel du délégué à la protection des données.")],
    programme: Annotated[
        str,
        typer.Option(
            prompt="Années du programme (par exemple 2025-2030)",
            help="Première et dernière année du programme, par exemple 2025-2030.",
        ),
    ],
    database: Annotated[
        str, typer.Option(help="Adresse PostgreSQL ; sans elle, SQLite dans le dossier.")
    ] = "",
    file: Annotated[Path, typer.Option("--file", help="Fichier des réglages à écrire.")] = Path(
        WELL_KNOWN
    ),
    port: Annotated[int, typer.Option(help="Port du serveur.", min=1, max=65535)] = 8501,
    name: Annotated[
        str, typer.Option(help="Nom des unités de systemd, s'il y a plusieurs installations.")
    ] = "c-possible",
    user: Annotated[str, typer.Option(help="Compte du système qui fait tourner le serveur.")] = (
        "c-possible"
    ),
    units: Annotated[
        Path | None,
        typer.Option(
            help="Dossier qui reçoit les unités de systemd (par exemple /etc/systemd/system) ; sans"
            " elle, « unites » dans le dossier des données."
        ),
    ] = None,
    with_units: Annotated[
        bool, typer.Option("--units-too/--no-units", help="Écrit aussi les unités de systemd.")
    ] = True,
) -> None:
    """Fait d'un coup une installation : dossier, réglages, base, clé, données de référence et
    unités de systemd.
    """
    _check(url, {"--contact": contact, "--dpo": dpo})
    program = Path(sys.executable).parent / "c-possible"
    place = Place(name, user, program, file.resolve(), data.resolve(), _BACKUPS / name)
    # Checked before anything is written: an invalid value leaves nothing behind.
    units_text = units_of(place) if with_units else {}
    text = _FILE.format(
        data=place.data,
        database=f"DATABASE_URL={database}\n" if database else "",
        url=url.rstrip("/"),
        https=str(url.startswith("https://")).lower(),
        port="" if port == Settings.model_fields["cp_port"].default else f"CP_PORT={port}\n",
        contact=contact,
        dpo=dpo,
        **_years_of(programme),
    )
    _write(file, text)
    folder = (units or data / "unites").resolve()
    _fill_all(file, folder, units_text)
    print(
        f"L'installation est prête : réglages dans {file}, données dans {place.data}.\n"
        "La suite :\n"
        "  c-possible account add IDENTIFIANT --prenom … --nom … --role admin\n"
        f"{_service(folder, place) if units_text else '  c-possible run'}\n"
        "Gardez ailleurs, avec vos sauvegardes, la clé secret.key du dossier des données."
    )


def _years_of(programme: str) -> dict[str, str]:
    """The first and the last day of these years. Raises Refused for invalid years."""
    match = _YEARS.fullmatch(programme.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise Refused(f"--programme : « {programme} » ne convient pas, dites 2025-2030 ou 2025.")
    if first < EARLIEST.year or last > LATEST.year:
        raise Refused(f"--programme : les années vont de {EARLIEST.year} à {LATEST.year}.")
    return {"first_day": f"{first}-01-01", "last_day": f"{last}-12-31"}


def _fill_all(file: Path, folder: Path, units: dict[str, str]) -> None:
    """Fills the database, with the settings just written, and writes key and units; a failure
    removes the settings file.
    """
    try:
        os.environ[CONFIG] = str(file.resolve())
        settings.cache_clear()
        if database_exists() and fetch(is_demonstration):
            raise Refused(
                "Cette base est une démonstration : elle ne devient pas une installation réelle."
                " Choisissez un autre dossier avec --data, ou une autre base avec --database."
            )
        migrate()
        with writing() as session:
            first_data(session, demo=False)
        signing_key()
        # Afterwards: creating the database creates its private folder.
        if units:
            write_units(folder, units)
    except BaseException:
        # So that `init` can be run again; an existing database stays as it is.
        file.unlink(missing_ok=True)
        raise


def _service(folder: Path, place: Place) -> str:
    """The commands to type so that systemd runs the service."""
    name, into = place.name, Path("/etc/systemd/system")
    lines = [
        f"cp {folder}/{name}.sysusers /etc/sysusers.d/{name}.conf && systemd-sysusers",
        f"cp {folder}/{name}.tmpfiles /etc/tmpfiles.d/{name}.conf && systemd-tmpfiles --create",
        f"chown root:{place.user} {place.settings} && chown -R {place.user}: {place.data}",
    ]
    if folder != into:
        lines.append(f"cp {folder}/*.service {folder}/*.timer {into}/")
    lines.append("systemctl daemon-reload")
    lines.append(f"systemctl enable --now {name}.service {name}-check.timer")
    return "\n".join(f"  {line}" for line in lines)


def _check(url: str, mails: dict[str, str]) -> None:
    """Checks the values before anything is written. Raises Refused in one sentence."""
    if not url.startswith(("http://", "https://")):
        raise Refused(f"L'adresse commence par http:// ou https:// : « {url} » ne convient pas.")
    parts = urlsplit(url)
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise Refused(
            "L'adresse est un nom sans chemin (https://c-possible.commune.example) :"
            f" « {url} » ne convient pas."
        )
    for option, mail in mails.items():
        if not is_address(mail):
            raise Refused(f"{option} : « {mail} » n'est pas une adresse de courriel.")


def _write(file: Path, text: str) -> None:
    """Refuses to overwrite a file: it contains the settings of an installation."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise Refused(
            f"{file} existe déjà : modifiez-le, ou choisissez un autre fichier avec --file."
        ) from error
    file.chmod(0o640)
