"""Answers: five hundred at once to one questionnaire (fifty phones, a shared tablet, sheets of paper),
through the pages themselves.

They are to come within five minutes; each fifth is sent twice and counts once (tests/test_crowd.py).
"""

import time
from collections.abc import Iterator

from models.signing import signing_key
from tests.performance.clocks import part_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support import crowd
from tests.support.questionnaires import opened
from tests.support.troupe import cast_in

_ALL, _EVERY = Budget(300), Budget(crowd.ALL, at_least=True)


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served(CP_SECRET_KEY=signing_key()) as served:
        found, asked = opened(served.engine, cast_in(served.engine).didier, series="Cinq cents")
        sheet = {f"q{asked['car']}": "Non", f"q{asked['ease']}": "4"}
        address = f"/questionnaire?q={found.key}"
        began = time.perf_counter()
        told = crowd.answered(served.url, address, sheet, f"q{asked['text']}")
        seconds = time.perf_counter() - began
    each = [answer.elapsed.total_seconds() * 1000 for answer in told]
    taken = sum(crowd.TAKEN in answer.text for answer in told)
    yield Line("answers taken, those sent twice included", taken, "", _EVERY)
    yield Line("all of them", seconds, "s", _ALL)
    yield Line("one: median", part_of(each, 0.5))
    yield Line("one: p95", part_of(each, 0.95))
    yield Line("one: longest", max(each))
