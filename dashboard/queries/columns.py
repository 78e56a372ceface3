"""Columns (colonnes) of a work list, which it can be sorted by.

A list declares its columns once, beside the query that reads it. A column sorts by an expression of
that query or, for rows already in memory, by a value of the row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, case, func

from dashboard.scope import Scope
from models.scales import Word
from models.search import fold

C = TypeVar("C")
_ACCENTED = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖŒÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöœùúûüýÿ"


@dataclass(frozen=True, slots=True)
class Column(Generic[C]):
    """A column that a list can be sorted by. `by` takes the context of the query (its scope, its
    tables), or one row.
    """

    code: str
    label: str
    by: Callable[[C], object]


@dataclass(frozen=True, slots=True)
class Sort:
    """The sort column as the address writes it: « par=titre », or « par=-titre » for descending
    order.
    """

    code: str
    is_falling: bool = False


def column_of(columns: Sequence[Column[C]], sort: Sort | None) -> Column[C] | None:
    """The column to sort by; None for the default order."""
    return next((column for column in columns if sort and column.code == sort.code), None)


def order_by(columns: Sequence[Column[C]], sort: Sort | None, context: C) -> list[ColumnElement]:
    """The ORDER BY of a query; missing values come last in both directions."""
    column = column_of(columns, sort)
    if column is None:
        return []
    by = column.by(context)
    return [(by.desc() if sort.is_falling else by.asc()).nulls_last()]


# --- what a query orders by -----------------------------------------------------------------------


def by_text(column: ColumnElement) -> ColumnElement:
    """Alphabetical order; an empty text counts as missing."""
    return func.nullif(folded(column), "")


def folded(column: ColumnElement) -> ColumnElement:
    """Lower case without accents, as `fold` does; neither engine does it by itself."""
    for accented in _ACCENTED:
        column = func.replace(column, accented, fold(accented))
    return func.lower(column)


def by_word(column: ColumnElement, words: Iterable[Word]) -> ColumnElement:
    """The order of a vocabulary."""
    return case({str(word): place for place, word in enumerate(words)}, value=column)


def by_unit(scope: Scope, column: ColumnElement) -> ColumnElement:
    """Order by the name of the unit in the chart of the day."""
    units = sorted(scope.tree.by_id.values(), key=lambda unit: fold(unit.name))
    if not units:
        return column
    return case({unit.id: place for place, unit in enumerate(units)}, value=column)
