"""Figures on the command line: the board of a scope, as text, JSON or CSV."""

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
        entries = board(session, scope)
    print(_FORMATS[format](entries))


def _as_text(entries: Board) -> str:
    lines = [entries.scope.sentence()]
    for entry in entries.entries:
        counts = wording.counts(entry)
        lines.append(
            f"{entry.code:24} {entry.label:46}"
            f" {wording.written(entry)}{f' ({counts})' if counts else ''}"
        )
    return "\n".join(lines)


def _as_json(entries: Board) -> str:
    return json.dumps(entries.as_json(), ensure_ascii=False, indent=2)


def _as_csv(entries: Board) -> str:
    rows = [entry.as_json() for entry in entries.entries]
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
