"""Files in and out: imports and exports."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dashboard import french
from dashboard.actions.imports import import_ideas
from dashboard.actions.measures import import_measures
from dashboard.actions.registration_imports import import_registrations
from dashboard.commands import As, TextOrJson, answering, reader_named, scope_of, telling
from dashboard.exchange import csvout
from dashboard.exchange.correspondences import column_map
from dashboard.figures.declaring import outside
from dashboard.queries.export import idea_rows
from models import clock
from models.database import reading, writing

import_app = typer.Typer(help="Importe un fichier.")
export_app = typer.Typer(help="Exporte un fichier.")


@import_app.command("ideas")
@answering
def import_ideas_file(file: Annotated[Path, typer.Argument(help="Fichier CSV ou JSON.")],
                      map: Annotated[Path | None, typer.Option(help="CSV « notre champ;colonne du fichier ».")] = None,
                      source: Annotated[str | None, typer.Option(help="Nom de la source (défaut : reconnu).")] = None,
                      agents: Annotated[bool, typer.Option(help="Ces dépôts sont ceux de nos agents.")] = False,
                      dry_run: Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")] = False,
                      strict: Annotated[bool, typer.Option(help="N'écrit rien si une ligne est refusée.")] = False,
                      format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
                      reader: As = "") -> None:
    """Importe des idées ; les importer deux fois ne change rien."""
    columns = column_map(map) if map else None
    # A dry run may not wait for, nor hold up, those who write.
    with telling() as tell, (reading() if dry_run else writing()) as session:
        day = clock.today(session)
        report = import_ideas(session, reader_named(session, reader, day), file, source=source, dry_run=dry_run, strict=strict,
                              agents=agents, today=day, columns=columns, tell=tell)
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if format == TextOrJson.json
          else "\n".join(report.sentences()))
    if strict and report.refused:
        raise typer.Exit(1)


@import_app.command("measures")
@answering
def import_measures_file(file: Annotated[Path, typer.Argument(help="Fichier CSV ou JSON : figure;date;valeur;n;source;direction.")],
                         dry_run: Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")] = False,
                         strict: Annotated[bool, typer.Option(help="N'écrit rien si une ligne est refusée.")] = False,
                         format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
                         reader: As = "") -> None:
    """Importe des relevés (valeurs mesurées ailleurs) ; les importer deux fois ne change rien."""
    with telling() as tell, (reading() if dry_run else writing()) as session:
        day = clock.today(session)
        report = import_measures(session, reader_named(session, reader, day), file, outside(), dry_run=dry_run, strict=strict,
                                 tell=tell)
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if format == TextOrJson.json
          else "\n".join(report.sentences()))
    if strict and report.refused:
        raise typer.Exit(1)


@import_app.command("registrations")
@answering
def import_registrations_file(file: Annotated[Path, typer.Argument(help="Fichier CSV ou JSON d'inscriptions.")],
                              year: Annotated[int | None, typer.Option(help="Année des sessions, quand le fichier ne donne que le mois.")] = None,
                              map: Annotated[Path | None, typer.Option(help="CSV « notre champ;colonne du fichier ».")] = None,
                              dry_run: Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")] = False,
                              format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
                              reader: As = "") -> None:
    """Importe des inscriptions à des formations ; les importer deux fois ne change rien."""
    columns = column_map(map) if map else None
    with telling() as tell, (reading() if dry_run else writing()) as session:
        day = clock.today(session)
        report = import_registrations(session, reader_named(session, reader, day), file, year=year, columns=columns, dry_run=dry_run, tell=tell)
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if format == TextOrJson.json
          else "\n".join(report.sentences()))


@export_app.command("ideas")
@answering
def export_ideas_file(out: Annotated[Path, typer.Option(help="Fichier CSV à écrire.")],
                      au: Annotated[str | None, typer.Option(help="Situation au (AAAA-MM-JJ).")] = None,
                      direction: Annotated[str | None, typer.Option(help="Code d'une direction.")] = None,
                      ambition: Annotated[str | None, typer.Option(help="Code d'une ambition.")] = None,
                      reader: As = "") -> None:
    """Exporte les idées que le lecteur peut voir (CSV, séparateur « ; », pour tableur)."""
    with reading() as session:
        scope = scope_of(session, reader, au, None, direction, ambition)
        written = csvout.write(list(csvout.OWN_HEADERS.values()), idea_rows(session, scope), out)
    print(f"{french.counted(written, 'idée')} : {out}")
