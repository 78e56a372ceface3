"""No figure of persons tells of fewer than five, at the whole, by ambition, by direction, at any;
small cells; quelles voix manquent.
"""

import io
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings, strategies as st
from pypdf import PdfReader
from sqlalchemy import text
from sqlmodel import Session
from support.pages import html_of, visit
from support.random_charts import Branch, charted, ranges, some_charts
from support.transactions import refuses
from support.troupe import FROZEN, STREAMS

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.news import publish
from dashboard.actions.surveys.questions import prepare_participation
from dashboard.figures import REGISTRY, kinds
from dashboard.figures.board import Board, Entry, board
from dashboard.figures.kinds import Breakdown, Point, Reads, every_value, of_persons
from dashboard.figures.reasons import counts_in_words, formula_in_numbers, say
from dashboard.figures.voices import (
    AUTHORS,
    OWN,
    VOICES,
    came_before,
    definition_of,
    families,
    groups,
    units_shown,
)
from dashboard.formulas import wilson
from dashboard.french import share_in_words
from dashboard.queries import directions, voices as query
from dashboard.queries.academy import counts
from dashboard.queries.directions import ambitions
from dashboard.queries.figures.small_cells import (
    HANDFUL,
    SMALLEST,
    Protection,
    protect,
    protect_parts,
)
from dashboard.queries.ideas.counts import authors_by_ambition
from dashboard.queries.meetings.records import calendar
from dashboard.queries.news import published
from dashboard.queries.surveys.asked import questions_of
from dashboard.queries.voices import Group, most_missing
from dashboard.report import pack, pdf
from dashboard.report.public import situation
from dashboard.report.workbook import workbook
from dashboard.screens.voices import public_quality, quality_rows, sentence
from dashboard.ui.charts import card_of, figure_rows
from models.clock import half_years, month_ends, window_start
from models.database import reading, writing
from models.directions import Tree, Unit, UnitKind
from models.meetings import Attendance
from models.surveys import QuestionKind, SurveyState

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# No figure of persons tells of fewer than five, at the whole, by ambition, by direction, at any
# Date and by any path.
#
# The figures are those that declare themselves as counting persons: one more is tested without an
# edit.

VALUES = {value.code: value for _, value in every_value(STREAMS)}
FIGURE_OF = {value.code: figure for figure, value in every_value(STREAMS)}
FIGURES = sorted({FIGURE_OF[code].code for code in of_persons()})
MONTHS = month_ends(date(2023, 6, 30), 20)
SOME_MONTHS = MONTHS[::-5]
# Of these the denominator is no count of persons that the numerator is part of.
WITHOUT_COMPLEMENT = {"heures", "attente"}


def told_of(entry: Entry) -> list[float]:
    """Every count of persons that one entry tells, those it leaves to a subtraction included."""
    assert not entry.suppressed or (entry.value, entry.numerator) == (None, None), entry.code
    if entry.value is None:
        return []
    if entry.code in WITHOUT_COMPLEMENT:
        # Nobody on a waiting list is said.
        return [entry.value] if entry.code == "attente" and entry.value else []
    return [entry.numerator, entry.denominator - entry.numerator]


def shown(session: Session, scope_for, on: date, **address: str) -> Board:
    scope = scope_for(session, OPERATOR, au=str(on), **address)
    assert scope.ignored == ()
    return board(session, scope, FIGURES)


def persons(found: Board) -> list[Entry]:
    return [entry for entry in found.entries if entry.code in of_persons()]


def test_every_figure_cut_by_person_says_which_of_its_values_count_persons():
    by_person = [
        figure
        for figure in REGISTRY.values()
        if figure.cut in (Breakdown.person, Breakdown.department)
    ]
    silent = {
        figure.code for figure in by_person if not any(value.of_persons for value in figure.values)
    }
    assert silent == {
        "couverture",
        "bien-etre",
    }, "services, and averages that have a rule of their own (n below 10)"


@pytest.mark.slow
@pytest.mark.parametrize("on", SOME_MONTHS, ids=str)
def test_at_the_whole_and_by_ambition_no_count_is_below_five(sqlite_demo, scope_for, on):
    """Nor is it by subtraction: « 2 / 24 » absences, 22 of 24 presences, the whole less four
    ambitions.
    """
    with reading(sqlite_demo) as session:
        whole = shown(session, scope_for, on)
        cut = [shown(session, scope_for, on, ambition=one.code) for one in ambitions(session)]
        nowhere = authors_by_ambition(session, whole.scope, on, window_start(on)).get(0, set())
    for entry in persons(whole):
        parts = [part[entry.code] for part in cut]
        assert all(n >= SMALLEST for one in (entry, *parts) for n in told_of(one)), (entry, parts)
        if FIGURE_OF[entry.code].cut == Breakdown.department:
            continue  # no ambition has ambassadors of its own: five times the same
        hidden = [part for part in parts if part.suppressed]
        is_alone = len(hidden) == 1 and not (entry.code == "idees.auteurs" and nowhere)
        assert not is_alone, f"{entry.code} of one ambition is the whole less the others"
        if (
            hidden
            and not entry.suppressed
            and entry.code != "attente"
            and entry.numerator is not None
        ):
            rest = entry.numerator - sum(part.numerator or 0 for part in parts)
            assert rest >= SMALLEST or entry.code in ("formation", "idees.auteurs"), entry.code


