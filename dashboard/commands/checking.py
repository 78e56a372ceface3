"""Checking (vérification): what must always hold, looked at on demand."""

import shutil
from pathlib import Path

import typer

from dashboard.commands import answering
from dashboard.queries import checks
from dashboard.queries.checks import Finding
from dashboard.signing import KEY_FILE
from models.database import reading
from models.errors import Refused
from models.settings import settings

app = typer.Typer()


@app.command()
@answering
def check() -> None:
    """Vérifie les cumuls, les états, les migrations, la clé de signature et le disque."""
    report(verify())


def verify() -> list[Finding]:
    """Every check, on the database and on what surrounds it."""
    with reading() as session:
        found = [*checks.roll_ups(session), checks.current_values(session)]
    return [*found, _signing_key(), _disk()]


def report(found: list[Finding]) -> None:
    """One line per finding. Raises Refused where one does not hold."""
    for finding in found:
        print(f"{'ok ' if finding.holds else 'NON'}  {finding.name} : {finding.said}")
    if not all(finding.holds for finding in found):
        raise Refused("Au moins une vérification ne tient pas.")


def _signing_key() -> Finding:
    file = settings().cp_data_dir / KEY_FILE
    if settings().cp_secret_key or not file.exists():
        return Finding("clé de signature", True, "dans l'environnement" if settings().cp_secret_key else "sera créée")
    private = file.stat().st_mode & 0o077 == 0
    return Finding("clé de signature", private, "lisible par le seul propriétaire" if private else f"{file} est trop ouverte")


def _disk() -> Finding:
    free = shutil.disk_usage(settings().cp_data_dir if settings().cp_data_dir.exists() else Path.cwd()).free
    return Finding("disque", free > 500 * 2**20, f"{free // 2**20} Mio libres")
