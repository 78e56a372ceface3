"""The command line (ligne de commande): `python -m dashboard …`, also installed as `c-possible`.

Exit codes: 0 done, 1 refused with one sentence on stderr, 2 wrong usage. Every command migrates first.
"""

import csv
import io
import json
import shutil
import socket
import sys
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

import typer
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import OPERATOR, Reader
from dashboard.actions import accounts
from dashboard.actions.imports import import_ideas
from dashboard.exchange import csvout
from dashboard.exchange.correspondences import column_map
from dashboard.figures.board import Board, board
from dashboard.queries import checks, directions, people
from dashboard.queries.accounts import accounts_page
from dashboard.queries.checks import Finding
from dashboard.queries.export import idea_rows
from dashboard.scope import Scope
from dashboard.signing import KEY_FILE
from models import clock
from models.database import migrate, reading, unreachable, writing
from models.errors import Invalid, Refused
from models.keeping import Installation
from models.people import Account
from models.settings import settings

P, R = ParamSpec("P"), TypeVar("R")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
app = typer.Typer(help="C-Possible — tableau de bord de la transformation.", no_args_is_help=False,
                  pretty_exceptions_enable=False, add_completion=False)
seed_app = typer.Typer(help="Charge les données de référence ou la démonstration.")
import_app = typer.Typer(help="Importe un fichier.")
export_app = typer.Typer(help="Exporte un fichier.")
account_app = typer.Typer(help="Gère les comptes.")
app.add_typer(seed_app, name="seed")
app.add_typer(import_app, name="import")
app.add_typer(export_app, name="export")
app.add_typer(account_app, name="account")


class Format(StrEnum):
    text = "text"
    json = "json"
    csv = "csv"


class TextOrJson(StrEnum):
    text = "text"
    json = "json"


As = Annotated[str, typer.Option("--as", help="Lire avec les droits de ce compte (identifiant).")]


def answering(command: Callable[P, R]) -> Callable[P, R]:
    """Turns what a command refuses into one sentence on stderr and exit code 1, never a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (Refused, Invalid) as error:
            _refuse(str(error))
        except DBAPIError as error:
            _refuse(unreachable(error))
        except OSError as error:
            _refuse(f"{error.strerror or 'Lecture ou écriture impossible'} : {error.filename or ''}".rstrip(" :") + ".")

    return run


def _refuse(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)


@app.callback(invoke_without_command=True)
@answering
def default(context: typer.Context) -> None:
    """Sans commande : « run »."""
    if context.invoked_subcommand != "run":
        migrate()
    if context.invoked_subcommand is None:
        _serve(settings().cp_port, settings().cp_address, demo=False, public=False)


# --- run --------------------------------------------------------------------------------------------------------------


@app.command()
@answering
def run(port: Annotated[int | None, typer.Option(help="Port du serveur.", min=1, max=65535)] = None,
        address: Annotated[str | None, typer.Option(help="Adresse d'écoute.")] = None,
        demo: Annotated[bool, typer.Option("--demo", help="Charge la démonstration si la base est vide.")] = False,
        demo_publique: Annotated[bool, typer.Option("--demo-publique", help="Permet d'ouvrir une démonstration au réseau.")]
        = False) -> None:
    """Met la base à jour, puis sert le tableau de bord."""
    _serve(port or settings().cp_port, address or settings().cp_address, demo, demo_publique)


def _serve(port: int, address: str, demo: bool, public: bool) -> None:
    _require_free(address, port)
    migrate()
    with writing() as session:
        _first_data(session, demo)
    _require_loopback(address, public)
    import uvicorn

    from dashboard.asgi import app as served

    shown = f"http://{'[::1]' if address == '::1' else address}:{port}"
    print(f"C-Possible écoute sur {shown} (Ctrl+C pour arrêter).", flush=True)
    uvicorn.run(served, host=address, port=port, ws="websockets-sansio", ws_max_size=50 * 2**20, ws_ping_interval=30,
                ws_ping_timeout=30, ws_per_message_deflate=True, access_log=False, server_header=False, log_level="warning",
                proxy_headers=True, forwarded_allow_ips="127.0.0.1", timeout_graceful_shutdown=5)


def _require_free(address: str, port: int) -> None:
    """A port in use is told before anything is loaded."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise Refused(f"Le port {port} de {address} n'est pas libre : choisissez-en un autre avec --port.") from error


def _first_data(session: Session, demo: bool) -> None:
    """An empty database receives the reference data, or the demonstration where it was asked for."""
    from seed.demonstration import DEMO_PASSWORD, load_demo
    from seed.reference import load_reference

    installation = session.get(Installation, 1)
    if installation is None and demo:
        print("Premier démarrage : la démonstration (administration fictive) se charge…", flush=True)
        load_demo(session)
    elif installation is None:
        load_reference(session)
        session.add(Installation(id=1))
    elif demo and not installation.demonstration:
        raise Refused("Cette base est réelle : elle ne devient pas une démonstration. Lancez sans --demo, "
                      "ou choisissez un autre dossier avec CP_DATA_DIR.")
    if (installation or session.get(Installation, 1)).demonstration:
        print("ATTENTION : base de démonstration, comptes publics (mot de passe "
              f"« {DEMO_PASSWORD} »). Ne l'utilisez pas pour de vraies données.", flush=True)
    elif session.exec(select(Account.id)).first() is None:
        print("Aucun compte encore. Ajoutez le premier :\n"
              "  c-possible account add IDENTIFIANT --prenom … --nom … --role admin", flush=True)


