"""Importing all files but those of ideas: measures, registrations, surveys, registers."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import typer

from dashboard.access import may
from dashboard.actions.academy.imports import import_registrations
from dashboard.actions.figures.measures import import_measures
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.actions.surveys.imports import import_survey
from dashboard.commands import reader_named, telling
from dashboard.commands.idea_imports import print_report
from dashboard.figures.declaring import externally_measured
from dashboard.files.ideas.correspondences import column_map
from dashboard.files.registrations import NAMES
from dashboard.files.surveys.columns import FIELDS
from dashboard.files.values import day_of
from models import clock
from models.database import reading, writing
from models.errors import Refused
from models.jobs import REGISTERS
from models.surveys import Survey


def import_measures_file(file: str, dry_run: bool, strict: bool, format: str, reader: str) -> None:
    """Imports values measured elsewhere."""
    with telling() as tell, reading() if dry_run else writing() as session:
        who = reader_named(session, reader, clock.today(session))
        how = {"dry_run": dry_run, "strict": strict, "tell": tell}
        report = import_measures(session, who, Path(file), externally_measured(), **how)
    _end(report, format, strict)


def import_registrations_file(
    file: str, year: int | None, map: str | None, dry_run: bool, format: str, reader: str
) -> None:
    """Imports registrations to trainings."""
    columns = column_map(Path(map), others=NAMES) if map else None
    with telling() as tell, reading() if dry_run else writing() as session:
        who = reader_named(session, reader, clock.today(session))
        how = {"year": year, "columns": columns, "dry_run": dry_run, "tell": tell}
        report = import_registrations(session, who, Path(file), **how)
    _end(report, format, False)


def import_register_file(
    kind: str,
    file: str,
    dry_run: bool,
    strict: bool,
    format: str,
    reader: str,
    le: str = "",
    take_erased: bool = False,
) -> None:
    """Imports one of the REGISTERS."""
    on = _day(le) if le else None
    with telling() as tell, reading() if dry_run else writing() as session:
        who = reader_named(session, reader, clock.today(session))
        if not reader and not may(who, REGISTERS[kind].right):
            raise Refused("Un compte seulement peut l'importer : dites lequel avec --as.")
        how = ImportOptions(dry_run, strict, take_erased=take_erased, on=on)
        report = act_of(kind)(session, who, Path(file), how=replace(how, tell=tell))
    _end(report, format, strict)


def import_survey_file(
    file: str,
    serie: str,
    le: str,
    titre: str,
    citoyens: bool,
    invites: int | None,
    vague: int,
    map: str | None,
    dry_run: bool,
    strict: bool,
    format: str,
    reader: str,
) -> None:
    """Imports the answers of a survey, without what tells who answered."""
    for name, value in (("--serie", serie), ("--le", le)):
        if not value:
            raise typer.BadParameter(f"{name} est obligatoire avec « survey ».")
    about = Survey(
        series=serie, on=_day(le), title=titre, invited=invites, agents=not citoyens, number=vague
    )
    columns = column_map(Path(map), others=FIELDS) if map else None
    with telling() as tell, reading() if dry_run else writing() as session:
        who = reader_named(session, reader, clock.today(session))
        how = {"dry_run": dry_run, "strict": strict, "columns": columns, "tell": tell}
        report = import_survey(session, who, Path(file), about, **how)
    _end(report, format, strict)


def _day(text: str) -> date:
    try:
        return day_of(text)
    except ValueError as error:
        raise Refused(str(error)) from None


def _end(report: ImportReport, format: str, strict: bool) -> None:
    print_report(report, format)
    if strict and report.refused:
        raise typer.Exit(1)
