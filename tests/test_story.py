"""« Le projet de transformation »: it counts what the records hold, and says what each ambition aims
at.
"""

from datetime import date

from sqlalchemy import Engine, text
from sqlmodel import select
from support.hands import plain
from support.pages import arrive, parts_of

from dashboard import cached
from dashboard.actions.reference import AmbitionInput, describe_ambition
from dashboard.cached import ideas
from dashboard.screens.story import way_to_decisions
from models.database import reading, writing
from models.groups import GroupState
from models.ideas import IdeaKind, IdeaStatus
from models.roadmap import Ambition

FROM, TO = date(2022, 7, 1), date(2023, 6, 30)


def counted(engine: Engine, statement: str, **more: object) -> int:
    with reading(engine) as session:
        return session.execute(text(statement), {"first": FROM, "last": TO} | more).scalar()


def test_the_way_counts_what_the_records_hold(demonstration, cast, scope_for):
    with reading(demonstration) as session:
        scope = scope_for(session, cast.alice, TO)
    steps = way_to_decisions(
        scope,
        ideas.idea_cohort(scope),
        cached.groups(TO),
        cached.decisions(TO),
        IdeaStatus.implemented,
    )
    filed = (
        "SELECT COUNT(*) FROM idea WHERE filed_on BETWEEN :first AND :last"
        " AND kind IN (:idea, :suggestion)"
    )
    kinds = {"idea": IdeaKind.idea, "suggestion": IdeaKind.suggestion}
    handed_in = (
        'SELECT COUNT(DISTINCT group_id) FROM group_event WHERE state = :state AND "on" BETWEEN'
        " :first AND :last AND voids IS NULL"
    )
    assert steps[0].n == counted(demonstration, filed, **kinds) > 0
    assert steps[2].n == counted(demonstration, handed_in, state=GroupState.submitted) > 0
    # What is decided was handed in before, and what is carried out was filed.
    assert 0 < steps[3].n <= len(cached.groups(TO)) and 0 < steps[4].n < steps[0].n


def test_an_ambition_says_its_goal_and_without_one_its_target(demonstration, cast):
    page = plain(" ".join(parts_of(arrive(demonstration, "alice", "projet"))))
    assert "Visé : Citoyens satisfaits, 75" in page and "Chaque petite action" in page
    with writing(demonstration) as session:
        durable = session.exec(select(Ambition).where(Ambition.code == "durable")).one()
        given = AmbitionInput(durable.name, goal="Deux fois moins de papier")
        describe_ambition(session, cast.didier, durable.id, given)
    page = " ".join(parts_of(arrive(demonstration, "alice", "projet")))
    assert "Deux fois moins de papier" in page