def persons_behind(point: Point, code: str) -> float | None:
    """The persons a point tells of; hours are told with those who followed them."""
    if code == "heures":
        return point.n
    return point.value if point.numerator is None else point.numerator


@pytest.mark.parametrize("code", sorted(FIGURES))
@pytest.mark.slow
def test_two_month_ends_subtracted_tell_of_nobody(sqlite_demo, scope_for, code):
    """« 24 agents formés » then 25 would tell of one person's training."""
    with reading(sqlite_demo) as session:
        whole = scope_for(session, OPERATOR)
        addresses = [{}, *({"direction": unit.code} for unit in whole.tree.units[:30])]
        reads = Reads(session)
        for address in addresses:
            scope = scope_for(session, OPERATOR, **address)
            for value, points in reads.points(REGISTRY[code], scope, MONTHS).items():
                if not VALUES[value].of_persons or VALUES[value].counted_daily:
                    continue
                told = [point for point in points if point.value is not None]
                for before, after in pairwise(told):
                    change = abs(persons_behind(after, value) - persons_behind(before, value))
                    assert change == 0 or change >= SMALLEST, (value, address, before, after)
                    if value == "heures" and not change:
                        assert before.numerator == after.numerator, (address, before, after)


def test_a_count_that_hardly_changed_says_from_when_it_is(sqlite_demo, scope_for):
    """51 authors in June after 55 in May: June says 55, with the day of May's data."""
    with reading(sqlite_demo) as session:
        may, june = (
            board(session, scope_for(session, OPERATOR, au=au), ["idees"])["idees.auteurs"]
            for au in ("2023-05-31", "2023-06-30")
        )
    assert (june.numerator, june.fresh_on) == (may.numerator, may.fresh_on)
    assert june.fresh_on <= date(2023, 5, 31)


@pytest.mark.slow
def test_what_two_figures_leave_together_is_no_small_cell(sqlite_demo, scope_for):
    """Seats less presences less absences are those excused; seats less persons trained are at
    least those absent.
    """
    with reading(sqlite_demo) as session:
        choices = [None, *(one.code for one in ambitions(session))]
        for on in MONTHS[::5]:
            for code in choices:
                scope = scope_for(
                    session, OPERATOR, au=str(on), **({"ambition": code} if code else {})
                )
                found = board(session, scope, [*FIGURES, "remplissage"])
                came, absent, seats = (
                    found["presence.taux"],
                    found["presence.non-excusees"],
                    found["remplissage"].numerator,
                )
                trained, answered = found["formation"], found["satisfaction.reponses"]
                if came.value is not None and absent.value is not None:
                    assert came.denominator - came.numerator - absent.numerator >= SMALLEST, (
                        on,
                        code,
                    )
                if seats and trained.value is not None:
                    assert seats - trained.numerator >= SMALLEST, (on, code)
                if seats and answered.value is not None:
                    assert seats - answered.denominator >= SMALLEST, (on, code)


@pytest.mark.slow
@pytest.mark.parametrize("on", [date(2022, 11, 15)], ids=str)
def test_by_direction_no_count_is_below_five_nor_left_by_a_subtraction(sqlite_demo, scope_for, on):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR, au=str(on))
        boards = {
            unit.id: shown(session, scope_for, on, direction=unit.code)
            for unit in scope.tree.units
            if unit.parent
        }
        boards[scope.tree.root.id] = board(session, scope, FIGURES)
    for unit in scope.tree.units:
        below = [boards[child.id] for child in scope.tree.children.get(unit.id, [])]
        for entry in persons(boards[unit.id]):
            assert all(n >= SMALLEST for n in told_of(entry)), (unit.code, entry)
            hidden = [part for part in below if part[entry.code].suppressed]
            if not entry.suppressed and entry.value is not None and below and hidden:
                assert len(hidden) >= 2 or len(below) == 1, (unit.code, entry.code)


SMALL = {
    "le tout": {"au": "2022-09-30"},
    "une ambition": {"au": "2022-12-31", "ambition": "competences"},
}


@pytest.fixture
def small(request, sqlite_copy, scope_for, commands_on):
    """A session, a scope and the counts that must not be read: of seats booked and of those who
    came or did not.
    """
    commands_on(sqlite_copy)
    with reading(sqlite_copy) as session:
        scope = scope_for(session, OPERATOR, **SMALL[request.param])
        asked = session, scope, scope.on, window_start(scope.on)
        key = scope.ambition.id if scope.ambition else None
        by_ambition = counts.attendance_by_ambition(*asked)
        there = counts.attendance_of(
            part for ambition, part in by_ambition.items() if key in (None, ambition)
        )
        assert there.booked and (there.no_show < SMALLEST or there.booked - there.full < SMALLEST)
        yield session, scope, there


def forbidden(there: counts.AttendanceCounts) -> list[str]:
    return [
        rf"\b{there.no_show}\s*(?:/|÷|sur)\s*{there.booked}\b",
        rf"\bnon excusées : {there.no_show}\b",
    ]


def without_blanks(said: str) -> str:
    return re.sub(r"\s+", " ", said.replace("\u200b", ""))


