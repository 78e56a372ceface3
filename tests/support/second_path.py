"""The board beside the independent recomputation: what each of them says of every value, and where
they differ.
"""

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import Engine

from dashboard.access import OPERATOR
from dashboard.figures.board import board
from dashboard.figures.kinds import of_persons
from dashboard.scope import Scope
from models.clock import month_ends
from models.database import reading
from tests.support.recomputed import Recomputed, day
from tests.support.troupe import FROZEN

OF_PERSONS = of_persons()
# What is counted by department at most, and by no direction.
BY_DEPARTMENT = {"ambassadeurs-actifs", "retention", "managers"}
SMALLEST = 5
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
        return value is not None and 0 < value < SMALLEST
    if code in ("heures", "presence.taux"):
        return False
    return numerator is not None and numerator < SMALLEST


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
    return abs((now[1] if now[1] is not None else now[0]) - (then[1] or then[0])) < SMALLEST


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
