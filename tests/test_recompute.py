"""Every figure at ten dates, in three places and on both engines, against the independent
recomputation in pandas; one truth per fact; what holds whatever the data; the board beside the
independent recomputation.
"""

import json
import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from html import unescape
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import example, given, settings, strategies as st
from sqlalchemy import Engine
from support.commands import run_command
from support.pages import arrive, html_of
from support.random_charts import Branch, charted, ranges, some_charts
from support.recomputed import Recomputed, day, exported
from support.transactions import read_with
from support.troupe import BOTH, FROZEN, STREAMS, in_turn, once_each

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.figures.board import Board, board
from dashboard.figures.kinds import every_value, of_persons
from dashboard.figures.persons import Parts, Share, parts_of, rate_of_persons, share_of, shares
from dashboard.figures.sentences import late_first
from dashboard.figures.workstreams import WorkstreamState, health_of, lost_points, workstream_states
from dashboard.formulas import progress_health
from dashboard.queries.figures.small_cells import SMALLEST, Protection
from dashboard.queries.ideas.waiting import count_late
from dashboard.queries.roadmap import whole_roadmap
from dashboard.report.pack import gather
from dashboard.scope import Scope
from dashboard.ui.charts import format_value
from models.clock import month_ends
from models.database import reading
from models.directions import Tree, Unit, UnitKind

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Every figure at ten dates, in three places and on both engines, against the independent
# recomputation in pandas; one truth per fact; what holds whatever the data

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Every figure at ten dates, in three places and on both engines, against the independent
# recomputation in pandas

pytestmark = pytest.mark.slow

DATES = (
    "2021-06-30",
    "2021-10-15",
    "2021-12-31",
    "2022-03-31",
    "2022-06-30",
    "2022-09-14",
    "2022-12-31",
    "2023-03-15",
    "2023-05-31",
    "2023-06-30",
)
SOME_DATES = DATES[1::2]
PLACES = (None, "VC", "VC-JSP")


@pytest.fixture(scope="module", params=BOTH)
def told(request, demo_on) -> tuple[Engine, dict[str, pd.DataFrame]]:
    """The demonstration and its raw rows."""
    engine = demo_on(request.param)
    return engine, exported(engine)


@pytest.mark.parametrize("told,on,unit", once_each(SOME_DATES, PLACES), ids=str, indirect=["told"])
def test_every_value_is_the_recomputed_one(told, scope_for, on, unit):
    engine, raw = told
    assert differing(engine, raw, scope_for, on, unit) == {}


@pytest.mark.parametrize("told,on", in_turn(DATES[2::3]), ids=str, indirect=["told"])
@pytest.mark.parametrize("part", ["ideas", "academy"])
def test_of_an_ambition_too(told, scope_for, on, part):
    engine, raw = told
    of_ambition = {"ambition": "modernisation", "part": part}
    assert differing(engine, raw, scope_for, on, None, **of_ambition) == {}


@pytest.mark.parametrize("told", ["sqlite"], indirect=True)
def test_the_comparison_compares(told, scope_for):
    """It would prove little if most were n.d. or hidden; and a wrong count is found."""
    engine, raw = told
    entries = [entry for on in DATES[2::3] for entry in shown(engine, scope_for, on, None).values()]
    hidden = sum(entry["suppressed"] for entry in entries)
    known = sum(entry["value"] is not None for entry in entries)
    assert known > 0.65 * len(entries) and hidden < 0.1 * len(entries), (
        known,
        hidden,
        len(entries),
    )
    one_less = raw | {
        "idea_event": raw["idea_event"][raw["idea_event"]["what"] != "depot"].iloc[:0]
    }
    entry = shown(engine, scope_for, "2023-06-30", None)["idees.pour-100"]
    assert not is_same(entry, Recomputed(one_less, day("2023-06-30")).ideas()["idees.pour-100"])


