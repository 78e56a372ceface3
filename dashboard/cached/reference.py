"""What is kept in memory for those who keep the programme (tenue du programme): its projects, its
ambitions, what decisions propose to revise.
"""

from dashboard.access import Reader
from dashboard.cached.memory import cached, today
from dashboard.queries import reference
from dashboard.queries.decisions import moves
from dashboard.queries.decisions.moves import ProposedRevision
from dashboard.queries.reference import AmbitionRow
from dashboard.queries.roadmap import PlanAt
from models.database import reading


@cached("roadmap", size=32, daily=True)
def projects(reader: Reader) -> list[tuple[PlanAt, int]]:
    """Every project as of today, each with its depth."""
    with reading() as session:
        return reference.projects(session, reader, today())


@cached("roadmap", size=32)
def ambition_rows(reader: Reader) -> list[AmbitionRow]:
    """Every ambition with what may be changed of it."""
    with reading() as session:
        return reference.ambition_rows(session, reader)


@cached("decisions", "roadmap", size=32)
def proposed_revisions(reader: Reader) -> list[ProposedRevision]:
    """What decisions propose to revise, neither taken nor left."""
    with reading() as session:
        return moves.proposed_revisions(session, reader)
