"""Importing ideas: what is done with the largest files asks for no other import."""

import json
from pathlib import Path

import typer

from dashboard import french
from dashboard.actions.ideas.imports import import_ideas
from dashboard.actions.import_reports import ImportReport
from dashboard.commands import TextOrJson, reader_named, telling
from dashboard.files import csvout
from dashboard.files.ideas.correspondences import as_toml, column_map
from dashboard.files.ideas.layout import known_for, layout_of
from dashboard.files.uploads import open_table
from models import clock
from models.database import reading, writing


def import_ideas_file(
    file: str,
    map: str | None,
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
    path = Path(file)
    columns = column_map(Path(map)) if map else None
    if write_map:
        return _write_map(path, columns, Path(write_map))
    if yes:
        columns = _with_sure_title(path, columns)
    # A dry run may not wait for, nor hold up, those who write.
    with telling() as tell, reading() if dry_run else writing() as session:
        day = clock.today(session)
        report = import_ideas(
            session,
            reader_named(session, reader, day),
            path,
            source=source,
            dry_run=dry_run,
            strict=strict,
            agents=agents,
            today=day,
            columns=columns,
            tell=tell,
        )
    print_report(report, format)
    if strict and report.refused:
        raise typer.Exit(1)


def _with_sure_title(file: Path, columns: dict[str, str] | None) -> dict[str, str] | None:
    """The correspondence, with the column of titles that is proposed and almost certain."""
    layout = layout_of(open_table(file, known=known_for(columns)), columns)
    if "title" in layout.columns or not layout.sure_title:
        return columns
    return (columns or {}) | {"title": layout.sure_title}


def print_report(report: ImportReport, format: str) -> None:
    if format == TextOrJson.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(report.sentences()))


def _write_map(file: Path, columns: dict[str, str] | None, out: Path) -> None:
    """What is read and what is proposed, for a person to correct."""
    layout = layout_of(open_table(file, known=known_for(columns)), columns)
    csvout.whole(out, lambda to: to.write(as_toml(layout.proposed | layout.columns).encode()))
    print(
        f"{french.counted(len(layout.columns), 'colonne lue', 'colonnes lues')},"
        f" {french.counted(len(layout.proposed), 'proposée')} : {out}"
    )
