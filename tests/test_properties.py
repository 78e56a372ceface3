"""What holds whatever the data: weights, later facts, cancellations, erasures, small cells under
any question.

Properties of single formulae are in test_formulas.py, those of one chart of cells in test_cells.py;
these are of the whole board, or of several questions put together.
"""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain, combinations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import Session, select
from support.random_charts import Branch, charted, ranges, some_charts
from support.troupe import FROZEN, cast_in

from dashboard.access import OPERATOR
from dashboard.actions.ideas.filing import checked_input, file_idea, publish_idea
from dashboard.actions.people.accounts import add_account, disable_account
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.roadmap.reports import report_plan
from dashboard.figures.board import board
from dashboard.figures.persons import Parts, Share, parts_of, rate_of_persons, share_of, shares
from dashboard.figures.workstreams import earned_at, planned_at, schedule_months, workstream_states
from dashboard.formulas import (
    Item,
    earned,
    earned_schedule,
    months_between,
    planned,
    schedule_variance,
)
from dashboard.queries.academy.counts import trained
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.figures.small_cells import SMALLEST, protect, protect_all
from dashboard.queries.ideas import authors as idea_authors
from dashboard.queries.people.readers import reader_of
from dashboard.queries.roadmap import Roadmap, whole_roadmap
from dashboard.scope import Scope
from models.clock import window_start
from models.database import reading, writing
from models.directions import Tree, Unit, UnitKind
from models.errors import Invalid, Refused
from models.facts import History
from models.ideas import Idea
from models.installation import Installation
from models.people import Account, Person
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule

pytestmark = pytest.mark.slow

START, END = date(2021, 1, 1), date(2023, 12, 31)
DATES = ("2021-12-31", "2022-06-30", "2022-11-15", "2023-03-31", "2023-06-30")
PLACES = ({}, {"direction": "VC"}, {"direction": "VC-JSP,VC-CUL"})
# A board is a fifth of a second; that an engine counts as the other is told by test_figures.py.
SOME_DATES = {"sqlite": DATES[-3:], "postgresql": ("2021-12-31", "2023-06-30")}
days = st.dates(START, END)


def boards(
    session: Session, scope_for, places=PLACES, dates=DATES, today: date = FROZEN
) -> list[dict]:
    return [
        board(session, scope_for(session, OPERATOR, today, au=on, **place)).as_json()
        for on in dates
        for place in places
    ]


# ── The roadmap ───────────────────────────────────────────────────────────────────────────────────


def test_weights_scaled_by_any_factor_change_no_figure(sqlite_copy, scope_for):
    with reading(sqlite_copy) as session:
        before = boards(session, scope_for, PLACES[:1])
    with writing(sqlite_copy) as session:
        session.execute(update(PlanSchedule).values(weight=PlanSchedule.weight * 1000))
    with reading(sqlite_copy) as session:
        after = boards(session, scope_for, PLACES[:1])
    for one, other in zip(before, after, strict=True):
        for was, now in zip(one["figures"], other["figures"], strict=True):
            assert was["value"] == (
                None if now["value"] is None else pytest.approx(now["value"], abs=1e-9)
            ), was["code"]
            assert (was["status"], was["suppressed"], was["coverage"]) == (
                now["status"],
                now["suppressed"],
                now["coverage"],
            )


@pytest.fixture(scope="module")
def roadmap(demo_on) -> Roadmap:
    with reading(demo_on("sqlite")) as session:
        return whole_roadmap(session)


@given(on=days)
def test_progress_stays_between_zero_and_a_hundred_on_every_day(roadmap, on):
    milestones = roadmap.at(on)
    parts = [
        earned_at(milestones),
        planned_at(milestones, on),
        *(
            part
            for state in workstream_states(roadmap, on)
            for part in (state.earned, state.planned)
        ),
    ]
    assert all(part is None or -1e-9 <= part <= 100 + 1e-9 for part in parts)
    assert -36 <= schedule_months(milestones, on) <= 36