@pytest.mark.slow
@pytest.mark.parametrize("small", ["le tout"], indirect=True)
def test_the_report_its_workbook_and_its_json_tell_no_small_cell(small):
    session, scope, there = small
    made = pack.gather(session, scope)
    rows = openpyxl.load_workbook(io.BytesIO(workbook(made)))["Chiffres"].iter_rows(
        min_row=2, values_only=True
    )
    row = next(row for row in rows if row[0] == "presence.non-excusees")
    assert row[2] == kinds.SMALL and row[4:7] == (None, None, None)
    said = without_blanks(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.dossier(made))).pages)
    )
    assert not [pattern for pattern in forbidden(there) if re.search(pattern, said)]
    told = next(
        one for one in made.board.as_json()["figures"] if one["code"] == "presence.non-excusees"
    )
    assert (
        told["value"],
        told["numerator"],
        told["denominator"],
        told["n"],
        told["suppressed"],
    ) == (None,) * 4 + (True,)


@pytest.mark.slow
@pytest.mark.parametrize("small", ["une ambition"], indirect=True)
def test_why_card_curve_and_export_tell_no_small_cell(small):
    session, scope, there = small
    found = board(session, scope)
    for code in of_persons():
        entry, value = found[code], VALUES[code]
        if not entry.suppressed:
            continue
        assert formula_in_numbers(value, entry) == "" and say(entry.value, value.unit) == "n.d."
        assert counts_in_words(value, entry) == "non affichés (petit effectif)"
    card = card_of(scope, found["presence.non-excusees"])
    assert card.entry.suppressed and card.entry.value is None and card.trend[-1] is None
    exported = next(row for row in figure_rows(scope) if row[0] == "presence.non-excusees")
    assert exported[2:6] == (kinds.SMALL, None, None, None)
    assert not [
        pattern
        for pattern in forbidden(there)
        if re.search(pattern, without_blanks(str(figure_rows(scope))))
    ]


@pytest.mark.parametrize("login", ["alice", "carine", "didier"])
def test_the_catalogue_does_not_tell_who_came(open_page, login):
    """The seats of a training are public; seats less presences would be the few who were absent."""
    drawn = " ".join(html_of(open_page(login, "academie", "vue=toutes")))
    (head,) = (part for part in re.findall("<thead.*?</thead>", drawn, re.S) if "Formateur" in part)
    headings = re.findall(r"<th\b[^>]*>([^<]+)</th>", head)
    assert "Remplissage" in headings
    assert not {"Présents", "Présences", "Absents"} & set(headings)


# --- the rule itself ------------------------------------------------------------------------------

pairs = st.tuples(st.integers(0, 30), st.integers(0, 30))


@settings(max_examples=133)
@given(st.lists(pairs, min_size=1, max_size=6), pairs)
def test_two_counts_of_the_same_parts_are_hidden_together(parts, elsewhere):
    """What a shown whole less its shown parts leaves is at least five of each, in two cells at
    least.
    """
    cells = {key: part for key, part in enumerate(parts, 1)}
    whole = tuple(
        sum(column) + more for column, more in zip(zip(*parts, strict=True), elsewhere, strict=True)
    )
    hidden = protect_parts(whole, cells)
    assert {key for key, part in cells.items() if min(part) < SMALLEST} <= hidden <= set(cells)
    if min(whole) < SMALLEST:
        return
    left = [
        n - sum(cells[key][i] for key in cells if key not in hidden) for i, n in enumerate(whole)
    ]
    unseen = len(hidden) + (elsewhere[0] > 0)
    if hidden and elsewhere[0]:
        assert min(left) >= SMALLEST and unseen >= 2
    elif hidden:
        assert (unseen >= 2 or len(cells) == 1) and all(n >= SMALLEST for n in left)


def test_persons_of_a_direction_who_are_in_no_service_are_a_cell():
    """Two persons at the head of a direction: the direction less its services would be the two."""
    tree = Tree(
        (
            Unit(1, "A", "A", UnitKind.root, None, 1),
            Unit(2, "B", "B", UnitKind.service, 1, 2),
            Unit(3, "C", "C", UnitKind.service, 1, 3),
        )
    )
    assert Protection({1: (32,), 2: (10,), 3: (20,)}, tree).hidden() == {2}


# ── Small cells ───────────────────────────────────────────────────────────────────────────────────
# Whoever adds and subtracts everything that is shown learns no hidden count, at any level.


@given(some_charts)
def test_every_count_below_five_is_hidden(chart):
    tree, counts = chart
    assert {unit for unit, n in counts.items() if n < SMALLEST} <= protect(counts, tree)


@given(some_charts)
def test_nothing_is_hidden_where_every_count_is_five_or_more(chart):
    tree, counts = chart
    lifted = {unit: n + SMALLEST * (len(tree.under(unit)) or 1) for unit, n in counts.items()}
    leaves = {unit: n for unit, n in lifted.items() if not tree.children.get(unit)}
    summed = {
        unit.id: sum(leaves.get(below, 0) for below in tree.under(unit.id)) for unit in tree.units
    }
    assert protect(summed, tree) == frozenset()


