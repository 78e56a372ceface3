"""Imports all files except ideas: registers and surveys."""

from dataclasses import replace
from pathlib import Path

import typer

from dashboard.access import may
from dashboard.actions.register_imports import ImportOptions, act_of, importable
from dashboard.actions.surveys.imports import import_survey
from dashboard.commands import file_day, reader_named, shown_progress
from dashboard.commands.idea_imports import correspondence_of_command, end
from dashboard.files.surveys.columns import FIELDS
from models import clock
from models.database import reading, writing
from models.errors import Refused
from models.jobs import REGISTERS
from models.surveys import Survey


def import_register_file(
    kind: str,
    file: str,
    correspondence: str | None,
    write_map: str | None,
    yes: bool,
    dry_run: bool,
    strict: bool,
    format: str,
    reader: str,
    le: str = "",
    year: int | None = None,
    take_erased: bool = False,
) -> None:
    """Imports one of the REGISTERS."""
    on = file_day(le) if le else None
    mapping = correspondence_of_command(
        importable(kind), Path(file), correspondence, write_map, yes
    )
    if mapping is None:
        return
    with shown_progress() as progress, reading() if dry_run else writing() as session:
        importer = reader_named(session, reader, clock.today(session))
        if not reader and not may(importer, REGISTERS[kind].right):
            raise Refused("Un compte seulement peut l'importer : dites lequel avec --as.")
        how = ImportOptions(
            dry_run, strict, take_erased=take_erased, on=on, year=year, given=mapping
        )
        report = act_of(kind)(session, importer, Path(file), how=replace(how, progress=progress))
    end(report, format, strict)


def import_survey_file(
    file: str,
    serie: str,
    le: str,
    titre: str,
    citoyens: bool,
    invites: int | None,
    vague: int,
    correspondence: str | None,
    dry_run: bool,
    strict: bool,
    format: str,
    reader: str,
) -> None:
    """Imports the answers of a survey, without data that identifies respondents."""
    for name, value in (("--serie", serie), ("--le", le)):
        if not value:
            raise typer.BadParameter(f"{name} est obligatoire avec « survey ».")
    about = Survey(
        series=serie,
        on=file_day(le),
        title=titre,
        invited=invites,
        agents=not citoyens,
        number=vague,
    )
    mapping = correspondence_of_command(FIELDS, Path(file), correspondence)
    with shown_progress() as progress, reading() if dry_run else writing() as session:
        importer = reader_named(session, reader, clock.today(session))
        how = {"dry_run": dry_run, "strict": strict, "given": mapping, "progress": progress}
        report = import_survey(session, importer, Path(file), about, **how)
    end(report, format, strict)