@given(on=days, chosen=st.integers(0, 44))
def test_giving_up_a_milestone_at_or_below_the_average_never_lowers_the_progress(
    roadmap, on, chosen
):
    """Nor one above it ever raises it; one that is finished cannot be given up (test_roadmap)."""
    milestones = roadmap.at(on)
    one = milestones[chosen % len(milestones)]
    if one.state in (MilestoneState.cancelled, MilestoneState.done):
        return
    given_up = PlanReport(
        id=10**9, plan_id=one.plan.id, on=on, recorded_on=on, state=MilestoneState.cancelled
    )
    told = chain(*roadmap.reports.facts.values(), [given_up])
    reports = History(PlanReport, told)
    before, after = earned_at(milestones), earned_at(replace(roadmap, reports=reports).at(on))
    assert after >= before - 1e-9 if 100 * one.progress <= before else after <= before + 1e-9


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 4)), min_size=2, max_size=12))
def test_the_same_for_any_weights_and_progress(parts):
    items = [Item(weight, START, END, step / 4, True) for weight, step in parts]
    lowest = min(items, key=lambda item: item.progress)
    assert earned([item for item in items if item is not lowest]) >= earned(items) - 1e-9


@given(st.lists(st.tuples(st.integers(1, 20), days), min_size=1, max_size=12))
def test_a_plan_that_is_finished_on_its_last_day_is_neither_early_nor_late(parts):
    """Whatever day of a month the plan ends on; and all done on the first day is the whole plan
    early.
    """
    items = [
        Item(weight, START, max(end, START + timedelta(days=40)), 1.0) for weight, end in parts
    ]
    end = max(item.end for item in items)
    es = earned_schedule(100, lambda day: planned(items, day), START, end).months
    assert 0 <= schedule_variance(es, months_between(START, end)) < 1
    if (end + timedelta(days=1)).day == 1:
        assert es == months_between(START, end)


# ── The past does not move ────────────────────────────────────────────────────────────────────────

acts = st.lists(
    st.tuples(
        st.sampled_from(["file", "anonymous", "publish", "report", "account", "close", "erase"]),
        st.integers(0, 60),
        st.integers(1, 400),
    ),
    min_size=4,
    max_size=12,
)


def test_whatever_is_done_later_changes_no_earlier_board(open_copy, scope_for):
    """Acts through the action layer, on days after the one looked at; every figure, three
    places, two or three dates.
    """
    engine, end = open_copy("sqlite", "demo")
    cast = cast_in(engine)
    dates, day = SOME_DATES["sqlite"], [FROZEN]
    with reading(engine) as session:
        before = boards(session, scope_for, dates=dates)

    @settings(max_examples=2, suppress_health_check=list(HealthCheck))
    @given(acts)
    def later(drawn):
        for act, wait, which in drawn:
            day[0] += timedelta(days=wait + 1)
            with writing(engine) as session:
                session.get(Installation, 1).frozen_on = day[0]
            try:
                with writing(engine) as session:
                    perform(session, cast, act, which, scope_for)
            except (Refused, Invalid):
                pass  # what the rules refuse leaves nothing
        with reading(engine) as session:
            assert boards(session, scope_for, dates=dates, today=day[0]) == before

    later()
    with reading(engine) as session:
        assert (
            boards(session, scope_for, PLACES[:1], (str(day[0]),), day[0])[0]["figures"]
            != before[-len(PLACES)]["figures"]
        )
    end()


def perform(session: Session, cast, act: str, which: int, scope_for) -> None:
    tree = scope_for(session, OPERATOR).tree
    if act in ("file", "anonymous"):
        authors = session.exec(select(Account).order_by(Account.id)).all()
        author = reader_of(session, authors[which % len(authors)], FROZEN)
        idea = checked_input(
            title=f"Plus tard {which}",
            anonymous=act == "anonymous",
            ambition_id=which % 5 + 1,
            concerns_id=tree.by_code["VC-JSP"].id,
        )
        file_idea(session, author, idea, f"jeton-{which}-{session.get(Installation, 1).frozen_on}")
    elif act == "publish":
        number = session.exec(
            select(Idea.number).where(Idea.published.is_(False)).order_by(Idea.id.desc())
        ).first()
        publish_idea(session, cast.didier, number or 0, tree)
    elif act == "report":
        ids = session.exec(select(Plan.id).order_by(Plan.id)).all()
        state = list(MilestoneState)[which % 5]
        forecast = FROZEN + timedelta(days=900) if state == MilestoneState.under_way else None
        report_plan(
            session,
            cast.didier,
            ids[which % len(ids)],
            PlanReport(state=state, progress=0, forecast_end=forecast),
            tree,
        )
    elif act == "account":
        add_account(
            session,
            OPERATOR,
            login=f"plus-tard-{which}",
            password="un mot de passe bien long",
            given_name="Tard",
        )
    elif act == "close":
        disable_account(
            session,
            OPERATOR,
            session.exec(select(Account.id).where(Account.login == "gaelle")).first() or 0,
        )
    else:
        persons = session.exec(
            select(Person.id).where(Person.id != cast.didier.person_id).order_by(Person.id)
        ).all()
        erase_person(session, OPERATOR, persons[which * 7 % len(persons)])


