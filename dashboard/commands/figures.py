"""Figures on the command line: the whole board of a scope, as text, JSON or CSV."""

import csv
import io
import json
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from dashboard.commands import As, answering, scope_of
from dashboard.figures.board import Board, board
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
    au: Annotated[str | None, typer.Option(help="Situation au (AAAA-MM-JJ).")] = None,
    depuis: Annotated[str | None, typer.Option(help="Évolution depuis (AAAA-MM-JJ).")] = None,
    direction: Annotated[
        str | None, typer.Option(help="Code d'un département, d'une direction, d'un service.")
    ] = None,
    ambition: Annotated[str | None, typer.Option(help="Code d'une ambition.")] = None,
    format: Annotated[Format, typer.Option(help="Forme de la sortie.")] = Format.text,
    reader: As = "",
) -> None:
    """Calcule tous les chiffres à une date."""
    with reading() as session:
        scope = scope_of(session, reader, au, depuis, direction, ambition)
        found = board(session, scope)
    print(_FORMATS[format](found))


def _as_text(found: Board) -> str:
    lines = [found.scope.sentence()]
    for entry in found.entries:
        counts = wording.counts(entry)
        lines.append(
            f"{entry.code:24} {entry.label:46}"
            f" {wording.written(entry)}{f' ({counts})' if counts else ''}"
        )
    return "\n".join(lines)


def _as_json(found: Board) -> str:
    return json.dumps(found.as_json(), ensure_ascii=False, indent=2)


def _as_csv(found: Board) -> str:
    rows = [entry.as_json() for entry in found.entries]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


_FORMATS: dict[Format, Callable[[Board], str]] = {
    Format.text: _as_text,
    Format.json: _as_json,
    Format.csv: _as_csv,
}
