"""The demonstration (administration fictive, données de démonstration): loaded once, into an empty
database.

Everything in it is invented; its day is frozen on 30 June 2023. `load_demo` includes the reference
data.
"""

from datetime import date

from sqlalchemy import func
from sqlmodel import Session, SQLModel, select

from models import academy, communities
from models.decisions import Decision
from models.directions import Direction
from models.groups import ProgressGroup
from models.ideas import Idea
from models.jobs import Installation
from models.meetings import Meeting, Site
from models.notices import Post
from models.people import Account, Person
from models.revisions import raise_revisions
from models.roadmap import Measure, Plan, Progress, between, without_progress
from models.surveys import Survey
from models.texts import Refused
from seed.demo_academy import load_academy, load_learning, load_skills
from seed.demo_agenda import assign_to_workshops, load_agenda, load_posts
from seed.demo_bulk import load_bulk
from seed.demo_campaigns import load_campaigns
from seed.demo_cast import CAST, DEMO_ACCOUNTS, DEMO_PASSWORD, give_roles, write_accounts
from seed.demo_communities import choose_ambassadors, load_communities, load_meetings
from seed.demo_entries import load_discussions, load_exchanges
from seed.demo_groups import load_groups, load_interests
from seed.demo_ideas import load_ideas
from seed.demo_people import PEOPLE, load_organisation, load_people, write_people
from seed.demo_roadmap import (
    give_to_carine,
    load_projects,
    load_pst,
    load_reports,
    load_waits,
    revise_the_academy,
)
from seed.demo_sorting import load_sorting
from seed.demo_survey import load_surveys
from seed.reference import load_reference
from seed.stage import TODAY, Stage

__all__ = ["CAST", "DEMO_ACCOUNTS", "DEMO_PASSWORD", "IDEAS", "PEOPLE", "SEED", "load_demo"]

IDEAS = 480
SEED = 2021
FEWEST_PEOPLE = 1000
_REAL = (
    Direction,
    Person,
    Account,
    Idea,
    Plan,
    Measure,
    academy.Training,
    communities.Membership,
    Meeting,
    Site,
    Decision,
    Post,
    ProgressGroup,
    Survey,
)


def load_demo(
    session: Session,
    people: int = PEOPLE,
    ideas: int = IDEAS,
    seed: int = SEED,
    progress: Progress = without_progress,
) -> None:
    """Fills the database in the open transaction. Raises Refused unless it is empty."""
    _refuse_unless_empty(session, people, ideas)
    # Written at once, by nobody: the order of its entries reveals nothing, and no round reshuffles
    # it.
    session.add(Installation(id=1, demonstration=True, frozen_on=TODAY, mixed_before=TODAY))
    session.flush()
    stage = Stage(session, seed)
    workshops = []
    steps = (
        ("organisation", lambda: load_organisation(stage, people)),
        ("référence", lambda: load_reference(session)),
        ("agents", lambda: _people(stage)),
        ("communautés", lambda: load_communities(stage)),
        ("feuille de route", lambda: load_reports(stage)),
        ("attentes", lambda: load_waits(stage)),
        ("projets", lambda: load_projects(stage)),
        ("PST", lambda: load_pst(stage)),
        ("réunions", lambda: workshops.extend(_meetings(stage))),
        ("académie", lambda: _academy(stage)),
        ("marques d'intérêt", lambda: _offers(stage)),
        ("enquêtes", lambda: load_surveys(stage)),
    )
    # The bulk grows with the number of entries; the rest takes a tenth of the time of a hundred
    # thousand.
    before = 0.1 if ideas > IDEAS else 0.9
    for n, (name, step) in enumerate(steps):
        progress(before * n / len(steps), f"Démonstration : {name}")
        step()
    progress(before, "Démonstration : idées")
    stories = load_ideas(stage, min(ideas, IDEAS))
    load_exchanges(stage, stories)
    load_discussions(stage)
    assign_to_workshops(stage, stories, workshops)
    load_campaigns(stage)
    load_sorting(stage)
    if ideas > IDEAS:
        load_bulk(stage, stories, ideas - IDEAS, between(progress, before, 1))
    stage.reset_sequences()
    raise_revisions(session, "installation")


def _people(stage: Stage) -> None:
    load_people(stage)
    give_roles(stage)
    choose_ambassadors(stage)
    write_people(stage)
    write_accounts(stage)


def _meetings(stage: Stage) -> list[tuple[date, int, int | None]]:
    revise_the_academy(stage)
    give_to_carine(stage)
    load_meetings(stage)
    load_groups(stage)
    load_posts(stage)
    return load_agenda(stage)


def _academy(stage: Stage) -> None:
    load_academy(stage)
    load_learning(stage)


def _offers(stage: Stage) -> None:
    load_interests(stage)
    load_skills(stage)


def _refuse_unless_empty(session: Session, people: int, ideas: int) -> None:
    installation = session.get(Installation, 1)
    if installation and installation.demonstration:
        raise Refused("La démonstration se trouve déjà dans cette base de données.")
    if installation or any(_holds(session, table) for table in _REAL):
        raise Refused(
            "Cette base contient déjà des données : la démonstration se charge dans une base vide."
        )
    if people < FEWEST_PEOPLE:
        raise Refused(f"La démonstration compte au moins {FEWEST_PEOPLE} personnes.")
    if ideas < 0:
        raise Refused("Le nombre d'idées ne peut pas être négatif.")


def _holds(session: Session, table: type[SQLModel]) -> bool:
    return session.exec(select(func.count()).select_from(table)).one() > 0