# ── Small cells under several questions ───────────────────────────────────────────────────────────


def asked(tree: Tree, units: tuple[Unit, ...]) -> Scope:
    counted = frozenset().union(*(tree.under(unit.id) for unit in units)) if units else None
    return Scope(OPERATOR, FROZEN, units=units, counted=counted, tree=tree)


def questions(tree: Tree, most: int = 3) -> list[tuple[Unit, ...]]:
    """The whole, and every choice of one to `most` units of which none stands below another."""
    units = [unit for unit in tree.units if unit.parent is not None]
    apart = [
        chosen
        for size in range(1, most + 1)
        for chosen in combinations(units, size)
        if all(tree.under(a.id).isdisjoint(tree.under(b.id)) for a, b in combinations(chosen, 2))
    ]
    return [(), *apart]


def all_parts(tree: Tree, persons: dict[int, set[int]]) -> Parts[Share]:
    many = dict.fromkeys(persons, 1000)
    return parts_of(asked(tree, ()), share_of, shares(persons, many))


def answer(tree: Tree, persons: dict[int, set[int]], units: tuple[Unit, ...]) -> int | None:
    """What is told of several units at once: their persons, each once, or nothing."""
    scope = asked(tree, units)
    point = rate_of_persons(FROZEN, scope, all_parts(tree, persons).within(scope), None)
    assert point.suppressed == (point.numerator is None)
    return None if point.suppressed else int(point.numerator)


def leaves(tree: Tree) -> list[int]:
    return [unit.id for unit in tree.units if not tree.children.get(unit.id)]


# Of two directions with five persons each, the one with fewer services is hidden first.
ALIKE = Branch(
    below=[
        Branch(below=[Branch(0)]),
        Branch(below=[Branch(0), Branch(5)]),
        Branch(below=[Branch(5)]),
    ]
)


@settings(max_examples=50)
@example(charted(ALIKE))
@given(some_charts)
def test_several_directions_at_once_tell_nothing_that_one_alone_hides(chart):
    """Each person in one service: whoever puts every question knows the intervals of the chart,
    and no more.
    """
    tree, counts = chart
    if len(tree.units) > 14:
        return
    numbers = iter(range(10**6))
    persons = {leaf: {next(numbers) for _ in range(counts[leaf])} for leaf in leaves(tree)}
    hidden = {
        unit.id
        for unit in tree.units
        if answer(tree, persons, (unit,) if unit.parent else ()) is None
    }
    # With what is told of each: of two counts alike, the one of fewer is hidden first.
    all_told = {unit: part.counts for unit, part in all_parts(tree, persons).by_unit.items()}
    assert hidden >= protect_all(all_told, tree)
    for units in questions(tree):
        told = answer(tree, persons, units)
        if told is not None and units:
            assert not hidden & {unit.id for unit in units}, "a sum of shown cells, or nothing"
            assert told == sum(counts[unit.id] for unit in units) >= SMALLEST
    if tree.units[0].id in hidden:
        return
    bounds = ranges(tree, counts, frozenset(hidden))
    for unit in hidden:
        low, high = bounds[unit]
        assert low <= counts[unit] <= high and low < high and high >= SMALLEST, (
            counts,
            sorted(hidden),
        )