def _require_loopback(address: str, public: bool) -> None:
    with reading() as session:
        installation = session.get(Installation, 1)
    if installation and installation.demonstration and address not in LOOPBACK and not public:
        raise Refused("Une démonstration a des comptes publics : elle n'écoute que sur 127.0.0.1, "
                      "sauf avec --demo-publique.")


# --- seed -------------------------------------------------------------------------------------------------------------


@seed_app.command("reference")
@answering
def seed_reference() -> None:
    """Charge ou met à jour les données de référence (fichiers CSV de seed/)."""
    from seed.reference import load_reference

    with writing() as session:
        report = load_reference(session)
        if session.get(Installation, 1) is None:
            session.add(Installation(id=1))
    print("\n".join(report.sentences()))


@seed_app.command("demo")
@answering
def seed_demo(people: Annotated[int, typer.Option(min=300, help="Nombre d'agents.")] = 3200,
              ideas: Annotated[int, typer.Option(min=480, help="Nombre d'idées.")] = 480,
              seed: Annotated[int, typer.Option(help="Graine du hasard.")] = 2021) -> None:
    """Charge la démonstration (administration fictive) dans une base vide."""
    from seed.demonstration import load_demo

    with writing() as session:
        load_demo(session, people=people, ideas=ideas, seed=seed)
    print(f"Démonstration chargée : {ideas} idées et constats.")


# --- figures ----------------------------------------------------------------------------------------------------------


@app.command()
@answering
def figures(au: Annotated[str | None, typer.Option(help="Situation au (AAAA-MM-JJ).")] = None,
            depuis: Annotated[str | None, typer.Option(help="Évolution depuis (AAAA-MM-JJ).")] = None,
            direction: Annotated[str | None, typer.Option(help="Code d'un département, d'une direction, d'un service.")]
            = None,
            ambition: Annotated[str | None, typer.Option(help="Code d'une ambition.")] = None,
            format: Annotated[Format, typer.Option(help="Forme de la sortie.")] = Format.text,
            reader: As = "") -> None:
    """Calcule toutes les figures à une date."""
    with reading() as session:
        scope = scope_of(session, reader, au, depuis, direction, ambition)
        found = board(session, scope)
    print(_FORMATS[format](found))


def scope_of(session: Session, login: str, au: str | None = None, depuis: str | None = None,
             direction: str | None = None, ambition: str | None = None) -> Scope:
    """The scope of a command: what a screen ignores with a sentence, a command refuses."""
    day = clock.today(session)
    reader = _reader(session, login, day)
    params = {"au": au, "depuis": depuis, "direction": direction, "ambition": ambition}
    organisation = directions.organisation(session)
    scope = Scope.for_reader(reader, {k: v for k, v in params.items() if v}, day, organisation.at,
                             directions.ambitions(session))
    if scope.ignored:
        raise Refused(_as_refusal(scope.ignored[0], direction))
    return scope


def _as_refusal(sentence: str, direction: str | None) -> str:
    if sentence.startswith("La direction demandée"):
        return f"La direction « {direction} » n'existe pas."
    return sentence.split(" :")[0] + "." if " :" in sentence else sentence


def _reader(session: Session, login: str, day: date) -> Reader:
    if not login:
        return OPERATOR
    account = people.account_by_login(session, login)
    if account is None:
        raise Refused(f"Le compte « {login} » n'existe pas.")
    return people.reader_of(session, account, day)


def _as_text(found: Board) -> str:
    lines = [found.scope.sentence()]
    for entry in found.entries:
        value = "< 5 (petite cellule)" if entry.suppressed else \
            "n.d." if entry.value is None else f"{french.number(entry.value, 1)} {_unit(entry.unit)}".strip()
        counts = "" if entry.denominator is None or entry.numerator is None else \
            f" ({french.number(entry.numerator)} / {french.number(entry.denominator)})"
        lines.append(f"{entry.code:24} {entry.label:46} {value}{counts}")
    return "\n".join(lines)


def _unit(unit: str) -> str:
    return {"nb": "", "pour-100": "pour 100 agents", "jours-ouvrables": "jours ouvrables"}.get(unit, unit)


def _as_json(found: Board) -> str:
    return json.dumps(found.as_json(), ensure_ascii=False, indent=2)


def _as_csv(found: Board) -> str:
    rows = [entry.as_json() for entry in found.entries]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