@pytest.mark.slow
@settings(max_examples=133)
@given(some_charts)
def test_a_shown_total_less_its_shown_children_gives_nothing_away(chart):
    """Level by level: what is left of a shown parent is nothing, or at least two cells that sum
    to five or more.
    """
    tree, counts = chart
    hidden = protect(counts, tree)
    for unit in tree.units:
        children = [child.id for child in tree.children.get(unit.id, [])]
        concealed = [child for child in children if child in hidden]
        if not children:
            continue
        if unit.id in hidden:
            assert concealed, "a hidden total could be added up again from its children"
        elif concealed:
            left = counts[unit.id] - sum(counts[child] for child in children if child not in hidden)
            assert left == sum(counts[child] for child in concealed)
            assert len(concealed) >= 2 or len(children) == 1, (
                "a single hidden cell is the difference"
            )
            assert left >= SMALLEST


@pytest.mark.slow
@settings(max_examples=266)
@given(some_charts)
def test_no_hidden_count_can_be_worked_out_across_levels(chart):
    """A count that can only have one value is not hidden, whatever levels were combined to find
    it.
    """
    tree, counts = chart
    hidden = protect(counts, tree)
    if tree.units[0].id in hidden:
        return  # the whole itself is small: nothing below it is shown
    bounds = ranges(tree, counts, hidden)
    for unit in hidden:
        low, high = bounds[unit]
        assert low <= counts[unit] <= high
        assert low < high, (
            f"unit {unit} can only be {low:.0f}; counts {counts}, hidden {sorted(hidden)}"
        )
        assert high >= SMALLEST, (
            f"unit {unit} is known to be below five; counts {counts}, hidden {sorted(hidden)}"
        )


@pytest.mark.slow
@settings(max_examples=133)
@given(some_charts)
def test_where_nobody_is_told_no_other_count_can_be_worked_out(chart):
    tree, counts = chart
    hidden = Protection({unit: (n,) for unit, n in counts.items()}, tree, True).hidden()
    assert {unit for unit, n in counts.items() if 0 < n < SMALLEST} <= hidden
    if tree.units[0].id in hidden:
        return
    bounds = ranges(tree, counts, hidden)
    assert all(low < high and high >= SMALLEST for low, high in (bounds[unit] for unit in hidden))


@pytest.mark.slow
@settings(max_examples=133)
@given(some_charts, st.sets(st.integers(1, 60)))
def test_a_total_across_the_chart_gives_no_hidden_count_away(chart, chosen):
    """Told beside all that is shown, what some services have together: no system of sums then has
    one value for a hidden service.
    """
    tree, counts = chart
    leaves = [unit.id for unit in tree.units if not tree.children.get(unit.id)]
    apart = frozenset(chosen) & frozenset(leaves)
    shares = {unit: (n,) for unit, n in counts.items()}
    hidden = protect(counts, tree)
    if tree.units[0].id in hidden or not Protection(shares, tree).is_split_safe(apart):
        return
    told = [tree.under(unit.id) for unit in tree.units if unit.id not in hidden]
    sums = [[leaf in under for leaf in leaves] for under in [*told, apart]]
    rank = np.linalg.matrix_rank(np.array(sums, float))
    for place, leaf in enumerate(leaves):
        if leaf in hidden:
            alone = [[x == place for x in range(len(leaves))]]
            assert np.linalg.matrix_rank(np.array(sums + alone, float)) > rank


def test_two_directions_whose_hidden_services_lie_on_both_sides_are_not_split():
    """3 and 4 are hidden together; the total of one side would say which is which."""
    tree, counts = charted(
        Branch(below=[Branch(below=[Branch(3), Branch(4), Branch(40)]), Branch(below=[Branch(50)])])
    )
    shares = {unit: (n,) for unit, n in counts.items()}
    first, second, third = (u.id for u in tree.units if counts[u.id] in (3, 4, 40))
    assert {first, second} <= protect(counts, tree)
    assert not Protection(shares, tree).is_split_safe(frozenset({first, third}))
    assert Protection(shares, tree).is_split_safe(frozenset({first, second, third}))


def test_where_the_whole_is_small_nothing_is_shown():
    tree, counts = charted(
        Branch(below=[Branch(below=[Branch(2)]), Branch(below=[Branch(1), Branch(0)])])
    )
    assert protect(counts, tree) == frozenset(counts)


def test_a_unit_alone_in_its_parent_is_hidden_with_it():
    """A direction with one service: the same count twice; hiding one and showing the other would
    say it.
    """
    tree, counts = charted(
        Branch(
            below=[
                Branch(below=[Branch(3)]),
                Branch(below=[Branch(20)]),
                Branch(below=[Branch(30)]),
            ]
        )
    )
    hidden = protect(counts, tree)
    assert {2, 3} <= hidden
    for direction, service in ((2, 3), (4, 5), (6, 7)):
        assert (direction in hidden) == (service in hidden)


@pytest.mark.parametrize(
    "cells,expected",
    [([10, 20, 30], 0), ([3, 20, 30], 2), ([3, 4, 30], 2), ([0, 4, 30], 3), ([0, 0, 30, 40], 3)],
)
def test_as_many_siblings_are_hidden_as_needed_and_no_more(cells, expected):
    tree, counts = charted(Branch(below=[Branch(n) for n in cells]))
    hidden = protect(counts, tree)
    assert len(hidden) == expected and 1 not in hidden
    assert {counts[unit] for unit in hidden} == set(sorted(cells)[:expected])


