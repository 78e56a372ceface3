"""Columns (colonnes) of a list that one works through: what each row says, and
what the list is ordered by.

A list declares its columns once, beside the query that reads it. What a column is
ordered by is an expression of that query, or for rows that are at hand a value of
the row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, case, func

from dashboard.scope import Scope
from models.search import fold
from models.words import Word

C = TypeVar("C")
_ACCENTED = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖŒÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöœùúûüýÿ"


@dataclass(frozen=True, slots=True)
class Column(Generic[C]):
    """What a list may be ordered by. `by` takes what the query knows (its scope, its tables), or
    one row.
    """

    code: str
    label: str
    by: Callable[[C], object]


@dataclass(frozen=True, slots=True)
class Sort:
    """The column that a list is ordered by, as the address says it: « par=titre »,
    and « par=-titre » from the end.
    """

    code: str
    is_falling: bool = False


def column_of(columns: Sequence[Column[C]], sort: Sort | None) -> Column[C] | None:
    """The column that a list is to be ordered by; None for the order of the list."""
    return next((column for column in columns if sort and column.code == sort.code), None)


def order_by(columns: Sequence[Column[C]], sort: Sort | None, asked: C) -> list[ColumnElement]:
    """The order of a query; what a record lacks comes last, either way."""
    column = column_of(columns, sort)
    if column is None:
        return []
    by = column.by(asked)
    return [(by.desc() if sort.is_falling else by.asc()).nulls_last()]


# --- what a query orders by -----------------------------------------------------------------------


def by_text(column: ColumnElement) -> ColumnElement:
    """By the letter, as one looks it up; what is empty is lacking."""
    return func.nullif(folded(column), "")


def folded(column: ColumnElement) -> ColumnElement:
    """Lower case without accents, as `fold` writes words; neither engine does it by itself."""
    for accented in _ACCENTED:
        column = func.replace(column, accented, fold(accented))
    return func.lower(column)


def by_word(column: ColumnElement, words: Iterable[Word]) -> ColumnElement:
    """In the order of a vocabulary."""
    return case({str(word): place for place, word in enumerate(words)}, value=column)


def by_unit(scope: Scope, column: ColumnElement) -> ColumnElement:
    """By the name of the unit, as the chart of the day has it."""
    units = sorted(scope.tree.by_id.values(), key=lambda unit: fold(unit.name))
    if not units:
        return column
    return case({unit.id: place for place, unit in enumerate(units)}, value=column)
