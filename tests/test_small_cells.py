"""No figure of persons tells of fewer than five, at the whole, by ambition, by direction, at any
date and by any path.

The figures are those that declare themselves as counting persons: one more is tested without an
edit.
"""

import io
import re
from datetime import date
from itertools import pairwise

import openpyxl
import pytest
from hypothesis import given, settings, strategies as st
from pypdf import PdfReader
from sqlmodel import Session
from support.pages import html_of
from support.troupe import STREAMS

from dashboard.access import OPERATOR
from dashboard.figures import REGISTRY, kinds
from dashboard.figures.board import Board, Entry, board
from dashboard.figures.kinds import Breakdown, Point, Reads, every_value, of_persons
from dashboard.figures.reasons import counts_in_words, formula_in_numbers, say
from dashboard.queries.academy import counts
from dashboard.queries.directions import ambitions
from dashboard.queries.figures.small_cells import SMALLEST, Protection, protect_parts
from dashboard.queries.ideas.counts import authors_by_ambition
from dashboard.report import pack, pdf
from dashboard.report.workbook import workbook
from dashboard.ui.charts import card_of, figure_rows
from models.clock import month_ends, window_start
from models.database import reading
from models.directions import Tree, Unit, UnitKind

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