def test_a_zero_two_levels_down_is_not_told_by_the_whole():
    """Five in one service, none anywhere else: the whole less that service would say zero of all
    the others.
    """
    tree, counts = charted(
        Branch(below=[Branch(below=[Branch(0)]), Branch(below=[Branch(0), Branch(5)])])
    )
    assert protect(counts, tree) == {2, 3, 4, 5, 6}


def test_a_missing_count_is_zero():
    tree, counts = charted(Branch(below=[Branch(0), Branch(9), Branch(12)]))
    del counts[2]
    assert 2 in protect(counts, tree) and len(protect(counts, tree)) >= 2


# ── Quelles voix manquent ─────────────────────────────────────────────────────────────────────────
# Each group's share of the agents beside its share of the voices, recounted by plain SQL; no small
# cell, nobody twice, and a sentence by a rule.

PERSONS = ("auteurs", "soutiens", "reunions", "formes", "enquetes")
ENTRIES = ("idees", "retenues", "realisees")
# The persons of a voice, one row each with the service that counts, between :first and :last.
SQL = {
    "soutiens": """SELECT DISTINCT s.person_id, (SELECT a.service_id FROM assignment a
        WHERE a.person_id = s.person_id AND a."on" <= :last ORDER BY a."on" DESC, a.id DESC LIMIT 1)
        FROM subject_support s WHERE s.subject = 'idee' AND s."on" BETWEEN :first AND :last""",
    "reunions": """SELECT DISTINCT a.person_id, a.service_id FROM attendance a
        JOIN meeting m ON m.id = a.meeting_id WHERE a.present > 0 AND a.person_id IS NOT NULL
        AND a."on" BETWEEN :first AND :last
        AND m.kind NOT IN ('codir', 'conseil', 'copilotage')
        AND a.id NOT IN (SELECT voids FROM attendance WHERE voids IS NOT NULL)
        AND a.voids IS NULL""",
    "auteurs": """SELECT DISTINCT author_id, origin_id FROM idea WHERE kind IN ('idee', 'suggestion')
        AND author_id IS NOT NULL AND origin_id IS NOT NULL AND counts
        AND filed_on BETWEEN :first AND :last""",
}


def found_in(session: Session, scope, voice: str, on: date = FROZEN) -> dict[str, Group]:
    """The groups of a voice, each point computed from the database."""
    sizes = directions.headcounts(session, on)
    return {g.key: g for g in groups(Reads(session).points, sizes, scope, voice, on)}


def recounted(session: Session, voice: str, under: frozenset[int] | None, on: date) -> int:
    days = {"first": window_start(on).isoformat(), "last": on.isoformat()}
    rows = session.execute(text(SQL[voice]), days).all()
    return len({person for person, service in rows if under is None or service in under})


# ── The formulae ──────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_where_the_share_is_two_deviations_away(counts):
    """Wilson's bounds solve (share − p)² = z² p (1 − p) / n, which nothing else here computes."""
    n, among = counts
    low, high = wilson(n, among)
    assert 0 <= low <= 100 * n / among <= high <= 100
    for bound in (low / 100, high / 100):
        if 1e-9 < bound < 1 - 1e-9:
            gap = (n / among - bound) ** 2
            assert gap == pytest.approx(1.959964**2 * bound * (1 - bound) / among, rel=1e-6)


def test_the_interval_of_a_published_example():
    """8 of 10: 49,0 % to 94,3 % (Wilson without correction)."""
    assert wilson(8, 10) == pytest.approx((49.02, 94.33), abs=0.01)


def test_shares_are_told_in_words_where_a_simple_one_is_near():
    told = [share_in_words(x) for x in (52.4, 24, 21, 10.4, 34, 41, 1.6)]
    assert told[:5] == ["la moitié", "un quart", "un cinquième", "un dixième", "un tiers"]
    assert [words.replace("\u202f", " ") for words in told[5:]] == ["41 %", "2 %"]


def test_half_years_are_those_that_are_over():
    assert half_years(date(2023, 6, 30), 2) == [
        (date(2022, 7, 1), date(2022, 12, 31)),
        (date(2023, 1, 1), date(2023, 6, 30)),
    ]
    assert half_years(date(2023, 6, 29), 1) == half_years(date(2023, 1, 1), 1)
    assert half_years(date(2023, 6, 29), 1) == [(date(2022, 7, 1), date(2022, 12, 31))]


# ── The sentence ──────────────────────────────────────────────────────────────────────────────────


def test_the_sentence_names_the_largest_gap_that_is_no_chance():
    made = [
        Group("A", "Voirie", 250, 1000, 10, 100),  # 15 points below, certain
        Group("B", "Parcs", 400, 1000, 20, 100),  # 20 points below, certain
        Group("C", "Musée", 50, 1000, 2, 100),  # 3 points below, by chance
        Group("D", "Crèches", 300, 1000, None, 100),  # hidden
    ]
    assert most_missing(made) is made[1] and most_missing(made[::-1]) is made[1]
    told = sentence(made[:1], AUTHORS)
    assert told == "Les agents de « Voirie » sont un quart des effectifs et un dixième des auteurs"
    assert sentence(made[2:], AUTHORS) == "Aucun groupe ne manque nettement parmi les auteurs"
    assert sentence(made[3:], AUTHORS).startswith("Trop peu de voix")
    assert made[0].expected == 25 and made[3].share is None and made[3].interval is None


