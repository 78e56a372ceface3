"""Hints for the query planners of both engines (plans d'exécution): a condition that nearly every
row meets is checked row by row.
"""

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class no_index(FunctionElement):
    """The same condition, written so that no engine uses an index for it.

    SQLite, without statistics, would collect each part of an OR by an index and sort: there it
    becomes a CASE. PostgreSQL has statistics, and would estimate a CASE as one row in two hundred:
    there it is unchanged.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, condition: ColumnElement[bool]):
        super().__init__(condition)


@compiles(no_index)
def _as_it_is(element: no_index, compiler: SQLCompiler, **more: object) -> str:
    return f"({compiler.process(element.clauses, **more)})"


@compiles(no_index, "sqlite")
def _as_a_case(element: no_index, compiler: SQLCompiler, **more: object) -> str:
    return f"CASE WHEN ({compiler.process(element.clauses, **more)}) THEN 1 ELSE 0 END = 1"
