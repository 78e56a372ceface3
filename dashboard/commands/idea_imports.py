"""Imports ideas, and handles correspondences for every import; in a module of its own, so that an
import of ideas loads no other importer.
"""

import json
from pathlib import Path

import typer

from dashboard import french
from dashboard.actions.correspondences import stored_correspondences
from dashboard.actions.ideas.imports import import_ideas
from dashboard.actions.import_reports import ImportReport
from dashboard.commands import TextOrJson, reader_named, shown_progress
from dashboard.files import csvout
from dashboard.files.ideas.profiles import IDEAS
from dashboard.files.matching.correspondences import NONE, Correspondence, read_correspondence
from dashboard.files.matching.fields import Fields
from dashboard.files.matching.layout import Layout, Matched, known_for
from dashboard.files.uploads import open_table
from models import clock
from models.database import reading, writing


def import_ideas_file(
    file: str,
    correspondence: str | None,
    write_map: str | None,
    yes: bool,
    source: str | None,
    agents: bool,
    dry_run: bool,
    strict: bool,
    format: str,
    reader: str,
) -> None:
    """Imports ideas, with their states, votes, comments and dates."""
    mapping = correspondence_of_command(IDEAS, Path(file), correspondence, write_map, yes)
    if mapping is None:
        return
    # A dry run must neither wait for nor block writers.
    with shown_progress() as progress, reading() if dry_run else writing() as session:
        day = clock.today(session)
        report = import_ideas(
            session,
            reader_named(session, reader, day),
            Path(file),
            source=source,
            dry_run=dry_run,
            strict=strict,
            agents=agents,
            today=day,
            given=mapping,
            progress=progress,
        )
    end(report, format, strict)


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