# ── Counted twice ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("voice", SQL)
def test_every_group_of_persons_is_what_plain_sql_counts(demo, scope_for, voice):
    """At that month end, or at one before that differs by fewer than five persons."""
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR)
        found = found_in(session, scope, voice)
        shown = {key: g for key, g in found.items() if g.share is not None and key[0] != "@"}
        places = {key: scope.tree.under(scope.tree.by_code[key].id) for key in shown}
        assert shown
        ends = month_ends(FROZEN, 30)
        for key, group in shown.items():
            for n, under in ((group.voices, places[key]), (group.of_voices, None)):
                counts = [recounted(session, voice, under, end) for end in ends]
                assert n in counts and abs(counts[-1] - n) < SMALLEST, (voice, key)
            assert group.agents == sum(
                agents
                for service, (agents, _) in directions.headcounts(session, FROZEN).items()
                if service in places[key]
            )


def test_entries_are_those_of_the_figure_and_of_plain_sql(demo, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR)
        filed, kept, done = (found_in(session, scope, voice) for voice in ENTRIES)
        for unit in units_shown(scope):
            points = REGISTRY["idees"].function(Reads(session), scope.within(unit), FROZEN)
            assert filed[unit.code].voices == points["idees.pour-100"].numerator
            if points["idees.pour-100"].suppressed:
                assert kept[unit.code].voices is done[unit.code].voices is None
                continue
            rows = session.execute(
                text(
                    "SELECT status, origin_id FROM idea WHERE counts AND filed_on >= :first"
                    " AND filed_on <= :last AND kind IN ('idee', 'suggestion')"
                ),
                {"first": window_start(FROZEN).isoformat(), "last": FROZEN.isoformat()},
            ).all()
            states = [state for state, origin in rows if origin in scope.tree.under(unit.id)]
            assert kept[unit.code].voices == sum(s in ("retenue", "realisee") for s in states)
            assert done[unit.code].voices == states.count("realisee")
        assert sum(filed[key].voices for key in ("@bureau", "@terrain")) == filed["VC"].of_voices


def test_who_was_there_from_two_services_counts_once_in_the_whole(sqlite_copy, scope_for):
    places = ("VC-JSP-1", "AD-VOI-1")
    with writing(sqlite_copy) as session:
        scope = scope_for(session, OPERATOR)
        before = found_in(session, scope, "reunions")["VC"].of_voices
        meeting = session.execute(text("SELECT id FROM meeting WHERE kind = 'terrain'")).scalar()
        nobody_yet = "SELECT id FROM person WHERE id NOT IN (SELECT person_id FROM attendance WHERE"
        persons = session.execute(text(f"{nobody_yet} person_id IS NOT NULL) LIMIT 6")).scalars()
        for person in persons.all():
            for code in places:
                session.add(
                    Attendance(
                        on=date(2023, 6, 15),
                        recorded_on=FROZEN,
                        meeting_id=meeting,
                        person_id=person,
                        service_id=scope.tree.by_code[code].id,
                        present=1,
                    )
                )
        session.flush()
        found = found_in(session, scope, "reunions")
        assert found["VC"].of_voices == before + 6
        assert found["VC-JSP"].voices >= 6 and found["AD-VOI"].voices >= 6


def test_what_was_recorded_later_was_not_known_then(sqlite_copy, scope_for):
    with writing(sqlite_copy) as session:
        scope = scope_for(session, OPERATOR, au="2023-05-31")
        then = replace(scope, as_known_then=True)
        was = query.participants(session, then, scope.on, window_start(scope.on))
        session.execute(
            text('UPDATE attendance SET recorded_on = :late WHERE "on" > :since'),
            {"late": "2023-06-20", "since": "2023-01-31"},
        )
        known = query.participants(session, then, scope.on, window_start(scope.on))
        assert query.participants(session, scope, scope.on, window_start(scope.on)) == was
        assert sum(map(len, known.values())) < sum(map(len, was.values()))


# ── Small cells ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("voice", PERSONS)
def test_no_group_tells_of_fewer_than_five_persons(sqlite_demo, scope_for, voice):
    with reading(sqlite_demo) as session:
        for address in ({}, {"direction": "VC-JSP"}, {"direction": "AD", "au": "2022-12-31"}):
            scope = scope_for(session, OPERATOR, **address)
            for group in found_in(session, scope, voice, scope.on).values():
                if group.voices is not None:
                    assert group.voices >= SMALLEST, (voice, group)
                    # Of a direction, and of all that is outside it, those who did not.
                    assert group.agents - group.voices >= SMALLEST, (voice, group)


@pytest.mark.parametrize("voice", PERSONS)
def test_a_family_is_shown_only_with_no_small_cell_beside_it(sqlite_demo, scope_for, voice):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR)
        for first, last in half_years(FROZEN, 4):
            found = families(session, scope, voice, first, last)
            shown = [group for group in found if group.voices is not None]
            for group in shown:
                assert SMALLEST <= group.voices <= group.agents - SMALLEST
            if shown and len(shown) < len(found):
                rest = shown[0].of_voices - sum(group.voices for group in shown)
                assert rest >= SMALLEST and len(found) - len(shown) >= 2


