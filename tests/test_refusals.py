"""Every act that asks for a right refuses whoever has it not, and nothing is written then.

The acts are found in the source and called by the table of tests/support/acts.py: one that asks for
a right and stands in no line of it fails the suite.
"""

import pytest
from support import asking
from support.acts import ACTS, NEVER_REFUSED, REFUSE_BEFORE, Stage
from support.refusals import check_act


@pytest.fixture(scope="module")
def stage(open_copy):
    engine, end = open_copy("sqlite", "demo")
    yield Stage(engine)
    end()


def test_every_act_that_asks_for_a_right_is_in_the_table():
    assert {act.key for act in ACTS} | set(REFUSE_BEFORE) == asking.acts()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_an_act_refuses_whoever_has_not_its_right(stage, act):
    refused = check_act(stage, act)
    assert refused or act.right in NEVER_REFUSED, "nobody of the cast is refused"
