"""Mandates (mandats): given, ended, listed."""

from datetime import date
from typing import Annotated

import typer
from sqlmodel import Session

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.people import mandates
from dashboard.commands import answering
from dashboard.files.values import day_of
from dashboard.queries.directions import organisation
from dashboard.queries.people.mandates import mandates as mandate_rows
from dashboard.queries.people.privacy import person_named
from models import clock
from models.database import reading, writing
from models.errors import Refused

app = typer.Typer(help="Gère les mandats : qui répond d'une direction, d'un département, de tout.")

_Who = Annotated[str, typer.Argument(help="Matricule de la personne (ou --login).")]
_Login = Annotated[bool, typer.Option("--login", help="QUI est un identifiant de compte.")]
_Unit = Annotated[
    str, typer.Argument(help="Code de l'unité ; ADM, l'administration, fait le Directeur général.")
]


@app.command("give")
@answering
def mandate_give(
    qui: _Who,
    unite: _Unit,
    du: Annotated[str, typer.Option(help="Premier jour (défaut : aujourd'hui).")] = "",
    au: Annotated[str, typer.Option(help="Dernier jour (défaut : sans terme).")] = "",
    login: _Login = False,
) -> None:
    """Donne un mandat sur une unité, du premier jour au dernier."""
    with writing() as session:
        day = clock.today(session)
        mandate = mandates.new_mandate(
            person_named(session, "" if login else qui, qui if login else "").id,
            unit_named(session, unite),
            day_named(du) or day,
            day_named(au),
        )
        made = mandates.give_mandate(session, OPERATOR, mandate)
    print(f"Mandat donné sur {unite.upper()}, {mandates.period(made.since, made.until)}.")


@app.command("end")
@answering
def mandate_end(
    qui: _Who,
    unite: _Unit,
    au: Annotated[str, typer.Option(help="Dernier jour (défaut : aujourd'hui).")] = "",
    login: _Login = False,
) -> None:
    """Met fin au mandat en cours d'une personne sur une unité."""
    with writing() as session:
        day = clock.today(session)
        person = person_named(session, "" if login else qui, qui if login else "")
        rows = mandate_rows(session, OPERATOR, day, person.id)
        found = next((mandate for mandate, _, unit, _ in rows if unit.code == unite.upper()), None)
        if found is None:
            raise Refused(f"Cette personne n'a pas de mandat en cours sur {unite.upper()}.")
        mandates.end_mandate(session, OPERATOR, found.id, day_named(au) or day)
    print(f"Le mandat sur {unite.upper()} prend fin le {french.day(day_named(au) or day)}.")


@app.command("list")
@answering
def mandate_list(
    tous: Annotated[bool, typer.Option("--tous", help="Aussi ceux qui ont pris fin.")] = False,
) -> None:
    """Liste les mandats, dans l'ordre de l'organigramme."""
    with reading() as session:
        rows = mandate_rows(session, OPERATOR, None if tous else clock.today(session))
    for mandate, person, unit, login in rows:
        when = mandates.period(mandate.since, mandate.until)
        print(f"{unit.code:12} {person.name:30} {login or '(sans compte)':20} {when}")


def unit_named(session: Session, code: str) -> int:
    found = next(
        (unit.id for unit in organisation(session).units if unit.code == code.upper()), None
    )
    if found is None:
        raise Refused(f"« {code} » n'est le code d'aucune unité.")
    return found


def day_named(text: str) -> date | None:
    try:
        return day_of(text) if text else None
    except ValueError as error:
        raise Refused(str(error)) from None
