"""The choices that a cell of « Référentiels » offers."""

from collections.abc import Callable, Iterable
from datetime import date

from sqlmodel import Session, select

from dashboard.queries.directions import organisation
from dashboard.queries.reference_rows import CLOSED
from dashboard.queries.roadmap import in_tree, whole_roadmap
from models.directions import UnitKind
from models.idea_states import IdeaStatus
from models.programmes import programmes
from models.roadmap import PST_LEVELS, Ambition, AmbitionColour, PlanLevel, ProjectState, Workstream
from models.words import Word

# What the file has in the cell, what the list shows.
Choice = tuple[str, str]
Choices = Callable[[Session, date], list[Choice]]


def yes_or_no(_session: Session, _on: date) -> list[Choice]:
    return [("oui", "oui"), ("non", "non")]


def units(session: Session, on: date) -> list[Choice]:
    """The directions and services by their code."""
    tree = organisation(session).at(on)
    return [(unit.code, f"{unit.code} · {unit.name}") for unit, _ in tree.walk()]


def workstreams(session: Session, _on: date) -> list[Choice]:
    found = session.exec(select(Workstream).order_by(Workstream.id)).all()
    return [(str(stream.id), f"{stream.id}. {stream.short_name}") for stream in found]


def services(session: Session, on: date) -> list[Choice]:
    tree = organisation(session).at(on)
    return [(unit.code, f"{unit.code} · {unit.name}") for unit in tree.services()]


def units_or_closed(session: Session, on: date) -> list[Choice]:
    """What a unit may stand under; a closed one stands under nothing."""
    return [*units(session, on), (CLOSED, CLOSED)]


def kinds_of_unit(_session: Session, _on: date) -> list[Choice]:
    return _of_words(UnitKind)


def colours(_session: Session, _on: date) -> list[Choice]:
    return _of_words(AmbitionColour)


def levels(_session: Session, _on: date) -> list[Choice]:
    return _of_words(PST_LEVELS)


def states(_session: Session, _on: date) -> list[Choice]:
    return _of_words(ProjectState)


def statuses(_session: Session, _on: date) -> list[Choice]:
    return _of_words(IdeaStatus)


def _of_words(words: Iterable[Word]) -> list[Choice]:
    return [(word.label, word.label) for word in words]


def ambitions(session: Session, _on: date) -> list[Choice]:
    return [(a.code, a.name) for a in session.exec(select(Ambition).order_by(Ambition.id)).all()]


def periods(session: Session, _on: date) -> list[Choice]:
    return [(period.name, period.name) for period in programmes(session).periods]


def parents(session: Session, on: date) -> list[Choice]:
    """The projects under which another may stand, from the broadest down."""
    return [
        (at.plan.number, f"{at.plan.number} · {at.plan.title}")
        for at, _ in in_tree(whole_roadmap(session).elements(on))
        if at.plan.level is not PlanLevel.action
    ]
