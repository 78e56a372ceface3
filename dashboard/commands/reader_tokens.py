"""Tokens of the read interface (jetons de lecture): made, listed, revoked."""

from typing import Annotated

import typer

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.reader_tokens import make_token, revoke_token
from dashboard.commands import answering
from dashboard.commands.mandates import day_named, unit_named
from dashboard.queries.reader_tokens import tokens as token_rows
from models import clock
from models.access_keys import ReaderToken
from models.database import reading, writing

app = typer.Typer(help="Gère les jetons de l'interface de lecture (Power BI, Excel…).")


@app.command("make")
@answering
def token_make(
    nom: Annotated[str, typer.Argument(help="Le programme qui lira, en quelques mots.")],
    direction: Annotated[
        str, typer.Option(help="Code de la seule unité à ouvrir (défaut : toute l'administration).")
    ] = "",
    au: Annotated[str, typer.Option(help="Dernier jour (défaut : sans terme).")] = "",
) -> None:
    """Crée un jeton et l'écrit, cette fois seulement."""
    with writing() as session:
        unit = unit_named(session, direction) if direction else None
        print(make_token(session, OPERATOR, nom, unit, day_named(au)))


@app.command("list")
@answering
def token_list() -> None:
    """Liste les jetons, sans ce qu'ils ouvrent : leur numéro, leur étendue, leur dernier usage."""
    with reading() as session:
        day = clock.today(session)
        rows = token_rows(session, OPERATOR)
    for token, unit in rows:
        state = "ouvert" if token.is_open(day) else "fermé"
        print(f"{token.id:4} {token.name:40} {unit or 'tout':10} {state:7} {_used(token)}")


def _used(token: ReaderToken) -> str:
    return f"lu le {french.day(token.used_on)}" if token.used_on else "jamais utilisé"


@app.command("revoke")
@answering
def token_revoke(
    numero: Annotated[int, typer.Argument(help="Numéro du jeton, comme « token list » le dit.")],
) -> None:
    """Révoque un jeton : il n'ouvre plus rien dès la lecture suivante."""
    with writing() as session:
        name = revoke_token(session, OPERATOR, numero)
    print(f"Le jeton « {name} » est révoqué.")
