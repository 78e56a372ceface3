"""Imports one file by the command line, whatever its kind."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import typer

from dashboard import french
from dashboard.access import may
from dashboard.actions.correspondences import stored_correspondences
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.register_imports import act_of, importable, options_of
from dashboard.commands import TextOrJson, reader_named, shown_progress
from dashboard.files import csvout
from dashboard.files.matching.correspondences import NONE, Correspondence, read_correspondence
from dashboard.files.matching.fields import Fields
from dashboard.files.matching.layout import Layout, Matched, known_for
from dashboard.files.uploads import open_table
from models import clock
from models.database import reading, writing
from models.errors import Refused
from models.jobs import REGISTERS


def import_register_file(kind: str, file: Path, typed: Mapping[str, object]) -> None:
    """Imports a file as one of the REGISTERS; `typed` are the options of the command."""
    given = correspondence_of_command(
        importable(kind), file, typed["correspondence"], typed["write_map"], typed["yes"]
    )
    if given is None:
        return
    strict, dry_run = typed["strict"], typed["dry_run"]
    how = options_of(kind, typed, dry_run=dry_run, strict=strict, given=given)
    # A dry run must neither wait for nor block writers.
    with shown_progress() as progress, reading() if dry_run else writing() as session:
        importer = reader_named(session, typed["reader"], clock.today(session))
        if not typed["reader"] and not may(importer, REGISTERS[kind].right):
            raise Refused("Un compte seulement peut l'importer : dites lequel avec --as.")
        report = act_of(kind)(session, importer, file, how=replace(how, progress=progress))
    end(report, typed["format"], strict)


def correspondence_of_command(
    fields: Fields,
    file: Path,
    correspondence: str | None = None,
    out: str | None = None,
    takes_sure: bool = False,
) -> Correspondence | None:
    """The correspondence of the command, with the near-certain proposals if requested; None if it
    was written to `out` for a person to correct.
    """
    typed = read_correspondence(Path(correspondence), fields) if correspondence else NONE
    if not (out or takes_sure):
        return typed
    layout = _layout(fields, file, typed)
    if out:
        return _write(layout, fields, Path(out))
    sure = {code: [layout.proposed[code]] for code in layout.sure}
    return typed.over(Correspondence(columns=sure)) if layout.missing else typed


def _layout(fields: Fields, file: Path, typed: Correspondence) -> Layout:
    with reading() as session:
        stored = stored_correspondences(session, fields.kind)
    table = open_table(file, known=known_for(fields, typed, stored))
    return Matched(table, fields, typed, stored).layout()


def _write(layout: Layout, fields: Fields, out: Path) -> None:
    """Writes the fields that are read and proposed."""
    columns = {code: [header] for code, header in (layout.proposed | layout.columns).items()}
    content = Correspondence(columns=columns, fixed=layout.fixed, values=layout.values)
    csvout.whole(out, lambda to: to.write(content.as_toml(fields).encode()))
    print(
        f"{french.counted(len(layout.columns), 'colonne lue', 'colonnes lues')},"
        f" {french.counted(len(layout.proposed), 'proposée')} : {out}"
    )


def end(report: ImportReport, format: str, strict: bool) -> None:
    """Prints the report; an exit code of its own if rows are refused and all are required."""
    if format == TextOrJson.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(report.sentences()))
    if strict and report.refused:
        raise typer.Exit(1)
