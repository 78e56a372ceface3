"""The rows behind a figure (les lignes derrière un chiffre), a page at a time, as
far as the reader's rights allow.

A figure names the function that gives its rows where it is declared. A row is a
tuple of plain values; a `CellLink` leads to the record. Persons are named within
`scope.listed` only.
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
    """A cell that leads to a record: its label, the screen, and the parameter that
    names the record.
    """

    label: str
    screen: str
    param: str
    value: str


Cell = str | int | float | date | CellLink | None


@dataclass(frozen=True)
class Rows:
    """One page of rows under their headings, the number found (up to COUNTED_UP_TO),
    and what is to be said about them.

    `numbers`: the columns that hold numbers. `nominative`: persons are named, and
    their reading is kept in the journal. `unseen`: rows that the figure counts and
    this reader may not see (up to UNSEEN_UP_TO).
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


def told_apart(_session: Session, _scope: Scope, _code: str, _page: int) -> Rows:
    """Of a part by workplace no list is given: the one of the whole figure says whom it names."""
    return Rows((), note="Les lignes sont celles du chiffre entier, sur sa propre page.")
