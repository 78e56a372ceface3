"""Exports a file (exporter): one command, whose first word names the content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, select

from dashboard import french
from dashboard.commands import As, Au, answering, scope_of
from dashboard.commands.imports import options_of
from dashboard.figures import pst
from dashboard.files import csvout, writing
from dashboard.files.ideas.columns import OWN_HEADERS, chosen
from dashboard.files.ideas.rows import KINDS, STATUSES
from dashboard.files.values import compact, stated_day
from dashboard.queries.exported_tables import EXPORTED
from dashboard.queries.ideas.records import Filters, View, idea_rows
from dashboard.queries.reference_tables import ReferenceTable, cells
from dashboard.queries.surveys.results import answers_file
from dashboard.scope import Scope
from models import clock
from models.database import reading
from models.jobs import REGISTERS
from models.scales import Word
from models.surveys import Survey
from models.texts import Refused

app = typer.Typer()
TABLES: Mapping[str, ReferenceTable] = {
    REGISTERS[table.code].command: table for table in EXPORTED.values()
}
_OWN = {
    "ideas": frozenset(("columns", "etat", "genre", "q", "retard", "direction", "ambition")),
    "survey": frozenset(("serie", "le", "vague")),
    **dict.fromkeys(TABLES, frozenset()),
    "pst": frozenset(("recu", "complete")),
}
_HELP = "\n\n".join(
    (
        "Exporte un fichier.",
        "ideas : les idées que le lecteur peut voir, avec les filtres de la liste.",
        "survey : les réponses d'une enquête close, telles qu'elles sont montrées, question par"
        " question : une ligne n'est la fiche de personne ; --serie et --le sont obligatoires.",
        "pst : la feuille de route comme un PST : le programme est un objectif stratégique du volet"
        " interne, un chantier un objectif opérationnel, un jalon une action ; ou le PST reçu.",
        *(
            f"{name} : « {table.title} » comme `import {name}` le reprend :"
            f" {';'.join(table.headers)}."
            for name, table in TABLES.items()
        ),
    )
)


@app.command("export", help=_HELP)
@answering
def export_file(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"Ce qui est exporté : {', '.join(_OWN)}.")],
    out: Annotated[
        Path,
        typer.Option(
            help="Fichier à écrire : .csv (« ; », pour tableur), .xlsx ou .json ; pst en .xml"
            " (eComptes) ou .xlsx (avancement)."
        ),
    ],
    columns: Annotated[
        str,
        typer.Option(
            help="ideas : colonnes, séparées par des virgules (défaut : toutes) :"
            f" {', '.join(OWN_HEADERS)}."
        ),
    ] = "",
    etat: Annotated[str, typer.Option(help="ideas : un état : code ou nom.")] = "",
    genre: Annotated[str, typer.Option(help="ideas : un genre : code ou nom.")] = "",
    q: Annotated[str, typer.Option(help="ideas : mots à trouver, ou numéro d'une idée.")] = "",
    retard: Annotated[
        bool, typer.Option("--retard", help="ideas : réponses en retard seulement.")
    ] = False,
    au: Au = None,
    direction: Annotated[str | None, typer.Option(help="ideas : code d'une direction.")] = None,
    ambition: Annotated[str | None, typer.Option(help="ideas : code d'une ambition.")] = None,
    recu: Annotated[
        bool,
        typer.Option("--recu", help="pst : le dernier PST reçu en XML, au lieu de nos jalons."),
    ] = False,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="pst : le PST reçu, avec nos états et les taux calculés."),
    ] = False,
    serie: Annotated[str, typer.Option(help="survey : nom de la série.")] = "",
    le: Annotated[str, typer.Option(help="survey : date de l'enquête.")] = "",
    vague: Annotated[int, typer.Option(help="survey : numéro de la vague.")] = 1,
    reader: As = "",
) -> None:
    options_of(context, kind, frozenset(("out", "au", "reader")), _OWN)
    with reading() as session:
        scope = scope_of(session, reader, au, None, direction, ambition)
        if kind == "ideas":
            filters = Filters(
                q[:200],
                _code_of_word(etat, STATUSES, "L'état"),
                _code_of_word(genre, KINDS, "Le genre"),
                View.late if retard else None,
            )
            print(_export_ideas(session, scope, out, columns, filters))
        elif kind == "pst":
            content = _pst(session, scope, out, recu, complete)
            csvout.whole(out, lambda to: to.write(content))
            print(f"PST au {french.day(scope.on)} : {out}")
        elif kind == "survey":
            print(_export_survey(session, scope, out, serie, le, vague))
        else:
            table = TABLES[kind]
            rows = cells(session, scope.reader, table, scope.on)
            written = writing.write(table.title, table.headers, rows, out)
            print(f"{french.counted(written, 'ligne')} : {out}")


def _export_ideas(session: Session, scope: Scope, out: Path, columns: str, filters: Filters) -> str:
    wanted = chosen(columns.split(","))
    fields = [column.field for column in wanted]
    rows = idea_rows(session, scope, filters, clock.today(session), fields=fields)
    headers = [column.header for column in wanted]
    written = writing.write("Idées", headers, rows, out, wanted)
    return f"{french.counted(written, 'idée')} : {out}"


def _export_survey(
    session: Session, scope: Scope, out: Path, series: str, day: str, number: int
) -> str:
    wave = (Survey.series == series, Survey.on == stated_day(day), Survey.number == number)
    survey = session.exec(select(Survey).where(*wave)).first()
    if survey is None:
        raise Refused(f"Aucune enquête « {series[:80]} » n'est du {day[:20]} (vague {number}).")
    headers, rows = answers_file(session, scope, survey)
    writing.write(survey.title, headers, rows, out)
    return f"{french.counted(survey.answered, 'fiche')} : {out}"


def _pst(session: Session, scope: Scope, out: Path, recu: bool, complete: bool) -> bytes:
    """The file of a PST. Raises Refused for another file extension."""
    suffix = out.suffix.lower()
    if suffix not in (".xml", ".xlsx"):
        raise Refused(f"« {out.name} » : le fichier d'un PST finit par .xml ou .xlsx.")
    if not recu and not complete:
        act = pst.export_roadmap if suffix == ".xml" else pst.export_progress
        return act(session, scope.reader, scope.on, scope.asked)
    if suffix != ".xml":
        raise Refused("Le PST reçu ne repart qu'en XML.")
    return pst.export_received(session, scope.reader, scope.on, completed=complete)[0]


def _code_of_word(text: str, words: Mapping[str, Word], what: str) -> str:
    """The code of a word of a vocabulary. Raises Refused for an unknown one."""
    if text and compact(text) not in words:
        known = ", ".join(dict.fromkeys(words.values()))
        raise Refused(f"{what} « {text[:80]} » n'existe pas : {known}.")
    return str(words[compact(text)]) if text else ""
