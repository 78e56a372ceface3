"""Events that may explain the curve of a figure (ce qui explique la courbe): what they are, and
the reads of those that no other query has.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, select

from models.discussions import Link
from models.ledger import Change
from models.scales import Word


class EventKind(Word):
    """The kind of an event, in the order in which they get a mark on the curve."""

    definition = "definition", "Définition"
    target = "cible", "Cible"
    decision = "decision", "Décision"
    revision = "calendrier", "Calendrier"
    organisation = "organisation", "Organisation"
    imported = "import", "Import"
    meeting = "reunion", "Réunion"


@dataclass(frozen=True, slots=True)
class Event:
    """One event in a sentence that every reader with an account may read; its page, with one
    parameter, is for those who may open it.
    """

    on: date
    kind: EventKind
    text: str
    page: str = ""
    param: tuple[str, str] | None = None


def decision_links(session: Session) -> list[Link]:
    """The links of decisions, milestones and figures, ended ones included."""
    ends = or_(Link.from_kind == "decision", Link.to_kind.in_(("decision", "jalon", "chiffre")))
    return list(session.exec(select(Link).where(ends).order_by(Link.id)).all())


def imports(session: Session) -> list[tuple[date, str]]:
    """The days on which files were imported, each with the noun for its rows."""
    rows = select(Change.on, Change.record).where(Change.subject == "import").distinct()
    return [tuple(row) for row in session.execute(rows.order_by(Change.on, Change.record))]
