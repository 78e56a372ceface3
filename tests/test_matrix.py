"""What `make cells` counts is counted: no kind and no state of the matrix of rights counts nothing."""

import pytest
import test_gate
from matrix import OTHERS, OWN, PROVEN_WITH, READERS, SIGNED_IN, STATES, STRANGER, cells, table
from support.acts import ACTS
from support.conditions import CONDITIONS
from support.rights import EXPECTED, ROLES

from dashboard.visit.screens import SCREENS
from seed.demo_cast import CAST

KINDS = ("right", "page", "fragment", "act", "reading", "job", "address")


@pytest.fixture(scope="module")
def found():
    return cells()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_proven_in_each_state_or_said_to_be_proven_with_another(found, kind, state):
    counted = sum(cell.kind == kind and cell.state == state for cell in found)
    assert counted or (kind in PROVEN_WITH and state != SIGNED_IN)


def test_what_is_proven_with_another_kind_is_missing_somewhere(found):
    assert set(KINDS) == {cell.kind for cell in found}
    whole = {
        kind for kind in KINDS if {cell.state for cell in found if cell.kind == kind} == set(STATES)
    }
    assert set(PROVEN_WITH) == set(KINDS) - whole


def test_nobody_and_nothing_is_left_out(found):
    """Each number is that of the things there are, which no test counts for itself."""

    def of(kind: str) -> set:
        return {cell for cell in found if cell.kind == kind and cell.state == SIGNED_IN}

    assert len(of("right")) == len(EXPECTED) * len(ROLES)
    assert len(of("page")) == len(SCREENS) * (len(CAST) + len([STRANGER]))
    assert {cell.what for cell in of("act")} == {act.name for act in ACTS}
    assert {cell.who for cell in of("act")} == {cell.who for cell in of("reading")} == set(READERS)
    lines = {(line.name, who) for line in CONDITIONS for who in READERS}
    assert lines < {(cell.what, cell.who) for cell in of("reading")}
    for kind in ("act", "reading", "address"):
        assert {OWN, OTHERS} <= {cell.whose for cell in of(kind)}, kind


def test_the_whole_matrix_has_every_place_against_every_end(found):
    every = cells(whole=True)
    ended = [cell for cell in every if cell.kind == "page" and cell.state != SIGNED_IN]
    places, ends = len(test_gate.PLACES), len(test_gate.ENDS)
    assert len(ended) == places * ends + len(test_gate.ROLE_PLACES)
    assert found < every


def test_the_table_tells_the_same_numbers(found):
    told = sum(int(word) for word in table(found).split() if word.isdigit())
    assert told == len(found)
