"""What milestones wait for: said by the programme's office from a day on, seen on the milestone, in
the list, in time and in the files, and never in a circle.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.pages import enter, html_of, parts_of, unfold, visit
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions.roadmap.plans import delete_milestone
from dashboard.actions.roadmap.reports import set_waits
from dashboard.charts.roadmap import gantt
from dashboard.figures.workstreams import health_of
from dashboard.queries.roadmap import PlanAt, whole_roadmap
from dashboard.queries.waits import awaited_by, waiting_for
from models.database import reading
from models.jobs import Installation
from models.ledger import Change
from models.roadmap import PlanWait

NEXT = FROZEN + timedelta(days=3)


def every(on: Engine, day: date = FROZEN) -> dict[str, PlanAt]:
    return {m.plan.number: m for m in read_with(on, whole_roadmap).every(day)}


def by_id(known: Mapping[str, PlanAt]) -> dict[int, PlanAt]:
    return {m.plan.id: m for m in known.values()}


def waits(on: Engine, number: str, day: date = FROZEN) -> list[str]:
    known = every(on, day)
    found = awaited_by(known[number], by_id(known), day)
    return [one.other.plan.number for one in found]


def say(on: Engine, reader: Reader, number: str, *others: str, read: str | None = None) -> None:
    known = every(on)
    ids = [known[other].plan.id for other in others]
    write_with(on, set_waits, reader, known[number].plan.id, ids, read=read)


def days_later(session: Session) -> None:
    session.get(Installation, 1).frozen_on = NEXT


def test_didier_says_what_a_milestone_waits_for_and_the_past_stays(demo_copy, cast):
    assert waits(demo_copy, "1.8") == ["1.7"]
    say(demo_copy, cast.didier, "1.8", "1.7", "3.6")
    assert waits(demo_copy, "1.8") == ["1.7", "3.6"]
    assert waits(demo_copy, "1.8", FROZEN - timedelta(days=1)) == ["1.7"]
    write_with(demo_copy, days_later)
    say(demo_copy, cast.didier, "1.8", "3.6")
    assert waits(demo_copy, "1.8", NEXT) == ["3.6"]
    assert waits(demo_copy, "1.8") == ["1.7", "3.6"], "what held that day is not rewritten"
    with reading(demo_copy) as session:
        told = session.exec(select(Change).where(Change.field == "attend")).all()
        facts = session.exec(select(PlanWait).where(PlanWait.on >= FROZEN)).all()
    assert [(line.record, line.before, line.after) for line in told] == [
        ("1.8", "1.7", "1.7, 3.6"),
        ("1.8", "1.7, 3.6", "3.6"),
    ]
    assert [fact.by for fact in facts] == [cast.didier.person_id] * 2


def test_what_comes_too_late_for_the_one_that_waits_is_told_on_both(demo_copy):
    """2.6 is due on 30 June; 2.8, which it waits for, is due at the end of October."""
    known = every(demo_copy)
    (awaited,) = awaited_by(known["2.6"], by_id(known), FROZEN)
    assert awaited.other.plan.number == "2.8" and awaited.is_late and not awaited.is_over
    assert awaited.ends_on > known["2.6"].schedule.end
    (waiting,) = waiting_for(known["2.8"], by_id(known), FROZEN)
    assert waiting.other.plan.number == "2.6" and waiting.is_late
    (reached,) = awaited_by(known["5.8"], by_id(known), FROZEN)
    assert reached.is_over and not reached.is_late


def test_no_milestone_waits_for_itself_be_it_by_others(demo_copy, cast):
    """1.8 waits for 1.7 already."""
    say(demo_copy, cast.didier, "1.7", "3.6")
    for number, other in (("3.6", "1.8"), ("1.7", "1.8"), ("1.8", "1.8")):
        assert (
            "s'attendrait lui-même"
            in errors_of(say, demo_copy, cast.didier, number, other)["waits_for"]
        )
    assert waits(demo_copy, "3.6") == []


@pytest.mark.parametrize(
    "number, others, field, said",
    [
        ("1.6", ["1.7"], "waits_for", "terminé"),
        ("1.8", ["1.7"], "form", "Rien ne change"),
    ],
)
def test_what_cannot_be_said_is_told(sqlite_copy, cast, number, others, field, said):
    assert said in errors_of(say, sqlite_copy, cast.didier, number, *others)[field]


@pytest.mark.parametrize("number", ["1.8", "3.6"])
def test_what_waits_or_is_waited_for_is_not_deleted(demo_copy, cast, number):
    say(demo_copy, cast.didier, "1.8", "1.7", "3.6")
    refusal(
        demo_copy,
        delete_milestone,
        cast.didier,
        every(demo_copy)[number].plan.id,
        match="annulez-le",
    )


# ── Where it is seen ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_milestone_and_its_form_say_it_and_didier_adds_one(demonstration):
    didier = visit(enter(demonstration, "didier"), "feuille-de-route", "jalon=2.6")
    page = unescape(" ".join([*html_of(didier), *parts_of(didier)]))
    assert "Dépend de" in page and "2.8 — Temps dégagé" in page and "échéance de ce jalon" in page
    didier = unfold(didier, "Ce qu'il attend")
    others = next(box for box in didier.multiselect if "waits_2.6" in box.key)
    assert len(others.value) == 1 and not any(label.startswith("2.6 ") for label in others.options)
    third = every(demonstration)["3.6"].plan.id
    others.set_value([*others.value, third])
    next(b for b in didier.button if b.label == "Enregistrer ce qu'il attend").click().run()
    assert waits(demonstration, "2.6") == ["2.8", "3.6"]
    awaited = visit(enter(demonstration, "alice"), "feuille-de-route", "jalon=3.6")
    assert "Jalons qui en dépendent" in unescape(" ".join([*html_of(awaited), *parts_of(awaited)]))
    assert not awaited.multiselect, "it is for the programme's office to say"


def test_a_line_leads_from_the_end_of_one_row_to_the_end_of_the_other(demonstration):
    """2.6 waits for 2.8, which ends too late for it; what is not among the rows is not drawn."""
    known = every(demonstration)
    both = [known["2.6"], known["2.8"]]
    healths = [health_of(m, FROZEN).health for m in both]
    plot = gantt(both, healths, by_id(known), FROZEN)
    [line] = plot.lines
    ends = [mark.x for mark in plot.marks]
    assert line.points == [(ends[1], 75.0), (ends[1], 25.0), (ends[0], 25.0)]
    assert line.dash and "attend 2.8" in plot.rows[0].tip
    assert gantt(both[:1], healths[:1], by_id(known), FROZEN).lines == []
