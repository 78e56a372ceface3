"""The rows behind a figure (les lignes derrière un chiffre), a page at a time, within the reader's
rights.

A figure names the function for its rows in its declaration. A row is a tuple of plain values; a
`CellLink` links to the record. Persons are named within `scope.listed` only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dashboard.scope import Scope

PAGE = 20
COUNTED_UP_TO = 1000
UNSEEN_UP_TO = 200


@dataclass(frozen=True)
class CellLink:
    """A cell that links to a record: its label, the screen, and the parameter that names the
    record.
    """

    label: str
    screen: str
    param: str
    value: str


Cell = str | int | float | date | CellLink | None


@dataclass(frozen=True)
class Rows:
    """One page of rows with their headings, the total (up to COUNTED_UP_TO), and a note about them.

    `numbers`: the numeric columns. `nominative`: persons are named, and reading them is recorded in
    the journal. `unseen`: rows that the figure counts but this reader may not see (up to
    UNSEEN_UP_TO).
    """

    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]] = ()
    total: int = 0
    note: str = ""
    numbers: frozenset[int] = frozenset()
    nominative: bool = False
    unseen: int = 0


# (session, scope, code of the value, page from 1) → that page of its rows.
Behind = Callable[[Session, Scope, str, int], Rows]


def cut(rows: Sequence[tuple[Cell, ...]], page: int) -> Sequence[tuple[Cell, ...]]:
    return rows[(page - 1) * PAGE : page * PAGE]


def unit_name(scope: Scope, unit_id: int | None) -> str:
    unit = scope.tree.by_id.get(unit_id) if unit_id else None
    return unit.name if unit else "–"


def rows_of_part(_session: Session, _scope: Scope, _code: str, _page: int) -> Rows:
    """No rows for a part by workplace: those of the whole figure are listed on its own page."""
    return Rows((), note="Les lignes sont celles du chiffre entier, sur sa propre page.")
