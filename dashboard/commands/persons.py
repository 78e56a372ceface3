"""Persons (personnes): export of the data about one, and erasure."""

import json
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.actions.people.privacy import clean, erase_person, export_person
from dashboard.commands import As, Yes, answering, confirmed, reader_named
from dashboard.files.backup import private_draft
from dashboard.queries.people.privacy import person_named, texts_to_clean
from models.database import reading, writing
from models.people import Person
from models.texts import Refused

app = typer.Typer(help="Droits d'une personne : export de ses données, effacement.")
Who = Annotated[
    str,
    typer.Argument(
        metavar="[PERSONNE]", help="Matricule ou numéro de la personne.", show_default=False
    ),
]
Login = Annotated[str, typer.Option("--login", help="Identifiant de son compte.")]


def _person(session: Session, who: str, login: str) -> Person:
    if bool(who) == bool(login):
        raise Refused("Désignez la personne par son matricule ou son numéro, ou par --login.")
    return person_named(session, who, login)


@app.command("export")
@answering
def person_export(
    out: Annotated[Path, typer.Option(help="Fichier JSON à écrire.")],
    who: Who = "",
    login: Login = "",
    reader: As = "",
) -> None:
    """Exporte tout ce qui est gardé d'une personne ; le journal retient qui l'a demandé."""
    with writing() as session:
        asking = reader_named(session, reader)
        data = export_person(session, asking, _person(session, who, login))
        with private_draft(out) as draft:
            draft.write_text(
                json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
            )
    rows = sum(map(len, data["donnees"].values()))
    print(f"{french.counted(rows, 'ligne')} : {out}")


@app.command("erase")
@answering
def person_erase(
    who: Who = "",
    login: Login = "",
    yes: Yes = False,
    reader: As = "",
) -> None:
    """Efface une personne : ses dépôts et les chiffres restent, son nom et son compte partent.
    Sans retour.
    """
    with reading() as session:
        asking = reader_named(session, reader)
        require(asking, "person.erase")
        person = _person(session, who, login)
        # Read before the session closes: the confirmation runs without one.
        person_id = person.id
        name = person.name
    confirmed(f"La personne « {name} » (n° {person_id}) sera effacée, sans retour.", "effacer", yes)
    with writing() as session:
        named = erase_person(session, asking, person_id)
    print(
        f"La personne n° {person_id} est effacée. Les sauvegardes déjà faites la contiennent"
        " encore."
    )
    if named:
        print(f"À relire : son nom se trouve dans {french.counted(len(named), 'texte')}.")
    for mention in named:
        how = f" (c-possible person clean {mention.cleaned_as})" if mention.cleaned_as else ""
        print(f"- {mention.noun} : {mention.label}{how}")


@app.command("clean")
@answering
def person_clean(
    kind: Annotated[str, typer.Argument(metavar="GENRE", help="modification ou marque.")],
    number: Annotated[int, typer.Argument(metavar="NUMÉRO", help="Numéro donné par erase.", min=1)],
    yes: Yes = False,
    reader: As = "",
) -> None:
    """Vide les textes d'une modification ou d'une marque d'intérêt que « person erase » a listée.
    Sans retour.
    """
    with reading() as session:
        asking = reader_named(session, reader)
        texts = texts_to_clean(session, asking, kind, number)
    message = "\n".join(f"  {text}" for text in texts.values())
    confirmed(f"{kind} {number} contient :\n{message}\nCe sera vidé, sans retour.", "vider", yes)
    with writing() as session:
        clean(session, asking, kind, number)
    print(f"{kind} {number} : vidé.")
