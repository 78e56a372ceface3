"""Runs the server (service): `run` migrates, fills an empty database, then serves."""

import socket
from typing import Annotated

import typer
from sqlalchemy import Engine, make_url
from sqlmodel import Session, select

from dashboard.actions.limits import require_limits
from dashboard.commands import answering
from dashboard.french import counted
from models.clock import is_demonstration
from models.database import engine, fetch, lock_first_start, migrate, reading, writing
from models.installation import Installation
from models.location import has_database
from models.people import Account
from models.settings import LOOPBACK, settings
from models.sign_on import check_settings
from models.texts import Refused

app = typer.Typer()
# A browser's websocket message: the values of the fields of a screen. Files use another route.
_LARGEST_MESSAGE = 8 * 2**20
# Websockets included; above it, requests get 503. Limits per address are the proxy's.
_MOST_CONNECTIONS = 16_384


@app.command()
@answering
def run(
    port: Annotated[int | None, typer.Option(help="Port du serveur.", min=1, max=65535)] = None,
    address: Annotated[str | None, typer.Option(help="Adresse d'écoute.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Charge la démonstration si la base est vide.")
    ] = False,
    demo_publique: Annotated[
        bool, typer.Option("--demo-publique", help="Permet d'ouvrir une démonstration au réseau.")
    ] = False,
) -> None:
    """Met la base à jour, puis sert le tableau de bord."""
    serve(port or settings().cp_port, address or settings().cp_address, demo, demo_publique)


def serve(port: int, address: str, demo: bool, public: bool) -> None:
    check_settings()
    # Before the migration: a second start by mistake must not touch the data of the first.
    _require_free(address, port)
    _warn_of_other_servers()
    migrate()
    with writing() as session:
        first_data(session, demo)
    if address not in LOOPBACK and not public and fetch(is_demonstration):
        raise Refused(
            "Une démonstration a des comptes publics : elle n'écoute que sur 127.0.0.1, "
            "sauf avec --demo-publique."
        )
    require_its_limits()
    if settings().hosts is None and not demo:
        print(
            "ATTENTION : aucun nom n'est donné (CP_PUBLIC_URL ou CP_HOSTS) : C-Possible répond sous"
            " n'importe quel nom.",
            flush=True,
        )
    # Not at the top: every command loads this module, and only this one serves.
    import uvicorn

    from dashboard.asgi import app as served

    url = f"http://{'[::1]' if address == '::1' else address}:{port}"
    print(f"C-Possible écoute sur {url} (Ctrl+C pour arrêter).", flush=True)
    uvicorn.run(
        served,
        host=address,
        port=port,
        http="h11",
        ws="websockets-sansio",
        limit_concurrency=_MOST_CONNECTIONS,
        ws_max_size=_LARGEST_MESSAGE,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        # A first load is five times smaller, for some milliseconds here (measured).
        ws_per_message_deflate=True,
        access_log=False,
        log_config=None,  # our logging is configured already
        server_header=False,
        log_level="warning",
        proxy_headers=True,
        forwarded_allow_ips=settings().cp_proxies,
        timeout_graceful_shutdown=5,
    )


def _require_free(address: str, port: int) -> None:
    """Refuses a port in use before anything is loaded."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise Refused(
                f"Le port {port} de {address} n'est pas libre : choisissez-en un autre avec --port."
            ) from error


def _warn_of_other_servers() -> None:
    """Warns of another server on the same SQLite file: they would block each other, and each has
    its own caches.
    """
    url = make_url(settings().url)
    if url.get_backend_name() != "sqlite" or not has_database():
        return
    # Not at the top: only a starting server needs it.
    from dashboard.actions.operations.upgrading import others_on

    if others := others_on(engine()):
        print(
            f"ATTENTION : le fichier {url.database} est déjà ouvert ailleurs"
            f" ({counted(others, 'programme')}). Un seul serveur par fichier SQLite : arrêtez"
            " l'autre, ou passez à PostgreSQL.",
            flush=True,
        )


def first_data(session: Session, demo: bool) -> None:
    """Fills an empty database with the reference data, or the demonstration if requested."""
    from dashboard.commands.seeding import load_demonstration
    from seed.demonstration import DEMO_PASSWORD
    from seed.reference import load_reference

    lock_first_start(session)
    installation = session.get(Installation, 1)
    if installation is None and demo:
        print(
            "Premier démarrage : la démonstration (administration fictive) se charge…", flush=True
        )
        load_demonstration(session)
    elif installation is None:
        load_reference(session, proposed=False)
        session.add(Installation(id=1))
    elif demo and not installation.demonstration:
        raise Refused(
            "Cette base est réelle : elle ne devient pas une démonstration. Lancez sans --demo, "
            "ou choisissez un autre dossier avec CP_DATA_DIR."
        )
    if (installation or session.get(Installation, 1)).demonstration:
        print(
            "ATTENTION : base de démonstration, comptes publics (mot de passe "
            f"« {DEMO_PASSWORD} »). Ne l'utilisez pas pour de vraies données.",
            flush=True,
        )
    elif session.exec(select(Account.id)).first() is None:
        print(
            "Aucun compte encore. Ajoutez le premier :\n"
            "  c-possible account add IDENTIFIANT --prenom … --nom … --role admin\n"
            "La suite se lit à l'écran, dans « Mise en route ».",
            flush=True,
        )


def require_its_limits(on: Engine | None = None) -> None:
    """Raises Refused if limits for visitors are disabled on a real installation."""
    with reading(on) as session:
        is_real = session.get(Installation, 1) and not is_demonstration(session)
    if is_real:
        require_limits()
