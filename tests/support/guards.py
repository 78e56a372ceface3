"""What guards strangers' acts and files beside the rights, with the test that misses each: the limit of
the hour at every place that counts an act, and the reader for whom a file was offered.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from . import asking

COUNTS = ("limits.count",)


@dataclass(frozen=True)
class Guard:
    """`asks` of this function, what stands in its place in a mutant, and the test that notices."""

    function: str
    asks: str
    instead: str
    test: str

    @property
    def name(self) -> str:
        return f"{self.function} {self.asks}"


def _limit(function: str, test: str, asks: str = "limits.count") -> Guard:
    return Guard(f"dashboard.actions.{function}", asks, "None", test)


_LIMITS = "tests/test_health.py::test_"
GUARDS = (
    _limit("interests:mark_interest", f"{_LIMITS}marks_of_interest_have_their_own_count"),
    _limit("meetings.agendas:count_wrong_word", f"{_LIMITS}the_fourth_word_of_a_poster_waits"),
    _limit("seats.taking:take_seat", f"{_LIMITS}the_fourth_seat_of_a_stranger_waits"),
    _limit("ideas.filing:count_try", f"{_LIMITS}a_wrong_receipt_code_counts"),
    _limit("ideas.filing:write_with_receipt", f"{_LIMITS}who_holds_a_receipt_writes_so_often"),
    _limit(
        "ideas.filing:file_idea",
        f"{_LIMITS}the_fourth_idea_from_one_address_waits_for_the_next_hour",
    ),
    _limit("surveys.answering:take_answers", f"{_LIMITS}the_fourth_answer_of_a_stranger_waits"),
    _limit(
        "notices.addresses:ask_for_key",
        "tests/test_links.py::test_one_address_asks_so_often_and_no_more",
    ),
    Guard(
        "dashboard.web.sign_on:_start",
        "limits.count",
        "None",
        "tests/test_sign_on.py::test_too_many_visits_are_refused_until_the_hour_is_over",
    ),
    Guard(
        "dashboard.web.files:send",
        "current != (offered.login, offered.reader)",
        "current[0] != offered.login",
        "tests/test_access.py::test_a_role_that_is_lost_takes_the_file_along",
    ),
    Guard(
        "dashboard.web.files:send",
        "current != (offered.login, offered.reader)",
        "current[1] != offered.reader",
        "tests/test_access.py::test_another_sign_in_of_the_same_person_gets_no_file",
    ),
)


def counting() -> Iterator[str]:
    """The functions of the acts that count one of a stranger."""
    for one in asking.functions().values():
        calls = (node for node in ast.walk(one.node) if isinstance(node, ast.Call))
        if any(ast.unparse(call.func) in COUNTS for call in calls):
            yield one.key
