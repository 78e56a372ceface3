"""Statements that are put together once (requêtes préparées): the days stay open.

To put a statement together takes SQLAlchemy up to ten times as long as the database
takes to answer it, and a trend asks the same one of thirteen days.
"""

from datetime import date

from sqlalchemy import Date, bindparam

from dashboard.access import NOBODY
from dashboard.scope import Scope

ON = bindparam("on", type_=Date())
START = bindparam("start", type_=Date())


SOME = frozenset({0})


def form_of(scope: Scope, is_whole: bool = True) -> Scope:
    """What a scope changes in the form of a statement: one scope for all days and
    readers, of the whole administration or of some directions, whichever they are.
    """
    counted = None if is_whole else SOME
    return Scope(NOBODY, date.min, counted=counted, ambition=scope.ambition, known=scope.known)