def test_the_command_says_what_the_board_says(sqlite_copy, scope_for, commands_on):
    commands_on(sqlite_copy)
    for place in ({}, {"direction": "VC-JSP"}):
        words = [word for name, value in place.items() for word in (f"--{name}", value)]
        said = run_command("figures", "--au", "2023-03-15", "--format", "json", *words)
        assert said.exit_code == 0, said.output
        by_code = {entry["code"]: entry for entry in json.loads(said.stdout)["figures"]}
        assert by_code == shown(sqlite_copy, scope_for, "2023-03-15", place.get("direction"))
    assert list(by_code) == [value.code for _, value in every_value(STREAMS)]


# ── One truth per fact ────────────────────────────────────────────────────────────────────────────
# Wherever a fact of the programme stands, it is the same number and the same word.

DAYS = ("2023-06-30", "2023-02-28")
AGAINST_PLAN = r"\d+,\d points? (?:sous le|au-dessus du) prévu"
LATE = r"\d+,\d mois (?:de retard|d'avance)"


def plain(html: str) -> str:
    said = unescape(re.sub(r"<[^>]+>", " ", html)).replace("’", "'").replace("\u200b", "")
    return re.sub(r"\s+", " ", said)


@pytest.fixture(scope="module", params=DAYS)
def chosen_day(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def known(demo_on, scope_for, chosen_day) -> tuple[Board, list[WorkstreamState], dict[str, int]]:
    """The figures, the workstreams, and what is late, asked once and directly."""
    with reading(demo_on("sqlite")) as session:
        scope = scope_for(session, OPERATOR, au=chosen_day)
        roadmap = whole_roadmap(session)
        late = {
            "milestones": len(late_first(roadmap.at(scope.on), scope.on)),
            "answers": count_late(session, scope),
        }
        return board(session, scope), workstream_states(roadmap, scope.on), late


@pytest.fixture(scope="module")
def pages(demonstration, chosen_day) -> dict[str, str]:
    """What the screens of that day say to Élise; the front page has no day but today."""
    found = {
        "cockpit": ("tableau-de-bord", ""),
        "a direction": ("tableau-de-bord", "&direction=VC"),
        "roadmap": ("feuille-de-route", ""),
        "gap": ("pourquoi", "&chiffre=ecart.points"),
        "progress": ("pourquoi", "&chiffre=avancement"),
    } | ({"front": ("", "")} if chosen_day == DAYS[0] else {})
    return {
        name: plain(
            " ".join(html_of(arrive(demonstration, "elise", url, f"au={chosen_day}{more}")))
        )
        for name, (url, more) in found.items()
    }


def test_the_gap_the_progress_and_the_delay_are_one_on_every_screen(pages, known):
    figures, _, _ = known
    gap = french.against_plan(figures["ecart.points"].value).replace("\xa0", " ")
    months = plain(french.months_late(figures["ecart.mois"].value))
    done = plain(french.percent(figures["avancement"].value))
    for name in ("cockpit", "a direction", "front"):
        if said := pages.get(name):
            assert gap in said and done in said and months in said, name
            assert set(re.findall(AGAINST_PLAN, said)) == {gap}, name
            assert set(re.findall(LATE, said)) == {months}, name
    signed = plain(french.signed(figures["ecart.points"].value, "point", 1))
    assert f"soit {signed}" in pages["gap"] and done in pages["progress"]
    assert gap in pages["roadmap"]
    # Beside its target the progress has no second gap, and no second status.
    assert not re.search(r"[−+]\d+,\d points par rapport", pages["progress"])


def test_a_workstream_has_one_gap_and_one_status_everywhere(pages, known):
    _, states, _ = known
    for state in states:
        gap = plain(french.signed(state.gap, "point", 1))
        for name in ("cockpit", "roadmap"):
            at = [found.start() for found in re.finditer(state.workstream.short_name, pages[name])]
            rows = [pages[name][start : start + 420] for start in at]
            assert [row for row in rows if gap in row and state.verdict.health.label in row], name


@pytest.mark.parametrize("number", ["2.7", "5.9", "1.1"])
def test_a_milestone_has_one_status_on_every_place(demonstration, number):
    with reading(demonstration) as session:
        m = whole_roadmap(session).one(number, FROZEN)
    status = health_of(m, FROZEN).health.label
    for url, query in (
        ("feuille-de-route", f"jalon={number}"),
        ("programme", f"jalon={number}"),
        ("tout", f"q={number}"),
    ):
        said = plain(" ".join(html_of(arrive(demonstration, "didier", url, query))))
        assert status.lower() in said.lower(), (url, status)
        assert not re.search(r"Statut En cours|Jalon 2\.7, en cours", said), url


def test_a_lowered_status_says_why_where_it_stands(pages, known):
    _, states, _ = known
    said = pages["cockpit"]
    lowered = [s for s in states if s.lowered_in_words]
    for state in lowered:
        assert state.verdict.health != progress_health(state.earned, state.planned).health
        assert plain(state.lowered_in_words) in said
    assert lowered


def test_what_milestones_lost_sums_to_the_gap_to_the_digit(open_page, demo_on, known, chosen_day):
    figures, _, _ = known
    gap = figures["ecart.points"].value
    lost = lost_points(
        read_with(demo_on("sqlite"), whole_roadmap).at(figures.scope.on), figures.scope.on
    )
    assert sum(points for _, points in lost) == pytest.approx(gap)
    html = " ".join(html_of(open_page("elise", "tableau-de-bord", f"au={chosen_day}")))
    part = html[html.index("cp-falls") :].partition("</section>")[0]
    shown = [
        float(number.replace("−", "-").replace("+", "").replace(",", "."))
        for number in re.findall(r"<b>([−+]?\d+,\d)</b>", part)
    ]
    assert sum(shown) == pytest.approx(round(gap, 1)) and len(shown) > 3
    worst = lost[0][0]
    assert worst.plan.title.split()[0] in part and worst.schedule.owner in unescape(part)


def test_what_is_late_is_counted_alike(pages, demo_on, scope_for, known, chosen_day):
    _, _, late = known
    answers, milestones = late["answers"], late["milestones"]
    wanted = {
        french.counted(answers, "réponse en retard", "réponses en retard"),
        french.counted(milestones, "jalon en retard", "jalons en retard"),
    } - {french.counted(0, "jalon en retard"), french.counted(0, "réponse en retard")}
    with reading(demo_on("sqlite")) as session:
        pack = gather(session, scope_for(session, OPERATOR, au=chosen_day))
    papers = plain(" ".join(pack.sentences))
    for name in ("cockpit", "front"):
        for words in map(plain, wanted):
            assert name not in pages or words in pages[name], (name, words)
    assert all(words in papers for words in map(plain, wanted))


def test_directions_on_one_picture_have_the_values_of_their_own_pages(
    demo_on, demonstration, scope_for, chosen_day
):
    compared = f"au={chosen_day}&direction=DF,VC"
    said = plain(" ".join(html_of(arrive(demonstration, "elise", "tableau-de-bord", compared))))
    table = said[said.index("Par rapport à l'ensemble et à la cible") :].partition("Où nous en")[0]
    with reading(demo_on("sqlite")) as session:
        for code in ("DF", "VC"):
            scope = scope_for(session, OPERATOR, au=chosen_day, direction=code)
            for entry in board(session, scope, ["couverture", "formation"]).entries:
                if "@" not in entry.code:
                    assert plain(format_value(entry)) in table, (code, entry.code)
    whole = " ".join(html_of(arrive(demonstration, "elise", "tableau-de-bord", "direction=ADM")))
    assert re.search(r'direction=DG%2CDF[^"]+">Comparer des directions', unescape(whole))


# ── What holds whatever the data ──────────────────────────────────────────────────────────────────
# Weights, later facts, cancellations, erasures, small cells under
# any question.
#
# Properties of single formulae are in test_formulas.py, those of one chart of cells in
# test_cells.py;
# these are of the whole board, or of several questions put together.

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
    all_told = {unit: part.counts() for unit, part in all_parts(tree, persons).by_unit.items()}
    assert hidden >= Protection(all_told, tree).hidden()
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


# ── The board beside the independent recomputation ────────────────────────────────────────────────
# What each of them says of every value, and where they differ.

OF_PERSONS = of_persons()
# What is counted by department at most, and by no direction.
BY_DEPARTMENT = {"ambassadeurs-actifs", "retention", "managers"}
second_path_SMALLEST = 5
START = date(2021, 1, 1)


def shown(
    engine: Engine,
    scope_for: Callable[..., Scope],
    on: str,
    unit: str | None,
    ambition: str | None = None,
) -> dict[str, dict]:
    """What `figures --au D --format json` says, by code."""
    place = {"direction": unit, "ambition": ambition}
    address = {name: code for name, code in place.items() if code}
    with reading(engine) as session:
        scope = scope_for(session, OPERATOR, FROZEN, au=on, **address)
        assert scope.ignored == ()
        return {entry["code"]: entry for entry in board(session, scope).as_json()["figures"]}


def is_same(entry: dict, expected: tuple) -> bool:
    """Value and both counts, where the recomputation gives them; n.d. is n.d. on both sides."""
    value, numerator, denominator = expected
    if value is None or entry["value"] is None:
        return value is None and entry["value"] is None
    counts = numerator is None or (entry["numerator"], entry["denominator"]) == pytest.approx(
        (numerator, denominator)
    )
    return counts and entry["value"] == pytest.approx(value, abs=1e-9)


def is_small(code: str, expected: tuple) -> bool:
    """A cell of fewer than five persons (the number itself where the figure is one, and then 0
    is said).
    """
    value, numerator, _ = expected
    if code == "attente":
        return value is not None and 0 < value < second_path_SMALLEST
    if code in ("heures", "presence.taux"):
        return False
    return numerator is not None and numerator < second_path_SMALLEST


def differing(
    engine: Engine,
    raw: dict[str, pd.DataFrame],
    scope_for: Callable[..., Scope],
    on: str,
    unit: str | None,
    ambition: str | None = None,
    part: str = "figures",
) -> dict[str, tuple]:
    """Code → what is shown and what was recomputed, where both are not the same; a small cell is
    hidden, never shown. `part`: of the figures of one subject.
    """

    def recomputed(at: pd.Timestamp) -> dict[str, tuple]:
        return getattr(Recomputed(raw, at, unit, ambition), part)()

    entries = shown(engine, scope_for, on, unit, ambition)
    expected = recomputed(day(on))
    assert part != "figures" or set(expected) == set(entries)
    different = {
        code: found
        for code, wanted in expected.items()
        if (found := _difference(code, entries[code], wanted, unit))
    }
    held = {code: entries[code] for code in different if code in OF_PERSONS}
    for month in reversed(month_ends(day(on).date(), first=START)[:-1]) if held else ():
        earlier = recomputed(pd.Timestamp(month))
        for code, entry in held.items():
            if is_same(entry, earlier[code]) and is_near(code, expected[code], earlier[code]):
                different.pop(code, None)
    return different


def is_near(code: str, now: tuple, then: tuple) -> bool:
    """Whether a count of persons is told as it was at an earlier month end: it changed by fewer
    than five. A second value waits for the one that it is a part of, and hours for their persons.
    """
    if code == "heures" or "@" in code or code == "presence.non-excusees":
        return True
    return (
        abs((now[1] if now[1] is not None else now[0]) - (then[1] or then[0]))
        < second_path_SMALLEST
    )


def _difference(code: str, entry: dict, wanted: tuple, unit: str | None) -> tuple | None:
    told = (entry["value"], entry["numerator"], entry["denominator"])
    if code in BY_DEPARTMENT and unit == "VC-JSP":
        is_hidden = entry["value"] is None and entry["numerator"] is None
        return None if is_hidden else ("told of a direction", told)
    if entry["suppressed"]:
        is_hidden = entry["value"] is None and entry["numerator"] is None
        return None if code in OF_PERSONS and is_hidden else ("hidden, and told", told)
    if code in OF_PERSONS and is_small(code, wanted) and entry["value"] is not None:
        return ("a small cell is shown", wanted)
    return None if is_same(entry, wanted) else (told, wanted)
