"""« Le projet de transformation »: it counts what the records hold, and says what each ambition aims
at.
"""

from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, text
from sqlmodel import select
from support.hands import plain
from support.pages import arrive, parts_of
from support.transactions import (
    read_with,
)

from dashboard import cached
from dashboard.actions.registers import save_record
from dashboard.cached import ideas
from dashboard.queries.reference_tables import AMBITIONS
from dashboard.queries.waits import way_at
from dashboard.report.posters import kit
from models.database import reading, writing
from models.groups import GroupState
from models.idea_states import IdeaKind, IdeaStatus
from models.roadmap import Ambition

FROM, TO = date(2022, 7, 1), date(2023, 6, 30)


def counted(engine: Engine, statement: str, **more: object) -> int:
    with reading(engine) as session:
        return session.execute(text(statement), {"first": FROM, "last": TO} | more).scalar()


def test_the_way_counts_what_the_records_hold(demonstration, cast, scope_for):
    scope = read_with(demonstration, scope_for, cast.alice, TO)
    way = way_at(TO, ideas.filed_and_done(scope), cached.groups(TO), cached.decisions(TO))
    filed = (
        "SELECT COUNT(*) FROM idea WHERE filed_on BETWEEN :first AND :last"
        " AND kind IN (:idea, :suggestion)"
    )
    kinds = {"idea": IdeaKind.idea, "suggestion": IdeaKind.suggestion}
    handed_in = (
        'SELECT COUNT(DISTINCT group_id) FROM group_event WHERE state = :state AND "on" BETWEEN'
        " :first AND :last AND voids IS NULL"
    )
    assert way.filed == counted(demonstration, filed, **kinds) > 0
    assert way.submitted == counted(demonstration, handed_in, state=GroupState.submitted) > 0
    # Counted from the state of each entry, too: within a month as at its end.
    for day in (TO, date(2023, 6, 14), date(2023, 2, 28)):
        at_day = read_with(demonstration, scope_for, cast.alice, day)
        states = ideas.idea_cohort(at_day)
        done = states[IdeaStatus.implemented]
        assert ideas.filed_and_done(at_day) == (sum(states.values()), done)
    # What is decided was handed in before, and what is carried out was filed.
    assert 0 < way.decided <= len(cached.groups(TO)) and 0 < way.carried_out < way.filed


@pytest.mark.slow
def test_an_ambition_says_its_goal_and_without_one_its_target(demonstration, cast):
    page = plain(" ".join(parts_of(arrive(demonstration, "alice", "projet"))))
    assert "Visé : Citoyens satisfaits, 75" in page and "Chaque petite action" in page
    with writing(demonstration) as session:
        durable = session.exec(select(Ambition).where(Ambition.code == "durable")).one()
        given = {"goal": "Deux fois moins de papier"}
        save_record(session, cast.didier, AMBITIONS, durable.id, given)
    page = " ".join(parts_of(arrive(demonstration, "alice", "projet")))
    assert "Deux fois moins de papier" in page


@pytest.mark.slow
def test_the_kit_says_the_figures_of_the_day_on_seven_pages(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.alice, TO)
        made = PdfReader(BytesIO(kit(session, scope, "https://ici.exemple.be/deposer")))
    told = [plain(page.extract_text()) for page in made.pages]
    assert len(told) == 7 and "80,6 %" in told[0] and "80,6 %" in told[4]
    assert "Citoyens satisfaits : 75 %" in told[3] and "ici.exemple.be/deposer" in told[6]
    assert [made.pages[n].mediabox.width > made.pages[n].mediabox.height for n in range(7)] == [
        False,
        *[True] * 5,
        False,
    ]
