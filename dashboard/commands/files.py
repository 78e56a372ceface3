"""Files in and out: imports and exports."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dashboard import french
from dashboard.access import may
from dashboard.actions.academy.imports import import_registrations
from dashboard.actions.figures.measures import import_measures
from dashboard.actions.register_imports import ImportOptions, act_of, columns_of
from dashboard.actions.surveys.imports import SurveyInput, import_survey
from dashboard.commands import As, TextOrJson, answering, reader_named, scope_of, telling
from dashboard.commands.idea_imports import print_report
from dashboard.figures import pst_files
from dashboard.figures.declaring import outside
from dashboard.files import csvout, register_files
from dashboard.files.ideas import writing as idea_files
from dashboard.files.ideas.columns import OWN_HEADERS, chosen
from dashboard.files.ideas.correspondences import column_map
from dashboard.files.ideas.values import day_of, kind_of, status_of
from dashboard.files.registrations import NAMES
from dashboard.files.surveys.columns import FIELDS as SURVEY_FIELDS
from dashboard.queries.ideas.export import idea_rows
from dashboard.queries.ideas.records import Filters, View
from dashboard.queries.reference_tables import REFERENCE_TABLES, ReferenceTable
from models import clock
from models.database import reading, writing
from models.errors import Refused
from models.idea_states import IdeaKind, IdeaStatus
from models.jobs import REGISTERS
from models.words import Word

import_app = typer.Typer(help="Importe un fichier.")
export_app = typer.Typer(help="Exporte un fichier.")


@import_app.command("measures")
@answering
def import_measures_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="Fichier CSV, JSON, XLSX, XLS ou ODS : figure;date;valeur;n;source;direction."
        ),
    ],
    dry_run: Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")] = False,
    strict: Annotated[bool, typer.Option(help="N'écrit rien si une ligne est refusée.")] = False,
    format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
    reader: As = "",
) -> None:
    """Importe des relevés (valeurs mesurées ailleurs) ; les importer deux fois ne change rien."""
    with telling() as tell, reading() if dry_run else writing() as session:
        day = clock.today(session)
        report = import_measures(
            session,
            reader_named(session, reader, day),
            file,
            outside(),
            dry_run=dry_run,
            strict=strict,
            tell=tell,
        )
    print_report(report, format)
    if strict and report.refused:
        raise typer.Exit(1)


@import_app.command("registrations")
@answering
def import_registrations_file(
    file: Annotated[Path, typer.Argument(help="Fichier CSV ou JSON d'inscriptions.")],
    year: Annotated[
        int | None, typer.Option(help="Année des sessions, quand le fichier ne donne que le mois.")
    ] = None,
    map: Annotated[
        Path | None, typer.Option(help="CSV « notre champ;colonne du fichier ».")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")] = False,
    format: Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")] = TextOrJson.text,
    reader: As = "",
) -> None:
    """Importe des inscriptions à des formations ; les importer deux fois ne change rien."""
    columns = column_map(map, others=NAMES) if map else None
    with telling() as tell, reading() if dry_run else writing() as session:
        day = clock.today(session)
        report = import_registrations(
            session,
            reader_named(session, reader, day),
            file,
            year=year,
            columns=columns,
            dry_run=dry_run,
            tell=tell,
        )
    print_report(report, format)


_DryRun = Annotated[bool, typer.Option(help="Montre ce qui serait fait, n'écrit rien.")]
_Strict = Annotated[bool, typer.Option(help="N'écrit rien si une ligne est refusée.")]
_TakeErased = Annotated[
    bool,
    typer.Option(
        "--reprendre-effacees",
        help="Reprend comme nouvelles les personnes effacées que le fichier nomme encore.",
    ),
]
_Format = Annotated[TextOrJson, typer.Option(help="Forme du compte rendu.")]
_FileDay = Annotated[
    str, typer.Option(help="Date du fichier (AAAA-MM-JJ ou JJ/MM/AAAA ; défaut : aujourd'hui).")
]


def _file_day(text: str) -> date | None:
    try:
        return day_of(text) if text else None
    except ValueError as error:
        raise Refused(str(error)) from None


def _import_register(
    kind: str, file: Path, how: ImportOptions, format: TextOrJson, reader: str
) -> None:
    with telling() as tell, reading() if how.dry_run else writing() as session:
        who = reader_named(session, reader, clock.today(session))
        if not reader and not may(who, REGISTERS[kind].right):
            raise Refused("Un compte seulement peut l'importer : dites lequel avec --as.")
        report = act_of(kind)(session, who, file, how=replace(how, tell=tell))
    print_report(report, format)
    if how.strict and report.refused:
        raise typer.Exit(1)


def _add_register(kind: str) -> None:
    """The command of one register."""
    register = REGISTERS[kind]
    columns = ";".join(columns_of(kind))
    what = f"CSV, XLSX, XLS ou ODS : {columns}"
    if register.takes_day:
        # Of its layouts a workbook is only one.
        what = "XML, ODS, XLSX ou texte"
    a_file = Annotated[Path, typer.Argument(help=f"Fichier {what}.")]

    def bring(
        file: a_file,
        dry_run: _DryRun = False,
        strict: _Strict = False,
        format: _Format = TextOrJson.text,
        reader: As = "",
    ) -> None:
        _import_register(kind, file, ImportOptions(dry_run, strict), format, reader)

    def bring_erased(
        file: a_file,
        take_erased: _TakeErased = False,
        dry_run: _DryRun = False,
        strict: _Strict = False,
        format: _Format = TextOrJson.text,
        reader: As = "",
    ) -> None:
        how = ImportOptions(dry_run, strict, take_erased=take_erased)
        _import_register(kind, file, how, format, reader)

    def bring_dated(
        file: a_file,
        le: _FileDay = "",
        dry_run: _DryRun = False,
        strict: _Strict = False,
        format: _Format = TextOrJson.text,
        reader: As = "",
    ) -> None:
        how = ImportOptions(dry_run, strict, on=_file_day(le))
        _import_register(kind, file, how, format, reader)

    command = bring_erased if register.takes_erased else bring
    command = bring_dated if register.takes_day else command
    import_app.command(register.command, help=register.help)(answering(command))


for _kind in REGISTERS:
    _add_register(_kind)


_SurveyFile = Annotated[
    Path,
    typer.Argument(
        help=(
            "Réponses d'une enquête (CSV, XLSX, XLS, ODS) : export de LimeSurvey, ou une ligne"
            " par fiche."
        )
    ),
]
_Series = Annotated[
    str,
    typer.Option(help="Nom de la série, le même pour chaque vague : « Baromètre des agents »."),
]
_SurveyDay = Annotated[str, typer.Option(help="Date de l'enquête (AAAA-MM-JJ ou JJ/MM/AAAA).")]
_SurveyTitle = Annotated[
    str, typer.Option(help="Titre de cette enquête (défaut : la série et le mois).")
]
_OfCitizens = Annotated[
    bool, typer.Option("--citoyens", help="Les réponses sont celles de citoyens, non d'agents.")
]
_Invited = Annotated[int | None, typer.Option(help="Nombre de personnes invitées à répondre.")]
_WaveOfDay = Annotated[
    int, typer.Option(help="Numéro de la vague, si la série en a eu plusieurs le même jour.")
]
_SurveyMap = Annotated[
    Path | None,
    typer.Option(help=f"Correspondance des colonnes (TOML ou CSV) : {', '.join(SURVEY_FIELDS)}."),
]


@import_app.command("survey")
@answering
def import_survey_file(
    file: _SurveyFile,
    serie: _Series,
    le: _SurveyDay,
    titre: _SurveyTitle = "",
    citoyens: _OfCitizens = False,
    invites: _Invited = None,
    vague: _WaveOfDay = 1,
    map: _SurveyMap = None,
    dry_run: _DryRun = False,
    strict: _Strict = False,
    format: _Format = TextOrJson.text,
    reader: As = "",
) -> None:
    """Importe les réponses d'une enquête, sans ce qui dit qui a répondu ; les importer deux fois
    ne change rien.
    """
    columns = column_map(map, others=SURVEY_FIELDS) if map else None
    try:
        on = day_of(le)
    except ValueError as error:
        raise Refused(str(error)) from None
    with telling() as tell, reading() if dry_run else writing() as session:
        day = clock.today(session)
        report = import_survey(
            session,
            reader_named(session, reader, day),
            file,
            SurveyInput(serie, on, titre, invites, not citoyens, vague),
            dry_run=dry_run,
            strict=strict,
            columns=columns,
            tell=tell,
        )
    print_report(report, format)
    if strict and report.refused:
        raise typer.Exit(1)


@export_app.command("ideas")
@answering
def export_ideas_file(
    out: Annotated[
        Path, typer.Option(help="Fichier à écrire : .csv (« ; », pour tableur), .xlsx ou .json.")
    ],
    columns: Annotated[
        str,
        typer.Option(
            help=(
                f"Colonnes, séparées par des virgules (défaut : toutes) : {', '.join(OWN_HEADERS)}."
            )
        ),
    ] = "",
    etat: Annotated[str, typer.Option(help="Un état : code ou nom.")] = "",
    genre: Annotated[str, typer.Option(help="Un genre : code ou nom.")] = "",
    q: Annotated[str, typer.Option(help="Mots à trouver, ou numéro d'une idée.")] = "",
    retard: Annotated[bool, typer.Option("--retard", help="Réponses en retard seulement.")] = False,
    au: Annotated[str | None, typer.Option(help="Situation au (AAAA-MM-JJ).")] = None,
    direction: Annotated[str | None, typer.Option(help="Code d'une direction.")] = None,
    ambition: Annotated[str | None, typer.Option(help="Code d'une ambition.")] = None,
    reader: As = "",
) -> None:
    """Exporte les idées que le lecteur peut voir, avec les filtres de la liste."""
    wanted = chosen(columns.split(","))
    filters = Filters(
        q[:200],
        _word(etat, status_of, IdeaStatus, "état"),
        _word(genre, kind_of, IdeaKind, "genre"),
        View.late if retard else None,
    )
    with reading() as session:
        scope = scope_of(session, reader, au, None, direction, ambition)
        fields = [column.field for column in wanted]
        rows = idea_rows(session, scope, filters, clock.today(session), fields=fields)
        written = idea_files.write(wanted, rows, out)
    print(f"{french.counted(written, 'idée')} : {out}")


def _add_table(table: ReferenceTable) -> None:
    """The command that writes one table of references as its import takes it."""
    register = REGISTERS[table.register]

    def take(
        out: Annotated[Path, typer.Option(help="Fichier à écrire : .csv (« ; ») ou .xlsx.")],
        au: Annotated[str | None, typer.Option(help="Situation au (AAAA-MM-JJ).")] = None,
        reader: As = "",
    ) -> None:
        with reading() as session:
            scope = scope_of(session, reader, au)
            rows = table.rows(session, scope.reader, scope.on)
            written = register_files.write(table.title, table.headers, rows, out)
        print(f"{french.counted(written, 'ligne')} : {out}")

    columns = ";".join(table.headers)
    text = f"Exporte « {table.title} » comme `import {register.command}` le reprend : {columns}."
    export_app.command(register.command, help=text)(answering(take))


for _table in REFERENCE_TABLES.values():
    _add_table(_table)


@export_app.command("pst")
@answering
def export_pst_file(
    out: Annotated[
        Path, typer.Option(help="Fichier à écrire : .xml (eComptes), .ods ou .xlsx (avancement).")
    ],
    recu: Annotated[
        bool, typer.Option("--recu", help="Le dernier PST reçu en XML, au lieu de nos jalons.")
    ] = False,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="Le PST reçu, avec nos états et les taux calculés."),
    ] = False,
    au: Annotated[str | None, typer.Option(help="Situation au (AAAA-MM-JJ).")] = None,
    reader: As = "",
) -> None:
    """Exporte la feuille de route comme un PST : le programme est un objectif stratégique du volet
    interne, un chantier un objectif opérationnel, un jalon une action ; ou renvoie le PST reçu.
    """
    suffix = out.suffix.lower()
    if suffix not in (".xml", ".xlsx"):
        raise Refused(f"« {out.name} » : le fichier d'un PST finit par .xml ou .xlsx.")
    if (recu or complete) and suffix != ".xml":
        raise Refused("Le PST reçu ne repart qu'en XML.")
    with reading() as session:
        scope = scope_of(session, reader, au)
        known = (session, scope.reader, scope.on)
        if recu or complete:
            content, _ = pst_files.export_received(*known, completed=complete)
        elif suffix == ".xml":
            content = pst_files.export_roadmap(*known, scope.asked)
        else:
            content = pst_files.export_progress(*known, scope.asked)
    csvout.whole(out, lambda to: to.write(content))
    print(f"PST au {french.day(scope.on)} : {out}")


def _word(text: str, reads: Callable[[str], Word | None], words: type[Word], what: str) -> str:
    """The code of a word of ours. Raises Refused for one that does not exist."""
    if not text:
        return ""
    word = reads(text)
    if word is None:
        sentence = f"Le {what} « {text[:80]} » n'existe pas : {', '.join(words)}."
        raise Refused(sentence.replace("Le état", "L'état"))
    return str(word)
