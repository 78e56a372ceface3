"""Seeding (données de départ): the reference files, or the fictive administration with its first
publication, which is computed from figures that the seed cannot import.
"""

from datetime import date
from typing import Annotated

import typer
from sqlmodel import Session

from dashboard.actions.news import publish
from dashboard.commands import answering, reader_named, scope_for, shown_progress
from dashboard.french import counted
from dashboard.queries import directions
from dashboard.queries.figures.small_cells import declared_values
from dashboard.queries.people.readers import account_by_login
from dashboard.report.public import situation
from models import clock
from models.database import writing
from models.discussions import Subject, SubjectFollow
from models.installation import Installation
from models.roadmap import FigureEvent, FigureStep, Progress, without_progress
from seed.demonstration import IDEAS, load_demo
from seed.reference import load_reference

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
    with writing() as session:
        added = load_reference(session, proposed=proposed)
        if session.get(Installation, 1) is None:
            session.add(Installation(id=1))
    for name, n in added.items():
        print(f"{name} : {counted(n, 'ligne ajoutée', 'lignes ajoutées')}.")


@app.command("demo")
@answering
def seed_demo(
    ideas: Annotated[int, typer.Option(min=480, help="Nombre d'idées.")] = IDEAS,
) -> None:
    """Charge la démonstration (administration fictive) dans une base vide."""
    with shown_progress() as progress, writing() as session:
        load_demonstration(session, ideas, progress)
    print(f"Démonstration chargée : {ideas} idées et constats.")


# ── The demonstration ───────────────────────────────────────────────────────────────────────────

AU = date(2023, 5, 31)
FOLLOWED = "reponse.tenue"
WORD = (
    "Voici où nous en sommes, avec ce qui avance et ce qui prend du retard. Merci à celles et ceux"
    " qui font chaque jour une marche de plus."
)


def load_demonstration(
    session: Session, ideas: int = IDEAS, progress: Progress = without_progress
) -> None:
    """Fills the database in the open transaction. Raises Refused if it already contains data."""
    load_demo(session, ideas, progress)
    general = reader_named(session, "gaelle")
    scope = scope_for(session, general, {"au": AU.isoformat()})
    publish(session, general, AU, WORD, situation(session, scope))
    # Two figures with an owner: the definition of one is verified, that of the other has changed
    # since; the Directeur général follows the first.
    didier, gaelle = (account_by_login(session, login).person_id for login in ("didier", "gaelle"))
    day = clock.today(session)
    units = directions.organisation(session).at(day).by_code
    mark = declared_values(session)[FOLLOWED].mark
    for code, owner, unit, on in (
        (FOLLOWED, "Cellule transformation", "DG", date(2023, 5, 16)),
        ("formation", "Directrice de la formation", "RI-GRH", date(2022, 9, 20)),
    ):
        by = {"figure": code, "on": on, "recorded_on": on, "by": didier}
        own = {"owner": owner, "owner_direction_id": units[unit].id}
        session.add(FigureEvent(what=FigureStep.owned, **own, **by))
        seen = mark if code == FOLLOWED else "ancienne"
        session.add(FigureEvent(what=FigureStep.verified, mark=seen, **by))
    follow = {"key": FOLLOWED, "person_id": gaelle, "on": day}
    session.add(SubjectFollow(subject=Subject.figure, **follow))
