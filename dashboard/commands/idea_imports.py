"""Importing ideas: what is done with the largest files asks for no other import."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dashboard import french
from dashboard.actions.ideas.imports import import_ideas
from dashboard.actions.import_reports import ImportReport
from dashboard.commands import As, TextOrJson, answering, reader_named, telling
from dashboard.files import csvout
from dashboard.files.ideas.correspondences import as_toml, column_map
from dashboard.files.ideas.layout import known_for, layout_of
from dashboard.files.uploads import open_table
from models import clock
from models.database import reading, writing

app = typer.Typer()


_IdeasFile = Annotated[
    Path,
    typer.Argument(
        help="Fichier CSV, JSON, XLSX, XLS ou ODS : export de C-Possible, de Decidim, Fider, "
        "Cap Collectif, Consul, ou tableau."
    ),
]
_IdeasMap = Annotated[
    Path | None,
    typer.Option(
        help=(
            'Correspondance des colonnes (TOML : \\[colonnes] titre = "Nom du projet" ; ou CSV '
            "champ;colonne). Elle passe avant les en-têtes reconnus ; un champ vide n'est"
            " pas lu."
        )
    ),
]
_WriteMap = Annotated[
    Path | None,
    typer.Option(
        help="Écrit la correspondance lue et proposée (TOML), à corriger puis à donner à "
        "--map ; rien n'est importé."
    ),
]
_SureTitle = Annotated[
    bool,
    typer.Option("--yes", help="Prend la colonne de titre proposée, si elle est presque sûre."),
]


@app.command("ideas")
@answering
def import_ideas_file(
    file: _IdeasFile,
    map: _IdeasMap = None,
    write_map: _WriteMap = None,
    yes: _SureTitle = False,
    source: Annotated[str | None, typer.Option(help="Nom de la source (défaut : reconnu).")] = None,
    agents: Annotated[bool, typer.Option(help="Ces dépôts sont ceux de nos agents.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")] = False,
    strict: Annotated[bool, typer.Option(help="N'écrit rien si une ligne est refusée.")] = False,
    format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
    reader: As = "",
) -> None:
    """Importe des idées, avec leurs états, votes, commentaires et dates ; les importer deux fois
    ne change rien.
    """
    columns = column_map(map) if map else None
    if write_map:
        return _write_map(file, columns, write_map)
    if yes:
        columns = _with_sure_title(file, columns)
    # A dry run may not wait for, nor hold up, those who write.
    with telling() as tell, reading() if dry_run else writing() as session:
        day = clock.today(session)
        report = import_ideas(
            session,
            reader_named(session, reader, day),
            file,
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


def print_report(report: ImportReport, format: TextOrJson) -> None:
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
