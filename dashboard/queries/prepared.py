"""Statements that are compiled once (requêtes préparées), with the days as parameters.

Compiling a statement takes SQLAlchemy up to ten times as long as the database takes to answer it,
and a trend runs the same one for thirteen days.
"""

from datetime import date

from sqlalchemy import Date, bindparam

from dashboard.access import NOBODY
from dashboard.scope import Scope

ON = bindparam("on", type_=Date())
START = bindparam("start", type_=Date())


def form_of(scope: Scope, is_whole: bool = True) -> Scope:
    """The parts of a scope that change the shape of a statement: the same for all days and readers,
    and for any set of directions.
    """
    return Scope(
        NOBODY,
        date.min,
        counted=None if is_whole else frozenset({0}),
        ambition=scope.ambition,
        as_known_then=scope.as_known_then,
    )
