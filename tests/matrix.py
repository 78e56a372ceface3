"""`make cells`: how many cells of the matrix of rights are proven, counted from the parameters and the
tables of the tests; nothing is run.

A cell is: who, what (a right, a page, a fragment of one, an act, what a query shows, a job, an address
of a file), whose thing it is, and how she stands: signed in, or no longer the same reader.
`test_matrix.py` keeps a kind or a state from counting nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import test_access
import test_gate
import test_jobs
import test_pages
from support.acts import ACTS
from support.conditions import CONDITIONS, EVERYBODYS
from support.places import reader_of
from support.reads import READS
from support.refusals import OWNED, OWNERS
from support.rights import EXPECTED

from dashboard.access import NOBODY, OPERATOR
from dashboard.visit.screens import SCREENS
from models.jobs import JOBS
from seed.demo_cast import CAST

SIGNED_IN, ROLE_LOST = "signed in", test_gate.ROLE_LOST
STATES = (SIGNED_IN, *test_gate.ENDS, ROLE_LOST)
OWN, OTHERS, ALL = "one's own", "another's", "everybody's"
STRANGER = test_gate.WITHOUT_ACCOUNT
READERS = {part.login: replace(reader_of(part), login=part.login) for part in CAST} | {
    STRANGER: NOBODY,
    "operator": OPERATOR,
}


@dataclass(frozen=True)
class Cell:
    """One question that a test asks the product."""

    kind: str
    what: str
    who: str
    state: str = SIGNED_IN
    whose: str = ALL


def parameters(test: Callable) -> list[dict[str, object]]:
    """What pytest calls this test with: one dict a call."""
    calls = [{}]
    for mark in test.pytestmark:
        if mark.name == "parametrize":
            calls = [call | more for call in calls for more in _given(*mark.args)]
    return calls


def _given(names: str, rows: Iterable) -> list[dict[str, object]]:
    if "," not in names:
        return [{names: value} for value in rows]
    return [dict(zip(names.replace(" ", "").split(","), row, strict=True)) for row in rows]


# ── Signed in ─────────────────────────────────────────────────────────────────────────────────────


def rights() -> Iterator[Cell]:
    roles = parameters(test_access.test_each_role_has_the_reach_that_was_agreed)
    for given, right in product(roles, EXPECTED):
        yield Cell("right", right, given["role"])


def pages() -> Iterator[Cell]:
    roles = parameters(test_pages.test_each_role_opens_its_pages_and_is_told_about_the_others)
    for given, screen in product(roles, SCREENS):
        yield Cell("page", screen.href, given["login"])
    for given in parameters(test_pages.test_a_stranger_gets_the_sign_in_or_the_open_form):
        yield Cell("page", given["screen"].href, STRANGER)


def acts() -> Iterator[Cell]:
    """Whoever has not the right, the first who has it, and who has it on her own thing alone."""
    for act in ACTS:
        whose = OTHERS if act.thing else ALL
        first = [name for name, reader in READERS.items() if act.allows(reader)][:1]
        refused = [name for name, reader in READERS.items() if act.refuses(reader)]
        yield from (Cell("act", act.name, name, whose=whose) for name in (*first, *refused))
    for act in OWNED:
        yield Cell("act", act.name, OWNERS[act.right][0], whose=OWN)


def shown() -> Iterator[Cell]:
    for given in parameters(test_access.test_every_way_of_reading_shows_the_same_entries):
        yield Cell("reading", "entries, every way", given["who"], whose=OTHERS)
    for name, who in product(READS, ("alice", "farid", "didier", STRANGER)):
        yield Cell("reading", f"entries of {name}", who, whose=OTHERS)
    for line, who in product(CONDITIONS, READERS):
        own = OWN if line.is_own(who) else OTHERS
        yield Cell("reading", line.name, who, whose=ALL if line.owner == EVERYBODYS else own)


def jobs() -> Iterator[Cell]:
    roles = parameters(test_jobs.test_each_kind_is_asked_for_by_those_who_may)
    for given, kind in product(roles, JOBS):
        yield Cell("job", kind, given["role"], whose=OWN)
    lost = test_jobs.test_a_right_or_an_account_lost_meanwhile_is_lost_for_the_job
    for given in parameters(lost):
        state = "disabled" if "disabled" in given["loss"] else ROLE_LOST
        yield Cell("job", given["kind"], given["login"], state, OWN)


def addresses() -> Iterator[Cell]:
    for given in parameters(test_gate.test_an_address_answers_whom_its_right_reaches):
        own = given["who"] in test_gate.ROUTES[given["address"]][:1]
        yield Cell("address", given["address"], given["who"], whose=OWN if own else OTHERS)
    ended = test_gate.test_an_address_answers_no_longer_once_its_reader_is_not_the_same
    for given in parameters(ended):
        own = given["login"] in test_gate.ROUTES[given["address"]][:1]
        whose = OWN if own else OTHERS
        yield Cell("address", given["address"], given["login"], given["end"], whose)


# ── No longer the same reader ─────────────────────────────────────────────────────────────────────


def gate(whole: bool) -> Iterator[Cell]:
    """With each page, all that it holds is sent, once for the page and once for each fragment."""
    for name, end in test_gate.crossed(whole):
        yield from _held(name, end, whole=True)
    for name in test_gate.ROLE_PLACES:
        yield from _held(name, ROLE_LOST, whole)


def _held(name: str, state: str, whole: bool) -> Iterator[Cell]:
    login = test_gate.PLACES[name].login
    yield Cell("page", name, login, state)
    there = [part for part, place in test_gate.FRAGMENTS.items() if place == name]
    for part in there if whole else there[:1]:
        yield Cell("fragment", part, login, state)


def fragments() -> Iterator[Cell]:
    for part, place in test_gate.FRAGMENTS.items():
        yield Cell("fragment", part, test_gate.PLACES[place].login)


# ── Counted ───────────────────────────────────────────────────────────────────────────────────────


def cells(whole: bool = False) -> set[Cell]:
    """Each once. `whole`: those that `make matrix` adds to `make test`."""
    found = (rights(), pages(), acts(), shown(), jobs(), addresses(), fragments(), gate(whole))
    return {cell for some in found for cell in some}


# Kinds that some states never meet by themselves, and what proves them there.
PROVEN_WITH = {
    "right": "a table of roles: how one stands is asked before",
    "act": "a page asks for it: the gate sends back all fields and buttons of each page",
    "reading": "a page or an address asks for it",
    "job": "it runs for an account, whatever became of the sign-in",
}


def table(found: set[Cell]) -> str:
    """Kinds by states, as Markdown."""
    counted = Counter((cell.kind, cell.state) for cell in found)
    kinds = dict.fromkeys(cell.kind for cell in sorted(found, key=lambda cell: cell.kind))
    lines = [["", *STATES], ["---", *(["---:"] * len(STATES))]]
    lines += [[kind, *(str(counted[kind, state] or "–") for state in STATES)] for kind in kinds]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    found, every = cells(), cells(whole=True)
    whose = Counter(cell.whose for cell in found)
    print(table(found))
    for kind, why in PROVEN_WITH.items():
        print(f"– {kind}: {why}")
    print(", ".join(f"{whose[name]} of {name} things" for name in (OWN, OTHERS, ALL)))
    print(f"{len(found)} cells are proven by `make test`, {len(every)} by `make matrix`")


if __name__ == "__main__":
    main()