_FORMATS: dict[Format, Callable[[Board], str]] = {Format.text: _as_text, Format.json: _as_json, Format.csv: _as_csv}


# --- import and export ------------------------------------------------------------------------------------------------


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
    with (reading() if dry_run else writing()) as session:
        day = clock.today(session)
        report = import_ideas(session, _reader(session, reader, day), file, source=source, dry_run=dry_run, strict=strict,
                              agents=agents, today=day, columns=columns)
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if format == TextOrJson.json
          else "\n".join(report.sentences()))
    if strict and report.refused:
        raise typer.Exit(1)


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


# --- accounts ---------------------------------------------------------------------------------------------------------


@account_app.command("add")
@answering
def account_add(login: Annotated[str, typer.Argument(help="Identifiant.")],
                prenom: Annotated[str, typer.Option(help="Prénom.")] = "",
                nom: Annotated[str, typer.Option(help="Nom.")] = "",
                role: Annotated[list[str] | None, typer.Option(help="codir, animateur ou admin (répétable).")] = None) -> None:
    """Ouvre un compte ; le mot de passe est demandé, ou lu sur l'entrée standard."""
    password = _ask_password()
    with writing() as session:
        accounts.add_account(session, OPERATOR, login=login, password=password, roles=role or [], given_name=prenom,
                             family_name=nom)
    print(f"Le compte « {login} » est ouvert.")


@account_app.command("list")
@answering
def account_list() -> None:
    """Liste les comptes."""
    with reading() as session:
        page = 1
        while rows := accounts_page(session, OPERATOR, clock.now(), page):
            for row in rows:
                roles = ", ".join(r.label for r in row.roles) or "Agent"
                print(f"{row.login:20} {row.name:30} {roles:24} {'fermé' if row.disabled else 'ouvert'}")
            page += 1


@account_app.command("password")
@answering
def account_password(login: Annotated[str, typer.Argument(help="Identifiant.")]) -> None:
    """Donne un nouveau mot de passe et ferme les connexions du compte."""
    password = _ask_password()
    with writing() as session:
        accounts.set_password(session, OPERATOR, _account(session, login).id, password)
    print(f"Le mot de passe de « {login} » est changé ; ses connexions sont fermées.")


@account_app.command("disable")
@answering
def account_disable(login: Annotated[str, typer.Argument(help="Identifiant.")],
                    undo: Annotated[bool, typer.Option("--annuler", help="Rouvre le compte.")] = False) -> None:
    """Ferme un compte : il ne peut plus rien ouvrir dès le clic suivant."""
    with writing() as session:
        act = accounts.enable_account if undo else accounts.disable_account
        act(session, OPERATOR, _account(session, login).id)
    print(f"Le compte « {login} » est {'rouvert' if undo else 'fermé'}.")


@account_app.command("roles")
@answering
def account_roles(login: Annotated[str, typer.Argument(help="Identifiant.")],
                  role: Annotated[list[str] | None, typer.Option(help="codir, animateur ou admin (répétable).")] = None) -> None:
    """Donne exactement ces rôles ; sans --role, le compte n'en garde aucun."""
    with writing() as session:
        accounts.set_roles(session, OPERATOR, _account(session, login).id, role or [])
    print(f"Rôles de « {login} » : {', '.join(role or []) or 'agent'}.")


def _account(session: Session, login: str) -> Account:
    account = people.account_by_login(session, login)
    if account is None:
        raise Refused(f"Le compte « {login} » n'existe pas.")
    return account


def _ask_password() -> str:
    """Asked twice on a terminal, else one line of the standard input: never an argument, which others could list."""
    if sys.stdin.isatty():
        return typer.prompt("Mot de passe", hide_input=True, confirmation_prompt="Encore une fois")
    return sys.stdin.readline().rstrip("\n")


# --- check ------------------------------------------------------------------------------------------------------------


@app.command()
@answering
def check() -> None:
    """Vérifie les cumuls, les états, les migrations, la clé de signature et le disque."""
    with reading() as session:
        found = [*checks.roll_ups(session), checks.current_values(session)]
    found += [_signing_key(), _disk()]
    for finding in found:
        print(f"{'ok ' if finding.holds else 'NON'}  {finding.name} : {finding.said}")
    if not all(finding.holds for finding in found):
        raise Refused("Au moins une vérification ne tient pas.")


def _signing_key() -> Finding:
    file = settings().cp_data_dir / KEY_FILE
    if settings().cp_secret_key or not file.exists():
        return Finding("clé de signature", True, "dans l'environnement" if settings().cp_secret_key else "sera créée")
    private = file.stat().st_mode & 0o077 == 0
    return Finding("clé de signature", private, "lisible par le seul propriétaire" if private else f"{file} est trop ouverte")


def _disk() -> Finding:
    free = shutil.disk_usage(settings().cp_data_dir if settings().cp_data_dir.exists() else Path.cwd()).free
    return Finding("disque", free > 500 * 2**20, f"{free // 2**20} Mio libres")


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
