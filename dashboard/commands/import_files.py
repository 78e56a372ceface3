"""Imports one file by the command line, whatever its kind."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import typer

from dashboard import french
from dashboard.access import may
from dashboard.actions.imports import act_of, importable, layout_of_file
from dashboard.actions.register_imports import ImportReport, options_of
from dashboard.commands import TextOrJson, reader_named, shown_progress
from dashboard.files import csvout
from dashboard.files.matching.fields import NONE, Correspondence, read_correspondence
from models.database import fetch, reading, writing
from models.jobs import REGISTERS
from models.texts import Refused


def import_register_file(kind: str, file: Path, typed: Mapping[str, object]) -> None:
    """Imports a file as one of the REGISTERS; `typed` are the options of the command."""
    named = typed["correspondence"]
    given = read_correspondence(Path(named), importable(kind)) if named else NONE
    given = _correspondence(kind, file, given, typed["write_map"], typed["yes"])
    if given is None:
        return
    strict, writes = typed["strict"], typed["write"]
    how = options_of(kind, typed, dry_run=not writes, strict=strict, given=given)
    # A trial must neither wait for nor block writers.
    with shown_progress() as progress, writing() if writes else reading() as session:
        importer = reader_named(session, typed["reader"])
        if not typed["reader"] and not may(importer, REGISTERS[kind].right):
            raise Refused("Un compte seulement peut l'importer : dites lequel avec --as.")
        report = act_of(kind)(session, importer, file, how=replace(how, progress=progress))
    end(report, typed["format"], strict)
    if not writes and typed["format"] == TextOrJson.text:
        print("Pour l'importer, la même commande avec --write.")


def _correspondence(
    kind: str, file: Path, typed: Correspondence, out: str | None, takes_sure: bool
) -> Correspondence | None:
    """The correspondence of the command, with the near-certain proposals if requested; None if it
    was written to `out` for a person to correct.
    """
    if not (out or takes_sure):
        return typed
    layout = fetch(layout_of_file, kind, file, typed)
    if out:
        # The fields that are read and proposed.
        columns = {code: [header] for code, header in (layout.proposed | layout.columns).items()}
        columns |= {code: headers for code, headers in layout.lists.items() if headers}
        content = Correspondence(columns=columns, fixed=layout.fixed, values=layout.values)
        text = content.as_toml(importable(kind)).encode()
        csvout.whole(Path(out), lambda to: to.write(text))
        print(
            f"{french.counted(len(layout.columns), 'colonne lue', 'colonnes lues')},"
            f" {french.counted(len(layout.proposed), 'proposée')} : {out}"
        )
        return None
    sure = {code: [layout.proposed[code]] for code in layout.sure}
    return typed.over(Correspondence(columns=sure)) if layout.missing else typed


def end(report: ImportReport, format: str, strict: bool) -> None:
    """Prints the report; an exit code of its own if rows are refused and all are required, or if
    none could be taken.
    """
    if format == TextOrJson.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(report.sentences()))
    if report.refused and (strict or not report.new + report.changed + report.unchanged):
        raise typer.Exit(1)
