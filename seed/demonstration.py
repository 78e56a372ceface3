"""The demonstration (administration fictive, données de démonstration): loaded once, into an empty
database.

Everything in it is invented; its day is frozen on 30 June 2023. `load_demo` includes the reference
data.
"""

from sqlalchemy import func
from sqlmodel import Session, select

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
from seed.demo_academy import (
    load_academy,
    load_evaluations,
    load_materials,
    load_skills,
    load_trainers,
)
from seed.demo_bulk import load_bulk
from seed.demo_campaigns import load_campaigns, load_sorting
from seed.demo_cast import CAST, DEMO_ACCOUNTS, DEMO_PASSWORD, give_roles, write_accounts
from seed.demo_communities import (
    assign_to_workshops,
    choose_ambassadors,
    load_agenda,
    load_communities,
    load_meetings,
    load_posts,
)
from seed.demo_groups import load_groups, load_interests, load_practices
from seed.demo_ideas import load_discussions, load_exchanges, load_ideas
from seed.demo_people import PEOPLE, load_organisation, load_people, write_people
from seed.demo_roadmap import (
    give_to_carine,
    load_projects,
    load_pst,
    load_reports,
    load_waits,
    revise_the_academy,
)
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


_STEPS = (
    ("organisation", load_organisation),
    ("référence", lambda stage: load_reference(stage.session)),
    ("agents", load_people, give_roles, choose_ambassadors, write_people, write_accounts),
    ("communautés", load_communities),
    ("feuille de route", load_reports),
    ("attentes", load_waits),
    ("projets", load_projects),
    ("PST", load_pst),
    (
        "réunions",
        *(revise_the_academy, give_to_carine, load_meetings, load_groups, load_posts, load_agenda),
    ),
    ("académie", load_academy, load_trainers, load_evaluations, load_materials),
    ("marques d'intérêt", load_interests, load_practices, load_skills),
    ("enquêtes", load_surveys),
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
    stage = Stage(session, seed, people)
    # The bulk grows with the number of entries; the rest takes a tenth of the time of a hundred
    # thousand.
    before = 0.1 if ideas > IDEAS else 0.9
    for n, (name, *loads) in enumerate(_STEPS):
        progress(before * n / len(_STEPS), f"Démonstration : {name}")
        for load in loads:
            load(stage)
            stage.write()
    progress(before, "Démonstration : idées")
    stories = load_ideas(stage, min(ideas, IDEAS))
    load_exchanges(stage, stories)
    load_discussions(stage)
    assign_to_workshops(stage, stories)
    load_campaigns(stage)
    load_sorting(stage)
    stage.write()
    if ideas > IDEAS:
        load_bulk(stage, stories, ideas - IDEAS, between(progress, before, 1))
    stage.reset_sequences()
    raise_revisions(session, "installation")


def _refuse_unless_empty(session: Session, people: int, ideas: int) -> None:
    installation = session.get(Installation, 1)
    if installation and installation.demonstration:
        raise Refused("La démonstration se trouve déjà dans cette base de données.")
    counts = (session.exec(select(func.count()).select_from(table)).one() for table in _REAL)
    if installation or any(counts):
        raise Refused(
            "Cette base contient déjà des données : la démonstration se charge dans une base vide."
        )
    if people < FEWEST_PEOPLE:
        raise Refused(f"La démonstration compte au moins {FEWEST_PEOPLE} personnes.")
    if ideas < 0:
        raise Refused("Le nombre d'idées ne peut pas être négatif.")