@st.composite
def moved(draw) -> tuple[Tree, dict[int, set[int]]]:
    """Two or three directions with up to three services; some persons were in two of them."""
    units, shape = (
        [Unit(1, "ADM", "Tout", UnitKind.root, None, 1)],
        draw(st.lists(st.integers(0, 3), min_size=2, max_size=3)),
    )
    for services in shape:
        direction = len(units) + 1
        units.append(
            Unit(direction, f"U{direction}", "Direction", UnitKind.direction, 1, direction)
        )
        for _ in range(services):
            number = len(units) + 1
            units.append(Unit(number, f"U{number}", "Service", UnitKind.service, direction, number))
    tree = Tree(tuple(units))
    ends = leaves(tree)
    sizes = draw(
        st.lists(st.sampled_from([0, 1, 2, 4, 5, 6, 9, 20]), min_size=len(ends), max_size=len(ends))
    )
    persons, number = {leaf: set() for leaf in ends}, 0
    for leaf, size in zip(ends, sizes, strict=True):
        for _ in range(size):
            number += 1
            persons[leaf].add(number)
    for person in draw(st.sets(st.integers(1, max(number, 1)), max_size=6)):
        if number:
            persons[draw(st.sampled_from(ends))].add(person)
    return tree, persons


@settings(max_examples=83)
@given(moved())
def test_whoever_moved_gives_no_hidden_unit_away(case):
    """Persons in two services: the linear system of all that is told, over who was in which
    services, solved exactly.
    """
    tree, persons = case
    ends = leaves(tree)
    if len(ends) > 5:
        return
    kinds = [
        frozenset(chosen) for size in range(1, len(ends) + 1) for chosen in combinations(ends, size)
    ]

    def equation(units: tuple[Unit, ...]) -> dict[int, Fraction]:
        below = (
            frozenset(ends)
            if not units
            else frozenset().union(*(tree.under(unit.id) for unit in units))
        )
        return {i: Fraction(1) for i, kind in enumerate(kinds) if kind & below}

    told = [
        equation(units) for units in questions(tree) if answer(tree, persons, units) is not None
    ]
    for unit in tree.units[1:]:
        if answer(tree, persons, (unit,)) is None:
            assert not follows(told, equation((unit,))), f"{unit.code} can be worked out; {persons}"


def follows(known: list[dict[int, Fraction]], wanted: dict[int, Fraction]) -> bool:
    """Whether a sum follows from known sums: it is a combination of them."""
    basis: dict[int, dict[int, Fraction]] = {}

    def reduced(row: dict[int, Fraction]) -> dict[int, Fraction]:
        row = dict(row)
        while row and min(row) in basis:
            first = min(row)
            factor = row[first]
            for i, value in basis[first].items():
                row[i] = row.get(i, Fraction(0)) - factor * value
                if not row[i]:
                    del row[i]
        return row

    for row in known:
        left = reduced(row)
        if left:
            first = min(left)
            basis[first] = {i: value / left[first] for i, value in left.items()}
    return not reduced(wanted)


def test_the_solver_would_find_a_cell_that_is_given_away():
    """A total less its one shown part is the other one."""
    one = Fraction(1)
    assert follows([{0: one, 1: one}, {0: one}], {1: one})
    assert not follows([{0: one, 1: one, 2: one}, {0: one}], {1: one})


def test_the_whole_of_the_demonstration_gives_no_direction_away(sqlite_demo):
    """The real charts: everything that is told of every unit, at two dates, by intervals."""
    with reading(sqlite_demo) as session:
        chart, choices = organisation(session), ambitions(session)
        for on in (date(2022, 12, 31), date(2023, 6, 30)):
            scope = Scope.for_reader(OPERATOR, {"au": str(on)}, FROZEN, chart.at, choices)
            for found in (
                trained(session, scope, on, window_start(on)),
                idea_authors.authors(session, scope, on),
            ):
                persons = {service: set(who) for service, who in found.items()}
                seen: set[int] = set()
                for service in sorted(
                    persons
                ):  # each person once, so that the counts add up as the intervals need
                    persons[service] -= seen
                    seen |= persons[service]
                counts = {
                    unit: share.n
                    for unit, share in parts_of(
                        scope, share_of, shares(persons, {})
                    ).by_unit.items()
                }
                bounds = ranges(scope.tree, counts, protect(counts, scope.tree))
                for unit in protect(counts, scope.tree):
                    assert bounds[unit][0] < bounds[unit][1] and bounds[unit][1] >= SMALLEST
