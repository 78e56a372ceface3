"""« Tel que connu alors »: what is recorded later changes the figure at t, never what was known
at t.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select
from support.crossing import in_turn
from support.transactions import (
    read_with,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.figures import REGISTRY
from dashboard.figures.board import Board, board
from dashboard.queries.roadmap import whole_roadmap
from models.communities import Community, Membership, MembershipEvent
from models.database import reading, writing
from models.directions import Headcount
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.ledger import Ledger, event_row
from models.roadmap import Measure, MilestoneState, Override, PlanReport, Target
from models.seats import SeatEvent

THEN = date(2023, 3, 31)
LATER = date(2023, 5, 15)


def told(session: Session, scope_for, codes=None, known: bool = False, **address) -> Board:
    return board(
        session, replace(scope_for(session, OPERATOR, **address), as_known_then=known), codes
    )


def both(
    session: Session, scope_for, code: str, on: date = THEN
) -> tuple[float | None, float | None]:
    """(the value at a day as corrected since, the value as it was known that day)."""
    figure = code.split(".")[0]
    return tuple(
        told(session, scope_for, [figure], known, au=on.isoformat())[code].value
        for known in (False, True)
    )


SEEN_FROM = [
    {"au": "2023-06-30"},
    {"au": "2023-03-31", "depuis": "2022-11-15"},
    {"au": "2022-11-15"},
    {"au": "2023-06-30", "direction": "VC-JSP"},
    {"au": "2022-08-17", "ambition": "modernisation"},
    {"au": "2021-01-01"},
]


@pytest.mark.slow
@pytest.mark.parametrize("demo,address", in_turn(SEEN_FROM), indirect=["demo"], ids=str)
def test_without_late_facts_both_are_the_same(demo, scope_for, address):
    with reading(demo) as session:
        assert (
            told(session, scope_for, known=True, **address).entries
            == told(session, scope_for, **address).entries
        )


def test_a_report_recorded_later_corrects_the_figure_and_not_what_was_known(demo_copy, scope_for):
    before = read_with(demo_copy, both, scope_for, "avancement")
    with writing(demo_copy) as session:
        milestone = next(
            m for m in whole_roadmap(session).at(THEN) if m.state == MilestoneState.under_way
        )
        session.add(
            PlanReport(
                plan_id=milestone.plan.id,
                on=THEN,
                recorded_on=LATER,
                state=MilestoneState.done,
                progress=100,
                actual_end=THEN,
                reason="PV retrouvé",
            )
        )
    with reading(demo_copy) as session:
        corrected, known = both(session, scope_for, "avancement")
        assert before[0] == before[1] == known < corrected
        assert (
            both(session, scope_for, "avancement", LATER)[0]
            >= both(session, scope_for, "avancement", LATER)[1] - 1e-9
        )
        assert (
            both(session, scope_for, "ecart.jalons")[0]
            > both(session, scope_for, "ecart.jalons")[1]
        )


def test_a_fact_voided_later_still_counted_then(demo_copy, scope_for):
    with writing(demo_copy) as session:
        last = session.exec(
            select(PlanReport).where(PlanReport.state == MilestoneState.done, PlanReport.on <= THEN)
        ).first()
        session.add(
            PlanReport(
                plan_id=last.plan_id,
                on=last.on,
                recorded_on=LATER,
                voids=last.id,
                state="",
                reason="Annoncé trop tôt",
            )
        )
    with reading(demo_copy) as session:
        then = next(m for m in whole_roadmap(session).at(THEN, THEN) if m.plan.id == last.plan_id)
        now = next(m for m in whole_roadmap(session).at(THEN) if m.plan.id == last.plan_id)
    assert then.state == MilestoneState.done and then.report.id == last.id
    assert now.state != MilestoneState.done


@pytest.mark.slow
@pytest.mark.parametrize("moment,counted", [(0, (1, 0)), (9, (1, 0)), (10, (1, 1)), (40, (1, 1))])
def test_an_idea_on_paper_counts_from_its_day_and_was_known_ten_days_later(
    demo_copy, scope_for, moment, counted
):
    filed = date(2023, 2, 20)
    address = {"au": (filed + timedelta(days=moment)).isoformat()}

    def values() -> list[tuple]:
        with reading(demo_copy) as session:
            boards = [
                told(session, scope_for, ["idees", "reponse", "reponse.ancienne"], known, **address)
                for known in (False, True)
            ]
        return [(b["idees.pour-100"].numerator, b["reponse.ouvertes"].value) for b in boards]

    before = values()
    write_with(demo_copy, on_paper, filed, filed + timedelta(days=10))
    assert values() == [
        (n + more, still + more) for (n, still), more in zip(before, counted, strict=True)
    ]


def on_paper(session: Session, filed: date, recorded: date) -> None:
    """An idea written on a sheet on `filed`, typed in on `recorded`."""
    idea = Idea(
        id=random_id(filed),
        number=987654321,
        kind=IdeaKind.idea,
        title="Sur papier",
        channel=Channel.paper,
        filed_on=filed,
        status=IdeaStatus.received,
    )
    session.add(idea)
    session.flush()
    ledger = Ledger(session)
    ledger.add(
        event_row(
            idea,
            id=random_id(filed),
            on=filed,
            recorded_on=recorded,
            seq=1,
            what=EventKind.filed,
            to_status=IdeaStatus.received,
        )
    )
    ledger.write()


@pytest.mark.slow
def test_members_headcounts_measures_and_trainings_recorded_later_were_not_known(
    demo_copy, scope_for
):
    codes = ("couverture", "idees.pour-100", "citoyens.delai", "formation")
    with reading(demo_copy) as session:
        before = {code: both(session, scope_for, code) for code in codes}
    assert all(value[0] == value[1] for value in before.values())
    with writing(demo_copy) as session:
        scope = scope_for(session, OPERATOR)
        tell_late(session, scope)
    with reading(demo_copy) as session:
        after = {code: both(session, scope_for, code) for code in codes}
    assert {code: value[1] for code, value in after.items()} == {
        code: value[1] for code, value in before.items()
    }
    assert all(after[code][0] != before[code][0] for code in codes), after


def tell_late(session: Session, scope) -> None:
    """A member, a headcount, a measure, and trainings that are taken back: all of them recorded
    in May.
    """
    covered = {e.service_id for e in session.exec(select(MembershipEvent)).all()}
    free = next(unit.id for unit in scope.tree.services() if unit.id not in covered)
    member = session.exec(
        select(Membership).where(Membership.community == Community.ambassadors)
    ).first()
    session.add(
        MembershipEvent(
            membership_id=member.id,
            person_id=member.person_id,
            community=Community.ambassadors,
            service_id=free,
            own=False,
            on=THEN,
            recorded_on=LATER,
        )
    )
    session.add(
        Headcount(service_id=free, agents=900, without_computer=0, on=THEN, recorded_on=LATER)
    )
    session.add(
        Measure(
            figure="citoyens.delai", value=12, n=500, source="enquête", on=THEN, recorded_on=LATER
        )
    )
    first = session.exec(select(SeatEvent).where(SeatEvent.on <= THEN)).all()[:40]
    session.add_all(
        [
            SeatEvent(
                seat_id=e.seat_id,
                training_id=e.training_id,
                service_id=e.service_id,
                session_id=e.session_id,
                person_id=e.person_id,
                status=e.status,
                on=e.on,
                recorded_on=LATER,
                voids=e.id,
            )
            for e in first
        ]
    )
    session.flush()


def test_a_target_or_a_status_decided_since_was_not_known(demo_copy, scope_for):
    with writing(demo_copy) as session:
        session.add(
            Target(
                figure="avancement",
                kind="hausse",
                for_date=date(2023, 6, 30),
                value=95,
                on=THEN,
                recorded_on=LATER,
            )
        )
        session.add(
            Override(
                subject="figure:avancement",
                status="en-difficulte",
                until=FROZEN,
                on=THEN,
                recorded_on=LATER,
            )
        )
    with reading(demo_copy) as session:
        now, then = (
            told(session, scope_for, ["avancement"], known, au="2023-03-31")["avancement"]
            for known in (False, True)
        )
    assert (now.target, then.target) == (95, 88)
    assert now.status == "en-difficulte" != then.status


def test_every_figure_says_which_facts_it_is_made_of():
    assert [figure.code for figure in REGISTRY.values() if not figure.facts] == []
