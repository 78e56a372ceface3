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
from models.database import reading

from .recomputed import Recomputed, day
from .troupe import FROZEN

OF_PERSONS = of_persons()
# What is counted by department at most, and by no direction.
BY_DEPARTMENT = {"ambassadeurs-actifs", "retention", "managers"}
SMALLEST = 5


def shown(
    engine: Engine,
    scope_for: Callable[..., Scope],
    on: str,
    unit: str | None,
    today: date = FROZEN,
) -> dict[str, dict]:
    """What `figures --au D --format json` says, by code."""
    with reading(engine) as session:
        scope = scope_for(session, OPERATOR, today, au=on, **({"direction": unit} if unit else {}))
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
    today: date = FROZEN,
) -> dict[str, tuple]:
    """Code → what is shown and what was recomputed, where both are not the same; a small cell is
    hidden, never shown.
    """
    entries = shown(engine, scope_for, on, unit, today)
    expected = Recomputed(raw, day(on), unit).figures()
    assert set(expected) == set(entries)
    return {
        code: found
        for code, wanted in expected.items()
        if (found := _difference(code, entries[code], wanted, unit))
    }


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
