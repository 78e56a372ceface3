"""Accounts (comptes): open, list, close, passwords and roles."""

import sys
from typing import Annotated

import typer

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.notices import addresses
from dashboard.actions.people import accounts, second_factor
from dashboard.commands import account_named, answering
from dashboard.queries.people.accounts import accounts_page
from dashboard.queries.people.privacy import person_named
from models import clock
from models.database import reading, writing
from models.people import STORED_ROLES
from models.settings import settings

app = typer.Typer(help="Gère les comptes.")
Login = Annotated[str, typer.Argument(help="Identifiant.")]
_ROLES = " ou ".join(", ".join(STORED_ROLES).rsplit(", ", 1))
Roles = Annotated[list[str] | None, typer.Option(help=f"{_ROLES} (répétable).")]


@app.command("add")
@answering
def account_add(
    login: Login,
    prenom: Annotated[str, typer.Option(help="Prénom.")] = "",
    nom: Annotated[str, typer.Option(help="Nom.")] = "",
    matricule: Annotated[
        str, typer.Option(help="Matricule d'une personne du personnel, au lieu de ses noms.")
    ] = "",
    role: Roles = None,
    sans_mot_de_passe: Annotated[
        bool,
        typer.Option("--sans-mot-de-passe", help="La personne le choisit par une invitation."),
    ] = False,
) -> None:
    """Ouvre un compte ; le mot de passe est demandé, ou lu sur l'entrée standard."""
    # Asked before the transaction begins, which would block other writers.
    password = None if sans_mot_de_passe else _ask_password()
    with writing() as session:
        person_id = person_named(session, matricule).id if matricule else None
        accounts.add_account(
            session,
            OPERATOR,
            login=login,
            password=password,
            roles=role or [],
            person_id=person_id,
            given_name=prenom,
            family_name=nom,
        )
    print(f"Le compte « {login} » est ouvert.")


@app.command("invite")
@answering
def account_invite(
    login: Login,
    lien: Annotated[
        bool, typer.Option("--lien", help="Écrit le lien ici, au lieu d'un courriel.")
    ] = False,
) -> None:
    """Invite à choisir un mot de passe : par courriel, ou par un lien à remettre en main propre."""
    with writing() as session:
        account = account_named(session, login)
        if not lien:
            address = addresses.invite_by_mail(session, OPERATOR, account.id)
            print(f"Une invitation part à {address} au prochain passage.")
            return
        slip = addresses.make_slip(session, OPERATOR, account.id)
    print(
        f"{settings().cp_public_url.rstrip('/')}{slip.href}\nCode : {slip.code}\n"
        f"Bon une fois, jusqu'au {french.day(slip.until)}."
    )


@app.command("list")
@answering
def account_list() -> None:
    """Liste les comptes."""
    with reading() as session:
        page = 1
        while rows := accounts_page(session, OPERATOR, clock.now(), page):
            for row in rows:
                state = "fermé" if row.disabled else "ouvert"
                print(f"{row.login:20} {row.name:30} {row.roles_in_words:24} {state}")
            page += 1


@app.command("password")
@answering
def account_password(login: Login) -> None:
    """Donne un nouveau mot de passe et ferme les connexions du compte."""
    password = _ask_password()
    with writing() as session:
        accounts.set_password(session, OPERATOR, account_named(session, login).id, password)
    print(f"Le mot de passe de « {login} » est changé ; ses connexions sont fermées.")


@app.command("disable")
@answering
def account_disable(
    login: Login,
    undo: Annotated[bool, typer.Option("--annuler", help="Rouvre le compte.")] = False,
) -> None:
    """Ferme un compte : il ne peut plus rien ouvrir dès le clic suivant."""
    with writing() as session:
        act = accounts.enable_account if undo else accounts.disable_account
        act(session, OPERATOR, account_named(session, login).id)
    print(f"Le compte « {login} » est {'rouvert' if undo else 'fermé'}.")


@app.command("roles")
@answering
def account_roles(
    login: Login,
    role: Roles = None,
) -> None:
    """Donne exactement ces rôles ; sans --role, le compte n'en garde aucun."""
    with writing() as session:
        accounts.set_roles(session, OPERATOR, account_named(session, login).id, role or [])
    print(f"Rôles de « {login} » : {', '.join(role or []) or 'agent'}.")


@app.command("second-factor")
@answering
def account_second_factor(
    login: Login,
    remove: Annotated[
        bool, typer.Option("--remove", help="Retire le second facteur et ses codes de secours.")
    ] = False,
) -> None:
    """Dit si le compte a un second facteur, ou le retire (téléphone perdu)."""
    with writing() as session:
        account = account_named(session, login)
        if remove:
            second_factor.remove(session, OPERATOR, account.id)
    has_one = account.second_factor and not remove
    has = "a un" if has_one else "n'a pas de"
    print(f"Le compte « {login} » {has} second facteur.")


def _ask_password() -> str:
    """Asked twice on a terminal, else one line of the standard input: not an argument, which other
    users could list.
    """
    if sys.stdin.isatty():
        return typer.prompt("Mot de passe", hide_input=True, confirmation_prompt="Encore une fois")
    return sys.stdin.readline().rstrip("\n")