def test_the_families_of_supporters_are_those_of_their_assignment(sqlite_demo, scope_for):
    first, last = half_years(FROZEN, 1)[0]
    with reading(sqlite_demo) as session:
        found = families(session, scope_for(session, OPERATOR), "soutiens", first, last)
        rows = session.execute(
            text(
                "SELECT DISTINCT s.person_id, (SELECT a.function_family FROM assignment a WHERE"
                ' a.person_id = s.person_id ORDER BY a."on" DESC, a.id DESC LIMIT 1)'
                " FROM subject_support s WHERE s.subject = 'idee' AND s.\"on\" BETWEEN :a AND :b"
            ),
            {"a": first.isoformat(), "b": last.isoformat()},
        ).all()
    counted = [family for _, family in rows]
    shown = {group.name: group.voices for group in found if group.voices is not None}
    assert len(shown) > 5
    assert shown == {name: counted.count(name) for name in shown}


# ── What came before, sites ───────────────────────────────────────────────────────────────────────


def test_before_and_after_a_meeting_are_the_entries_of_its_direction(sqlite_demo, scope_for):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR, direction="AD-VER")
        start = window_start(FROZEN, 24)
        filed = query.filed_by_day(session, scope, start)
        meetings = [m for m in calendar(session).at(FROZEN) if m.day >= start]
        posters = [(date(2023, 1, 10), "Dépôt", scope.unit.id)]
        sizes = directions.headcounts(session, FROZEN)
        found = came_before(scope, meetings, posters, filed, sizes)
        assert {unit.code for _, _, unit, *_ in found} == {"AD-VER"}
        assert (date(2023, 1, 10), "Affiche : Dépôt") in [(day, what) for day, what, *_ in found]
        assert all(day <= FROZEN - timedelta(weeks=8) for day, *_ in found)
        for day, _, unit, before, after in found[:6]:
            counts = [
                session.execute(
                    text(
                        "SELECT count(*) FROM idea WHERE counts AND filed_on >= :a AND filed_on < :b"
                        " AND origin_id IN (SELECT id FROM direction WHERE code LIKE :code)"
                    ),
                    {"a": a.isoformat(), "b": b.isoformat(), "code": f"{unit.code}%"},
                ).scalar()
                for a, b in ((day - timedelta(56), day), (day, day + timedelta(56)))
            ]
            assert counts == [before, after]


def test_the_entries_of_a_handful_are_in_no_number(sqlite_demo, scope_for):
    """Read day by day, they would tell from which twelve agents the entry of that day came."""
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR)
        agents = directions.agents_of(directions.headcounts(session, FROZEN))
        of_unit = {
            unit.id: sum(agents.get(place, 0) for place in scope.tree.under(unit.id))
            for unit in scope.tree.units
        }
        reads = Reads(session)

        def is_hidden(unit: Unit) -> bool:
            points = REGISTRY["idees"].function(reads, scope.within(unit), FROZEN)
            return points["idees.pour-100"].suppressed

        # Those at the head of a direction, in none of its services, are a handful too.
        head = scope_for(session, OPERATOR, direction="AD-VER", services="sans")
        entry = REGISTRY["idees"].function(reads, head, FROZEN)["idees.pour-100"]
        assert head.alone and entry.numerator is None
        hidden = {unit.id for unit in scope.tree.units if is_hidden(unit)}
        handfuls = {unit for unit, n in of_unit.items() if n <= HANDFUL}
        assert handfuls and handfuls <= hidden and len(hidden) < len(of_unit) / 4
        for parent, children in scope.tree.children.items():
            unseen = [child.id for child in children if child.id in hidden]
            if parent not in hidden and unseen:
                assert sum(of_unit[child] for child in unseen) > HANDFUL and len(unseen) > 1
        rows = session.execute(text("SELECT origin_id FROM idea WHERE author_id IS NULL")).scalars()
        assert all(of_unit[origin] > HANDFUL for origin in rows if origin)
        posters = [(date(2023, 1, 10), "Dépôt", unit) for unit in handfuls]
        sizes = directions.headcounts(session, FROZEN)
        assert not came_before(scope, [], posters, {}, sizes)


def test_a_site_without_a_meeting_is_told(sqlite_demo, scope_for):
    with reading(sqlite_demo) as session:
        everywhere = scope_for(session, OPERATOR)
        found = dict(
            (site.name, n) for site, n in query.meetings_by_site(session, everywhere, FROZEN)
        )
        of_nurseries = scope_for(session, OPERATOR, direction="VC-PEN")
        there = query.meetings_by_site(session, of_nurseries, FROZEN)
    assert 0 in found.values() and sum(found.values()) > 0
    assert {site.name for site, _ in there} < set(found)


# ── Quality of participation ──────────────────────────────────────────────────────────────────────


