"""Hints for the planners of both engines (plans d'exécution): a condition that nearly every row
passes is asked row by row.
"""

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class no_index(FunctionElement):
    """The same condition, written so that no engine looks for its few rows.

    SQLite, without a count of them, would gather each part of an OR by an index and sort: there it
    becomes a CASE. PostgreSQL counts, and takes a CASE for something that one row in two hundred
    passes: it is left alone.
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
