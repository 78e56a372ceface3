"""Imports a file (importer): one command, whose first word names the content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from dashboard.commands import As, TextOrJson, answering
from models.jobs import REGISTERS

app = typer.Typer()
KINDS: Mapping[str, str] = {register.command: kind for kind, register in REGISTERS.items()}
_HELP = (
    "Essaie un fichier, et l'importe avec --write ; l'importer deux fois ne change rien.\n\n"
    + "\n\n".join(f"{register.command} : {register.help}" for register in REGISTERS.values())
)


def options_of(
    context: typer.Context, kind: str, every: frozenset[str], own: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """The options of a kind. Raises BadParameter for an unknown kind, and for an option of another
    kind.
    """
    if kind not in own:
        raise typer.BadParameter(f"« {kind} » n'est pas l'un de : {', '.join(own)}.")
    options = every | own[kind]
    for parameter in context.command.params:
        is_given = context.get_parameter_source(parameter.name).name == "COMMANDLINE"
        if is_given and parameter.name not in options | {"kind"}:
            raise typer.BadParameter(f"{parameter.opts[0]} ne va pas avec « {kind} ».")
    return options


@app.command("import", help=_HELP)
@answering
def import_file(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"Ce que le fichier contient : {', '.join(KINDS)}.")],
    file: Annotated[
        str,
        typer.Argument(
            help="Fichier CSV, XLSX, XLS ou ODS (ou JSON, XML) ; sans lui, les colonnes attendues"
            " sont dites."
        ),
    ] = "",
    correspondence: Annotated[
        str | None,
        typer.Option(
            "--correspondence",
            "--map",
            help=(
                'Correspondance des colonnes (TOML : \\[colonnes] titre = "Nom du projet",'
                ' \\[fixes] chantier = "6" ; ou CSV champ;colonne). Elle passe avant les en-têtes'
                " reconnus ; un champ vide n'est pas lu."
            ),
        ),
    ] = None,
    write_map: Annotated[
        str | None,
        typer.Option(
            help="Écrit la correspondance lue et proposée (TOML), à corriger puis à donner à"
            " --correspondence ; rien n'est importé."
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Prend les colonnes proposées, si elles sont presque sûres."),
    ] = False,
    source: Annotated[str, typer.Option(help="ideas : nom de la source (défaut : reconnu).")] = "",
    agents: Annotated[
        bool, typer.Option(help="ideas : ces dépôts sont ceux de nos agents.")
    ] = False,
    year: Annotated[
        int | None,
        typer.Option(
            help="registrations : année des sessions, quand le fichier ne donne que le mois."
        ),
    ] = None,
    series: Annotated[
        str,
        typer.Option(
            "--serie",
            help="survey : nom de la série, le même pour chaque vague : « Baromètre des agents ».",
        ),
    ] = "",
    on: Annotated[
        str,
        typer.Option(
            "--le",
            help="Date de l'enquête, ou du fichier d'un PST (AAAA-MM-JJ ou JJ/MM/AAAA ; pst, par"
            " défaut : aujourd'hui).",
        ),
    ] = "",
    title: Annotated[
        str,
        typer.Option(
            "--titre", help="survey : titre de cette enquête (défaut : la série et le mois)."
        ),
    ] = "",
    citizens: Annotated[
        bool,
        typer.Option(
            "--citoyens", help="survey : les réponses sont celles de citoyens, non d'agents."
        ),
    ] = False,
    invited: Annotated[
        int | None,
        typer.Option("--invites", help="survey : nombre de personnes invitées à répondre."),
    ] = None,
    number: Annotated[
        int,
        typer.Option(
            "--vague",
            help="survey : numéro de la vague, si la série en a eu plusieurs le même jour.",
        ),
    ] = 1,
    take_erased: Annotated[
        bool,
        typer.Option(
            "--reprendre-effacees",
            help="people : reprend comme nouvelles les personnes effacées que le fichier nomme"
            " encore.",
        ),
    ] = False,
    community: Annotated[
        str, typer.Option("--communaute", help="members : ambassadeurs ou managers.")
    ] = "",
    own: Annotated[
        bool,
        typer.Option(
            "--nos-agents",
            help="registrations : les participants sont nos agents, par matricule, e-mail ou nom.",
        ),
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Écrit ; sans ce mot, le fichier est seulement essayé.")
    ] = False,
    strict: Annotated[bool, typer.Option(help="N'écrit rien si une ligne est refusée.")] = False,
    format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
    reader: As = "",
) -> None:
    asks = {register.command: frozenset(register.asks) for register in REGISTERS.values()}
    options_of(
        context,
        kind,
        frozenset(
            ("file", "write", "format", "reader", "strict", "yes", "correspondence", "write_map")
        ),
        asks,
    )
    if not file:
        # The importers are loaded only for the kind that is asked for.
        from dashboard.actions.imports import importable

        columns = ";".join(importable(KINDS[kind]).columns)
        raise typer.BadParameter(f"Donnez le fichier : {columns}.")
    # All importers at once: only for a file.
    from dashboard.commands.import_files import import_register_file

    import_register_file(KINDS[kind], Path(file), context.params)
