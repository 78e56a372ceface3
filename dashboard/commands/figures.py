"""Figures on the command line: the board of a scope, as text, JSON or CSV."""

import csv
import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from dashboard.commands import Ambition, As, Au, Depuis, Direction, answering, scope_of
from dashboard.figures.board import board
from dashboard.report import wording
from models.database import reading

app = typer.Typer()


class Format(StrEnum):
    text = "text"
    json = "json"
    csv = "csv"


@app.command()
@answering
def figures(
    au: Au = None,
    depuis: Depuis = None,
    direction: Direction = None,
    ambition: Ambition = None,
    format: Annotated[Format, typer.Option(help="Forme de la sortie.")] = Format.text,
    reader: As = "",
) -> None:
    """Calcule tous les chiffres à une date."""
    with reading() as session:
        scope = scope_of(session, reader, au, depuis, direction, ambition)
        entries = board(session, scope)
    if format is Format.json:
        print(json.dumps(entries.as_json(), ensure_ascii=False, indent=2))
    elif format is Format.csv:
        rows = [entry.as_json() for entry in entries.entries]
        writer = csv.DictWriter(sys.stdout, list(rows[0]), delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        print(scope.sentence())
        for entry in entries.entries:
            counts = f" ({wording.counts(entry)})" if wording.counts(entry) else ""
            print(f"{entry.code:24} {entry.label:46} {wording.written(entry)}{counts}")
