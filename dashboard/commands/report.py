"""Reports on the command line: the files of the screen « Rapport », and the jobs that make them."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from dashboard.access import require
from dashboard.actions.operations.jobs import JobRun
from dashboard.commands import (
    Ambition,
    As,
    Au,
    Depuis,
    Direction,
    answering,
    scope_for,
    scope_of,
    shown_progress,
)
from dashboard.files import csvout
from dashboard.report.kinds import ReportKind, file_name, make
from models.database import reading
from models.texts import Refused

app = typer.Typer()


@app.command()
@answering
def report(
    out: Annotated[Path, typer.Option(help="Fichier à écrire : .pdf, .xlsx ou .pptx.")],
    au: Au = None,
    depuis: Depuis = None,
    direction: Direction = None,
    ambition: Ambition = None,
    college: Annotated[bool, typer.Option("--college", help="Version Collège : 4 pages.")] = False,
    equipe: Annotated[
        bool, typer.Option("--equipe", help="Feuille d'équipe : une page, pour --direction.")
    ] = False,
    reader: As = "",
) -> None:
    """Écrit le rapport : PDF pour le CODIR ou le Collège, diapositives PPTX, classeur XLSX, feuille
    d'équipe.
    """
    kind = _kind(out, college, equipe)
    with reading() as session:
        scope = scope_of(session, reader, au, depuis, direction, ambition)
        require(scope.reader, "report.make")
        # Before the report is made.
        if not out.parent.is_dir():
            raise Refused(f"Le dossier « {out.parent} » n'existe pas.")
        if out.is_dir():
            raise Refused(f"« {out} » est un dossier.")
        if out.exists() and not os.access(out, os.W_OK):
            raise Refused(f"« {out} » ne peut pas être écrit.")
        with shown_progress() as progress:
            content = make(session, scope, kind, progress)
    csvout.whole(out, lambda to: to.write(content))
    print(f"{kind.label} : {out}")


def _kind(out: Path, college: bool, equipe: bool) -> ReportKind:
    fitting = [kind for kind in ReportKind if kind.extension == out.suffix.lower()]
    if not fitting:
        raise Refused(f"« {out.name} » doit finir par .pdf, .xlsx ou .pptx.")
    if college and equipe:
        raise Refused("Choisissez --college ou --equipe, pas les deux.")
    kind = ReportKind.team if equipe else ReportKind.college if college else fitting[0]
    if kind not in fitting:
        raise Refused(
            "La version Collège et la feuille d'équipe sont des PDF : le nom doit finir par .pdf."
        )
    return kind


# ── Jobs of the screen ──────────────────────────────────────────────────────────────────────────


def _make(kind: ReportKind, work: JobRun) -> tuple[bytes, str]:
    with reading(work.on) as session:
        params = {name: value for name, value in work.params.items() if name != "login"}
        scope = scope_for(session, work.reader(session), params)
        return make(session, scope, kind, work.report_progress), file_name(scope, kind)


MAKERS = {str(kind): partial(_make, kind) for kind in ReportKind}
