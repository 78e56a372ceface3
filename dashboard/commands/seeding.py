"""Seeding (données de départ): the reference files, or the fictive administration."""

from typing import Annotated

import typer

from dashboard.commands import answering, shown_progress
from dashboard.french import counted
from models.database import writing
from models.jobs import Installation

app = typer.Typer(help="Charge les données de référence ou la démonstration.")


@app.command("reference")
@answering
def seed_reference(
    proposed: Annotated[
        bool,
        typer.Option(
            "--proposes", help="Aussi les jalons, les cibles et les projets proposés, tous."
        ),
    ] = False,
) -> None:
    """Ajoute les données de référence (fichiers CSV de seed/) que la base n'a pas encore ; ce qui
    s'y trouve déjà reste comme il est, et se modifie à l'écran ou par « import ». Les jalons,
    cibles et projets proposés n'entrent que si vous le demandez.
    """
    from seed.reference import load_reference

    with writing() as session:
        added = load_reference(session, proposed=proposed)
        if session.get(Installation, 1) is None:
            session.add(Installation(id=1))
    for name, n in added.items():
        print(f"{name} : {counted(n, 'ligne ajoutée', 'lignes ajoutées')}.")


@app.command("demo")
@answering
def seed_demo(
    people: Annotated[int, typer.Option(min=300, help="Nombre d'agents.")] = 3200,
    ideas: Annotated[int, typer.Option(min=480, help="Nombre d'idées.")] = 480,
    seed: Annotated[int, typer.Option(help="Graine du hasard.")] = 2021,
) -> None:
    """Charge la démonstration (administration fictive) dans une base vide."""
    from dashboard.commands.demonstration import load_demonstration

    with shown_progress() as progress, writing() as session:
        load_demonstration(session, people=people, ideas=ideas, seed=seed, progress=progress)
    print(f"Démonstration chargée : {ideas} idées et constats.")