def test_the_half_years_are_the_figures_and_what_plain_sql_counts(demonstration, cast, scope_for):
    with reading(demonstration) as session:
        scope = scope_for(session, cast.elise)
        headings, *rows = quality_rows(scope)
        assert [name.split()[1:] for name in headings[1:]] == [
            ["décembre", "2021"],
            ["juin", "2022"],
            ["décembre", "2022"],
            ["juin", "2023"],
        ]
        table = {name: cells for name, *cells in rows}
        last = board(session, scope.whole(), ["reponse", "idees-issue", "idees"])
        for code in ("reponse.tenue", "idees-issue.realisees", "idees.auteurs@terrain"):
            entry = last[code]
            told = french.rate(entry.numerator, entry.denominator)
            assert table[entry.label][-1] == told
        ends = [end for _, end in half_years(FROZEN, 4)]
        for cell, end in zip(table["Réponses qui disent pourquoi"], ends, strict=True):
            given, answers = session.execute(
                text(
                    "SELECT sum(text <> ''), count(*) FROM idea_event WHERE first_answer"
                    ' AND "on" BETWEEN :a AND :b'
                ),
                {"a": window_start(end).isoformat(), "b": end.isoformat()},
            ).one()
            assert cell == french.rate(given, answers)
        assert table["Groupe qui manque le plus aux auteurs"][-1] == "Terrain"


def test_the_directeur_general_publishes_the_half_years_or_not(demonstration, cast, scope_for):
    """What is public has no row with a small cell, and stays as it was published."""
    with writing(demonstration) as session:
        scope = scope_for(session, cast.gaelle)
        quality = public_quality(scope)
        assert len(quality) > 3 and all("petit effectif" not in row for row in quality)
        without = situation(session, scope)
        publish(session, cast.gaelle, FROZEN, "", without)
        assert published(session, FROZEN).situation.quality == ()
        publish(session, cast.gaelle, FROZEN, "", replace(without, quality=quality))
        assert published(session, FROZEN).situation.quality == quality
        refuses(publish, session, cast.elise, FROZEN, "", without, match="droit")


def test_she_ticks_it_on_the_screen_and_everybody_reads_it(open_page):
    words = "Groupe qui manque le plus aux auteurs"
    tab = open_page("gaelle", "publication", "direction=ADM")
    assert words not in "".join(html_of(tab))
    (box,) = [box for box in tab.checkbox if "qualité de la participation" in box.label]
    assert words in "".join(html_of(box.check().run()))


def test_the_questionnaire_is_the_same_ten_questions_each_half_year(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        made = [prepare_participation(session, cast.didier) for _ in range(2)]
        asked = [questions_of(session, survey.id) for survey in made]
        assert [len(questions) for questions in asked] == [10, 10]
        first, second = ([(q.code, q.text, q.kind) for q in questions] for questions in asked)
        assert first == second and first[-1][2] == QuestionKind.free
        assert {survey.series for survey in made} == {"Qualité de la participation"}
        assert made[0].state == SurveyState.draft and made[0].closes_on > FROZEN
        assert made[0].title.endswith("1er semestre 2023")
        refuses(prepare_participation, session, cast.elise, match="droit")


def test_the_animateur_prepares_it_from_the_screen(open_page):
    name = "Préparer le questionnaire du semestre"
    assert name not in [button.label for button in open_page("elise", "voix").button]
    tab = open_page("didier", "voix")
    (button,) = [button for button in tab.button if button.label == name]
    button.click().run()
    listed = "".join(html_of(visit(tab, "questionnaires")))
    assert "Qualité de la participation, 1er semestre 2023" in listed


# ── Who reads ─────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_compares_only_the_directions_open_to_her(sqlite_demo, scope_for, cast):
    with reading(sqlite_demo) as session:
        assert len(units_shown(scope_for(session, cast.elise))) > 20
        own = {unit.code for unit in units_shown(scope_for(session, cast.alice))}
    assert own and all(code.startswith("VC-JSP") for code in own)


@pytest.mark.parametrize("login", ["carine", "didier", "elise"])
def test_the_cockpit_leads_to_the_missing_voices(open_page, login):
    """The sentence of the cockpit, then the same with its picture, its table and its definition."""
    told = "Les agents de terrain sont la moitié des effectifs et un cinquième des auteurs"
    cockpit = "".join(html_of(open_page(login, "tableau-de-bord", "direction=ADM")))
    assert told in cockpit.replace("\u202f", " ") and 'href="/voix?' in cockpit
    page = "".join(html_of(open_page(login, "voix", "direction=ADM")))
    for words in (told, "divisés par les agents", "coïncidence", "Par site"):
        assert words in page, words
    assert "cp-plot-area" in page and "petit effectif" in page


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_has_its_page_and_one_definition(open_page, voice):
    tab = open_page("elise", "voix", f"direction=VC&voix={voice}")
    assert not tab.exception
    assert definition_of(voice)[:25].split("'")[0] in "".join(html_of(tab))


@pytest.mark.parametrize("query", ["au=2021-01-10", "direction=DF-TAX&services=sans", "voix=x"])
def test_a_day_or_a_place_without_voices_is_told(open_page, query):
    tab = open_page("elise", "voix", query)
    assert not tab.exception
    told = ("Trop peu de voix", "Aucun groupe ne manque", "Les agents de")
    assert any(words in "".join(html_of(tab)) for words in told)


def test_an_agent_does_not_open_the_voices(open_page):
    tab = open_page("alice", "voix")
    assert [w.value.split(".")[0] for w in tab.warning] == [
        "Cet écran n'est pas ouvert à votre rôle"
    ]


def test_the_figures_beside_the_catalogue_stay_out_of_it():
    assert not set(OWN) & set(REGISTRY)
