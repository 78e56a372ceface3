"""Imports a file (importer): one command, whose first word names the content."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, NamedTuple

import typer

from dashboard.commands import As, TextOrJson, answering, finding
from models.jobs import REGISTERS

app = typer.Typer()


class Import(NamedTuple):
    """How one kind is imported: its help, the module (loaded on demand) and function, and the
    options beyond those of every kind.
    """

    help: str
    module: str
    function: str
    options: frozenset[str]
    register: str = ""  # one of the REGISTERS

    def run(self) -> Callable[..., None]:
        function = getattr(finding.imported(self.module), self.function)
        return partial(function, self.register) if self.register else function

    @property
    def columns(self) -> str:
        """« : code;nom » of a register."""
        # The importers are loaded only for the kind that is asked for.
        from dashboard.actions.register_imports import importable

        return f" : {';'.join(importable(self.register).columns)}" if self.register else ""


_COLUMNS = ("correspondence", "write_map")
_EVERY = frozenset(("file", "dry_run", "format", "reader"))


def _kinds() -> dict[str, Import]:
    kinds = {
        "ideas": Import(
            "Importe des idées, avec leurs états, votes, commentaires et dates : export de"
            " C-Possible, de Decidim, Fider, Cap Collectif, Consul, ou tableau.",
            "idea_imports",
            "import_ideas_file",
            frozenset(("source", "agents", "strict", "yes", *_COLUMNS)),
        ),
        "survey": Import(
            "Importe les réponses d'une enquête (export de LimeSurvey, ou une ligne par fiche),"
            " sans ce qui dit qui a répondu ; --serie et --le sont obligatoires.",
            "register_files",
            "import_survey_file",
            frozenset(
                ("serie", "le", "titre", "citoyens", "invites", "vague", "correspondence", "strict")
            ),
        ),
    }
    for code, register in REGISTERS.items():
        options_by_kind = {
            "take_erased": register.takes_erased,
            "le": register.takes_day,
            "year": register.takes_year,
        }
        options = frozenset(name for name, takes in options_by_kind.items() if takes) | {
            "strict",
            "yes",
        }
        options |= frozenset(_COLUMNS)
        kinds[register.command] = Import(
            register.help, "register_files", "import_register_file", options, code
        )
    return kinds


KINDS: Mapping[str, Import] = _kinds()
_HELP = "Importe un fichier ; l'importer deux fois ne change rien.\n\n" + "\n\n".join(
    f"{name} : {kind.help}" for name, kind in KINDS.items()
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


# Each kind reads its own parameters from the context.
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
    source: Annotated[
        str | None, typer.Option(help="ideas : nom de la source (défaut : reconnu).")
    ] = None,
    agents: Annotated[
        bool, typer.Option(help="ideas : ces dépôts sont ceux de nos agents.")
    ] = False,
    year: Annotated[
        int | None,
        typer.Option(
            help="registrations : année des sessions, quand le fichier ne donne que le mois."
        ),
    ] = None,
    serie: Annotated[
        str,
        typer.Option(
            help="survey : nom de la série, le même pour chaque vague : « Baromètre des agents »."
        ),
    ] = "",
    le: Annotated[
        str,
        typer.Option(
            help="Date de l'enquête, ou du fichier d'un PST (AAAA-MM-JJ ou JJ/MM/AAAA ; pst, par"
            " défaut : aujourd'hui)."
        ),
    ] = "",
    titre: Annotated[
        str,
        typer.Option(help="survey : titre de cette enquête (défaut : la série et le mois)."),
    ] = "",
    citoyens: Annotated[
        bool,
        typer.Option(
            "--citoyens", help="survey : les réponses sont celles de citoyens, non d'agents."
        ),
    ] = False,
    invites: Annotated[
        int | None, typer.Option(help="survey : nombre de personnes invitées à répondre.")
    ] = None,
    vague: Annotated[
        int,
        typer.Option(
            help="survey : numéro de la vague, si la série en a eu plusieurs le même jour."
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
    dry_run: Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")] = False,
    strict: Annotated[
        bool,
        typer.Option(help="N'écrit rien si une ligne est refusée."),
    ] = False,
    format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
    reader: As = "",
) -> None:
    options = options_of(
        context, kind, _EVERY, {name: item.options for name, item in KINDS.items()}
    )
    if not file:
        raise typer.BadParameter(f"Donnez le fichier{KINDS[kind].columns}.")
    KINDS[kind].run()(**{name: value for name, value in context.params.items() if name in options})
