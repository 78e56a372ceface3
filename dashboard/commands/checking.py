"""The check of the installation (vérification), on demand."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from sqlalchemy import Engine

# Not used here: it declares the figures that the checks look up.
from dashboard import figures  # noqa: F401
from dashboard.commands import answering, recorded
from dashboard.files import mail
from dashboard.queries.operations import checks
from dashboard.queries.operations.checks import Finding
from dashboard.queries.operations.health import CHECK
from dashboard.queries.operations.setup import has_room, size_of
from models import clock
from models.database import reading
from models.settings import settings
from models.texts import Refused

app = typer.Typer()


@app.command()
@answering
@recorded(CHECK)
def check() -> None:
    """Vérifie tables et liens, ce qui est gardé deux fois (états, soutiens, mots de recherche…),
    dates, vocabulaires, courriel et disque ; nomme ce qui diffère, et dit ce qui n'est pas
    regardé.
    """
    report(verify())


HOW_MANY = checks.HOW_MANY + 3  # the number of findings of `verify`
NOT_LOOKED_AT = Finding(
    "non regardé",
    True,
    "ce que rien d'autre ne redit (le sens des textes, les présences, les réponses aux enquêtes,"
    " les photos, les réglages), ni les sauvegardes : un essai de restauration le fait",
)


def verify(on: Engine | None = None) -> Iterator[Finding]:
    """Every check, of the environment and of the database, one after the other."""
    yield _mail()
    with reading(on) as session:
        # Before the first start the data folder does not exist.
        folder = settings().cp_data_dir if settings().cp_data_dir.exists() else Path.cwd()
        free = shutil.disk_usage(folder).free
        yield Finding("disque", has_room(free, size_of(session)), f"{free // 2**20} Mio libres")
        yield from checks.everything(session, clock.today(session))
    yield NOT_LOOKED_AT


def report(findings: Iterable[Finding]) -> None:
    """Prints one line per finding. Raises Refused if one failed."""
    failed = 0
    for finding in findings:
        mark = "–  " if finding is NOT_LOOKED_AT else "ok " if finding.holds else "NON"
        print(f"{mark}  {finding.name} : {finding.message}", flush=True)
        failed += not finding.holds
    if failed:
        raise Refused("Au moins une vérification ne tient pas.")


def _mail() -> Finding:
    """Whether the settings of the mail server are valid; it is not contacted."""
    try:
        to = mail.server()
    except Refused as refusal:
        return Finding("courriel", False, str(refusal))
    return Finding(
        "courriel",
        True,
        f"par {to.cp_smtp_host}:{to.cp_smtp_port}"
        if to
        else "aucun serveur : les avis sont dans « À prévenir »",
    )
