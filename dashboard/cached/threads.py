"""What is kept in memory of threads (fils): what leads to a record, what is said and objected about
it. They are kept for each reader, and pass through nearly all that is written.
"""

from dashboard.cached.memory import EVERYTHING, cached
from dashboard.queries.decisions import sheets
from dashboard.queries.discussions import threads as discussions
from dashboard.queries.discussions.threads import Discussion, Objected
from dashboard.queries.ideas import threads
from dashboard.queries.ideas.threads import Node
from dashboard.scope import Scope
from models.database import reading
from models.discussions import Subject


@cached(*EVERYTHING, size=64)
def origins(scope: Scope, decision_ids: tuple[int, ...]) -> dict[int, list[Node]]:
    """Decision → the entries and groups that lead straight to it."""
    with reading() as session:
        return threads.origins(session, scope, decision_ids)


@cached(*EVERYTHING, size=64)
def open_objections(scope: Scope, decision_ids: tuple[int, ...]) -> dict[int, tuple[Objected, ...]]:
    """Decision → what is objected to it, or to what stands in its thread, and is still open."""
    with reading() as session:
        return sheets.open_objections(session, scope, decision_ids)


@cached(*EVERYTHING, size=512)
def discussion(scope: Scope, subject: Subject, key: str) -> Discussion | None:
    """All that is said of a subject by the day looked at."""
    with reading() as session:
        return discussions.discussion(session, scope, subject, key, scope.on)
